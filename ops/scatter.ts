/**
 * Writing at public indices: a new tensor with elements replaced or added to. All local; exact but for a factor with a fraction.
 *
 * @module
 */
import * as ring from "../ring/movement.ts";
import { normalAxis, sameShape, type Shape, sizeOf } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { mul } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import { checkIndexShape, slice } from "./indexing.ts";
import { elementTargets, entryTargets, multiplicity, readIndices, recordIndices } from "./indices.ts";
import { factsOf, mapAll, meet } from "./join.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { boundOf, broadcast, checkRange, publicTensor, shapeOf } from "./operand.ts";
import { Tensor, type TensorLike } from "./plaintext.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

type Verb = "replace" | "add";

/** x with the elements of a source at flat positions, one each. */
function place(
  ctx: Context,
  name: string,
  verb: Verb,
  [x, source]: readonly [CrypTensor, CrypTensor],
  targets: Int32Array,
): CrypTensor {
  let facts = factsOf([x, source]);
  if (verb === "add") {
    const times = multiplicity(targets, x.size);
    facts = { scale: x.scale, bound: boundOf(x.bound, source.bound, (a, b) => a + times * b) };
    checkRange(ctx, facts, name);
  }
  const { shape } = x;
  return mapAll(ctx, name, [x, source], shape, facts, (part: RingTensor, values: RingTensor) => {
    using flat = part.reshape([part.size]);
    using list = values.reshape([values.size]);
    using out = (verb === "add" ? ring.scatterAdd : ring.scatter)(flat, targets, list, 0);
    return out.reshape(shape);
  });
}

/** An operation that writes one element per index along an axis. */
function scattering(name: string, verb: Verb): Op<[number, TensorLike, Operand]> {
  return defineOp<[number, TensorLike, Operand]>({
    name,
    shape(x, axis, indices, source) {
      const at = normalAxis(axis, x.ndim, `${name} along`);
      const { shape } = Tensor.from(indices);
      checkIndexShape(x.shape, shape, at);
      const from = shapeOf(source);
      const fits = from.length === x.ndim && shape.every((side, i) => side <= from[i]!);
      if (!fits && from.length > 0) {
        throw new RangeError(
          `the source has shape [${from}], one without axes or at least [${shape}], as the indices, is wanted`,
        );
      }
      readIndices(indices, x.shape[at]!);
      return x.shape;
    },
    lower(ctx, x, [axis, given, source]) {
      const at = normalAxis(axis, x.ndim);
      const indices = readIndices(given, x.shape[at]!);
      recordIndices(ctx, indices);
      const [to, from] = meet(ctx, [x, source]) as [CrypTensor, CrypTensor];
      const fitted = from.ndim === 0
        ? broadcast(ctx, from, indices.shape)
        : sameShape(from.shape, indices.shape)
        ? from
        : slice(from, indices.shape.map((stop) => ({ start: 0, stop })));
      return place(ctx, name, verb, [to, fitted], elementTargets(x.shape, indices, at));
    },
  });
}

/** Elements replaced at indices along an axis; of several for one place the last in row-major order stays. */
export const scatter: Op<[number, TensorLike, Operand]> = scattering("scatter", "replace");

/** Elements added to at indices along an axis, which may repeat. */
export const scatterAdd: Op<[number, TensorLike, Operand]> = scattering("scatterAdd", "add");

/** The shape of a tensor's entries at a list of indices along an axis. */
function entriesShape(x: CrypTensor, axis: number, indices: TensorLike, name: string): Shape {
  const at = normalAxis(axis, x.ndim, `${name} along`);
  const list = readIndices(indices, x.shape[at]!);
  if (list.shape.length !== 1) throw new RangeError(`indices of shape [${list.shape}] are not a list`);
  return x.shape.with(at, list.data.length);
}

/** Writes entries, in the shape that indexSelect would give, at a list of indices. */
function writeEntries(
  ctx: Context,
  name: string,
  verb: Verb,
  x: CrypTensor,
  [axis, given, source]: readonly [number, TensorLike, Operand],
): CrypTensor {
  const at = normalAxis(axis, x.ndim);
  const indices = readIndices(given, x.shape[at]!);
  recordIndices(ctx, indices);
  const [to, from] = meet(ctx, [x, source]) as [CrypTensor, CrypTensor];
  const wide = broadcast(ctx, from, x.shape.with(at, indices.data.length));
  return place(ctx, name, verb, [to, wide], entryTargets(x.shape, indices, at));
}

function checkEntries(x: CrypTensor, wanted: Shape, source: Operand): Shape {
  const from = shapeOf(source);
  if (!sameShape(from, wanted)) {
    throw new RangeError(`the source has shape [${from}], [${wanted}] is wanted`);
  }
  return x.shape;
}

/** Entries added to at a list of indices along an axis, which may repeat; the source is multiplied by a public number first. */
export const indexAdd: Op<[number, TensorLike, Operand, number]> = defineOp<
  [number, TensorLike, Operand, number]
>({
  name: "indexAdd",
  shape(x, axis, indices, source, alpha) {
    if (!Number.isFinite(alpha)) throw new RangeError(`alpha is ${alpha}, a finite number is wanted`);
    return checkEntries(x, entriesShape(x, axis, indices, "indexAdd"), source);
  },
  lower: (ctx, x, [axis, indices, source, alpha]) =>
    writeEntries(ctx, "indexAdd", "add", x, [axis, indices, scaled(source, alpha)]),
});

/** A source times a public number. */
function scaled(source: Operand, alpha: number): Operand {
  if (alpha === 1) return source;
  if (isTensor(source)) return mul(source, alpha);
  const { shape, data } = publicTensor(source);
  return new Tensor(shape, Float64Array.from<number | bigint>(data, (x) => Number(x) * alpha));
}

/** Entries replaced at a list of indices along an axis; of several for one index the last stays. */
export const indexCopy: Op<[number, TensorLike, Operand]> = defineOp<[number, TensorLike, Operand]>({
  name: "indexCopy",
  shape: (x, axis, indices, source) => checkEntries(x, entriesShape(x, axis, indices, "indexCopy"), source),
  lower: (ctx, x, args) => writeEntries(ctx, "indexCopy", "replace", x, args),
});

/** Entries at a list of indices along an axis, filled with one value. */
export const indexFill: Op<[number, TensorLike, Operand]> = defineOp<[number, TensorLike, Operand]>({
  name: "indexFill",
  shape(x, axis, indices, value) {
    entriesShape(x, axis, indices, "indexFill");
    if (sizeOf(shapeOf(value)) !== 1 || shapeOf(value).length > 0) {
      throw new RangeError(`the value has shape [${shapeOf(value)}], one without axes is wanted`);
    }
    return x.shape;
  },
  lower: (ctx, x, args) => writeEntries(ctx, "indexFill", "replace", x, args),
});
