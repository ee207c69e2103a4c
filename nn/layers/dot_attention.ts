/**
 * Attention by scaled dot products (Vaswani et al. 2017), as a function.
 *
 * @module
 */
import { catAll } from "../../ops/join.ts";
import { isTensor } from "../../ops/op.ts";
import { publicTensor } from "../../ops/operand.ts";
import { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import type { Parameter } from "../module.ts";

/** Is added to scores that do not count. Two of them stay within the 30 bits of a product, and softmax makes zeros of them. */
const MASKED = -(2 ** 28);

/** Options of {@link scaledDotProductAttention}. */
export interface DotAttentionOptions {
  /**
   * Of a shape that broadcasts to [..., L, S], public or secret: booleans (or secret integers), true for what takes part, or
   * real numbers that are added to the scores.
   */
  readonly attnMask?: Operand | undefined;
  /** Probability with which weights are dropped; 0 by default. */
  readonly dropoutP?: number | undefined;
  /** Whether row i takes part up to column i only; false by default. */
  readonly isCausal?: boolean | undefined;
  /** Factor of the scores; 1/sqrt(E) by default. */
  readonly scale?: number | undefined;
  /** Whether keys and values have fewer heads (axis -3), each for as many queries; false by default. */
  readonly enableGqa?: boolean | undefined;
}

/** What attention gives. */
export interface Attended {
  /** The values, weighted: [..., L, Ev]. */
  readonly output: CrypTensor;
  /** The weights, [..., L, S]. */
  readonly weights: CrypTensor;
}

/** A mask as numbers to add; `allowing` says what true means. */
export function additiveMask(mask: Operand, allowing: boolean): Parameter {
  if (isTensor(mask)) {
    if (mask.scale !== 0) return mask;
    return allowing ? mask.sub(1).mul(-MASKED) : mask.mul(MASKED);
  }
  const { shape, data, dtype } = publicTensor(mask);
  const numbers = Float64Array.from<number | bigint>(data, Number);
  return new Tensor(
    shape,
    dtype === "uint8"
      ? numbers.map((flag) => (flag !== 0) === allowing ? 0 : MASKED)
      : numbers.map((x) => Math.max(x, MASKED)),
  );
}

/** What lets row i see columns up to i. */
export function causalMask(rows: number, columns: number): Tensor {
  const data = Float64Array.from(
    { length: rows * columns },
    (_, at) => at % columns <= Math.floor(at / columns) ? 0 : MASKED,
  );
  return new Tensor([rows, columns], data);
}

/** Refuses operands that do not fit. @throws {RangeError} on them. */
function check(q: CrypTensor, k: CrypTensor, v: CrypTensor): void {
  const fits = [q, k, v].every((t) => t.ndim >= 2) && q.shape.at(-1) === k.shape.at(-1) &&
    k.shape.at(-2) === v.shape.at(-2);
  if (fits) return;
  throw new RangeError(
    `Cannot attend: queries, keys and values have shapes [${q.shape}], [${k.shape}] and [${v.shape}], [..., L, E], [..., S, E] and [..., S, Ev] are wanted`,
  );
}

/** Attention with numbers to add to the scores of the first `masked` keys, all by default. */
export function attend(
  q: CrypTensor,
  k: CrypTensor,
  v: CrypTensor,
  masks: readonly Operand[],
  options: { readonly dropoutP: number; readonly scale?: number | undefined; readonly masked?: number },
): Attended {
  check(q, k, v);
  const keys = k.shape.at(-2)!;
  const { dropoutP, scale = 1 / Math.sqrt(q.shape.at(-1)!), masked = keys } = options;
  const scores = q.mul(scale).matmul(k.transpose(-1, -2));
  const seen = masks.reduce((sum: CrypTensor, mask) => sum.add(mask), scores.narrow(-1, 0, masked));
  const all = masked === keys ? seen : catAll([seen, scores.narrow(-1, masked, keys - masked)], -1);
  const weights = all.softmax(-1);
  const kept = dropoutP > 0 ? weights.dropout(dropoutP) : weights;
  return { output: kept.matmul(v), weights: kept };
}

/** Each head of axis -3 as often as there are queries for it. @throws {RangeError} when they do not divide. */
export function repeatedHeads(x: CrypTensor, heads: number): CrypTensor {
  const own = x.shape.at(-3) ?? 0;
  if (own === 0 || heads % own !== 0) {
    throw new RangeError(`Cannot attend: ${own} heads of keys for ${heads} of queries, a divisor is wanted`);
  }
  const [side, rest] = [x.ndim - 3, x.shape.slice(-2)];
  const lead = x.shape.slice(0, side);
  return x.unsqueeze(-3).expand([...lead, own, heads / own, ...rest]).reshape([...lead, heads, ...rest]);
}

/**
 * softmax(q·kᵀ/sqrt(E) + mask)·v for queries [..., L, E], keys [..., S, E] and values [..., S, Ev]. A query that sees nothing
 * attends as without a mask. *Error*: 5e-5 of each weight, and what the scores are off. *Cost* (lean, 2 parties): two products,
 * and the softmax of L·S scores.
 *
 * @throws {RangeError} when shapes do not fit.
 *
 * @example Three queries that look back
 * ```ts
 * import { nn, plain, runLocal } from "https://tacit.example/mod.ts";
 *
 * const [y] = await runLocal({ parties: 1, protocol: plain() }, (mpc) => {
 *   const x = mpc.encrypt([[1, 0], [0, 1], [1, 1]], { src: 0 });
 *   return nn.scaledDotProductAttention(x, x, x, { isCausal: true }).decrypt();
 * });
 * if (Math.abs(y.at(0, 0) - 1) > 1e-3) throw new Error("the first query sees itself only");
 * ```
 */
export function scaledDotProductAttention(
  query: CrypTensor,
  key: CrypTensor,
  value: CrypTensor,
  options: DotAttentionOptions = {},
): CrypTensor {
  const { attnMask, dropoutP = 0, isCausal = false, scale, enableGqa = false } = options;
  return query.context.scoped(() => {
    const heads = query.shape.at(-3) ?? 1;
    const [k, v] = enableGqa ? [repeatedHeads(key, heads), repeatedHeads(value, heads)] : [key, value];
    const masks: Operand[] = isCausal ? [causalMask(query.shape.at(-2) ?? 1, key.shape.at(-2) ?? 1)] : [];
    if (attnMask !== undefined) masks.push(additiveMask(attnMask, true));
    return attend(query, k, v, masks, { dropoutP, scale }).output;
  });
}
