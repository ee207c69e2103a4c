/**
 * Products of secrets with Beaver triples (Beaver, Crypto 1991), for any bilinear map, and weight-stationary products.
 *
 * @module
 */
import { bilinear, bilinearInto } from "../../ring/bilinear.ts";
import { Block } from "../../ring/block.ts";
import { addInto, subInto } from "../../ring/elementwise.ts";
import type { Shape } from "../../ring/shape.ts";
import { sameShape, sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { AShare, Bilinear, Call, Env, Pending, Prepared } from "../protocol.ts";
import type { Correlation, Kind, Params, TagRef } from "../provider.ts";
import { forBlocks } from "./blocks.ts";
import { kinds } from "./kinds.ts";
import { openWords } from "./open.ts";
import { maskedForm, openMasked, viewParam } from "./view.ts";

/** Takes the correlation of a call. */
export function take(env: Env, kind: Kind, params: Params, call: Call): Correlation {
  if (env.provider === undefined) throw new TypeError(`Cannot run ${call.what}: the session has no provider`);
  return env.provider.take(kind, params, call.tag);
}

/** The one part of an additive share. */
export function part(share: AShare): RingTensor {
  return share.parts[0]!;
}

/**
 * x·y, element by element, for equal shapes: open C = x + r and D = y + s, in one round, or use what was opened of them; then
 * xy = C·y + D·x - C·D + r·s.
 */
export async function multiply(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  y: Pending<AShare>,
): Promise<AShare> {
  const [p, q] = [maskedForm(env, call, x, "r", 0, 0), maskedForm(env, call, y, "s", 1, 1)];
  const params = { n: sizeOf(x.shape), ...viewParam("x", p), ...viewParam("y", q) };
  const corr = take(env, kinds.product, params, call);
  const [xs, ys] = await Promise.all([x.wait(), y.wait()]);
  const [c, d] = await Promise.all([p.open(corr, xs), q.open(corr, ys), corr.ready()]);
  call.depth = Math.max(call.depth, p.depth, q.depth);
  const out = RingTensor.empty(env.heap, x.shape);
  const scratch = new Block(env.heap, 32768);
  const [own, other] = [part(xs).ptr, part(ys).ptr];
  forBlocks(out.size, (block, start, n) => {
    corr.fill("c", block, scratch.ptr);
    const at = start * 8;
    const bytes = Math.ceil(n / 2) * 16;
    const first = env.rank === 0 ? 1 : 0;
    const { masked_mul } = env.heap.kernels.elementwise;
    masked_mul(out.ptr + at, scratch.ptr, c.ptr + at, d.ptr + at, own + at, other + at, bytes, first);
  });
  scratch.drop();
  corr.free();
  return { parts: [out], uniform: true };
}

/** x²: open C = x + r, or use what was opened; then x² = 2C·x - C² + r². */
export async function square(env: Env, call: Call, x: Pending<AShare>): Promise<AShare> {
  const masked = maskedForm(env, call, x);
  const corr = take(env, kinds.square, { n: sizeOf(x.shape), ...viewParam("view", masked) }, call);
  const [c, xs] = await Promise.all([openMasked(call, masked, corr), x.wait(), corr.ready()]);
  const out = RingTensor.empty(env.heap, x.shape);
  const scratch = new Block(env.heap, 32768);
  const own = part(xs).ptr;
  forBlocks(out.size, (block, start, n) => {
    corr.fill("c", block, scratch.ptr);
    const at = start * 8;
    const first = env.rank === 0 ? 1 : 0;
    const { masked_square } = env.heap.kernels.elementwise;
    masked_square(out.ptr + at, scratch.ptr, c.ptr + at, own + at, Math.ceil(n / 2) * 16, first);
  });
  scratch.drop();
  corr.free();
  return { parts: [out], uniform: true };
}

/** Any bilinear map: open x - a and y - b; z = c + map(a, F) + map(E, b + [first] F). */
export async function bilinearShares(
  env: Env,
  call: Call,
  map: Bilinear,
  x: Pending<AShare>,
  y: Pending<AShare>,
): Promise<AShare> {
  if (map.kind === "mul" && sameShape(x.shape, y.shape)) return await multiply(env, call, x, y);
  const corr = take(env, kinds.triple, { map, a: x.shape, b: y.shape }, call);
  const a = corr.tensor("a");
  const b = corr.tensor("b");
  // Each mask is as large as what it hides, so no mask element hides two values.
  const own = [minus(part(await x.wait()), a), minus(part(await y.wait()), b)] as const;
  const [e, f] = await Promise.all([
    openWords(env, call, 0, own[0]),
    openWords(env, call, 1, own[1]),
    corr.ready(),
  ]);
  const out = corr.tensor("c");
  corr.free();
  if (env.rank === 0) addInto(b, f);
  bilinearInto(map, out, a, f);
  bilinearInto(map, out, e, b);
  for (const t of [a, b, e, f]) t.free();
  return { parts: [out], uniform: true };
}

function minus(x: RingTensor, mask: RingTensor): RingTensor {
  const out = x.clone();
  subInto(out, mask);
  return out;
}

/**
 * A weight masked once: F = w - b is opened, uniform because b is fresh and hides nothing else, ever; V = b + [first] F is
 * this party's share of w, freshly randomised. Later products open only x - a_t with fresh a_t, so the transcript over all
 * uses is this one opening and fresh uniform values.
 */
class MaskedWeight implements Prepared {
  readonly shape: Shape;
  readonly ready: Promise<void>;
  /** The tag whose mask hides it. */
  readonly ref: TagRef;
  /** F, once ready. */
  opened: RingTensor | undefined;
  /** V, once ready. */
  share: RingTensor | undefined;
  /** Rounds that it depends on, once ready. */
  depth = 0;

  constructor(env: Env, call: Call, w: Pending<AShare>) {
    this.shape = w.shape;
    this.ref = { path: call.tag.scope.path, seq: call.tag.seq };
    this.ready = this.#mask(env, call, w, take(env, kinds.weight, { shape: w.shape }, call));
    this.ready.catch(() => {});
  }
  async #mask(env: Env, call: Call, w: Pending<AShare>, corr: Correlation): Promise<void> {
    const b = corr.tensor("b");
    const opened = await openWords(env, call, 0, minus(part(await w.wait()), b));
    if (env.rank === 0) addInto(b, opened);
    this.opened = opened;
    this.share = b;
    this.depth = call.depth;
  }
  free(): void {
    this.opened?.free();
    this.share?.free();
  }
}

/** Masks a weight for {@link bilinearPrepared}. */
export function prepare(env: Env, call: Call, w: Pending<AShare>): Prepared {
  return new MaskedWeight(env, call, w);
}

/** map(x, w) for a masked weight: U = c + map(a, F) needs no input; z = map(E, V) + U with E = x - a opened. */
export async function bilinearPrepared(
  env: Env,
  call: Call,
  map: Bilinear,
  x: Pending<AShare>,
  w: Prepared,
): Promise<AShare> {
  if (!(w instanceof MaskedWeight)) {
    throw new TypeError(`Cannot run ${call.what}: the weight was prepared by another protocol`);
  }
  const corr = take(env, kinds.stationary, { map, a: x.shape, b: w.shape, weight: w.ref }, call);
  const a = corr.tensor("a");
  await w.ready;
  const out = bilinear(map, a, w.opened!);
  // Uniform: a is fresh and hides this input only.
  const own = minus(part(await x.wait()), a);
  const [e] = await Promise.all([openWords(env, call, 0, own), corr.ready()]);
  const c = corr.tensor("c");
  corr.free();
  addInto(out, c);
  bilinearInto(map, out, e, w.share!);
  for (const t of [a, e, c]) t.free();
  return { parts: [out], uniform: true };
}
