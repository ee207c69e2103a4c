/**
 * The fixed-point functions, as their own table states them.
 *
 * @module
 */
import { FUNCTIONS } from "../../accuracy/elements.ts";
import { ROW_FUNCTIONS } from "../../accuracy/rows.ts";
import { statedText } from "../../accuracy/stated.ts";
import type { CrypTenCost, Family } from "./row.ts";

/** Derived from its code, with default settings. */
const CRYPTEN: Readonly<Record<string, CrypTenCost>> = {
  exp: { rounds: 8, bytes: 64 },
  sigmoid: { rounds: 26, bytes: 416 },
  tanh: { rounds: 26, bytes: 416 },
  "reciprocal (positive)": { rounds: 28, bytes: 304 },
  rsqrt: { rounds: 17, bytes: 184 },
  log: { rounds: 32, bytes: 432 },
};

/** Functions of elements. */
export const functions: Family = {
  title: "Functions of elements",
  rows: FUNCTIONS.map((row) => ({
    name: row.name,
    text: row.text,
    domain: row.domain,
    error: statedText(row.error),
    run: ({ x, y }) => row.apply(x, y),
    ...CRYPTEN[row.name] && { crypten: CRYPTEN[row.name]! },
  })),
};

/** Functions along an axis. */
export const rows: Family = {
  title: "Functions along an axis",
  rows: ROW_FUNCTIONS.map((row) => ({
    name: row.name,
    text: `${row.text}; here 10 rows of 100`,
    domain: row.domain,
    error: statedText(row.error),
    run: ({ m, y }) => row.apply(m, y.reshape([10, 100])),
  })),
};
