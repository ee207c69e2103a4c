/**
 * Stated errors, and plain functions that JavaScript does not have.
 *
 * @module
 */
import { ULP } from "./points.ts";

/** A stated error: the sum of its parts. */
export interface Stated {
  /** Absolute. */
  readonly absolute?: number;
  /** Of the result. */
  readonly relative?: number;
  /** Units of the last place. */
  readonly ulps?: number;
  /** Further, by operands and result, with its text. */
  readonly also?: { readonly text: string; readonly of: (x: number, y: number) => number };
}

/** What the error stays below for operands with a result. */
export function allowed(
  { absolute = 0, relative = 0, ulps = 0, also }: Stated,
  x: number,
  y: number,
  result: number,
): number {
  return absolute + relative * Math.abs(result) + ulps * ULP + (also?.of(x, y) ?? 0);
}

/** A stated error in words. */
export function statedText(
  { absolute, relative, ulps, also }: Pick<Stated, "absolute" | "relative" | "ulps"> & {
    readonly also?: { readonly text: string };
  },
): string {
  const parts = [
    relative === undefined ? [] : [`${relative}·|result|`],
    absolute === undefined ? [] : [`${absolute}`],
    also === undefined ? [] : [also.text],
    ulps === undefined ? [] : [`${ulps} ulp`],
  ];
  return parts.flat().join(" + ");
}

/** Abscissae and weights of Gauss and Legendre for five points. */
const GAUSS = [
  [0, 128 / 225],
  ...[1, -1].flatMap((s) => [
    [s * Math.sqrt(5 - 2 * Math.sqrt(10 / 7)) / 3, (322 + 13 * Math.sqrt(70)) / 900],
    [s * Math.sqrt(5 + 2 * Math.sqrt(10 / 7)) / 3, (322 - 13 * Math.sqrt(70)) / 900],
  ]),
] as const;

/** The error function by its integral, in pieces: another way than the library's fit takes. */
export function erfOf(x: number): number {
  const end = Math.abs(x);
  if (end > 6) return Math.sign(x);
  const pieces = Math.ceil(end * 2);
  let sum = 0;
  for (let i = 0; i < pieces; i++) {
    const half = end / pieces / 2;
    const middle = (2 * i + 1) * half;
    for (const [node, weight] of GAUSS) sum += weight! * half * Math.exp(-((middle + half * node!) ** 2));
  }
  return Math.sign(x) * sum * 2 / Math.sqrt(Math.PI);
}
