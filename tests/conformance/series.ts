/**
 * Statistics on what a party sees: one row of bits per element, of which each should be a fair coin, whatever the secret.
 *
 * @module
 */

/** One value per element, all of so many bits, as bit planes: bit i of word w of a plane is of element 32 w + i. */
export interface Series {
  /** What it is. */
  readonly name: string;
  /** A plane for each bit, lowest first. */
  readonly planes: readonly Uint32Array[];
}

/** Standard deviations beyond which a fair coin is not taken for one; see {@link confirmed} for what is beyond. */
const SIGMAS = 5.5;
/** The same for the chi-square statistic, whose upper tail is heavier. */
const CHI_SIGMAS = 7;
/** Accuracy of a distinguisher above one half, in standard deviations. */
const GUESS_SIGMAS = 4;

function ones(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function popcount(plane: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < plane.length; i++) sum += ones(plane[i]!);
  return sum;
}

/** Transposes 32 rows of 32 bits in place (Warren, Hacker's Delight, section 7-3). */
function transpose32(rows: Uint32Array): void {
  let mask = 0x0000ffff;
  for (let j = 16; j !== 0; j >>= 1, mask ^= mask << j) {
    for (let k = 0; k < 32; k = (k + j + 1) & ~j) {
      const t = (rows[k]! >>> j ^ rows[k + j]!) & mask;
      rows[k]! ^= t << j;
      rows[k + j]! ^= t;
    }
  }
}

/** Words as bit planes; their number is a multiple of 32. */
export function ofWords(name: string, words: BigUint64Array): Series {
  const halves = new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
  const planes = Array.from({ length: 64 }, () => new Uint32Array(words.length / 32));
  const rows = new Uint32Array(32);
  for (let block = 0; block < words.length / 32; block++) {
    for (let half = 0; half < 2; half++) {
      for (let i = 0; i < 32; i++) rows[i] = halves[2 * (32 * block + i) + half]!;
      transpose32(rows);
      for (let i = 0; i < 32; i++) planes[32 * half + i]![block] = rows[i]!;
    }
  }
  return { name, planes };
}

/** Packed planes, 128 elements after the other, as bit planes. */
export function ofPlanes(name: string, bytes: Uint8Array, elements: number): Series {
  const width = 8 * bytes.length / elements;
  const all = new Uint32Array(bytes.slice().buffer);
  const planes = Array.from({ length: width }, () => new Uint32Array(elements / 32));
  for (let group = 0; group < elements / 128; group++) {
    for (let p = 0; p < width; p++) {
      const at = (group * width + p) * 4;
      planes[p]!.set(all.subarray(at, at + 4), 4 * group);
    }
  }
  return { name, planes };
}

/** The xor of two series of the same width. */
export function xorOf(name: string, a: Series, b: Series): Series {
  return { name, planes: a.planes.map((plane, i) => xorPlanes(plane, b.planes[i]!)) };
}

function xorPlanes(a: Uint32Array, b: Uint32Array): Uint32Array {
  const out = new Uint32Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! ^ b[i]!;
  return out;
}

/** How far the number of ones is from a fair coin's, in standard deviations. */
function unfairness(plane: Uint32Array): number {
  const n = 32 * plane.length;
  return n === 0 ? 0 : Math.abs(popcount(plane) - n / 2) / Math.sqrt(n / 4);
}

/** Why a series is not one of independent fair coins, if it is not. */
export function unfair(series: Series): string | undefined {
  const { name, planes } = series;
  for (let i = 0; i < planes.length; i++) {
    const z = unfairness(planes[i]!);
    if (z > SIGMAS) return `${name}: bit ${i} is not a fair coin (z = ${z.toFixed(1)})`;
    if (i === 0) continue;
    const pair = unfairness(xorPlanes(planes[i]!, planes[i - 1]!));
    if (pair > SIGMAS) return `${name}: bits ${i - 1} and ${i} are not independent (z = ${pair.toFixed(1)})`;
  }
  const n = planes.reduce((sum, plane) => sum + 32 * plane.length, 0);
  const all = planes.reduce((sum, plane) => sum + popcount(plane), 0);
  const z = n === 0 ? 0 : Math.abs(all - n / 2) / Math.sqrt(n / 4);
  return z > SIGMAS ? `${name}: ${all} of ${n} bits are one (z = ${z.toFixed(1)})` : undefined;
}

/** Why the histogram of a byte of the words is not uniform, if it is not. */
export function uneven(name: string, words: BigUint64Array): string | undefined {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  for (let lane = 0; lane < 8; lane++) {
    const counts = new Uint32Array(256);
    for (let i = lane; i < bytes.length; i += 8) counts[bytes[i]!]!++;
    const expected = words.length / 256;
    const chi = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
    const z = (chi - 255) / Math.sqrt(2 * 255);
    if (z > CHI_SIGMAS) return `${name}: byte ${lane} is not uniform (z = ${z.toFixed(1)})`;
  }
  return undefined;
}

/** Why words under masks of their own would not recur as often as these do, if so. */
export function recurring(name: string, words: BigUint64Array): string | undefined {
  const sorted = words.slice().sort();
  let same = 0;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) same++;
  return same > 0.01 * words.length ? `${name}: ${same} of ${words.length} words are there twice` : undefined;
}

/** Why two openings are not under independent masks, if they are not. */
export function repeated(name: string, a: BigUint64Array, b: BigUint64Array): string | undefined {
  const differences = new Set<bigint>();
  for (let i = 0; i < a.length; i++) differences.add(BigInt.asUintN(64, a[i]! - b[i]!));
  if (differences.size >= 0.99 * a.length) return undefined;
  return `${name}: the difference of two openings takes only ${differences.size} values in ${a.length}`;
}

/** A feature of the elements: one bit of each. */
interface Feature {
  readonly name: string;
  readonly bit: (view: readonly Series[], word: number) => number;
}

/** Every bit, the xor of neighbours, and the xor of bits of one place, or of single bits and top bits, in two series. */
function featuresOf(view: readonly Series[]): Feature[] {
  const out: Feature[] = [];
  const xor = (s: number, i: number, t: number, j: number): void => {
    const name = `${view[s]!.name} bit ${i} xor ${view[t]!.name} bit ${j}`;
    out.push({ name, bit: (v, w) => v[s]!.planes[i]![w]! ^ v[t]!.planes[j]![w]! });
  };
  view.forEach(({ name, planes }, s) => {
    planes.forEach((_, i) => {
      out.push({ name: `${name} bit ${i}`, bit: (v, w) => v[s]!.planes[i]![w]! });
      if (i > 0) xor(s, i, s, i - 1);
    });
    for (let t = 0; t < s; t++) {
      const other = view[t]!.planes.length;
      if (other === planes.length) planes.forEach((_, i) => xor(s, i, t, i));
      else if (other === 1 || planes.length === 1) xor(s, planes.length - 1, t, other - 1);
    }
  });
  return out;
}

/**
 * Trains a decision stump to tell two secrets apart by one feature of an element's view, on half of the elements, and tries it on the
 * other half. Says what it found if it is right more often than by chance.
 */
export function distinguish(a: readonly Series[], b: readonly Series[]): string | undefined {
  const words = a[0]?.planes[0]?.length ?? 0;
  const half = words / 2;
  const count = (feature: Feature, view: readonly Series[], from: number): number => {
    let sum = 0;
    for (let w = from; w < from + half; w++) sum += ones(feature.bit(view, w));
    return sum;
  };
  let best: Feature | undefined;
  let edge = 0;
  for (const feature of featuresOf(a)) {
    const gain = count(feature, b, 0) - count(feature, a, 0);
    if (Math.abs(gain) > Math.abs(edge)) [best, edge] = [feature, gain];
  }
  if (best === undefined) return undefined;
  const samples = 2 * 32 * half;
  const gain = Math.sign(edge) * (count(best, b, half) - count(best, a, half));
  const accuracy = 0.5 + gain / samples;
  if (accuracy <= 0.5 + GUESS_SIGMAS * 0.5 / Math.sqrt(samples)) return undefined;
  return `a distinguisher is right in ${(100 * accuracy).toFixed(1)} % of the cases by ${best.name}`;
}
