/**
 * Binary tensors: secrets shared bit by bit.
 *
 * Sums and comparisons of binary tensors take them as words first: with dealt randomness that is one round and 8 bytes per element,
 * and the way back 5 rounds and 23 bytes, where an adder on bits takes 7 rounds and 110 bytes.
 *
 * @module
 */
import type { BShare } from "../protocols/protocol.ts";
import { BitTensor, PLANE_BYTES } from "../ring/bits.ts";
import { broadcastTo } from "../ring/movement.ts";
import { broadcastShapes, type Shape } from "../ring/shape.ts";
import type { Cell } from "./cell.ts";
import { complement, spread } from "./compare.ts";
import type { Context } from "./context.ts";
import { toBitsGeneric } from "./generic.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { encodePublic, publicTensor, shapeOf, words } from "./operand.ts";
import type { TensorLike } from "./plaintext.ts";
import { CrypTensor, type Operand } from "./tensor.ts";

/** The 64 bits of the shared integer's two's complement. *Cost*: 5 rounds, 23 bytes per element. */
export const toBinary: Op<[]> = defineOp({
  name: "toBinary",
  shape: (x) => x.shape,
  lower(ctx, x, _args, shape) {
    if (x.ptype === "binary") return x;
    const a = x.rescale();
    const { protocol } = ctx;
    const fast = protocol.toBits !== undefined && ctx.shared.fastPaths;
    const p = a.words;
    const bits = fast
      ? ctx.remote(
        "toBits",
        [p],
        shape,
        protocol.costs.toBits?.(shape),
        (call, c) => protocol.toBits!(call, c),
      )
      : toBitsGeneric(ctx, a);
    return new CrypTensor(ctx, shape, { scale: a.scale, bound: a.bound }, { bits, width: 64 });
  },
});

/** The integer that 64 bits spell. *Cost*: one round, 8 bytes per element. */
export const toArithmetic: Op<[]> = defineOp({
  name: "toArithmetic",
  shape: (x) => x.shape,
  lower: (ctx, x) =>
    x.ptype === "arithmetic" ? x : words(ctx, x.words.retain(), { scale: x.scale, bound: x.bound }),
});

/** Whether a public operand is of zeros and ones. */
function singleBits(y: TensorLike): boolean {
  for (const v of publicTensor(y).data) if (Number(v) !== 0 && Number(v) !== 1) return false;
  return true;
}

/** Shape of an operation on the bits of two operands; public ones have the bits of their encoding. */
function pairShape(name: string): (x: CrypTensor, y: Operand) => Shape {
  return (x, y) => {
    const other = shapeOf(y);
    if (x.bits === undefined || (isTensor(y) && (y.bits === undefined || x.width !== y.width))) {
      throw new TypeError(
        `bits of [${x.shape}] and [${other}] are wanted, of one width; convert with to("binary")`,
      );
    }
    if (!isTensor(y) && x.width === 1 && !singleBits(y)) {
      throw new RangeError("the other operand is neither 0 nor 1 somewhere, single bits are wanted");
    }
    return broadcastShapes(x.shape, other, `compute ${name} of`);
  };
}

function result(ctx: Context, x: CrypTensor, bits: Cell<BShare>): CrypTensor {
  return new CrypTensor(ctx, bits.shape, { scale: x.scale, bound: x.width === 1 ? 1 : undefined }, {
    bits,
    width: x.width,
  });
}

/** A public operand as bits of a secret one's scale and width. */
function publicBits(ctx: Context, y: TensorLike, like: CrypTensor, shape: Shape): BitTensor {
  using encoded = encodePublic(ctx, publicTensor(y), like.scale);
  using wide = broadcastTo(encoded, shape);
  return BitTensor.fromWords(wide, like.width);
}

function andPublic(a: BitTensor, b: BitTensor): BitTensor {
  const out = BitTensor.empty(a.heap, a.shape, a.width);
  if (out.size > 0) a.heap.kernels.elementwise.vand(out.ptr, a.ptr, b.ptr, out.byteLength);
  return out;
}

/** Operands of one shape. */
function wide(ctx: Context, x: CrypTensor, y: CrypTensor, shape: Shape): [Cell<BShare>, Cell<BShare>] {
  return [spread(ctx, x, shape).bits!, spread(ctx, y, shape).bits!];
}

/** x xor y. Local. */
export const bitXor: Op<[Operand]> = defineOp({
  name: "xor",
  shape: pairShape("xor"),
  lower(ctx, x, [y], shape) {
    if (!isTensor(y)) {
      const mask = publicBits(ctx, y, x, shape);
      const cell = ctx.local("xorPublic", [spread(ctx, x, shape).bits!], shape, (share: BShare) => {
        const out = ctx.protocol.xorPublic(share, mask);
        mask.free();
        return out;
      });
      return result(ctx, x, cell);
    }
    const [p, q] = wide(ctx, x, y, shape);
    return result(
      ctx,
      x,
      ctx.local("xor", [p, q], shape, (a: BShare, b: BShare) => ctx.protocol.xor(a, b)),
    );
  },
});

/** x and y. *Cost*: one round, 2 bits per bit; with a public operand local. */
export const bitAnd: Op<[Operand]> = defineOp({
  name: "and",
  shape: pairShape("and"),
  lower(ctx, x, [y], shape) {
    if (!isTensor(y)) {
      const mask = publicBits(ctx, y, x, shape);
      const cell = ctx.local("andPublic", [spread(ctx, x, shape).bits!], shape, (share: BShare) => {
        const out = ctx.protocol.mapBits(share, (part) => andPublic(part, mask));
        mask.free();
        return out;
      });
      return result(ctx, x, cell);
    }
    const [p, q] = wide(ctx, x, y, shape);
    const cost = ctx.protocol.costs.and(shape, x.width);
    return result(
      ctx,
      x,
      ctx.remote("and", [p, q], shape, cost, (call, c, d) => ctx.protocol.and(call, c, d, x.width)),
    );
  },
});

/** x or y = x xor y xor (x and y). As {@link bitAnd}. */
export const bitOr: Op<[Operand]> = defineOp({
  name: "or",
  shape: pairShape("or"),
  lower: (_ctx, x, [y]) => bitXor(bitXor(x, y), bitAnd(x, y)),
});

/** not x. Local. */
export const bitNot: Op<[]> = defineOp({
  name: "not",
  shape: (x) => x.bits === undefined ? pairShape("not")(x, x) : x.shape,
  lower(ctx, x) {
    const out = complement(ctx, x);
    return result(ctx, x, out.bits!.retain());
  },
});

/** Planes of `x` in other places: plane i of the result is plane `from(i)`, or zeros where there is none. */
function movePlanes(x: BitTensor, from: (plane: number) => number): BitTensor {
  const out = BitTensor.zeros(x.heap, x.shape, x.width);
  for (let i = 0; i < x.width; i++) {
    const source = from(i);
    if (source < 0 || source >= x.width || x.groups === 0) continue;
    const [dst, src] = [out.ptr + PLANE_BYTES * i, x.ptr + PLANE_BYTES * source];
    x.heap.kernels.bits.copy_planes(dst, src, PLANE_BYTES, x.groups, out.stride, x.stride);
  }
  return out;
}

function shift(name: string, from: (plane: number, by: number, width: number) => number): Op<[number]> {
  return defineOp<[number]>({
    name,
    shape(x, by) {
      if (x.ptype !== "binary") {
        throw new TypeError('it is not shared as bits; convert with to("binary")');
      }
      if (!Number.isInteger(by) || by < 0 || by >= x.width) {
        throw new RangeError(`the number of bits is ${by}, 0 to ${x.width - 1} is wanted`);
      }
      return x.shape;
    },
    lower(ctx, x, [by], shape) {
      const cell = ctx.local(
        name,
        [x.bits!],
        shape,
        (share: BShare) =>
          ctx.protocol.mapBits(share, (part) => movePlanes(part, (i) => from(i, by, x.width))),
      );
      return result(ctx, x, cell);
    },
  });
}

/** The bits moved up by a public number, zeros below: x·2^by modulo 2^64. Local. */
export const shiftLeft: Op<[number]> = shift("shiftLeft", (i, by) => i - by);

/** The bits moved down by a public number, zeros above. Local. */
export const shiftRightLogical: Op<[number]> = shift("shiftRightLogical", (i, by) => i + by);

/** The bits moved down by a public number, copies of the sign above: the floor of x / 2^by, in units of the last place. Local. */
export const shiftRight: Op<[number]> = shift(
  "shiftRight",
  (i, by, width) => Math.min(i + by, width - 1),
);
