/**
 * Secret random tensors that no party knows, and what is drawn with them.
 *
 * @module
 */
import { checkShape, normalAxis, type Shape, sizeOf } from "../ring/shape.ts";
import { add, div, mul, neg, sub } from "./arithmetic.ts";
import { fromFront, nonEmpty, toFront } from "./axis.ts";
import { gt, lt } from "./compare.ts";
import type { Context } from "./context.ts";
import { log } from "./functions/logarithm.ts";
import { sqrt } from "./functions/roots.ts";
import { withScale } from "./functions/scale.ts";
import { cosOfTurns } from "./functions/trigonometry.ts";
import { catAll } from "./join.ts";
import { matmul } from "./linalg.ts";
import { slice } from "./indexing.ts";
import { reshape } from "./movement.ts";
import { defineOp, type Op } from "./op.ts";
import { publicTensor, words } from "./operand.ts";
import { Tensor } from "./plaintext.ts";
import { cumsum, sum } from "./reduce.ts";
import { oneHot } from "./secret_index.ts";
import { argsort } from "./sort.ts";
import { CrypTensor, type Operand } from "./tensor.ts";

/** Secret uniform integers of `width` bits, that no party knows. *Cost*: one round, a bit per bit. */
export function uniformBits(ctx: Context, shape: Shape, width: number): CrypTensor {
  checkShape(shape);
  const { protocol } = ctx;
  const bits = ctx.remote(
    "randomBits",
    [],
    shape,
    { rounds: 0, bytes: 0, correlation: 0 },
    (call) => Promise.resolve(protocol.randomBits(call, shape, width)),
  );
  const tensor = new CrypTensor(ctx, shape, { scale: 0, bound: 2 ** width }, { bits, width });
  return words(ctx, tensor.words.retain(), { scale: 0, bound: 2 ** width });
}

/** Uniform in [0, 1), with the session's fraction bits. *Cost*: one round, 2 bytes per element. */
export function rand(ctx: Context, shape: Shape): CrypTensor {
  const width = ctx.fractionBits;
  return ctx.inOp(
    "rand",
    () => words(ctx, uniformBits(ctx, shape, width).words.retain(), { scale: width, bound: 1 }),
  );
}

/** Bits of the uniform numbers that normal ones are made of: the radius reaches to 6.6 standard deviations. */
const RADIUS_BITS = 32;
const ANGLE_BITS = 20;

/**
 * Normally distributed, mean 0 and variance 1, by the polar method of Box and Muller: sqrt(-2 ln u)·cos(2 pi v). *Error*: each
 * number is within 2e-4 of that of the exact functions. *Cost* (lean, 2 parties): 22 rounds, 390 bytes per element.
 */
export function randn(ctx: Context, shape: Shape): CrypTensor {
  return ctx.inOp("randn", () => {
    // u is in (0, 1]: a power of two more units than the logarithm's argument has, taken off afterwards.
    const u = add(uniformBits(ctx, shape, RADIUS_BITS), 1);
    const logarithm = log(withScale(ctx, u, ctx.fractionBits));
    const radius = sqrt(mul(add(neg(logarithm), (RADIUS_BITS - ctx.fractionBits) * Math.LN2), 2));
    const angle = cosOfTurns(withScale(ctx, uniformBits(ctx, shape, ANGLE_BITS), ANGLE_BITS));
    return mul(radius, angle);
  });
}

/**
 * 1 with the given probability, else 0, as integers. *Error*: probabilities count in steps of 2^-f. *Cost*: that of {@link rand}
 * and a comparison.
 *
 * @throws {RangeError} when a public probability is not within [0, 1].
 */
export function bernoulli(ctx: Context, probability: Operand, shape: Shape): CrypTensor {
  checkProbability(probability);
  return ctx.inOp("bernoulli", () => lt(rand(ctx, shape), probability));
}

function checkProbability(probability: Operand): void {
  if (probability instanceof CrypTensor) return;
  for (const p of publicTensor(probability).data) {
    if (!(Number(p) >= 0 && Number(p) <= 1)) {
      throw new RangeError(`Cannot draw with probability ${p}: a number from 0 to 1 is wanted`);
    }
  }
}

/** A secret permutation of 0 to n - 1: the order of random keys of 40 bits. *Cost*: one sort of n elements. */
export function randperm(ctx: Context, n: number): CrypTensor {
  return ctx.inOp("randperm", () => argsort(uniformBits(ctx, [n], 40)));
}

/** 0 with probability p, else 1/(1 - p): public, the same at every party. */
function publicMask(ctx: Context, shape: Shape, p: number): Tensor {
  const { seeds, heap } = ctx.shared.env;
  using words = seeds.common.tensor(heap, ctx.scope.take(), 0, shape);
  const data = Float64Array.from(
    words.toSigned(),
    (word) => Number(word >> 11n) * 2 ** -53 + 0.5 < p ? 0 : 1 / (1 - p),
  );
  return new Tensor(shape, data);
}

/** How elements are dropped. */
export interface DropoutOptions {
  /** Whole channels, the first two axes deciding, instead of elements. */
  readonly channels?: boolean | undefined;
  /** Whether all parties know which ones: a public mask costs nothing but a public product. */
  readonly mask?: "secret" | "public" | undefined;
}

/**
 * x with elements (or channels) set to 0 with a public probability, the others divided by 1 - p. Which ones, no party knows, or
 * with a public mask every party, and nobody else. *Cost*: that of {@link bernoulli} and a product; with a public mask one
 * truncation.
 *
 * @throws {RangeError} when the probability is not within [0, 1).
 */
export const dropout: Op<[number, DropoutOptions]> = defineOp<[number, DropoutOptions]>({
  name: "dropout",
  shape(x, p) {
    if (!(p >= 0 && p < 1)) throw new RangeError(`the probability is ${p}, 0 to less than 1 is wanted`);
    return x.shape;
  },
  lower(ctx, x, [p, { channels = false, mask = "secret" }]) {
    if (p === 0) return x;
    const shape = x.shape.map((side, i) => channels && i > 1 ? 1 : side);
    if (mask === "public") return mul(x, publicMask(ctx, shape, p));
    return div(mul(x, bernoulli(ctx, 1 - p, shape)), 1 - p);
  },
});

/**
 * A one-hot vector along an axis, drawn with probabilities in proportion to secret weights of 0 or more. *Error*: of probabilities
 * below 2^-14. *Cost*: {@link rand}, a product and a comparison of the whole tensor.
 *
 * @throws {RangeError} when the axis does not exist or is empty.
 */
export const weightedIndex: Op<[number]> = defineOp<[number]>({
  name: "weightedIndex",
  shape(x, dim) {
    nonEmpty(x, { dim });
    return x.shape;
  },
  lower(ctx, x, [dim]) {
    const at = normalAxis(dim, x.ndim);
    const a = x.rescale();
    const total = sum(a, { dim: at, keepdim: true });
    const mark = mul(total, rand(ctx, total.shape)).rescale();
    // Running sums pass the mark once; the first that does is drawn.
    const passed = toFront(gt(cumsum(a, at), mark), { dim: at });
    const before = slice(passed, [{ stop: -1 }]);
    const first = slice(passed, [{ stop: 1 }]);
    const steps = sub(slice(passed, [{ start: 1 }]), before);
    return fromFront(catAll([first, steps], 0), at);
  },
});

/** One element along an axis, drawn with probabilities in proportion to the elements themselves. As {@link weightedIndex}. */
export const weightedSample: Op<[number]> = defineOp<[number]>({
  name: "weightedSample",
  shape: (x, dim) => nonEmpty(x, { dim }),
  lower: (_ctx, x, [dim]) => sum(mul(x, weightedIndex(x, dim)), { dim }),
});

/**
 * The entries along an axis in a random order that no party knows. Exact of integers, else 1 ulp. *Cost*: {@link randperm} of n
 * entries, their one-hot vectors, and one matrix product.
 *
 * @throws {RangeError} when the axis does not exist.
 */
export const shuffle: Op<[number]> = defineOp<[number]>({
  name: "shuffle",
  shape(x, dim) {
    normalAxis(dim, x.ndim, "shuffle along");
    return x.shape;
  },
  lower(ctx, x, [dim]) {
    const at = normalAxis(dim, x.ndim);
    const rows = toFront(x, { dim: at });
    const [n, ...rest] = rows.shape;
    if (n! < 2) return x;
    const hot = oneHot(randperm(ctx, n!), n!);
    const mixed = matmul(hot, reshape(rows, [n!, sizeOf(rest)]));
    return fromFront(reshape(mixed, [n!, ...rest]), at);
  },
});
