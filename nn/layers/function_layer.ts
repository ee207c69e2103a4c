/**
 * Layers that are a function of their inputs and some options.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { Module } from "../module.ts";

/** A layer's options by name, as they are shown. */
export type ShownOptions = Readonly<Record<string, unknown>>;

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join("x");
  return typeof value === "object" && value !== null && "shape" in value ? `[${value.shape}]` : String(value);
}

/** Options as text; those that are undefined are left out. */
export function optionsText(options: ShownOptions): string {
  return Object.entries(options).filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${shown(value)}`).join(", ");
}

/**
 * A layer without weights: a name, options, and a function of encrypted tensors. What the function makes on the way is disposed.
 *
 * @example A layer of one's own
 * ```ts
 * import { nn, plain, runLocal } from "https://tacit.example/mod.ts";
 *
 * const cube = new nn.FunctionLayer("Cube", {}, (x) => x.square().mul(x));
 * const [y] = await runLocal({ parties: 1, protocol: plain() }, (mpc) => {
 *   return cube.forward(mpc.encrypt([2, -3], { src: 0 })).decrypt();
 * });
 * if (y.data.join() !== "8,-27") throw new Error("2³ is 8");
 * ```
 */
export class FunctionLayer<In extends readonly unknown[] = readonly [CrypTensor]> extends Module<In> {
  /** Kind of layer. */
  readonly kind: string;
  readonly #options: ShownOptions;
  readonly #f: (...inputs: In) => CrypTensor;

  /** A layer of this kind; the options are only shown. */
  constructor(kind: string, options: ShownOptions, f: (...inputs: In) => CrypTensor) {
    super();
    this.kind = kind;
    this.#options = options;
    this.#f = f;
  }

  /**
   * The layer's result.
   *
   * @throws {TypeError} when no input is encrypted.
   */
  override forward(...inputs: In): CrypTensor {
    const secret = inputs.find(isTensor);
    if (secret === undefined) throw new TypeError(`Cannot run ${this.kind}: no input is an encrypted tensor`);
    return secret.context.scoped(() => this.#f(...inputs));
  }

  /** The layer's options. */
  override get summary(): string {
    return optionsText(this.#options);
  }
}
