/**
 * Encrypted ONNX models.
 *
 * @module
 */
import type { Session } from "../../ops/session.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { UnsupportedOpError } from "../../ops/errors.ts";
import { Module } from "../module.ts";
import type { OnnxNode, OnnxValue } from "./model.ts";
import { type Binding, type Lowered, operatorFor, operators, type OperatorTable } from "./operators.ts";
import { readOnnx, type ReadOptions } from "./reader.ts";
import { checkSkeleton, constantOf, type Skeleton, splitModel } from "./skeleton.ts";

/** Options of {@link fromOnnx}. */
export interface OnnxOptions extends ReadOptions {
  /** The party that has the model. */
  readonly src: number;
  /** Operators; the library's by default. */
  readonly operators?: OperatorTable;
}

/** Called when a layer's result has been asked for. */
export type LayerHook = (name: string, layer: Module | undefined, output: CrypTensor) => void;

interface Step {
  readonly name: string;
  readonly node: OnnxNode;
  readonly lowered: Lowered;
  /** Names of the computed operands, in order. */
  readonly operands: readonly string[];
  /** Values that nothing needs afterwards. */
  readonly dead: readonly string[];
}

/** A model as a graph of layers. */
export class Graph extends Module {
  /** Kind of layer. */
  readonly kind = "Graph";
  /** What must be fed. */
  readonly inputs: readonly OnnxValue[];
  /** What is computed. */
  readonly outputs: readonly OnnxValue[];
  /** Told of every layer's result, in order. */
  onLayer: LayerHook | undefined;
  readonly #steps: readonly Step[];

  /** @ignore Made by {@link fromOnnx}. */
  constructor(skeleton: Skeleton, steps: readonly Step[]) {
    super();
    this.inputs = skeleton.inputs;
    this.outputs = skeleton.outputs;
    this.#steps = steps;
    for (const { name, lowered } of steps) if ("layer" in lowered) this.children.set(name, lowered.layer);
  }

  /** The only output, from the only input. */
  override forward(x: CrypTensor): CrypTensor {
    if (this.inputs.length !== 1 || this.outputs.length !== 1) {
      throw new TypeError(
        `Cannot run the model: it has ${this.inputs.length} inputs and ${this.outputs.length} outputs, use run()`,
      );
    }
    return this.run({ [this.inputs[0]!.name]: x })[this.outputs[0]!.name]!;
  }

  /**
   * All outputs by name, from all inputs by name.
   *
   * @throws {RangeError} when an input is missing or its shape does not fit.
   */
  run(inputs: Readonly<Record<string, CrypTensor>>): Record<string, CrypTensor> {
    const values = new Map<string, CrypTensor>();
    for (const declared of this.inputs) {
      const x = inputs[declared.name];
      if (x === undefined) throw new RangeError(`Cannot run the model: input "${declared.name}" is missing`);
      checkInput(declared, x);
      values.set(declared.name, x);
    }
    const given = new Set(values.values());
    for (const step of this.#steps) {
      const operands = step.operands.map((name) => values.get(name)!);
      const y = operands[0]!.context.inLayer(step.name, () => compute(step.lowered, operands));
      values.set(step.node.outputs[0]!, y);
      this.onLayer?.(step.name, "layer" in step.lowered ? step.lowered.layer : undefined, y);
      for (const name of step.dead) {
        const value = values.get(name)!;
        // The caller's tensors stay; what only the graph knows is returned as soon as nothing needs it.
        if (!given.has(value) && ![...values].some(([other, t]) => other !== name && t === value)) {
          value.dispose();
        }
        values.delete(name);
      }
    }
    return Object.fromEntries(this.outputs.map(({ name }) => [name, values.get(name)!]));
  }
}

function compute(lowered: Lowered, operands: readonly CrypTensor[]): CrypTensor {
  return "layer" in lowered ? lowered.layer.forward(operands[0]!) : lowered.combine(operands);
}

/** The declared batch size does not bind; every other declared side does. */
function checkInput(declared: OnnxValue, x: CrypTensor): void {
  if (declared.shape.length === 0) return;
  const fits = declared.shape.length === x.ndim &&
    declared.shape.every((side, axis) => axis === 0 || typeof side !== "number" || side === x.shape[axis]);
  if (!fits) {
    const wanted = declared.shape.map((side, axis) => axis === 0 ? "batch" : side ?? "any");
    throw new RangeError(
      `Cannot run the model: input "${declared.name}" has shape [${x.shape}], [${wanted}] is wanted`,
    );
  }
}

/** Stable names: the path of the module that a node was exported from, else its operator and number. */
function layerNames(nodes: readonly OnnxNode[]): string[] {
  const seen = new Map<string, number>();
  return nodes.map((node) => {
    const parts = node.name.split("/").filter((part) => part !== "");
    if (parts.length > 1 && parts.at(-1)!.replace(/_\d+$/, "") === node.opType) parts.pop();
    const plain = parts.length === 0 ? node.opType.toLowerCase() : parts.join(".");
    const name = plain === node.opType ? plain.toLowerCase() : plain;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}

function bind(skeleton: Skeleton, node: OnnxNode, weights: ReadonlyMap<string, CrypTensor>): Binding {
  return {
    node,
    weight: (index) => weights.get(node.inputs[index] ?? ""),
    constant: (index) => constantOf(skeleton, node.inputs[index] ?? ""),
    number(name, otherwise) {
      const value = node.attributes[name] ?? otherwise;
      if (typeof value !== "number") {
        throw new RangeError(`attribute "${name}" of "${node.name}" is no number`);
      }
      return value;
    },
  };
}

/** Refuses a model before anything is shared: all unsupported operators at once. */
function checkSupported(skeleton: Skeleton, table: OperatorTable): void {
  const opset = skeleton.opsets[""] ?? 1;
  const missing = new Set(
    skeleton.nodes.filter((node) => operatorFor(table, node, opset) === undefined).map((node) =>
      node.domain === "" ? node.opType : `${node.domain}.${node.opType}`
    ),
  );
  if (missing.size > 0) {
    throw new UnsupportedOpError(
      `Cannot load the model: unsupported operators ${[...missing].sort().join(", ")} (opset ${opset})`,
    );
  }
}

/**
 * Loads a model that party `src` has, as an encrypted model. The owner passes the file's bytes, the others `undefined`; they
 * learn architecture and shapes, and hold shares of the weights.
 *
 * *Cost*: one round. *Leaks*: architecture, shapes, integer constants.
 *
 * @throws {TypeError} when the bytes are no model, or the owner passes none.
 * @throws {UnsupportedOpError} when operators are not supported; all are named, and nothing has been shared.
 */
export async function fromOnnx(
  mpc: Session,
  bytes: Uint8Array | undefined,
  options: OnnxOptions,
): Promise<Graph> {
  const { src, operators: table = operators } = options;
  let own: ReturnType<typeof splitModel> | undefined;
  if (mpc.rank === src) {
    if (bytes === undefined) {
      throw new TypeError(`Cannot load a model: party ${src} is its source and passed none`);
    }
    own = splitModel(readOnnx(bytes, options));
    checkSupported(own.skeleton, table);
  }
  const announced = await mpc.announce(own?.skeleton, { src });
  const skeleton = own?.skeleton ?? checkSkeleton(announced, src);
  checkSupported(skeleton, table);
  const weights = new Map(
    Object.entries(skeleton.weights).map((
      [name, shape],
    ) => [name, mpc.encrypt(own?.weights.get(name), { src, shape })]),
  );
  return build(skeleton, weights, table);
}

function build(skeleton: Skeleton, weights: ReadonlyMap<string, CrypTensor>, table: OperatorTable): Graph {
  const names = layerNames(skeleton.nodes);
  const lastUse = new Map<string, number>();
  skeleton.nodes.forEach((node, i) => node.inputs.forEach((name) => lastUse.set(name, i)));
  const outputs = new Set(skeleton.outputs.map((v) => v.name));
  const computed = new Set([
    ...skeleton.inputs.map((v) => v.name),
    ...skeleton.nodes.flatMap((node) => node.outputs),
  ]);
  const opset = skeleton.opsets[""] ?? 1;
  const steps = skeleton.nodes.map((node, i): Step => {
    const binding = bind(skeleton, node, weights);
    const lowered = operatorFor(table, node, opset)!.lower(binding);
    const all = node.inputs.filter((name) => computed.has(name));
    const operands = "layer" in lowered ? [node.inputs[lowered.operand]!] : all;
    const dead = [...new Set(all)].filter((name) => lastUse.get(name) === i && !outputs.has(name));
    return { name: names[i]!, node, lowered, operands, dead };
  });
  return new Graph(skeleton, steps);
}
