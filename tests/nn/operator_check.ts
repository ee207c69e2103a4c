/**
 * Holds ONNX operators to plain statements of what they compute, with every choice of secret operands.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import { runLocal, type Session, Tensor } from "../../mod.ts";
import { buildProgram } from "../../nn/onnx/build.ts";
import { isReal } from "../../nn/onnx/kinds.ts";
import type { OnnxNode, OnnxValue } from "../../nn/onnx/model.ts";
import type { Value } from "../../nn/onnx/operator.ts";
import { operators } from "../../nn/onnx/operators.ts";
import { assert, assertEquals, fc } from "../deps.ts";
import { quantise, sizeOf } from "../oracles/tensors.ts";
import { long, type NodeOptions, real, values } from "./clear_node.ts";
import { type LayerBackend, PLAIN, TWO } from "./layer_check.ts";
import { broadcastable } from "../ops/law.ts";

/** The results of a node, of secret and public operands. */
export function runNode(
  mpc: Session,
  opType: string,
  operands: readonly (Value | undefined)[],
  { attributes = {}, opset = 21, outputs = 1, domain = "", name = "n" }: NodeOptions = {},
): Value[] {
  const names = operands.map((x, i) => x === undefined ? "" : `x${i}`);
  const node: OnnxNode = {
    name,
    opType,
    domain,
    inputs: names,
    outputs: Array.from({ length: outputs }, (_, i) => `y${i}`),
    attributes,
  };
  const declared = (list: readonly string[]): OnnxValue[] => list.map((one) => ({ name: one, shape: [] }));
  const program = buildProgram(
    {
      opsets: { "": opset },
      nodes: [node],
      weights: {},
      constants: {},
      inputs: declared(names.filter((one) => one !== "")),
      outputs: declared(node.outputs),
    },
    new Map(),
    operators,
  );
  const given = operands.filter((x) => x !== undefined);
  return program.run(given, { context: mpc.context, batch: undefined, hook: undefined });
}

/** A tensor as a secret of party 0; integers and truth values without fraction bits. */
export function secretOf(mpc: Session, x: Tensor): Value {
  const scale = isReal(x) ? mpc.fractionBits : 0;
  return mpc.encrypt(mpc.rank === 0 ? x : undefined, { src: 0, shape: x.shape, scale });
}

/** One use of an operator. */
export interface NodeCase extends NodeOptions {
  /** The operator. */
  readonly op: string;
  /** Its operands; undefined where one is absent. */
  readonly operands: readonly (Tensor | undefined)[];
  /** What must come out. */
  readonly expected: readonly Tensor[];
  /** Most that a result may be off where this is wanted; nothing by default. */
  readonly error?: ((want: number) => number) | undefined;
  /** Operands that are always public. */
  readonly open?: readonly number[] | undefined;
}

/** Every choice of operands that are secret, but none of them. */
function* choices({ operands, open = [] }: NodeCase): Generator<boolean[]> {
  const free = operands.flatMap((x, i) => x === undefined || open.includes(i) ? [] : [i]);
  for (let mask = 1; mask < 2 ** free.length; mask++) {
    yield operands.map((_, i) => free.includes(i) && (mask >> free.indexOf(i)) % 2 === 1);
  }
}

function compare(got: Tensor, want: Tensor, error: (want: number) => number, where: string): void {
  assertEquals(got.shape, want.shape, where);
  const wanted = values(want);
  values(got).forEach((x, i) => {
    const off = Math.abs(x - wanted[i]!);
    assert(off <= error(wanted[i]!), `${where}: element ${i} is ${x}, ${wanted[i]} is wanted`);
  });
}

/** Runs cases in one session with every choice of secret operands, and compares values and kinds of all results. */
export async function checkNodes(
  cases: readonly NodeCase[],
  backends: readonly LayerBackend[] = [PLAIN, TWO],
): Promise<void> {
  for (const { name, parties, protocol, fastPaths } of backends) {
    await runLocal({ parties, protocol, fastPaths }, async (mpc) => {
      const checks = cases.flatMap((one) =>
        [...choices(one)].map(async (secret) => {
          const where = `${name}, ${one.op} of ${secret.map((s) => s ? "secret" : "public").join(", ")}`;
          const operands = one.operands.map((x, i) => x !== undefined && secret[i] ? secretOf(mpc, x) : x);
          const found = runNode(mpc, one.op, operands, one);
          const kinds = found.map(isReal);
          assertEquals(kinds, one.expected.map(isReal), `${where}: kinds`);
          const opened = await Promise.all(found.map((y) => isTensor(y) ? y.decrypt() : y));
          opened.forEach((y, i) => compare(y, one.expected[i]!, one.error ?? (() => 0), where));
        })
      );
      await Promise.all(checks);
    });
  }
}

/** Numbers of a kind, from which operands are made. */
export interface Numbers {
  /** What an element can be. */
  readonly element: fc.Arbitrary<number>;
  /** A tensor of elements. */
  readonly make: (data: readonly number[], shape: readonly number[]) => Tensor;
}

/** Real numbers within limits, as fixed point has them. */
export function reals(min: number, max: number): Numbers {
  return {
    element: fc.oneof(
      fc.double({ min, max, noNaN: true }),
      fc.constantFrom(0, 1, -1, 0.5, -1.5, 2.5, min, max).map((x) => Math.min(max, Math.max(min, x))),
    ).map((x) => quantise(x, 16)),
    make: real,
  };
}

/** Integers within limits. */
export function integers(min: number, max: number): Numbers {
  return { element: fc.integer({ min, max }), make: long };
}

/** Truth values. */
export const truths: Numbers = {
  element: fc.integer({ min: 0, max: 1 }),
  make: (data, shape) => new Tensor(shape, Uint8Array.from(data)),
};

/** Numbers of which those that a test refuses are left out. */
export function but(numbers: Numbers, refused: (x: number) => boolean): Numbers {
  return { ...numbers, element: numbers.element.filter((x) => !refused(x)) };
}

/** A tensor of a shape. */
export function tensorOf(shape: readonly number[], { element, make }: Numbers): fc.Arbitrary<Tensor> {
  const length = sizeOf(shape);
  return fc.array(element, { minLength: length, maxLength: length }).map((data) => make(data, shape));
}

/** Tensors that broadcast with each other. */
export function broadcasting(...kinds: readonly Numbers[]): fc.Arbitrary<Tensor[]> {
  return broadcastable(kinds.length).chain((shapes) =>
    fc.tuple(...kinds.map((kind, i) => tensorOf(shapes[i]!, kind)))
  );
}
