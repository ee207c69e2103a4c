/**
 * Piecewise polynomials that fit a function: their coefficients as integers for the protocols' splines.
 *
 * @module
 */
import type { Spline } from "../../protocols/protocol.ts";

/** A function and where it is fitted. */
export interface Fit {
  /** Name, for the cache; names one function and one form. */
  readonly name: string;
  /** The function; asked for a little outside of the domain too. */
  readonly f: (x: number) => number;
  /** Lower end of the domain, a multiple of the width of a piece. */
  readonly low: number;
  /** log2 of the width of a piece. */
  readonly step: number;
  /** The number of pieces is 2^indexBits; the last one is not in the domain. */
  readonly indexBits: number;
  /** Highest power. */
  readonly degree: 1 | 2 | 3;
  /** Fraction bits of the result. */
  readonly scale: number;
  /** Whether the function repeats after the last piece: then that piece is in the domain. */
  readonly periodic?: boolean;
  /** Most bits of an offset; finer ones of the argument do not count. 15 by default. */
  readonly offsetBits?: number;
}

const tables = new Map<string, Spline>();

/**
 * The spline of a fit for arguments with `argumentScale` fraction bits.
 *
 * The polynomial of a piece [a, a + h) is fitted on [a - h, a + h), because a spline may use it for the piece before.
 */
export function splineOf(fit: Fit, argumentScale: number): Spline {
  const key = `${fit.name} ${argumentScale}`;
  let table = tables.get(key);
  if (table === undefined) tables.set(key, table = makeSpline(fit, argumentScale));
  return table;
}

function makeSpline(fit: Fit, argumentScale: number): Spline {
  const { low, step, indexBits, degree, offsetBits: most = 15, periodic = false } = fit;
  const pieceBits = argumentScale + step;
  if (pieceBits < 1) {
    throw new RangeError(
      `${argumentScale} fraction bits are too few for this function, ${1 - step} or more are wanted`,
    );
  }
  const offsetBits = Math.min(pieceBits, most);
  const dropBits = pieceBits - offsetBits;
  const width = 2 ** step;
  const pieces = 2 ** indexBits;
  const coefficients = Array.from({ length: pieces }, (_, i) => {
    const start = low + i * width;
    const from = i === 0 && !periodic ? 0 : -width;
    const to = i === pieces - 1 && !periodic ? 0 : width;
    return integers((d) => fit.f(start + d), from, to, degree, fit.scale, argumentScale - dropBits);
  });
  const unit = 2 ** argumentScale;
  return { low: BigInt(Math.round(low * unit)), indexBits, offsetBits, dropBits, degree, coefficients };
}

/**
 * Coefficients of powers of an integer offset, highest first rounded: what rounding the highest one changes, the lower ones
 * make good as far as they can.
 */
function integers(
  f: (d: number) => number,
  from: number,
  to: number,
  degree: number,
  scale: number,
  offsetScale: number,
): bigint[] {
  const out = new Array<bigint>(degree + 1);
  let rest = interpolate(f, from, to, degree);
  for (let k = degree; k >= 0; k--) {
    const unit = 2 ** (scale - k * offsetScale);
    const rounded = Math.round(rest[k]! * unit);
    out[k] = BigInt(rounded);
    const lost = rest[k]! - rounded / unit;
    const lower = k === 0 ? [] : interpolate((d) => lost * d ** k, from, to, k - 1);
    rest = lower.map((c, i) => rest[i]! + c);
  }
  return out;
}

/** The polynomial of a degree that meets f at the Chebyshev nodes of an interval: coefficients, lowest power first. */
function interpolate(f: (d: number) => number, from: number, to: number, degree: number): number[] {
  const count = degree + 1;
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  const nodes = Array.from(
    { length: count },
    (_, i) => middle + half * Math.cos((Math.PI * (2 * i + 1)) / (2 * count)),
  );
  // Newton's divided differences, then powers.
  const table = nodes.map(f);
  for (let level = 1; level < count; level++) {
    for (let i = count - 1; i >= level; i--) {
      table[i] = (table[i]! - table[i - 1]!) / (nodes[i]! - nodes[i - level]!);
    }
  }
  let powers: number[] = [table[degree]!];
  for (let i = degree - 1; i >= 0; i--) {
    powers = [0, ...powers].map((c, k) => c - nodes[i]! * (powers[k] ?? 0));
    powers[0]! += table[i]!;
  }
  return powers;
}
