/**
 * Laws of the fixed-point functions: within the stated error over the whole domain, and as stated beyond it.
 *
 * @module
 */
import { rounded, type Span, ULP, within } from "../../scripts/accuracy/points.ts";
import { FUNCTIONS } from "../../scripts/accuracy/elements.ts";
import type { FunctionRow } from "../../scripts/accuracy/function_row.ts";
import { allowed } from "../../scripts/accuracy/stated.ts";
import { fc } from "../deps.ts";
import { at, broadcast, build, sizeOf, zip } from "../oracles/tensors.ts";
import { broadcastable, type Law, law, type Plain, type Visibility } from "./law.ts";

const UNARY: readonly (readonly Visibility[])[] = [["secret"], ["secret"], ["constant"]];
const BINARY: readonly (readonly Visibility[])[] = [
  ["secret", "secret"],
  ["secret", "constant"],
  ["constant", "secret"],
];

/** Whether the stated error is the same number everywhere. */
const isFlat = ({ error: { relative, also } }: FunctionRow): boolean =>
  relative === undefined && also === undefined;

/**
 * Values of one operand. Where the stated error depends on the value, all are near each other, so that the largest error that
 * is allowed to one of them says something about the others too.
 */
function values(
  spans: readonly Span[],
  edges: readonly number[],
  flat: boolean,
): fc.Arbitrary<fc.Arbitrary<number>> {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const about = fc.tuple(fc.constantFrom(...spans), share).map(([span, middle]) =>
    share.map((s) => within(span, Math.min(1, Math.max(0, middle + (s - 0.5) / 50))))
  );
  const edge = fc.constantFrom(...edges).map((e) => fc.integer({ min: -2, max: 2 }).map((d) => e + d * ULP));
  const one = fc.oneof({ weight: 3, arbitrary: about }, { weight: 1, arbitrary: edge });
  return flat ? fc.array(one, { minLength: 4, maxLength: 4 }).map((list) => fc.oneof(...list)) : one;
}

/** An operand of a shape; now and then without fraction bits. */
function operandOf(shape: readonly number[], value: fc.Arbitrary<number>): fc.Arbitrary<Plain> {
  const length = sizeOf(shape);
  return fc.tuple(fc.array(value, { minLength: length, maxLength: length }), fc.constantFrom(16, 16, 16, 0))
    .map(([data, scale]) => ({
      shape,
      scale,
      data: data.map((x) => scale === 0 ? Math.round(x) + 0 : rounded(x)),
    }));
}

/** Largest error that is allowed to an element. */
function largestAllowed(row: FunctionRow, xs: readonly Plain[]): number {
  const shape = broadcast(...xs.map((x) => x.shape));
  const each = build(shape, (index) => {
    const [x, y = 0] = xs.map((v) => at(v, index)) as [number, number?];
    return allowed(row.error, x, y, row.f(x, y));
  });
  return Math.max(0, ...each.data);
}

/**
 * One visibility for each case, and none for half of them: without the protocol's own splines a function takes some hundred
 * steps, and a table of functions is tried with every backend.
 */
export function one(cases: Law["cases"], visibilities: readonly (readonly Visibility[])[]): Law["cases"] {
  const some = [...visibilities.map((v) => [v]), ...visibilities.map(() => [])];
  return fc.tuple(cases, fc.constantFrom(...some)).map(([c, v]) => Object.assign(c, { visibilities: v }));
}

function lawOf(row: FunctionRow): Law {
  const { name, spans, edges } = row;
  const unary = fc.tuple(broadcastable(1), values(spans[0]!, edges, isFlat(row))).chain(([[shape], value]) =>
    operandOf(shape!, value).map((x) => [x])
  );
  const { cases } = law({
    name,
    operands: (spans.length === 1 ? unary : pairs(row)).map((operands) => ({ operands, args: undefined })),
    apply: (x, [y]) => row.apply(x, y as typeof x),
    oracle: (xs) => zip((x, y) => row.f(x, y ?? 0), ...xs),
    error: (xs) => largestAllowed(row, xs),
  });
  return { name, cases: one(cases, spans.length === 2 ? BINARY : UNARY) };
}

/** Two operands that broadcast: divisors of one magnitude, and quotients of another. */
function pairs(row: FunctionRow): fc.Arbitrary<Plain[]> {
  const [first, second] = row.spans.map((spans) => values(spans, row.edges, false));
  return fc.tuple(broadcastable(2), first!, second!).chain(([[p, q], x, y]) =>
    operandOf(q!, y).chain((divisor) =>
      operandOf(p!, x).map((quotient) => {
        // One divisor at a time decides how large the other operand is, however both broadcast.
        const least = divisor.data.reduce((m, v) => Math.abs(v) < Math.abs(m) ? v : m, divisor.data[0] ?? 1);
        const data = quotient.data.map((v) => rounded((row.place?.(v, least) ?? [v])[0]));
        return [{ ...quotient, scale: 16, data }, divisor];
      })
    )
  );
}

/** All laws of this family. */
export const functionLaws: readonly Law[] = FUNCTIONS.map(lawOf);
