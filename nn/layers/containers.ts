/**
 * Layers of layers.
 *
 * @module
 */
import { checkSecret } from "../../ops/op.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { type AnyModule, Module } from "../module.ts";

/** Layers one after the other. */
export class Sequential extends Module {
  /** Kind of layer. */
  readonly kind = "Sequential";
  readonly #layers: readonly [string, Module][];
  /** Runs these layers, named by position or by key. */
  constructor(layers: readonly Module[] | Readonly<Record<string, Module>>) {
    super();
    this.#layers = Object.entries(layers);
    for (const [name, layer] of this.#layers) this.children.set(name, layer);
  }
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    checkSecret(x, "run the layers", "the input");
    let y = x;
    for (const [name, layer] of this.#layers) {
      const next = y.context.inLayer(name, () => layer.forward(y));
      if (y !== x && y !== next) y.dispose();
      y = next;
    }
    return y;
  }
}

/** Layers in a list: they are named, found and encrypted with the model; its `forward` calls them as it likes. */
export class ModuleList<M extends AnyModule = Module> extends Module<never, never> {
  /** Kind of layer. */
  readonly kind = "ModuleList";
  readonly #layers: readonly M[];
  /** A list of these layers, named by position. */
  constructor(layers: readonly M[]) {
    super();
    this.#layers = [...layers];
    this.#layers.forEach((layer, i) => this.children.set(`${i}`, layer));
  }
  /** Number of layers. */
  get length(): number {
    return this.#layers.length;
  }
  /** One layer; negative positions count from the end. */
  at(index: number): M | undefined {
    return this.#layers.at(index);
  }
  /** All layers, in order. */
  [Symbol.iterator](): Iterator<M> {
    return this.#layers[Symbol.iterator]();
  }
  /** A list has no result. @throws {TypeError} always. */
  override forward(): never {
    throw new TypeError("Cannot run a ModuleList: it is a list of layers, call those");
  }
}

/** Layers by name; see {@link ModuleList}. */
export class ModuleDict<M extends AnyModule = Module> extends Module<never, never> {
  /** Kind of layer. */
  readonly kind = "ModuleDict";
  readonly #layers: ReadonlyMap<string, M>;
  /** These layers under these names. */
  constructor(layers: Readonly<Record<string, M>>) {
    super();
    this.#layers = new Map(Object.entries(layers));
    for (const [name, layer] of this.#layers) this.children.set(name, layer);
  }
  /** One layer. @throws {RangeError} when there is none of this name. */
  at(name: string): M {
    const layer = this.#layers.get(name);
    if (layer === undefined) {
      throw new RangeError(
        `Cannot find layer "${name}": the layers are ${[...this.#layers.keys()].join(", ")}`,
      );
    }
    return layer;
  }
  /** All layers with their names. */
  [Symbol.iterator](): Iterator<[string, M]> {
    return this.#layers[Symbol.iterator]();
  }
  /** A record has no result. @throws {TypeError} always. */
  override forward(): never {
    throw new TypeError("Cannot run a ModuleDict: it is a record of layers, call those");
  }
}
