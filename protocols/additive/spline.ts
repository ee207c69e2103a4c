/**
 * Piecewise polynomials: the coefficients of the secret's piece are picked by a one-hot vector of its index, and one product
 * with the powers of its offset follows.
 *
 * With C = x - low + r opened, the index is that of C minus that of r, or one less; the offset w_C - w_r is then negative, or
 * not. Every polynomial fits both cases, so that no borrow is ever computed.
 *
 * @module
 */
import { Block } from "../../ring/block.ts";
import { addConstant } from "../../ring/elementwise.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { AShare, Call, Env, Pending, Spline } from "../protocol.ts";
import type { BlockKind, Field, Params } from "../provider.ts";
import { forBlocks, forBlocksReady } from "./blocks.ts";
import { elementsOf, mask, whole } from "./fields.ts";
import { dealHot, hotField, lookupBlock, MOST_INDEX_BITS, openLow, turnedRows } from "./lookup.ts";
import { openWords } from "./open.ts";
import { take } from "./products.ts";
import { maskedForm, maskField, openMasked, viewParam } from "./view.ts";

/** Form of a spline, without its coefficients. */
type Form = Omit<Spline, "coefficients" | "low">;

function formOf(p: Params): Form {
  return {
    indexBits: whole(p, "indexBits", 1, MOST_INDEX_BITS),
    offsetBits: whole(p, "offsetBits", 1, 20),
    dropBits: whole(p, "dropBits", 0, 56),
    degree: whole(p, "degree", 1, 3),
  };
}

/** Words of products per element: powers of the mask's offset, and their products with the coefficients' masks. */
function productWords(degree: number): number {
  return degree + (degree * (degree + 1)) / 2;
}

/** Bytes of x that are opened. */
export function splineBytes(form: Form): number {
  return Math.ceil((form.indexBits + form.offsetBits + form.dropBits) / 8);
}

/** r, the one-hot vector of its index, masks of the coefficients, and the products of both with its offset. */
export const splineKind: BlockKind = {
  name: "spline",
  form: "block",
  block: (p) => lookupBlock(formOf(p).indexBits),
  elements: elementsOf,
  fields(p): Field[] {
    const { indexBits, degree } = formOf(p);
    return [
      maskField(p, "view"),
      { ...mask("a"), words: degree },
      hotField(indexBits),
      { name: "products", type: "ring", role: "derived", words: productWords(degree) },
    ];
  },
  deal(b, p) {
    const { indexBits, offsetBits, dropBits, degree } = formOf(p);
    dealHot(b, dropBits + offsetBits, indexBits);
    const deal = b.heap.kernels.spline[`deal_spline_${degree as 1 | 2 | 3}`];
    deal(b.derived("products"), b.mask("r"), b.mask("a"), b.n, dropBits, offsetBits);
  },
};

/** What the dealer is told of a spline: not where it lies, nor what it computes. */
export function splineParams(n: number, form: Form): Params {
  const { indexBits, offsetBits, dropBits, degree } = form;
  return { n, indexBits, offsetBits, dropBits, degree };
}

/**
 * Shares of the piecewise polynomial. Opens the low bits of x - low + r, unless x has a view, and c_k - a_k for the coefficients but the constant
 * one: each a_k is a fresh uniform word that masks one coefficient of one element.
 */
export async function splineShares(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  spline: Spline,
): Promise<AShare> {
  const { heap } = env;
  const { indexBits, offsetBits, dropBits } = spline;
  const degree = spline.degree as 1 | 2 | 3;
  const n = sizeOf(x.shape);
  const size = lookupBlock(indexBits);
  const view = x.views.has(call.tag.scope) ? maskedForm(env, call, x) : undefined;
  const params = { ...splineParams(n, spline), ...(view && viewParam("view", view)) };
  const corr = take(env, splineKind, params, call);
  const k = heap.kernels.spline;
  const opened = view === undefined
    ? await openLow(env, call, x, corr, splineBytes(spline), size, -spline.low)
    : addConstant(await openMasked(call, view, corr), -spline.low);
  const rows = turnedRows(env, spline.coefficients);
  const pick = RingTensor.empty(heap, [n, degree + 1]);
  const masked = RingTensor.empty(heap, [n, degree]);
  const most = Math.min(n, size);
  const scratch = new Block(heap, 8 * most * Math.max(2 ** indexBits, degree + productWords(degree)));
  const shift = dropBits + offsetBits;
  await forBlocksReady(n, corr, (block, start, count) => {
    const to = pick.ptr + 8 * (degree + 1) * start;
    corr.fill("hot", block, scratch.ptr);
    k[`spline_pick_${degree}`](to, scratch.ptr, opened.ptr + 8 * start, rows.ptr, count, shift, indexBits);
    corr.fill("a", block, scratch.ptr);
    k[`spline_mask_${degree}`](masked.ptr + 8 * degree * start, to, scratch.ptr, count);
  }, size);
  rows.free();
  const e = await openWords(env, call, 1, masked);
  const out = RingTensor.empty(heap, x.shape);
  const products = scratch.ptr + 8 * most * degree;
  forBlocks(n, (block, start, count) => {
    corr.fill("a", block, scratch.ptr);
    corr.fill("products", block, products);
    k[`spline_finish_${degree}`](
      out.ptr + 8 * start,
      opened.ptr + 8 * start,
      pick.ptr + 8 * (degree + 1) * start,
      e.ptr + 8 * degree * start,
      scratch.ptr,
      products,
      count,
      dropBits,
      offsetBits,
      env.rank === 0 ? 1 : 0,
    );
  }, size);
  scratch.drop();
  for (const t of [opened, pick, e]) t.free();
  corr.free();
  return { parts: [out], uniform: true };
}
