/**
 * Operations that move elements, and those at public indices.
 *
 * @module
 */
import { cat, stack } from "../../../mod.ts";
import { type Family, op } from "./row.ts";

/** Movement. */
export const movement: Family = {
  title: "Movement",
  rows: [
    op("reshape", "another shape", ({ x }) => x.reshape([20, 50])),
    op("view", "another shape", ({ x }) => x.view([20, 50])),
    op("flatten", "axes as one", ({ m }) => m.flatten()),
    op("unflatten", "an axis as several", ({ x }) => x.unflatten(0, [10, 100])),
    op("permute", "axes in another order", ({ m }) => m.permute([1, 0])),
    op("transpose", "two axes exchanged", ({ m }) => m.transpose(0, 1)),
    op("movedim", "axes moved", ({ m }) => m.movedim(0, 1)),
    op("t", "a matrix transposed", ({ m }) => m.t()),
    op("expand", "broadcast", ({ x }) => x.expand([2, 1000])),
    op("repeat", "copies", ({ x }) => x.repeat([2])),
    op("tile", "copies", ({ x }) => x.tile([2])),
    op("squeeze", "without axes of size 1", ({ x }) => x.unsqueeze(0).squeeze()),
    op("unsqueeze", "with an axis of size 1", ({ x }) => x.unsqueeze(0)),
    op("flip", "in reverse", ({ x }) => x.flip(0)),
    op("roll", "rotated", ({ x }) => x.roll(3)),
    op("pad", "surrounded by a constant or copies", ({ m }) => m.pad([1, 1], [1, 1])),
    op("unfold", "windows of an axis", ({ x }) => x.unfold(0, 10, 10)),
    op("diagonal", "diagonals of matrices", ({ m }) => m.diagonal()),
    op("diagEmbed", "matrices with a diagonal", ({ m }) => m.diagEmbed()),
    op("diag", "a diagonal matrix, or its diagonal", ({ m }) => m.diag()),
    op("tril", "zeros above a diagonal", ({ m }) => m.tril()),
    op("triu", "zeros below a diagonal", ({ m }) => m.triu()),
    op("cat", "joined along an axis", ({ x, y }) => cat([x, y])),
    op("stack", "joined along a new axis", ({ x, y }) => stack([x, y])),
    op("split", "pieces of one size", ({ x }) => x.split(100)),
    op("chunk", "some pieces", ({ x }) => x.chunk(10)),
    op("unbind", "entries of an axis", ({ m }) => m.unbind()),
  ],
};

/** Indexing. */
export const indexing: Family = {
  title: "Indexing",
  rows: [
    op("slice", "ranges and entries of axes", ({ x }) => x.slice([{ start: 1, step: 2 }])),
    op("narrow", "a range of an axis", ({ x }) => x.narrow(0, 1, 500)),
    op("get", "an entry", ({ m }) => m.get(1)),
    op("assign", "a part replaced", ({ x }) => x.assign([{ start: 1, stop: 9 }], 7)),
    op("indexSelect", "entries at public indices", ({ m }) => m.indexSelect(1, [3, 1, 4])),
    op("take", "elements at public indices", ({ x }) => x.take([3, 1, 4])),
    op("gather", "along an axis at public indices", ({ m }) => m.gather(1, [[3], [1]])),
    op("takeAlongDim", "along an axis at public indices", ({ m }) => m.takeAlongDim([[3, 1]], 1)),
    op("scatter", "elements replaced at public indices", ({ m }) => m.scatter(1, [[3], [1]], 7)),
    op("scatterAdd", "elements added at public indices", ({ m }) => m.scatterAdd(1, [[3], [1]], 7)),
    op(
      "indexAdd",
      "entries added at public indices",
      ({ m, x }) => m.indexAdd(1, [3, 1], x.narrow(0, 0, 20).reshape([10, 2])),
    ),
    op(
      "indexCopy",
      "entries replaced at public indices",
      ({ m, x }) => m.indexCopy(1, [3, 1], x.narrow(0, 0, 20).reshape([10, 2])),
    ),
    op("indexFill", "entries filled at public indices", ({ m }) => m.indexFill(1, [3, 1], 7)),
    op("oneHot", "secret indices below 10 as vectors", ({ index }) => index.oneHot(10), { per: 100 }),
    op(
      "gather (secret indices)",
      "elements of rows of 100",
      ({ m, index }) => m.gather(1, index.reshape([10, 10])),
      { per: 100, error: "0 for |x| < 2^46" },
    ),
    op("embedding", "rows of 100 at secret indices", ({ m, index }) => index.embedding(m), {
      per: 100,
      error: "1 ulp",
    }),
    op(
      "addAt",
      "rows of 100 added at secret indices",
      ({ m, index }) => m.addAt(index, m.expand([10, 10, 100]).reshape([100, 100])),
      { per: 100 },
    ),
  ],
};
