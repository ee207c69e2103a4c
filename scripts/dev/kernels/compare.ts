/**
 * Kernels of the comparison engine: is a public C less than a mask r that the dealer knows? Everything is bit-sliced.
 *
 * The letters are those of the engine's description (protocols/additive/compare.ts): chunks of r have one-hot tables H,
 * leaves are lt and eq of a chunk, a merge joins T leaves in one round with the dealer's fields Q and B.
 *
 * @module
 */
import type { Func } from "./asm.ts";
import { type Plane, type PlaneCode, planeKernel } from "./planes.ts";

/**
 * leaf_w(dst, c, table): from the public chunk gamma (planes c[0..w)) and shares of the one-hot table H of the mask's chunk:
 * dst[0] = lt = xor of H[v] over v > gamma, dst[1] = eq = H[gamma].
 */
function leaf(width: number): Func {
  return planeKernel(`leaf_${width}`, ["dst", "c", "table"], (k) => {
    const gamma = Array.from({ length: width }, (_, i) => k.load("c", i));
    interface Node {
      eq: Plane;
      gt: Plane | undefined;
      all: Plane;
    }
    // A node covers the 2^bits entries from `first`: eq = entry at gamma's low bits, gt = entries above it, all = their xor.
    const node = (first: number, bits: number): Node => {
      if (bits === 0) {
        const entry = k.load("table", first);
        return { eq: entry, gt: undefined, all: entry };
      }
      const low = node(first, bits - 1);
      const high = node(first + 2 ** (bits - 1), bits - 1);
      const bit = gamma[bits - 1]!;
      const eq = k.mux(bit, low.eq, high.eq);
      const lowGt = low.gt === undefined ? high.all : k.xor(low.gt, high.all);
      const gt = high.gt === undefined ? k.andNot(lowGt, bit) : k.mux(bit, lowGt, high.gt);
      return { eq, gt, all: k.xor(low.all, high.all) };
    };
    const root = node(0, width);
    k.store("dst", 0, root.gt!);
    k.store("dst", 1, root.eq);
  });
}

/** deal_leaf_w(dst, r): xors the one-hot table of the chunk r[0..w) into dst[0..2^w). */
function dealLeaf(width: number): Func {
  return planeKernel(`deal_leaf_${width}`, ["dst", "r"], (k) => {
    const rho = Array.from({ length: width }, (_, i) => k.load("r", i));
    k.minterms(rho).forEach((term, v) => k.storeXor("dst", v, term));
  });
}

/** A merge of `fanIn` leaves; with `product`, also the product of all their eq. */
interface MergeShape {
  readonly fanIn: number;
  readonly product: boolean;
}

/** Index of the first leaf whose eq is opened. */
const firstEq = (m: MergeShape): number => m.product ? 0 : 1;

function mergeName(prefix: string, m: MergeShape): string {
  return `${prefix}_${m.fanIn}${m.product ? "p" : ""}`;
}

/**
 * mask_T(dst, leaves, mask): dst = opened planes before opening: eq_s xor alpha_s for s = lo..T-1, then lt_t xor beta_t for
 * t = 0..T-2. Leaf t is the planes 2t (lt) and 2t+1 (eq). The mask planes are in the same order.
 */
function maskLeaves(m: MergeShape): Func {
  return planeKernel(mergeName("mask", m), ["dst", "leaves", "mask"], (k) => {
    let out = 0;
    const put = (leafPlane: number): void => {
      k.store("dst", out, k.xor(k.load("leaves", leafPlane), k.load("mask", out)));
      out++;
    };
    for (let s = firstEq(m); s < m.fanIn; s++) put(2 * s + 1);
    for (let t = 0; t < m.fanIn - 1; t++) put(2 * t);
  });
}

/**
 * The value of a merge on the leaves 0..k-1 only, local after one opening.
 * With P_s = prod of eq over the opened index, q_t = prod_{t<s<k} eq_s and
 * LT = lt_{k-1} xor XOR_{t<k-1} ( d_t q_t xor B_t[e_{t+1..k-1}] ): index bits at k and above are summed out.
 */
function mergePrefix(
  c: PlaneCode,
  m: MergeShape,
  k: number,
  top: Plane,
  open: { readonly e: readonly Plane[]; readonly d: readonly Plane[] },
  q: readonly Plane[],
  b: readonly (readonly Plane[])[],
): { lt: Plane; product: Plane | undefined } {
  const lo = firstEq(m);
  const reduce = (table: readonly Plane[], s: number): Plane[] =>
    s >= k ? c.fold(table) : c.halve(table, open.e[s - lo]!);
  let row = [...q];
  let lt = top;
  for (let s = m.fanIn - 1; s >= lo; s--) {
    row = reduce(row, s);
    const t = s - 1;
    if (t < 0 || t >= k - 1) continue;
    // Every index bit above t is used up, the ones that remain in the row are summed out.
    lt = c.xor(lt, c.and(open.d[t]!, c.sum(row)));
    let bt = [...b[t]!];
    for (let u = m.fanIn - 1; u > t; u--) bt = reduce(bt, u);
    lt = c.xor(lt, bt[0]!);
  }
  return { lt, product: m.product ? row[0] : undefined };
}

function loadMerge(c: PlaneCode, m: MergeShape): {
  open: { e: Plane[]; d: Plane[] };
  q: Plane[];
  b: Plane[][];
} {
  const lo = firstEq(m);
  const count = m.fanIn - lo;
  const e = Array.from({ length: count }, (_, i) => c.load("open", i));
  const d = Array.from({ length: m.fanIn - 1 }, (_, i) => c.load("open", count + i));
  let next = 0;
  const take = (planes: number): Plane[] => Array.from({ length: planes }, () => c.load("field", next++));
  const q = take(2 ** count);
  const b = Array.from({ length: m.fanIn - 1 }, (_, t) => take(2 ** (m.fanIn - 1 - t)));
  return { open: { e, d }, q, b };
}

/** merge_T(dst, leaves, open, field): dst[0] = LT, and dst[1] = product of eq when asked for. */
function merge(m: MergeShape): Func {
  return planeKernel(mergeName("merge", m), ["dst", "leaves", "open", "field"], (c) => {
    const { open, q, b } = loadMerge(c, m);
    const out = mergePrefix(c, m, m.fanIn, c.load("leaves", 2 * (m.fanIn - 1)), open, q, b);
    c.store("dst", 0, out.lt);
    if (out.product !== undefined) c.store("dst", 1, out.product);
  });
}

/**
 * prefixes_T(dst, leaves, open, field): as merge, for every prefix of k = 1..T leaves: dst[2(k-1)] = LT of the first k,
 * dst[2(k-1)+1] = product of their eq (when asked for).
 */
function prefixes(m: MergeShape): Func {
  return planeKernel(mergeName("prefixes", m), ["dst", "leaves", "open", "field"], (c) => {
    const { open, q, b } = loadMerge(c, m);
    for (let k = 1; k <= m.fanIn; k++) {
      const out = mergePrefix(c, m, k, c.load("leaves", 2 * (k - 1)), open, q, b);
      c.store("dst", 2 * (k - 1), out.lt);
      if (out.product !== undefined) c.store("dst", 2 * (k - 1) + 1, out.product);
    }
  });
}

/**
 * deal_merge_T(dst, mask): xors Q (one-hot at not alpha) and B_t = beta_t times the one-hot at not alpha_{t+1..T-1} into
 * dst, in the order of {@link loadMerge}.
 */
function dealMerge(m: MergeShape): Func {
  return planeKernel(mergeName("deal_merge", m), ["dst", "mask"], (c) => {
    const lo = firstEq(m);
    const count = m.fanIn - lo;
    const index = Array.from({ length: count }, (_, i) => c.not(c.load("mask", i)));
    const beta = Array.from({ length: m.fanIn - 1 }, (_, t) => c.load("mask", count + t));
    let next = 0;
    for (const term of c.minterms(index)) c.storeXor("dst", next++, term);
    for (let t = 0; t < m.fanIn - 1; t++) {
      for (const term of c.minterms(index.slice(t + 1 - lo))) {
        c.storeXor("dst", next++, c.and(term, beta[t]!));
      }
    }
  });
}

/** all_T(dst, open, field): dst[0] = product of T bits from their openings and Q. */
function all(fanIn: number): Func {
  return planeKernel(`all_${fanIn}`, ["dst", "open", "field"], (c) => {
    const e = Array.from({ length: fanIn }, (_, i) => c.load("open", i));
    const q = Array.from({ length: 2 ** fanIn }, (_, i) => c.load("field", i));
    c.store("dst", 0, c.select(q, e));
  });
}

/** deal_all_T(dst, mask): xors Q, the one-hot at not alpha, into dst. */
function dealAll(fanIn: number): Func {
  return planeKernel(`deal_all_${fanIn}`, ["dst", "mask"], (c) => {
    const index = Array.from({ length: fanIn }, (_, i) => c.not(c.load("mask", i)));
    c.minterms(index).forEach((term, i) => c.storeXor("dst", i, term));
  });
}

/**
 * digit_4(dst, c, table): shares of the nibble gamma - rho mod 16 (dst[0..4)) and of its xor with gamma - rho - 1 mod 16
 * (dst[4..8)), both linear in the one-hot table of rho.
 */
function digit(): Func {
  return planeKernel("digit_4", ["dst", "c", "table"], (c) => {
    // rotated[u] = H[gamma - u mod 16], one-hot at u = gamma - rho.
    let rotated = Array.from({ length: 16 }, (_, u) => c.load("table", (16 - u) % 16));
    for (let bit = 0; bit < 4; bit++) {
      const gamma = c.load("c", bit);
      rotated = rotated.map((_, u) => c.mux(gamma, rotated[u]!, rotated[(u + 16 - 2 ** bit) % 16]!));
    }
    for (let bit = 0; bit < 4; bit++) {
      const has = (value: number): boolean => ((value >> bit) & 1) === 1;
      const terms = (want: (u: number) => boolean): Plane => c.sum(rotated.filter((_, u) => want(u)));
      c.store("dst", bit, terms(has));
      c.store("dst", 4 + bit, terms((u) => has(u) !== has((u + 15) % 16)));
    }
  });
}

/**
 * times_w(dst, open, mask, product): dst[j] = bit·v_j for j = 0..w-1 from opened e = bit xor a, d_j = v_j xor b_j:
 * a·b_j xor e·b_j xor d_j·a, and for the first party xor e·d_j. Planes of open and mask: the bit, then the vector.
 */
function times(width: number, first: boolean): Func {
  return planeKernel(`times_${width}${first ? "_first" : ""}`, ["dst", "open", "mask", "product"], (c) => {
    const e = c.load("open", 0);
    const a = c.load("mask", 0);
    for (let j = 0; j < width; j++) {
      const d = c.load("open", 1 + j);
      const b = c.load("mask", 1 + j);
      const ours = first ? c.xor(b, d) : b;
      c.store("dst", j, c.sum([c.load("product", j), c.and(e, ours), c.and(d, a)]));
    }
  });
}

/** deal_times_w(dst, mask): xors a·b_j into dst. */
function dealTimes(width: number): Func {
  return planeKernel(`deal_times_${width}`, ["dst", "mask"], (c) => {
    const a = c.load("mask", 0);
    for (let j = 0; j < width; j++) c.storeXor("dst", j, c.and(a, c.load("mask", 1 + j)));
  });
}

const MERGES: readonly MergeShape[] = [
  ...[2, 3, 4, 5, 6, 7, 8, 9].map((fanIn) => ({ fanIn, product: false })),
  ...[2, 3, 4].map((fanIn) => ({ fanIn, product: true })),
];

const PREFIXES: readonly MergeShape[] = [{ fanIn: 4, product: true }, { fanIn: 4, product: false }, {
  fanIn: 3,
  product: false,
}];

/** The kernels of this family. */
export const kernels: readonly Func[] = [
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((w) => [leaf(w), dealLeaf(w)]),
  ...MERGES.flatMap((m) => [maskLeaves(m), merge(m), dealMerge(m)]),
  ...PREFIXES.map(prefixes),
  ...[2, 3, 4].flatMap((t) => [all(t), dealAll(t)]),
  digit(),
  ...[3, 4].flatMap((w) => [times(w, false), times(w, true), dealTimes(w)]),
];
