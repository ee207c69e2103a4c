/**
 * Encrypted ONNX models.
 *
 * @module
 */
import { checkSecret, isTensor } from "../../ops/op.ts";
import { Tensor } from "../../ops/plaintext.ts";
import type { Session } from "../../ops/session.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { type AnyModule, Module } from "../module.ts";
import { buildProgram, checkSupported } from "./build.ts";
import type { OnnxValue } from "./model.ts";
import type { OperatorTable, Value } from "./operator.ts";
import { operators } from "./operators.ts";
import { OperatorLayer } from "./operator_layer.ts";
import type { Program } from "./program.ts";
import { readOnnx, type ReadOptions } from "./reader.ts";
import { rewrites } from "./rewrite/rewrite.ts";
import { checkSkeleton, type Skeleton, splitModel, writeSkeleton } from "./skeleton.ts";
import { structuralInputs } from "./structure.ts";

/** Options of {@link fromOnnx}. */
export interface OnnxOptions extends ReadOptions {
  /** The party that has the model. */
  readonly src: number;
  /** Operators; the library's by default. */
  readonly operators?: OperatorTable | undefined;
  /** Whether the owner makes the model cheaper first: constants computed, batch norms merged. True by default. */
  readonly rewrite?: boolean | undefined;
  /** Whether everyone may know the weights: products with them are local then. False by default. */
  readonly public?: boolean | undefined;
}

/** Called when a layer's result has been asked for. Results that are not secret are left out. */
export type LayerHook = (name: string, layer: AnyModule | undefined, output: CrypTensor) => void;

/** A model as a graph of layers. */
export class Graph extends Module {
  /** Kind of layer. */
  readonly kind = "Graph";
  /** What must be fed. */
  readonly inputs: readonly OnnxValue[];
  /** What is computed. */
  readonly outputs: readonly OnnxValue[];
  /** Names of the inputs that operators take as structure and as nothing else: they are given as plain tensors. */
  readonly structural: readonly string[];
  /** Told of every layer's result, in order. */
  onLayer: LayerHook | undefined;
  readonly #session: Session;
  readonly #program: Program;
  readonly #weights: ReadonlyMap<string, Value>;

  /** @ignore Made by {@link fromOnnx}. */
  constructor(session: Session, skeleton: Skeleton, program: Program, weights: ReadonlyMap<string, Value>) {
    super();
    this.#session = session;
    this.#program = program;
    this.#weights = weights;
    this.inputs = skeleton.inputs;
    this.outputs = skeleton.outputs;
    this.structural = structuralInputs(skeleton);
    for (const step of program.steps) {
      this.children.set(step.name, step.lowered.layer ?? new OperatorLayer(step));
    }
  }

  /**
   * The only output, from the only input.
   *
   * @throws {TypeError} when the input is plain data; {@link Graph.run} takes public inputs that are structure.
   * @throws {RangeError} when its shape does not fit.
   */
  override forward(x: CrypTensor): CrypTensor {
    if (this.inputs.length !== 1 || this.outputs.length !== 1) {
      throw new TypeError(
        `Cannot run the model: it has ${this.inputs.length} inputs and ${this.outputs.length} outputs, use run()`,
      );
    }
    checkSecret(x, "run the model", `input "${this.inputs[0]!.name}"`);
    return this.run({ [this.inputs[0]!.name]: x })[this.outputs[0]!.name]!;
  }

  /**
   * All outputs by name, from all inputs by name. Integer inputs are encrypted with `scale: 0`. Inputs that are structure (shapes,
   * axes, lengths) are given as plain tensors, the same at every party.
   *
   * @throws {RangeError} when an input is missing or its shape does not fit.
   */
  run(inputs: Readonly<Record<string, CrypTensor | Tensor>>): Record<string, CrypTensor> {
    const known = new Set(this.inputs.map(({ name }) => name));
    const unknown = Object.keys(inputs).filter((name) => !known.has(name));
    const values = this.inputs.map((declared) => {
      const x = inputs[declared.name];
      if (x === undefined) {
        const others = unknown.length > 0 ? `, ${unknown.map((name) => `"${name}"`).join(", ")} given` : "";
        throw new RangeError(`Cannot run the model: input "${declared.name}" is missing${others}`);
      }
      const value = isTensor(x) ? x : Tensor.from(x);
      checkInput(declared, value);
      return value;
    });
    if (unknown.length > 0) {
      throw new RangeError(
        `Cannot run the model: it has no input "${unknown[0]}", but ${[...known].join(", ")}`,
      );
    }
    const { context } = values.find(isTensor) ?? this.#session;
    const results = this.#program.run(values, {
      context,
      batch: this.#batch(values),
      hook: (step, outputs) => {
        const output = outputs.find(isTensor);
        if (output !== undefined) this.onLayer?.(step.name, this.children.get(step.name), output);
      },
    });
    return Object.fromEntries(
      this.outputs.map(({ name }, i) => {
        const value = results[i]!;
        return [
          name,
          isTensor(value) ? value : this.#session.public(value, isReal(value) ? {} : { scale: 0 }),
        ];
      }),
    );
  }

  /** The first side of all inputs, where a file declares it as one number. */
  #batch(values: readonly Value[]): { declared: number; actual: number } | undefined {
    const sides = this.inputs.map(({ shape }, i) => [shape[0], values[i]!.shape[0]] as const);
    const [declared, actual] = sides[0] ?? [];
    if (typeof declared !== "number" || actual === undefined) return undefined;
    return sides.every(([a, b]) => a === declared && b === actual) ? { declared, actual } : undefined;
  }

  /** Returns the memory of all weights. */
  override dispose(): void {
    super.dispose();
    for (const value of this.#weights.values()) if (isTensor(value)) value.dispose();
  }
}

function isReal(tensor: Tensor): boolean {
  return tensor.dtype === "float32" || tensor.dtype === "float64";
}

/** The declared batch size does not bind; every other declared side does. */
function checkInput(declared: OnnxValue, x: Value): void {
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

/**
 * Loads a model that party `src` has, as an encrypted model. The owner passes the file's bytes, the others `undefined`; they
 * learn architecture and shapes, and hold shares of the weights.
 *
 * Weights are all real numbers of the file but those that are structure by their place (bounds, exponents, ratios) and single
 * numbers of Constant nodes. Numbers beyond ±2^30, infinities among them, become ±2^30.
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
  const { src, operators: table = operators, rewrite = true, public: open = false } = options;
  let own: ReturnType<typeof splitModel> | undefined;
  if (mpc.rank === src) {
    if (bytes === undefined) {
      throw new TypeError(`Cannot load a model: party ${src} is its source and passed none`);
    }
    own = splitModel(readOnnx(bytes, options), { operators: table, passes: rewrite ? rewrites : [], open });
    checkSupported(own.skeleton, table);
  }
  const announced = await mpc.announce(own && writeSkeleton(own.skeleton), { src });
  const skeleton = own?.skeleton ?? checkSkeleton(announced, src);
  checkSupported(skeleton, table);
  const weights = new Map(
    Object.entries(skeleton.weights).map(([name, shape]): [string, CrypTensor] => {
      const value = own?.weights.get(name);
      return [name, mpc.encrypt(value, { src, shape })];
    }),
  );
  return new Graph(mpc, skeleton, buildProgram(skeleton, weights, table), weights);
}
