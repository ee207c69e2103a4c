/**
 * Layers and models.
 *
 * @module
 */
import type { CrypTensor } from "../ops/tensor.ts";

/**
 * A layer or model. A subclass names its parts: layers in `children`, weights in `parameters`. Names are stable: a part is
 * found under the path of names that leads to it.
 */
export abstract class Module {
  /** Kind of layer, as it is shown. */
  abstract readonly kind: string;
  /** Layers within this one, by name. */
  readonly children: Map<string, Module> = new Map();
  /** Weights of this layer itself, by name. */
  readonly parameters: Map<string, CrypTensor> = new Map();

  /** The layer's result. Returns at once; a shape that does not fit throws here. */
  abstract forward(x: CrypTensor): CrypTensor;

  /** This layer's options, as they are shown. */
  get summary(): string {
    return "";
  }

  /** All layers with their paths, parents first. */
  *modules(path = ""): Generator<[string, Module]> {
    yield [path, this];
    for (const [name, child] of this.children) yield* child.modules(path === "" ? name : `${path}.${name}`);
  }

  /** All weights with their paths. */
  *namedParameters(): Generator<[string, CrypTensor]> {
    for (const [path, module] of this.modules()) {
      for (const [name, tensor] of module.parameters) yield [path === "" ? name : `${path}.${name}`, tensor];
    }
  }

  /**
   * The layer at a path.
   *
   * @throws {RangeError} when there is none.
   */
  get(path: string): Module {
    for (const [name, module] of this.modules()) if (name === path) return module;
    const names = [...this.modules()].map(([name]) => name).filter((name) => name !== "");
    throw new RangeError(`Cannot find layer "${path}": the layers are ${names.join(", ")}`);
  }

  /** Returns the memory of all weights. */
  dispose(): void {
    for (const child of this.children.values()) child.dispose();
    for (const tensor of this.parameters.values()) tensor.dispose();
  }

  /** The layers as an indented list: for each weight its shape, and that it is secret. */
  toString(): string {
    const weights = [...this.parameters].map(([name, t]) => `${name} [${t.shape}] secret`).join(", ");
    const head = `${this.kind}(${[this.summary, weights].filter((s) => s !== "").join("; ")})`;
    const lines = [...this.children].map(([name, child]) => `${name}: ${child}`.replaceAll("\n", "\n  "));
    return [head, ...lines.map((line) => `  ${line}`)].join("\n");
  }
}
