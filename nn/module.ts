/**
 * Layers and models.
 *
 * @module
 */
import { isTensor } from "../ops/op.ts";
import { Tensor, type TensorLike } from "../ops/plaintext.ts";
import type { Session } from "../ops/session.ts";
import type { CrypTensor } from "../ops/tensor.ts";
import { sameShape } from "../ring/shape.ts";

/** A weight: secret once it is encrypted, public before. */
export type Parameter = CrypTensor | Tensor;

/** Any layer, whatever it takes and gives. */
export type AnyModule = Module<never, unknown>;

/** Weights and statistics by path. */
export type StateDict = Record<string, Parameter>;

/**
 * A layer or model. A subclass names its parts: layers in `children`, weights in `parameters`, statistics that are not trained in
 * `buffers`. Names are stable: a part is found under the path of names that leads to it.
 *
 * Weights are public until {@link Module.encrypt} shares them; products with public weights are local.
 */
export abstract class Module<In extends readonly unknown[] = readonly [CrypTensor], Out = CrypTensor> {
  /** Kind of layer, as it is shown. */
  abstract readonly kind: string;
  /** Layers within this one, by name. */
  readonly children: Map<string, AnyModule> = new Map();
  /** Weights of this layer itself, by name. */
  readonly parameters: Map<string, Parameter> = new Map();
  /** Statistics of this layer itself, by name. */
  readonly buffers: Map<string, Parameter> = new Map();
  #training = true;

  /** The layer's result. Returns at once; a shape that does not fit throws here. */
  abstract forward(...inputs: In): Out;

  /** This layer's options, as they are shown. */
  get summary(): string {
    return "";
  }

  /** Whether it is being trained: dropout drops, batch norms use the batch's statistics. True at first. */
  get training(): boolean {
    return this.#training;
  }

  /** Sets this layer and all within it to training, or with `false` to inference. */
  train(on = true): this {
    for (const [, module] of this.modules()) module.#training = on;
    return this;
  }

  /** Sets this layer and all within it to inference. */
  eval(): this {
    return this.train(false);
  }

  /** All layers with their paths, parents first. */
  *modules(path = ""): Generator<[string, AnyModule]> {
    yield [path, this];
    for (const [name, child] of this.children) yield* child.modules(path === "" ? name : `${path}.${name}`);
  }

  /** All weights with their paths. */
  *namedParameters(): Generator<[string, Parameter]> {
    for (const [name, module, key] of this.#slots("parameters")) yield [name, module.parameters.get(key)!];
  }

  /** All statistics with their paths. */
  *namedBuffers(): Generator<[string, Parameter]> {
    for (const [name, module, key] of this.#slots("buffers")) yield [name, module.buffers.get(key)!];
  }

  /** Where weights or statistics are: their path, their layer, and their name in it. */
  *#slots(kind: "parameters" | "buffers"): Generator<[string, AnyModule, string]> {
    for (const [path, module] of this.modules()) {
      for (const key of module[kind].keys()) yield [path === "" ? key : `${path}.${key}`, module, key];
    }
  }

  /**
   * The layer at a path.
   *
   * @throws {RangeError} when there is none.
   */
  get(path: string): AnyModule {
    for (const [name, module] of this.modules()) if (name === path) return module;
    const names = [...this.modules()].map(([name]) => name).filter((name) => name !== "");
    throw new RangeError(`Cannot find layer "${path}": the layers are ${names.join(", ")}`);
  }

  /**
   * Shares all weights and statistics of party `src`; the others pass a model of the same architecture, of which only the shapes
   * are used. *Cost*: none. *Leaks*: the shapes.
   *
   * @throws {TypeError} when the model is encrypted already.
   */
  encrypt(mpc: Session, { src }: { readonly src: number }): this {
    for (const [path, value] of Object.entries(this.stateDict())) {
      if (isTensor(value)) throw new TypeError(`Cannot encrypt the model: "${path}" is encrypted already`);
    }
    this.#replace((value) =>
      mpc.encrypt(mpc.rank === src ? value as Tensor : undefined, { src, shape: value.shape })
    );
    return this;
  }

  /**
   * Opens all weights and statistics to all parties; they are public then. *Cost*: one round. *Leaks*: the weights.
   *
   * @throws the session's first failure.
   */
  async decrypt(): Promise<this> {
    const secret = Object.entries(this.stateDict()).filter((entry): entry is [string, CrypTensor] =>
      isTensor(entry[1])
    );
    const values = await Promise.all(secret.map(([, tensor]) => tensor.decrypt()));
    const opened = new Map<Parameter, Tensor>(secret.map(([, tensor], i) => [tensor, values[i]!]));
    this.#replace((value) => opened.get(value) ?? value);
    for (const [, tensor] of secret) tensor.dispose();
    return this;
  }

  #replace(f: (value: Parameter) => Parameter): void {
    for (const [, module] of this.modules()) {
      for (const slots of [module.parameters, module.buffers]) {
        for (const [name, value] of slots) slots.set(name, f(value));
      }
    }
  }

  /** All weights and statistics by path. */
  stateDict(): StateDict {
    return Object.fromEntries([...this.namedParameters(), ...this.namedBuffers()]);
  }

  /**
   * Takes weights and statistics by path, as {@link Module.stateDict} gives them. With `strict: false`, those that are missing
   * stay as they are, and those that have no place are left out.
   *
   * @throws {RangeError} when names or shapes do not fit; nothing has changed then.
   */
  loadStateDict(state: Readonly<Record<string, CrypTensor | TensorLike>>, { strict = true } = {}): this {
    const slots = new Map(
      [...this.#slots("parameters"), ...this.#slots("buffers")].map(([path, module, key]) => {
        const held = module.parameters.has(key) ? module.parameters : module.buffers;
        return [path, { held, key }];
      }),
    );
    const values = new Map<string, Parameter>();
    for (const [path, given] of Object.entries(state)) {
      const slot = slots.get(path);
      if (slot === undefined) {
        if (strict) throw new RangeError(`Cannot load weights: "${path}" has no place in the model`);
        continue;
      }
      const value = isTensor(given) ? given : Tensor.from(given);
      const wanted = slot.held.get(slot.key)!.shape;
      if (!sameShape(value.shape, wanted)) {
        throw new RangeError(
          `Cannot load weights: "${path}" has shape [${value.shape}], [${wanted}] is wanted`,
        );
      }
      values.set(path, value);
    }
    const missing = [...slots.keys()].filter((path) => !values.has(path));
    if (strict && missing.length > 0) {
      throw new RangeError(`Cannot load weights: ${missing.map((path) => `"${path}"`).join(", ")} missing`);
    }
    for (const [path, value] of values) {
      const { held, key } = slots.get(path)!;
      held.set(key, value);
    }
    return this;
  }

  /** Returns the memory of all weights. */
  dispose(): void {
    for (const child of this.children.values()) child.dispose();
    for (const value of [...this.parameters.values(), ...this.buffers.values()]) {
      if (isTensor(value)) value.dispose();
    }
  }

  /** The layers as an indented list: for each weight its shape, and whether it is secret. */
  toString(): string {
    const weights = [...this.parameters, ...this.buffers].map(([name, value]) =>
      `${name} [${value.shape}] ${isTensor(value) ? "secret" : "public"}`
    ).join(", ");
    const head = `${this.kind}(${[this.summary, weights].filter((s) => s !== "").join("; ")})`;
    const lines = [...this.children].map(([name, child]) => `${name}: ${child}`.replaceAll("\n", "\n  "));
    return [head, ...lines.map((line) => `  ${line}`)].join("\n");
  }
}
