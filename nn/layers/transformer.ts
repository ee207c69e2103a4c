/**
 * Layers of transformers, with PyTorch's names, options and defaults.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import { type AnyModule, Module } from "../module.ts";
import { MultiheadAttention } from "./attention.ts";
import { Dropout } from "./dropout.ts";
import { optionsText } from "./function_layer.ts";
import { Linear } from "./linear.ts";
import { LayerNorm } from "./norms.ts";

/** A function between the two linear layers. */
export type TransformerActivation = "relu" | "gelu" | ((x: CrypTensor) => CrypTensor);

/** Options of {@link TransformerEncoderLayer} and {@link TransformerDecoderLayer}. */
export interface TransformerLayerOptions {
  /** Outputs of the first linear layer; 2048 by default. */
  readonly dimFeedforward?: number | undefined;
  /** Probability with which elements are dropped in training; 0.1 by default. */
  readonly dropout?: number | undefined;
  /** The function between the linear layers; "relu" by default. */
  readonly activation?: TransformerActivation | undefined;
  /** Is added to variances; 1e-5 by default. */
  readonly layerNormEps?: number | undefined;
  /** Whether inputs and outputs are [N, L, E] instead of [L, N, E]; false by default. */
  readonly batchFirst?: boolean | undefined;
  /** Whether inputs of a part are normalised instead of sums after it; false by default. */
  readonly normFirst?: boolean | undefined;
  /** Whether projections, linear layers and norms have a bias; true by default. */
  readonly bias?: boolean | undefined;
}

/** Masks of an encoder, as of `MultiheadAttention`. */
export interface EncoderInputs {
  /** [L, L] or [N·heads, L, L]. */
  readonly srcMask?: Operand | undefined;
  /** [N, L]. */
  readonly srcKeyPaddingMask?: Operand | undefined;
  /** Whether every position sees those up to itself only; false by default. */
  readonly isCausal?: boolean | undefined;
}

/** Masks of a decoder, as of `MultiheadAttention`. */
export interface DecoderInputs {
  /** [T, T] or [N·heads, T, T]. */
  readonly tgtMask?: Operand | undefined;
  /** [T, S] or [N·heads, T, S]. */
  readonly memoryMask?: Operand | undefined;
  /** [N, T]. */
  readonly tgtKeyPaddingMask?: Operand | undefined;
  /** [N, S]. */
  readonly memoryKeyPaddingMask?: Operand | undefined;
  /** Whether every position of the target sees those up to itself only; false by default. */
  readonly tgtIsCausal?: boolean | undefined;
  /** Whether position i of the target sees the memory up to i only; false by default. */
  readonly memoryIsCausal?: boolean | undefined;
}

const ACTIVATIONS: Readonly<Record<string, (x: CrypTensor) => CrypTensor>> = {
  relu: (x) => x.relu(),
  gelu: (x) => x.gelu(),
};

/** The function of an activation. @throws {RangeError} when there is none of this name. */
function activationOf(kind: string, activation: TransformerActivation): (x: CrypTensor) => CrypTensor {
  if (typeof activation === "function") return activation;
  const f = Object.hasOwn(ACTIVATIONS, activation) ? ACTIVATIONS[activation] : undefined;
  if (f !== undefined) return f;
  throw new RangeError(
    `Cannot make a ${kind}: its activation is "${activation}", "relu", "gelu" or a function is wanted`,
  );
}

/** What layers of encoders and decoders have: attentions, two linear layers, and for each of them a norm and a dropout. */
export abstract class TransformerLayer<In extends readonly unknown[]> extends Module<In> {
  /** Kind of layer. */
  abstract override readonly kind: string;
  /** The sizes and options. */
  protected readonly made: readonly [dModel: number, nhead: number, options: TransformerLayerOptions];
  readonly #parts: Readonly<Record<string, Module>>;
  readonly #attentions: Readonly<Record<string, MultiheadAttention>>;
  readonly #activation: (x: CrypTensor) => CrypTensor;

  /** Parts of these sizes; throws a RangeError on sizes that do not fit. */
  constructor(
    kind: string,
    dModel: number,
    nhead: number,
    attentions: readonly string[],
    options: TransformerLayerOptions,
  ) {
    super();
    const { dimFeedforward = 2048, dropout = 0.1, layerNormEps: eps = 1e-5, bias = true, batchFirst } =
      options;
    this.made = [dModel, nhead, options];
    this.#activation = activationOf(kind, options.activation ?? "relu");
    this.#attentions = Object.fromEntries(
      attentions.map((name) =>
        [name, new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst })] as const
      ),
    );
    const numbered = Array.from({ length: attentions.length + 1 }, (_, i) => i + 1);
    this.#parts = {
      linear1: new Linear(dModel, dimFeedforward, { bias }),
      dropout: new Dropout({ p: dropout }),
      linear2: new Linear(dimFeedforward, dModel, { bias }),
      ...Object.fromEntries(numbered.map((i) => [`norm${i}`, new LayerNorm(dModel, { eps, bias })])),
      ...Object.fromEntries(numbered.map((i) => [`dropout${i}`, new Dropout({ p: dropout })])),
    };
    for (const [name, part] of Object.entries({ ...this.#attentions, ...this.#parts })) {
      this.children.set(name, part as AnyModule);
    }
  }

  #run(name: string, x: CrypTensor): CrypTensor {
    return x.context.inLayer(name, () => this.#parts[name]!.forward(x));
  }

  /** A part with its norm and dropout, by number, added to its input. */
  protected residual(i: number, x: CrypTensor, f: (x: CrypTensor) => CrypTensor): CrypTensor {
    const dropped = (y: CrypTensor): CrypTensor => this.#run(`dropout${i}`, y);
    if (this.made[2].normFirst === true) return x.add(dropped(f(this.#run(`norm${i}`, x))));
    return this.#run(`norm${i}`, x.add(dropped(f(x))));
  }

  /** One of the attentions. */
  protected attend(
    name: string,
    x: CrypTensor,
    memory: CrypTensor,
    masks: {
      attnMask?: Operand | undefined;
      keyPaddingMask?: Operand | undefined;
      isCausal?: boolean | undefined;
    },
  ): CrypTensor {
    return x.context.inLayer(
      name,
      () => this.#attentions[name]!.forward(x, memory, memory, { ...masks, needWeights: false }).output,
    );
  }

  /** The linear layers. */
  protected feedForward(x: CrypTensor): CrypTensor {
    const hidden = this.#run("dropout", this.#activation(this.#run("linear1", x)));
    return this.#run("linear2", hidden);
  }

  /** The layer's options. */
  override get summary(): string {
    const [size, heads, { activation, ...options }] = this.made;
    const shown = typeof activation === "function" ? "a function" : activation;
    return optionsText({ size, heads, ...options, activation: shown });
  }
}

/**
 * Self-attention and two linear layers, each with a sum and a norm. Parts and weights have PyTorch's names: self_attn, linear1, linear2,
 * norm1, norm2. *Error*: about 5e-4 for inputs and weights of order 1. *Cost*: that of its parts.
 */
export class TransformerEncoderLayer
  extends TransformerLayer<readonly [src: CrypTensor, inputs?: EncoderInputs]> {
  /** Kind of layer. */
  override readonly kind = "TransformerEncoderLayer";

  /** A layer with weights as PyTorch's starts with. @throws {RangeError} on sizes that do not fit. */
  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super("TransformerEncoderLayer", dModel, nhead, ["self_attn"], options);
  }

  /** The layer's result, of its input's shape. @throws {RangeError} when shapes do not fit. */
  override forward(src: CrypTensor, inputs: EncoderInputs = {}): CrypTensor {
    const masks = {
      attnMask: inputs.srcMask,
      keyPaddingMask: inputs.srcKeyPaddingMask,
      isCausal: inputs.isCausal,
    };
    return src.context.scoped(() => {
      const x = this.residual(1, src, (y) => this.attend("self_attn", y, y, masks));
      return this.residual(2, x, (y) => this.feedForward(y));
    });
  }

  /** Another layer of the same sizes and weights. */
  copy(): TransformerEncoderLayer {
    return sameWeights(this, new TransformerEncoderLayer(...this.made));
  }
}

/**
 * Self-attention, attention to a memory, and two linear layers, each with a sum and a norm. Parts and weights have PyTorch's names:
 * self_attn, multihead_attn, linear1, linear2, norm1 to norm3. *Error* and *cost*: as {@link TransformerEncoderLayer}.
 */
export class TransformerDecoderLayer
  extends TransformerLayer<readonly [tgt: CrypTensor, memory: CrypTensor, inputs?: DecoderInputs]> {
  /** Kind of layer. */
  override readonly kind = "TransformerDecoderLayer";

  /** A layer with weights as PyTorch's starts with. @throws {RangeError} on sizes that do not fit. */
  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super("TransformerDecoderLayer", dModel, nhead, ["self_attn", "multihead_attn"], options);
  }

  /** The layer's result, of the target's shape. @throws {RangeError} when shapes do not fit. */
  override forward(tgt: CrypTensor, memory: CrypTensor, inputs: DecoderInputs = {}): CrypTensor {
    const own = {
      attnMask: inputs.tgtMask,
      keyPaddingMask: inputs.tgtKeyPaddingMask,
      isCausal: inputs.tgtIsCausal,
    };
    const other = {
      attnMask: inputs.memoryMask,
      keyPaddingMask: inputs.memoryKeyPaddingMask,
      isCausal: inputs.memoryIsCausal,
    };
    return tgt.context.scoped(() => {
      const x = this.residual(1, tgt, (y) => this.attend("self_attn", y, y, own));
      const z = this.residual(2, x, (y) => this.attend("multihead_attn", y, memory, other));
      return this.residual(3, z, (y) => this.feedForward(y));
    });
  }

  /** Another layer of the same sizes and weights. */
  copy(): TransformerDecoderLayer {
    return sameWeights(this, new TransformerDecoderLayer(...this.made));
  }
}

/** A layer with the weights of another one. */
function sameWeights<M extends AnyModule>(from: AnyModule, to: M): M {
  const weights = Object.entries(from.stateDict()).map(([name, weight]) => {
    // Each layer returns the memory of its own.
    const own = isTensor(weight) ? weight.context.keeping(() => weight.alias(weight.context)) : weight;
    return [name, own] as const;
  });
  return to.loadStateDict(Object.fromEntries(weights)) as M;
}
