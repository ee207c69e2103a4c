/**
 * The interactive primitives, each as a call on secret operands, for the checks of what is seen of them.
 *
 * @module
 */
import type { AShare, BShare, Instance, Pending, Spline, Table } from "../../protocols/protocol.ts";
import type { Subject } from "./check.ts";
import type { Party } from "./parties.ts";

/** Secret operands of one shape: two of words, one of single bits. */
export interface Operands {
  /** Words. */
  readonly x: Pending<AShare>;
  /** Words of another owner. */
  readonly y: Pending<AShare>;
  /** Single bits: the signs of x, for primitives that take them. */
  readonly b: Pending<BShare>;
}

/** One interactive primitive. */
export interface Primitive {
  /** Its name in findings and on the report card. */
  readonly name: string;
  /** The optional form that it needs. */
  readonly needs?: keyof Instance;
  /** Whether it takes the bits. */
  readonly bits?: boolean;
  /** Calls it. */
  readonly run: (p: Party, operands: Operands) => Promise<AShare | BShare>;
}

/** A spline of 16 pieces from -7 on. */
export const SPLINE: Spline = {
  low: -7n,
  indexBits: 4,
  offsetBits: 10,
  dropBits: 1,
  degree: 3,
  coefficients: Array.from({ length: 16 }, (_, i) => [BigInt(i), 1n, 2n, 3n]),
};

/** A table of 16 rows of 4 entries. */
export const TABLE: Table = { low: -3n, indexBits: 4, rows: SPLINE.coefficients };

/** Elements of a row and a column when the operands are taken as matrices. */
const SIDE = 128;

function matrix(p: Party, x: Pending<AShare>, shape: readonly number[]): Pending<AShare> {
  return p.ready(p.protocol.linear(x.now!, (part) => part.reshape(shape)));
}

/** The operands as matrices that can be multiplied. */
function matrices(p: Party, { x, y }: Operands): readonly [Pending<AShare>, Pending<AShare>] {
  const other = x.shape[0]! / SIDE;
  return [matrix(p, x, [other, SIDE]), matrix(p, y, [SIDE, other])];
}

/** A product, which may be one of summands that is not reshared yet. */
async function product(p: Party, { x, y }: Operands): Promise<Pending<AShare>> {
  return p.ready(await p.protocol.bilinear(p.call(), { kind: "mul" }, x, y));
}

const MATMUL = { kind: "matmul" } as const;

/** All of them. Operands are here: every call begins at once. */
export const PRIMITIVES: readonly Primitive[] = [
  { name: "mul", run: (p, { x, y }) => p.protocol.bilinear(p.call(), { kind: "mul" }, x, y) },
  {
    name: "matmul",
    run(p, operands) {
      const [a, b] = matrices(p, operands);
      return p.protocol.bilinear(p.call(), MATMUL, a, b);
    },
  },
  {
    name: "reshare",
    needs: "reshare",
    run: async (p, operands) => await p.protocol.reshare!(p.call(), await product(p, operands)),
  },
  {
    name: "truncate a product",
    run: async (p, operands) => await p.protocol.truncate(p.call(), await product(p, operands), 16),
  },
  {
    name: "truncateRelu of a product",
    needs: "truncateRelu",
    run: async (p, operands) => await p.protocol.truncateRelu!(p.call(), await product(p, operands), 16),
  },
  { name: "truncate", run: (p, { x }) => p.protocol.truncate(p.call(), x, 16) },
  { name: "truncate, exact", run: (p, { x }) => p.protocol.truncate(p.call(), x, 16, "exact") },
  { name: "sign", run: (p, { x }) => p.protocol.sign(p.call(), x) },
  { name: "fromBits", bits: true, run: (p, { b }) => p.protocol.fromBits(p.call(), b, 1) },
  { name: "and", bits: true, run: (p, { b }) => p.protocol.and(p.call(), b, b, 1) },
  { name: "square", needs: "square", run: (p, { x }) => p.protocol.square!(p.call(), x) },
  { name: "toBits", needs: "toBits", run: (p, { x }) => p.protocol.toBits!(p.call(), x) },
  { name: "relu", needs: "relu", run: (p, { x }) => p.protocol.relu!(p.call(), x) },
  {
    name: "truncateRelu",
    needs: "truncateRelu",
    run: (p, { x }) => p.protocol.truncateRelu!(p.call(), x, 16),
  },
  { name: "select", needs: "select", bits: true, run: (p, { x, b }) => p.protocol.select!(p.call(), b, x) },
  { name: "isZero", needs: "isZero", run: (p, { x }) => p.protocol.isZero!(p.call(), x) },
  {
    name: "thresholds",
    needs: "thresholds",
    run: (p, { x }) => p.protocol.thresholds!(p.call(), x, [-1n, 5n, 6n], 48),
  },
  {
    name: "weigh",
    needs: "weigh",
    bits: true,
    run: (p, { b }) => p.protocol.weigh!(p.call(), b, [[3n], [5n]]),
  },
  { name: "spline", needs: "spline", run: (p, { x }) => p.protocol.spline!(p.call(), x, SPLINE) },
  { name: "lookup", needs: "lookup", run: (p, { x }) => p.protocol.lookup!(p.call(), x, TABLE) },
  { name: "oneHot", needs: "oneHot", run: (p, { x }) => p.protocol.oneHot!(p.call(), x, 4) },
  {
    name: "prepared matmul",
    needs: "prepare",
    async run(p, operands) {
      const [a, b] = matrices(p, operands);
      const weight = p.protocol.prepare!(p.call(), b);
      await weight.ready;
      return await p.protocol.bilinearPrepared!(p.call(), MATMUL, a, weight);
    },
  },
];

/** Those of a list that a subject is to be looked at. */
export function chosen<T extends { readonly name: string }>(
  list: readonly T[],
  { primitives }: Subject,
): readonly T[] {
  return primitives === undefined
    ? list
    : list.filter((item) => primitives.includes(item.name.split(",")[0]!));
}

/** Optional forms that a call needs. */
export type Needs = keyof Instance | readonly (keyof Instance)[];

/** Whether an instance has what a call needs. */
export function has(instance: Instance, needs: Needs = []): boolean {
  return (typeof needs === "string" ? [needs] : needs).every((name) => instance[name] !== undefined);
}
