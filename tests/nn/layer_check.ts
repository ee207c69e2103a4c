/**
 * Holds layers to plain statements of what they compute, on several backends.
 *
 * @module
 */
import {
  additive,
  type CrypTensor,
  type nn,
  plain,
  type Protocol,
  runLocal,
  type Session,
  type Tensor,
  trustedFirstParty,
} from "../../mod.ts";
import { assert, assertEquals, fc } from "../deps.ts";
import type { Values } from "../oracles/tensors.ts";

/** Who computes. */
export interface LayerBackend {
  /** What it is called. */
  readonly name: string;
  /** Number of parties. */
  readonly parties: number;
  /** How they share. */
  readonly protocol: Protocol;
  /** Whether fast paths are used. */
  readonly fastPaths: boolean;
}

const additiveOf = (parties: number, fastPaths = true): LayerBackend => ({
  name: `additive, ${parties} parties${fastPaths ? "" : ", minimal"}`,
  parties,
  protocol: additive({ provider: trustedFirstParty() }),
  fastPaths,
});

/** The reference backend. */
export const PLAIN: LayerBackend = { name: "plain", parties: 1, protocol: plain(), fastPaths: true };
/** Two parties. */
export const TWO: LayerBackend = additiveOf(2);
/** All that layers are tried on. */
export const BACKENDS: readonly LayerBackend[] = [PLAIN, TWO, additiveOf(3), additiveOf(2, false)];

/** One use of a layer. */
export interface LayerCase<M extends nn.Module<never, unknown>> {
  /** A layer; each party makes its own. */
  make(): M;
  /** Its weights and statistics. */
  readonly state: Readonly<Record<string, Values>>;
  /** Whether they are encrypted. */
  readonly secret: boolean;
  /** What is fed, encrypted. */
  readonly inputs: readonly Values[];
  /** Runs it. */
  apply(layer: M, inputs: readonly CrypTensor[], mpc: Session): Readonly<Record<string, CrypTensor>>;
  /** What must come out. */
  readonly expected: Readonly<Record<string, Values>>;
  /** Most that a result may be off. */
  readonly error: number;
}

/** Runs a layer and compares every result at every party. */
export async function checkLayer<M extends nn.Module<never, unknown>>(
  { parties, protocol, fastPaths }: LayerBackend,
  one: LayerCase<M>,
): Promise<void> {
  const results = await runLocal({ parties, protocol, fastPaths }, async (mpc) => {
    const last = mpc.parties - 1;
    const layer = one.make();
    layer.loadStateDict(one.state);
    if (one.secret) layer.encrypt(mpc, { src: 0 });
    const inputs = one.inputs.map((value) =>
      mpc.encrypt(mpc.rank === last ? value : undefined, { src: last, shape: value.shape })
    );
    const outputs = Object.entries(one.apply(layer, inputs, mpc));
    const opened = await Promise.all(outputs.map(async ([name, y]) => [name, await y.decrypt()] as const));
    await mpc.settle();
    layer.dispose();
    return Object.fromEntries(opened);
  });
  for (const result of results) compare(result, one);
}

function compare(
  result: Readonly<Record<string, Tensor>>,
  { expected, error }: Pick<LayerCase<never>, "expected" | "error">,
): void {
  assertEquals(Object.keys(result).toSorted(), Object.keys(expected).toSorted());
  for (const [name, want] of Object.entries(expected)) {
    const got = result[name]!;
    assertEquals(got.shape, want.shape, name);
    want.data.forEach((value, i) => {
      const off = Math.abs(Number(got.data[i]) - value);
      assert(off <= error * (1 + Math.abs(value)), `${name} ${i} is ${got.data[i]}, ${value} is expected`);
    });
  }
}

/** A tensor of random values. */
export function valuesOf(shape: readonly number[], limit: number): fc.Arbitrary<Values> {
  const size = shape.reduce((a, b) => a * b, 1);
  const value = fc.double({ min: -limit, max: limit, noNaN: true });
  return fc.array(value, { minLength: size, maxLength: size }).map((data) => ({ shape: [...shape], data }));
}

/** Random weights of a layer's shapes. */
export function stateOf(
  layer: nn.Module<never, unknown>,
  limit: number,
): fc.Arbitrary<Record<string, Values>> {
  const shapes = Object.entries(layer.stateDict()).map(([name, { shape }]) => [name, shape] as const);
  return fc.record(Object.fromEntries(shapes.map(([name, shape]) => [name, valuesOf(shape, limit)])));
}
