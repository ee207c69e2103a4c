/**
 * Attention by several heads, with PyTorch's names, options and defaults.
 *
 * @module
 */
import { catAll } from "../../ops/join.ts";
import { isTensor } from "../../ops/op.ts";
import { publicTensor } from "../../ops/operand.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import { Derived, type Factor, factorOf, times } from "../derived.ts";
import { constant, normal, xavierUniform } from "../init.ts";
import { Module, type Parameter } from "../module.ts";
import { joined, part, reshaped, turned } from "../parameters.ts";
import { additiveMask, attend, causalMask } from "./dot_attention.ts";
import { optionsText } from "./function_layer.ts";
import { Linear } from "./linear.ts";

/** Options of {@link MultiheadAttention}. */
export interface MultiheadAttentionOptions {
  /** Probability with which weights are dropped in training; 0 by default. */
  readonly dropout?: number | undefined;
  /** Whether projections have a bias; true by default. */
  readonly bias?: boolean | undefined;
  /** Whether there are a key and a value more, which are weights; false by default. */
  readonly addBiasKv?: boolean | undefined;
  /** Whether there are a key and a value more, of zeros; false by default. */
  readonly addZeroAttn?: boolean | undefined;
  /** Elements of a key; as of a query by default. */
  readonly kdim?: number | undefined;
  /** Elements of a value; as of a query by default. */
  readonly vdim?: number | undefined;
  /** Whether inputs and outputs are [N, L, E] instead of [L, N, E]; false by default. */
  readonly batchFirst?: boolean | undefined;
}

/** Options of one use of {@link MultiheadAttention}. Masks are public or secret. */
export interface AttentionInputs {
  /** [N, S]: booleans (or secret integers), true for keys that do not count, or numbers that are added to the scores. */
  readonly keyPaddingMask?: Operand | undefined;
  /** Whether the weights are a result; true by default. */
  readonly needWeights?: boolean | undefined;
  /** [L, S] or [N·heads, L, S]: booleans (or secret integers), true for pairs that do not count, or numbers that are added. */
  readonly attnMask?: Operand | undefined;
  /** Whether the weights are the mean over the heads; true by default. */
  readonly averageAttnWeights?: boolean | undefined;
  /** Whether query i takes part up to key i only; false by default. No mask has to say so besides. */
  readonly isCausal?: boolean | undefined;
}

/** What {@link MultiheadAttention} gives. */
export interface AttentionResult {
  /** As the query, [L, N, E] or with the batch first. */
  readonly output: CrypTensor;
  /** [N, L, S], or of each head [N, heads, L, S]. */
  readonly weights?: CrypTensor;
}

/** A weight and a bias, ready for many products. */
interface Projection {
  readonly factor: Factor;
  readonly bias: Parameter | undefined;
}

/** Names of the weights of projections: one of all, or three, and the bias. */
const PROJECTIONS = ["in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias"];

/** The projections `from` to `to` of queries, keys and values side by side, for inputs that are one tensor. */
function projection(side: number, from: number, to: number): Derived<Projection> {
  return new Derived((all, q, k, v, bias) => {
    const own = (weight: Parameter): Parameter => part(weight, 0, from * side, (to - from) * side);
    const three = [q, k, v].filter((weight) => weight !== undefined).slice(from, to);
    return {
      factor: factorOf(turned(all === undefined ? joined(three) : own(all))),
      bias: bias === undefined ? undefined : own(bias),
    };
  });
}

/** A mask as numbers to add, of a shape that broadcasts to [N, heads, L, S]. */
function maskOf(mask: Operand, batch: number, heads: number, padding: boolean): Parameter {
  const numbers = additiveMask(isTensor(mask) ? mask : publicTensor(mask), false);
  const [columns, rows] = [numbers.shape.at(-1) ?? 1, numbers.shape.at(-2) ?? 1];
  if (padding) return reshaped(numbers, [numbers.ndim === 1 ? 1 : rows, 1, 1, columns]);
  return numbers.ndim === 3 ? reshaped(numbers, [batch, heads, rows, columns]) : numbers;
}

/**
 * Attention by several heads: projections of queries [L, N, E], keys [S, N, K] and values [S, N, V], the attention of each head's
 * part, and a projection of what comes out. Weights have PyTorch's names: in_proj_weight (or q_proj_weight, k_proj_weight and
 * v_proj_weight when sizes differ), in_proj_bias, bias_k, bias_v, out_proj.weight and out_proj.bias. *Error*: 1e-4 times the size of
 * values and weights. *Cost* (lean, 2 parties): with secret weights 8 bytes per element of each input, of what
 * is the same tensor once; two products, and the softmax of
 * N·heads·L·S scores. Weights are opened once, masked.
 */
export class MultiheadAttention
  extends Module<readonly [CrypTensor, CrypTensor, CrypTensor, AttentionInputs?], AttentionResult> {
  /** Kind of layer. */
  readonly kind = "MultiheadAttention";
  readonly #side: number;
  readonly #heads: number;
  readonly #options: MultiheadAttentionOptions;
  readonly #out: Linear;
  readonly #projections: Map<string, Derived<Projection>> = new Map();

  /** A layer with weights as PyTorch's starts with. @throws {RangeError} when the heads do not divide the elements. */
  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    if (
      !(embedDim > 0 && numHeads > 0 && Number.isInteger(embedDim / numHeads) && Number.isInteger(numHeads))
    ) {
      throw new RangeError(
        `Cannot make a MultiheadAttention layer: ${numHeads} heads for ${embedDim} elements, a divisor is wanted`,
      );
    }
    const { bias = true, kdim = embedDim, vdim = embedDim, addBiasKv = false } = options;
    this.#side = embedDim;
    this.#heads = numHeads;
    this.#options = options;
    if (kdim === embedDim && vdim === embedDim) {
      this.parameters.set("in_proj_weight", xavierUniform([3 * embedDim, embedDim]));
    } else {
      this.parameters.set("q_proj_weight", xavierUniform([embedDim, embedDim]));
      this.parameters.set("k_proj_weight", xavierUniform([embedDim, kdim]));
      this.parameters.set("v_proj_weight", xavierUniform([embedDim, vdim]));
    }
    if (bias) this.parameters.set("in_proj_bias", constant([3 * embedDim], 0));
    if (addBiasKv) {
      for (const name of ["bias_k", "bias_v"]) {
        this.parameters.set(name, normal([1, 1, embedDim], 0, Math.sqrt(1 / embedDim)));
      }
    }
    this.#out = new Linear(embedDim, embedDim, { bias });
    if (bias) this.#out.parameters.set("bias", constant([embedDim], 0));
    this.children.set("out_proj", this.#out);
  }

  /** Attends. Inputs may be without the batch. @throws {RangeError} when shapes do not fit. */
  override forward(
    query: CrypTensor,
    key: CrypTensor,
    value: CrypTensor,
    inputs: AttentionInputs = {},
  ): AttentionResult {
    this.#check(query, key, value);
    return query.context.scoped(() => {
      const single = query.ndim === 2;
      const first = this.#options.batchFirst === true && !single;
      // [N, L, E] each; what is one tensor stays one, so that it is opened once.
      const laid = new Map(
        [...new Set([query, key, value])].map((
          x,
        ) => [x, single ? x.unsqueeze(0) : first ? x : x.transpose(0, 1)]),
      );
      const [q, k, v] = [query, key, value].map((x) => laid.get(x)!);
      const { output, weights } = this.#attend(q!, k!, v!, inputs);
      const y = single ? output.squeeze(0) : first ? output : output.transpose(0, 1);
      if (inputs.needWeights === false) return { output: y };
      const shown = inputs.averageAttnWeights === false ? weights : weights.mean({ dim: 1 });
      return { output: y, weights: single ? shown.squeeze(0) : shown };
    });
  }

  #check(...inputs: readonly [CrypTensor, CrypTensor, CrypTensor]): void {
    const [q, k, v] = inputs;
    const { kdim = this.#side, vdim = this.#side, batchFirst } = this.#options;
    const sides = [this.#side, kdim, vdim];
    const batch = batchFirst === true ? 0 : 1;
    const fits = inputs.every((x, i) =>
      x.ndim === q.ndim && x.shape.at(-1) === sides[i] && (q.ndim === 2 || x.shape[batch] === q.shape[batch])
    );
    if (fits && (q.ndim === 2 || q.ndim === 3) && k.size / kdim === v.size / vdim) return;
    throw new RangeError(
      `Cannot run MultiheadAttention on [${q.shape}], [${k.shape}] and [${v.shape}]: [L, N, ${this.#side}], [S, N, ${kdim}] and [S, N, ${vdim}] are wanted`,
    );
  }

  /** The attention of [N, L, E], and the weights of each head. */
  #attend(
    query: CrypTensor,
    key: CrypTensor,
    value: CrypTensor,
    { keyPaddingMask, attnMask, isCausal = false }: AttentionInputs,
  ): { output: CrypTensor; weights: CrypTensor } {
    const [batch, rows] = query.shape as [number, number];
    const columns = key.shape[1]!;
    const [projectedQ, projectedK, projectedV] = this.#project([query, key, value]);
    const q = this.#split(projectedQ!);
    const k = this.#split(this.#more(projectedK!, "bias_k"));
    const v = this.#split(this.#more(projectedV!, "bias_v"));
    const masks: Operand[] = isCausal ? [causalMask(rows, columns)] : [];
    if (attnMask !== undefined) masks.push(maskOf(attnMask, batch, this.#heads, false));
    if (keyPaddingMask !== undefined) masks.push(maskOf(keyPaddingMask, batch, this.#heads, true));
    const dropoutP = this.training ? this.#options.dropout ?? 0 : 0;
    const { output, weights } = attend(q, k, v, masks, { dropoutP, masked: columns });
    const merged = output.permute([0, 2, 1, 3]).reshape([batch, rows, this.#side]);
    return { output: merged.context.inLayer("out_proj", () => this.#out.forward(merged)), weights };
  }

  /** Projections of queries, keys and values: of what is one tensor by one product, so that it is opened once. */
  #project(inputs: readonly CrypTensor[]): CrypTensor[] {
    const results: CrypTensor[] = [];
    const weights = PROJECTIONS.map((name) => this.parameters.get(name));
    while (results.length < inputs.length) {
      const from = results.length;
      const x = inputs[from]!;
      const other = inputs.findIndex((input, i) => i > from && input !== x);
      const to = other < 0 ? inputs.length : other;
      const name = `${from}-${to}`;
      const made = this.#projections.get(name) ?? projection(this.#side, from, to);
      this.#projections.set(name, made);
      const { factor, bias } = made.of(...weights);
      const product = times(x, factor);
      const y = bias === undefined ? product : product.add(bias);
      for (let i = 0; i < to - from; i++) results.push(y.narrow(2, i * this.#side, this.#side));
    }
    return results;
  }

  /** [N, S, E] with the key or value that is a weight, and that of zeros. */
  #more(x: CrypTensor, name: "bias_k" | "bias_v"): CrypTensor {
    const bias = this.parameters.get(name);
    const extended = (y: CrypTensor): CrypTensor => y.pad([0, 0, 0], [0, 1, 0]);
    // Added to zeros, it is the same for the whole batch.
    const longer = bias === undefined ? x : catAll([x, extended(x).narrow(1, x.shape[1]!, 1).add(bias)], 1);
    return this.#options.addZeroAttn === true ? extended(longer) : longer;
  }

  /** [N, L, E] as [N, heads, L, E/heads]. */
  #split(x: CrypTensor): CrypTensor {
    const [batch, rows] = x.shape as [number, number];
    return x.reshape([batch, rows, this.#heads, this.#side / this.#heads]).permute([0, 2, 1, 3]);
  }

  /** Returns the memory of the weights. */
  override dispose(): void {
    super.dispose();
    for (const made of this.#projections.values()) made.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    return optionsText({ size: this.#side, heads: this.#heads, ...this.#options });
  }
}
