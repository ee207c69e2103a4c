/**
 * Sums, products, windows, order and random choices.
 *
 * @module
 */
import { einsum, matmul } from "../../../mod.ts";
import { type Family, op } from "./row.ts";

const MEAN = { error: "2 ulp + 2^-16·|mean|" };
const SUMS = { domain: "|result| < 2^30", error: "1 ulp" };
const SPREAD = { domain: "sum of squares < 2^30", error: "by n and mean, see the method" };
const kernel = [2, 2, 2];

/** Linear algebra and sums. */
export const linear: Family = {
  title: "Linear algebra, sums and statistics",
  rows: [
    op("matmul", "matrix product, here 10×100 by 100×10", ({ m, y }) => m.matmul(y.reshape([100, 10])), {
      ...SUMS,
      per: 100,
    }),
    op(
      "matmul (public operand)",
      "matrix product",
      ({ m }) => matmul(new Array(10).fill(0).map(() => [1.5]), m.narrow(0, 0, 1)),
      SUMS,
    ),
    op("dot", "inner product of vectors", ({ x, y }) => x.dot(y), SUMS),
    op(
      "outer",
      "outer product of vectors, here of 10 and 100",
      ({ x, y }) => x.narrow(0, 0, 10).outer(y.narrow(0, 0, 100)),
      SUMS,
    ),
    op("ger", "outer product", ({ x, y }) => x.narrow(0, 0, 10).ger(y.narrow(0, 0, 100)), SUMS),
    op(
      "einsum",
      "products by an equation, here ij,kj->ik",
      ({ m, y }) => einsum("ij,kj->ik", m, y.reshape([10, 100])),
      { ...SUMS, per: 100 },
    ),
    op(
      "conv1d",
      "convolution, here 10 filters of 10×3",
      ({ image, y }) =>
        image.reshape([1, 10, 100]).conv1d(y.narrow(0, 0, 300).reshape([10, 10, 3]), { pads: [1, 1] }),
      SUMS,
    ),
    op(
      "conv2d",
      "convolution, here 10 filters of 10×3×3",
      ({ image, y }) => image.conv2d(y.narrow(0, 0, 900).reshape([10, 10, 3, 3]), { pads: [1, 1, 1, 1] }),
      SUMS,
    ),
    op(
      "conv3d",
      "convolution, here of one channel by 3×3×3",
      ({ image, y }) =>
        image.unsqueeze(0).conv3d(y.narrow(0, 0, 27).reshape([1, 1, 3, 3, 3]), { pads: [1, 1, 1, 1, 1, 1] }),
      SUMS,
    ),
    op(
      "convTranspose1d",
      "transposed convolution",
      ({ image, y }) =>
        image.reshape([1, 10, 100]).convTranspose1d(y.narrow(0, 0, 300).reshape([10, 10, 3]), {
          pads: [1, 1],
        }),
      SUMS,
    ),
    op(
      "convTranspose2d",
      "transposed convolution",
      ({ image, y }) =>
        image.convTranspose2d(y.narrow(0, 0, 900).reshape([10, 10, 3, 3]), { pads: [1, 1, 1, 1] }),
      SUMS,
    ),
    op(
      "convTranspose3d",
      "transposed convolution",
      ({ image, y }) =>
        image.unsqueeze(0).convTranspose3d(y.narrow(0, 0, 27).reshape([1, 1, 3, 3, 3]), {
          pads: [1, 1, 1, 1, 1, 1],
        }),
      SUMS,
    ),
    op("sum", "sum over axes", ({ m }) => m.sum({ dim: 1 })),
    op("mean", "mean over axes, here of 10", ({ m }) => m.mean({ dim: 0 }), { ...MEAN, per: 100 }),
    op("cumsum", "running sum", ({ x }) => x.cumsum(0)),
    op("trace", "sum of a diagonal", ({ m }) => m.trace()),
    op("prod", "product along an axis, here of 10", ({ m }) => m.prod({ dim: 0 }), {
      domain: "products < 2^30",
      error: "n·max(1, |x|)^(n-2) ulp",
    }),
    op("cumprod", "running product, here of 10", ({ m }) => m.cumprod(0), {
      domain: "products < 2^30",
      error: "as prod",
    }),
    op("var", "variance, here of 100", ({ m }) => m.var({ dim: 1 }), SPREAD),
    op("std", "standard deviation, here of 100", ({ m }) => m.std({ dim: 1 }), SPREAD),
    op("norm", "Euclidean norm, here of 100", ({ m }) => m.norm({ dim: 1 }), {
      domain: "sum of squares < 2^30",
      error: "1.5e-5·|result| + 1 ulp",
    }),
    op("norm (p = 1)", "sum of absolute values", ({ m }) => m.norm({ dim: 1, p: 1 })),
    op(
      "norm (p = Infinity)",
      "largest absolute value, here of 10",
      ({ m }) => m.norm({ dim: 0, p: Infinity }),
    ),
  ],
};

/** Extrema and order. */
export const order: Family = {
  title: "Extrema and order",
  rows: [
    op("max", "largest, here of 10", ({ m }) => m.max({ dim: 0 })),
    op("min", "smallest, here of 10", ({ m }) => m.min({ dim: 0 })),
    op("argmax", "index of the largest, here of 10", ({ m }) => m.argmax({ dim: 0 })),
    op("argmin", "index of the smallest, here of 10", ({ m }) => m.argmin({ dim: 0 })),
    op("maxWithIndex", "both", ({ m }) => Object.values(m.maxWithIndex({ dim: 0 }))),
    op("minWithIndex", "both", ({ m }) => Object.values(m.minWithIndex({ dim: 0 }))),
    op("sort", "in order, with indices; here of 10", ({ m }) => Object.values(m.sort({ dim: 0 }))),
    op("argsort", "indices in order, here of 10", ({ m }) => m.argsort({ dim: 0 })),
    op("topk", "the largest few, here 3 of 10", ({ m }) => Object.values(m.topk(3, { dim: 0 }))),
    op("kthvalue", "the k-th smallest, here of 10", ({ m }) => Object.values(m.kthvalue(3, { dim: 0 }))),
    op("median", "the middle one, here of 10", ({ m }) => m.median({ dim: 0 })),
  ],
};

/** Pooling. */
export const pooling: Family = {
  title: "Pooling",
  rows: [
    op(
      "avgPool1d",
      "averages of windows, here of 2",
      ({ image }) => image.reshape([1, 10, 100]).avgPool1d(2),
      MEAN,
    ),
    op("avgPool2d", "averages of windows, here 2×2", ({ image }) => image.avgPool2d(2), MEAN),
    op(
      "avgPool3d",
      "averages of windows, here 2×2×2",
      ({ image }) => image.unsqueeze(0).avgPool3d(kernel),
      MEAN,
    ),
    op("maxPool1d", "maxima of windows, here of 2", ({ image }) => image.reshape([1, 10, 100]).maxPool1d(2)),
    op("maxPool2d", "maxima of windows, here 2×2; bytes per window", ({ image }) => image.maxPool2d(2), {
      per: 250,
      crypten: { rounds: 46, bytes: 3000 },
    }),
    op("maxPool3d", "maxima of windows, here 2×2×2", ({ image }) => image.unsqueeze(0).maxPool3d(kernel)),
    op(
      "lpPool1d",
      "sums of |x| of windows, here of 2",
      ({ image }) => image.reshape([1, 10, 100]).lpPool1d(1, 2),
    ),
    op("lpPool2d", "sums of |x| of windows, here 2×2", ({ image }) => image.lpPool2d(1, 2)),
    op(
      "lpPool3d",
      "Euclidean norms of windows, here 2×2×2",
      ({ image }) => image.unsqueeze(0).lpPool3d(2, kernel),
    ),
    op("globalLpPool", "norms of channels, here p = 2", ({ image }) => image.unsqueeze(0).globalLpPool(2)),
    op(
      "adaptiveAvgPool1d",
      "averages to a size",
      ({ image }) => image.reshape([1, 10, 100]).adaptiveAvgPool1d(7),
      MEAN,
    ),
    op("adaptiveAvgPool2d", "averages to a size", ({ image }) => image.adaptiveAvgPool2d(3), MEAN),
    op(
      "adaptiveAvgPool3d",
      "averages to a size",
      ({ image }) => image.unsqueeze(0).adaptiveAvgPool3d(3),
      MEAN,
    ),
    op(
      "adaptiveMaxPool1d",
      "maxima to a size",
      ({ image }) => image.reshape([1, 10, 100]).adaptiveMaxPool1d(7),
    ),
    op("adaptiveMaxPool2d", "maxima to a size", ({ image }) => image.adaptiveMaxPool2d(3)),
    op("adaptiveMaxPool3d", "maxima to a size", ({ image }) => image.unsqueeze(0).adaptiveMaxPool3d(3)),
    op("globalAvgPool", "averages of channels", ({ image }) => image.globalAvgPool(), MEAN),
    op("globalMaxPool", "maxima of channels, here of 100", ({ image }) => image.globalMaxPool()),
  ],
};

/** Random choices. */
export const random: Family = {
  title: "Random choices",
  rows: [
    op("rand", "uniform in [0, 1)", ({ mpc }) => mpc.rand([1000])),
    op("randn", "normal", ({ mpc }) => mpc.randn([1000])),
    op("bernoulli", "1 with a secret probability", ({ x }) => x.bernoulli()),
    op("randperm", "a permutation, here of 100", ({ mpc }) => mpc.randperm(100), { per: 100 }),
    op("shuffle", "entries in a random order, here of 10", ({ m }) => m.shuffle()),
    op("dropout", "elements set to 0", ({ x }) => x.dropout(), {
      domain: "|x/(1-p)| < 2^30",
      error: "1 ulp",
    }),
    op("weightedIndex", "one-hot draw by weights, here of 10", ({ m }) => m.weightedIndex(0)),
    op("weightedSample", "an element drawn by weights, here of 10", ({ m }) => m.weightedSample(0)),
  ],
};
