/**
 * Stacks of transformer layers, with PyTorch's names, options and defaults.
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import { type AnyModule, Module } from "../module.ts";
import { ModuleList } from "./containers.ts";
import type {
  DecoderInputs,
  EncoderInputs,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
} from "./transformer.ts";

/** Options of stacks. */
export interface TransformerStackOptions {
  /** A layer for the result of the last one, such as a `LayerNorm`; none by default. */
  readonly norm?: Module | undefined;
}

/** What encoders and decoders have: layers one after the other, under the names layers.0, layers.1 and so on, and a norm. */
export abstract class TransformerStack<L extends AnyModule, In extends readonly unknown[]>
  extends Module<In> {
  /** Kind of layer. */
  abstract override readonly kind: string;
  readonly #layers: ModuleList<L>;
  readonly #norm: Module | undefined;

  /** A stack of these layers. */
  constructor(layers: readonly L[], { norm }: TransformerStackOptions) {
    super();
    this.#layers = new ModuleList(layers);
    this.#norm = norm;
    this.children.set("layers", this.#layers as AnyModule);
    if (norm !== undefined) this.children.set("norm", norm as AnyModule);
  }

  /** All layers, one after the other, and the norm. */
  protected through(x: CrypTensor, f: (layer: L, x: CrypTensor) => CrypTensor): CrypTensor {
    const { context } = x;
    return context.scoped(() => {
      const last = [...this.#layers].reduce(
        (y, layer, i) => context.inLayer(`layers.${i}`, () => f(layer, y)),
        x,
      );
      const norm = this.#norm;
      return norm === undefined ? last : context.inLayer("norm", () => norm.forward(last));
    });
  }

  /** The layer's options. */
  override get summary(): string {
    return `${this.#layers.length} layers`;
  }
}

/** So many layers: the one that is given, and copies of it. @throws {RangeError} when the number is not positive. */
function copies<L extends { readonly kind: string; copy(): L }>(kind: string, layer: L, count: number): L[] {
  if (Number.isInteger(count) && count > 0) {
    return Array.from({ length: count }, (_, i) => i === 0 ? layer : layer.copy());
  }
  throw new RangeError(`Cannot make a ${kind}: ${count} layers, a positive number is wanted`);
}

/** Encoder layers one after the other: the given one and copies of it, which start with the same weights. */
export class TransformerEncoder
  extends TransformerStack<TransformerEncoderLayer, readonly [src: CrypTensor, inputs?: EncoderInputs]> {
  /** Kind of layer. */
  override readonly kind = "TransformerEncoder";

  /** A stack of so many layers. @throws {RangeError} when the number is not positive. */
  constructor(
    encoderLayer: TransformerEncoderLayer,
    numLayers: number,
    options: TransformerStackOptions = {},
  ) {
    super(copies("TransformerEncoder", encoderLayer, numLayers), options);
  }

  /** The last layer's result. @throws {RangeError} when shapes do not fit. */
  override forward(src: CrypTensor, inputs: EncoderInputs = {}): CrypTensor {
    return this.through(src, (layer, x) => layer.forward(x, inputs));
  }
}

/** Decoder layers one after the other: the given one and copies of it, which start with the same weights. */
export class TransformerDecoder extends TransformerStack<
  TransformerDecoderLayer,
  readonly [tgt: CrypTensor, memory: CrypTensor, inputs?: DecoderInputs]
> {
  /** Kind of layer. */
  override readonly kind = "TransformerDecoder";

  /** A stack of so many layers. @throws {RangeError} when the number is not positive. */
  constructor(
    decoderLayer: TransformerDecoderLayer,
    numLayers: number,
    options: TransformerStackOptions = {},
  ) {
    super(copies("TransformerDecoder", decoderLayer, numLayers), options);
  }

  /** The last layer's result. @throws {RangeError} when shapes do not fit. */
  override forward(tgt: CrypTensor, memory: CrypTensor, inputs: DecoderInputs = {}): CrypTensor {
    return this.through(tgt, (layer, x) => layer.forward(x, memory, inputs));
  }
}
