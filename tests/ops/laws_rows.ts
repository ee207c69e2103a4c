/**
 * Laws of the fixed-point functions of rows: within the stated error on every kind of row.
 *
 * @module
 */
import { rounded } from "../../scripts/accuracy/points.ts";
import { ROW_FUNCTIONS, type RowFunction } from "../../scripts/accuracy/rows.ts";
import { fc } from "../deps.ts";
import type { Values } from "../oracles/tensors.ts";
import { type Law, law, type Plain } from "./law.ts";
import { one } from "./laws_functions.ts";

/** Shapes of which the last axis is the row; without rows too. */
function shapesFor({ least }: RowFunction): fc.Arbitrary<number[]> {
  return fc.tuple(fc.constantFrom<number[]>([], [0], [1], [3], [2, 2]), fc.constantFrom(1, 2, 3, 5, 9, 33))
    .map((
      [outer, n],
    ) => [...outer.length === 0 ? [1] : outer, Math.max(n, least)]);
}

/** Rows of one kind each. */
function operandOf(row: RowFunction, shape: readonly number[]): fc.Arbitrary<Plain> {
  const n = shape.at(-1)!;
  const count = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: n, maxLength: n });
  const some = fc.tuple(numbers, fc.constantFrom(...row.kinds)).map(([list, kind]) =>
    kind(list).map(rounded)
  );
  return fc.array(some, { minLength: count, maxLength: count })
    .map((rows) => ({ shape, data: rows.flat(), scale: 16 }));
}

/** The rows of a tensor. */
function rowsOf(x: Values): number[][] {
  const n = x.shape.at(-1)!;
  return Array.from({ length: x.data.length / n }, (_, i) => x.data.slice(i * n, (i + 1) * n));
}

/** The stated error of one row's result. */
function limit({ error }: RowFunction, x: readonly number[], y: readonly number[], result: number): number {
  return error.absolute + (error.also?.of(x, y, result) ?? 0);
}

const ROWS = { visibilities: [["secret"], ["secret"], ["constant"]] } as const;
/** Public rows have a known bound: of long rows of large numbers what needs squares is refused at the call. */
const SECRET_ROWS = { visibilities: [["secret"]] } as const;
const PAIRS = { visibilities: [["secret", "secret"]] } as const;

function lawOf(row: RowFunction): Law {
  const { cases } = law({
    name: row.name,
    operands: shapesFor(row).chain((shape) =>
      fc.tuple(...Array.from({ length: row.operands }, () => operandOf(row, shape)))
    ).map((operands) => ({ operands, args: undefined })),
    apply: (x, [y]) => row.apply(x, y as typeof x),
    oracle([x, y]) {
      const others = y === undefined ? [] : rowsOf(y);
      const results = rowsOf(x!).map((r, i) => row.f(r, others[i] ?? []));
      const { shape } = x!;
      return { shape: row.keeps ? shape : shape.slice(0, -1), data: results.flat() };
    },
    error([x, y]) {
      const others = y === undefined ? [] : rowsOf(y);
      const limits = rowsOf(x!).flatMap((r, i) => {
        const other = others[i] ?? [];
        return row.f(r, other).map((result) => limit(row, r, other, result));
      });
      return Math.max(0, ...limits);
    },
  });
  const { visibilities } = row.operands === 2 ? PAIRS : row.name.endsWith("Norm") ? SECRET_ROWS : ROWS;
  return { name: row.name, cases: one(cases, visibilities) };
}

/** All laws of this family. */
export const rowLaws: readonly Law[] = ROW_FUNCTIONS.map(lawOf);
