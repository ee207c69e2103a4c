/**
 * Laws of powers, products by an equation, and statistics.
 *
 * @module
 */
import { type CrypTensor, einsum, matmul as product } from "../../mod.ts";
import { powWhole } from "../../ops/functions/power.ts";
import { fc } from "../deps.ts";
import { at, build, inner, matmul, positions, total, type Values, zip } from "../oracles/tensors.ts";
import { type Along, columns, mapAlong, reduceAlong } from "./columns.ts";
import { broadcastable, LARGEST, type Law, law, oneTruncation, operand, type Plain, ULP } from "./law.ts";

const top = (x: Values): number => x.data.reduce((m, v) => Math.max(m, Math.abs(v)), 1);

/** An operand whose n-th power stays below 2^30. */
const powers = fc.tuple(broadcastable(1), fc.integer({ min: 0, max: 16 })).chain(([[shape], n]) =>
  operand(shape!, { limit: Math.min(2 ** 14, 2 ** (29 / Math.max(1, n))) }).map((x) => ({
    operands: [x],
    args: n,
  }))
);

/** Stated error of an n-th power. */
const powerError = (x: Plain, n: number): number => x.scale === 0 || n < 2 ? 0 : n * top(x) ** (n - 2) * ULP;

/** Coefficients of a polynomial, and an operand for which all terms are small. */
const polynomials = fc.tuple(
  broadcastable(1),
  fc.array(fc.constantFrom<number[]>(0, 1, -2, 0.5, 3.25, -0.125, 0.01, 7), { minLength: 1, maxLength: 9 }),
).chain(([[shape], args]) =>
  operand(shape!, { limit: Math.min(2 ** 12, 2 ** (24 / args.length)) }).map((x) => ({ operands: [x], args }))
);

function polynomialError(x: Plain, c: readonly number[]): number {
  const m = top(x);
  const most = Math.max(...c.map(Math.abs), 2 ** -16);
  const terms = c.reduce((sum, v, i) => sum + i * Math.abs(v) * m ** Math.max(0, i - 2), 0);
  const encoded = c.reduce((sum, _, i) => sum + m ** i, 1);
  return (2 + terms) * ULP + 2 ** -17 * most * encoded;
}

const algebra: readonly Law[] = [
  law({
    name: "pow",
    operands: powers,
    apply: (x, _ys, n) => x.pow(n),
    oracle: ([x], n) => zip((v) => v ** n, x!),
    error: ([x], n) => powerError(x!, n),
  }),
  law({
    name: "pow by secret integers",
    operands: fc.tuple(broadcastable(2), fc.integer({ min: 0, max: 16 })).chain(([[shape, by], most]) =>
      fc.tuple(
        operand(shape!, { limit: Math.min(2 ** 14, 2 ** (29 / Math.max(1, most))) }),
        operand(by!, { limit: most, scales: [0] }).map((n) => ({ ...n, data: n.data.map(Math.abs) })),
      )
    ).map((operands) => ({ operands, args: undefined })),
    apply: (x, [n]) => powWhole(x, n as CrypTensor),
    oracle: ([x, n]) => zip((v, p) => v ** p, x!, n!),
    error: ([x, n]) => Math.max(0, ...n!.data.map((p) => powerError(x!, p))),
    visibilities: [["secret", "secret"], ["constant", "secret"], ["secret", "constant"]],
  }),
  law({
    name: "pow of negative exponents",
    operands: fc.tuple(broadcastable(1), fc.integer({ min: -6, max: -1 })).chain(([[shape], args]) =>
      operand(shape!, { limit: 64 }).map((x) => ({
        // The reciprocal's power stays below 2^12.
        operands: [{ ...x, data: x.data.map((v) => Math.abs(v) < 0.25 ? v < 0 ? v - 1 : v + 1 : v) }],
        args,
      }))
    ),
    apply: (x, _ys, n) => x.pow(n),
    oracle: ([x], n) => zip((v) => v ** n, x!),
    error([x], n) {
      const r = Math.max(1, ...x!.data.map((v) => 1 / Math.abs(v)));
      // A reciprocal is right to 1.5e-5 and 1 ulp; the second order of that is below a thousandth.
      const own = 1.001 * (1.5e-5 * r + ULP);
      return -n * r ** (-n - 1) * own - n * r ** Math.max(0, -n - 2) * ULP;
    },
  }),
  law({
    name: "polynomial",
    operands: polynomials,
    apply: (x, _ys, c) => x.polynomial(c),
    oracle: ([x], c) => zip((v) => c.reduceRight((sum, a) => sum * v + a, 0), x!),
    error: ([x], c) => polynomialError(x!, c),
  }),
  law<Along>({
    name: "prod of integers",
    operands: columns({ limit: 3, scales: [0], least: 0 }).filter(({ operands: [x] }) =>
      x!.data.length <= 25
    ),
    apply: (x, _ys, along) => x.prod(along),
    oracle: ([x], along) => reduceAlong(x!, along, (list) => list.reduce((a, b) => a * b, 1) + 0),
  }),
  law<Along>({
    name: "prod",
    operands: columns({ limit: 1.1, scales: [16], least: 0 }),
    apply: (x, _ys, along) => x.prod(along),
    oracle: ([x], along) => reduceAlong(x!, along, (list) => list.reduce((a, b) => a * b, 1)),
    error: ([x]) => x!.data.length * top(x!) ** Math.max(0, x!.data.length - 2) * ULP + ULP,
  }),
  law<Along>({
    name: "cumprod",
    operands: columns({ limit: 1.1, least: 0, whole: false }),
    apply: (x, _ys, { dim }) => x.cumprod(dim!),
    oracle: ([x], { dim }) =>
      mapAlong(x!, dim!, (list) => list.map((_, i) => list.slice(0, i + 1).reduce((a, b) => a * b, 1) + 0)),
    error([x], { dim }) {
      const n = x!.shape.at(dim!)!;
      return x!.scale === 0 || n < 2 ? 0 : n * top(x!) ** (n - 2) * ULP + ULP;
    },
  }),
  law({
    name: "outer",
    operands: fc.tuple(fc.nat(5), fc.nat(5)).chain(([m, n]) =>
      fc.tuple(operand([m], { limit: 2 ** 14 }), operand([n], { limit: 2 ** 15 }))
    ).map((operands) => ({ operands, args: undefined })),
    apply: (x, [y]) => [x.outer(y!), x.ger(y!)],
    oracle: ([x, y]) => {
      const out = build([x!.shape[0]!, y!.shape[0]!], ([i, j]) => inner([[x!.data[i!]!, y!.data[j!]!]]));
      return [out, out];
    },
    error: oneTruncation,
  }),
  law({
    name: "matmul by a public left operand",
    operands: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(4), fc.integer({ min: 1, max: 2 })).chain(
      ([m, k, n, form, b]) => {
        const forms = [[[m, k], [k, n]], [[k], [k, n]], [[m, k], [k]], [[k], [k]], [[b, m, k], [2, k, n]]];
        const [left, right] = forms[form] as [number[], number[]];
        return fc.tuple(operand(right, { limit: 2 ** 13 }), operand(left, { limit: 2 ** 14 }));
      },
    ).map(([x, y]) => ({ operands: [x], args: { ...y, data: y.data.map((v) => Math.round(v)), scale: 0 } })),
    apply: (x, _ys, y) => product({ shape: y.shape, data: Float64Array.from(y.data) }, x),
    oracle: ([x], y) => matmul(y, x!),
  }),
];

/** Equations, with operands' shapes for sizes of the labels. */
const equations: readonly [string, (s: Record<string, number>) => number[][]][] = [
  ["ij,jk->ik", ({ i, j, k }) => [[i!, j!], [j!, k!]]],
  ["ij,jk", ({ i, j, k }) => [[i!, j!], [j!, k!]]],
  ["ij,kj->ki", ({ i, j, k }) => [[i!, j!], [k!, j!]]],
  ["bij,bjk->bik", ({ i, j, k, b }) => [[b!, i!, j!], [b!, j!, k!]]],
  ["i,j->ji", ({ i, j }) => [[i!], [j!]]],
  ["ij,ij->", ({ i, j }) => [[i!, j!], [i!, j!]]],
  ["ij,ij->ji", ({ i, j }) => [[i!, j!], [i!, j!]]],
  ["ii->i", ({ i }) => [[i!, i!]]],
  ["ii", ({ i }) => [[i!, i!]]],
  ["iij->ji", ({ i, j }) => [[i!, i!, j!]]],
  ["ijk->kj", ({ i, j, k }) => [[i!, j!, k!]]],
  ["...i,...i->...", ({ i, j, k }) => [[j!, k!, i!], [k!, i!]]],
  ["...ij,jk->...ik", ({ i, j, k, b }) => [[b!, i!, j!], [j!, k!]]],
  ["b...,...->b", ({ i, j, b }) => [[b!, i!, j!], [1, j!]]],
  ["ii,ij->j", ({ i, j }) => [[i!, i!], [i!, j!]]],
  ["ij,k->i", ({ i, j, k }) => [[i!, j!], [k!]]],
];
const triples: typeof equations = [
  ["ij,jk,kl->il", ({ i, j, k, b }) => [[i!, j!], [j!, k!], [k!, b!]]],
  ["i,j,k->ijk", ({ i, j, k }) => [[i!], [j!], [k!]]],
  ["bi,bj,bij->b", ({ i, j, b }) => [[b!, i!], [b!, j!], [b!, i!, j!]]],
];

/** The sum over all labels, term by term. */
function einsumOf(text: string, xs: readonly Values[]): Values {
  const [left, right] = text.split("->");
  const rank = Math.max(
    ...xs.map((x, i) => x.shape.length - left!.split(",")[i]!.replace("...", "").length),
    0,
  );
  const dots = "XYZ".slice(3 - rank);
  const spelled = (term: string, count: number): string =>
    term.replace("...", dots.slice(dots.length - count));
  const terms = left!.split(",").map((t, i) => spelled(t, xs[i]!.shape.length - t.replace("...", "").length));
  const letters = [...new Set(terms.join(""))].sort();
  const free = letters.filter((l) => terms.join("").split(l).length === 2 && !dots.includes(l));
  const out = right === undefined ? dots + free.join("") : spelled(right, rank);
  const sizes = new Map<string, number>();
  terms.forEach((t, i) =>
    [...t].forEach((l, axis) => {
      const side = xs[i]!.shape[axis]!;
      sizes.set(l, side === 1 ? sizes.get(l) ?? 1 : side);
    })
  );
  const summed = letters.filter((l) => !out.includes(l));
  return build([...out].map((l) => sizes.get(l)!), (index) => {
    const values: number[] = [];
    for (const rest of positions(summed.map((l) => sizes.get(l)!))) {
      const where = (l: string): number =>
        out.includes(l) ? index[out.indexOf(l)]! : rest[summed.indexOf(l)]!;
      values.push(terms.reduce((p, t, i) => p * at(xs[i]!, [...t].map(where)), 1));
    }
    return values.reduce((a, b) => a + b, 0);
  });
}

function einsums(
  name: string,
  table: typeof equations,
  limit: number,
  visibilities?: readonly (readonly ("secret" | "public" | "constant")[])[],
): Law {
  const sides = fc.record({ i: fc.nat(3), j: fc.nat(3), k: fc.nat(3), b: fc.integer({ min: 1, max: 2 }) });
  return law({
    name,
    operands: fc.tuple(fc.constantFrom(...table), sides).chain(([[text, shapes], s]) =>
      fc.tuple(...shapes(s).map((shape) => operand(shape, { limit }))).map((operands) => ({
        operands: operands as Plain[],
        args: text,
      }))
    ),
    apply: (x, ys, text) => einsum(text, x, ...ys),
    oracle: (xs, text) => einsumOf(text, xs),
    // The sum of a product of three multiplies the first truncation's error by the third operand.
    error: (xs, _text, visibility) =>
      xs.length === 3 ? 40 * ULP * top(xs[0]!) * top(xs[2]!) * top(xs[1]!) : einsumError(xs, visibility),
    ...visibilities && { visibilities },
  });
}

const einsumError = (xs: readonly Plain[], visibility: readonly string[]): number =>
  xs.length === 1 ? 0 : 4 * oneTruncation(xs, undefined, visibility as never);

const sums: readonly Law[] = [
  einsums("einsum", equations, 2 ** 12),
  einsums("einsum of three", triples, 2 ** 4, [
    ["secret", "secret", "secret"],
    ["secret", "public", "secret"],
    ["secret", "public", "public"],
  ]),
];

/** Squared deviations of a list from its mean, over n - correction. */
function varianceOf(list: readonly number[], correction: number): number {
  const mean = total(list) / list.length;
  return list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (list.length - correction);
}

const statistics: readonly Law[] = [
  ...[0, 1].map((correction) =>
    law<Along>({
      name: correction === 0 ? "var of a population" : "var of a sample",
      operands: columns({ limit: 2 ** 11, least: 1 + correction }).filter(({ operands: [x], args }) =>
        args.dim !== undefined || x!.data.length > correction
      ),
      apply: (x, _ys, along) => x.var({ ...along, ...correction === 0 && { correction } }),
      oracle: ([x], along) => reduceAlong(x!, along, (list) => varianceOf(list, correction)),
      error([x], { dim }) {
        const n = dim === undefined ? x!.data.length : x!.shape.at(dim)!;
        const ratio = n / (n - correction);
        const m = top(x!);
        const variance = m * m * ratio;
        return (2 + 4 * ratio) * ULP + (2 ** -17 + 2 ** -16 * ratio) * variance + ratio * (m * 2 ** -17) ** 2;
      },
    })
  ),
  law<Along>({
    name: "norm, p = 1",
    operands: columns({ limit: 2 ** 39, least: 0 }),
    apply: (x, _ys, along) => x.norm({ ...along, p: 1 }),
    oracle: ([x], along) => reduceAlong(x!, along, (list) => total(list.map(Math.abs))),
  }),
  law<Along>({
    name: "norm, p = Infinity",
    operands: columns({ limit: LARGEST }),
    apply: (x, _ys, along) => x.norm({ ...along, p: Infinity }),
    oracle: ([x], along) => reduceAlong(x!, along, (list) => Math.max(...list.map(Math.abs))),
  }),
];

const roots: readonly Law[] = [
  law<Along>({
    name: "std",
    operands: columns({ limit: 2 ** 11, least: 2 }).filter(({ operands: [x], args }) =>
      args.dim !== undefined || x!.data.length > 1
    ),
    apply: (x, _ys, along) => x.std(along),
    oracle: ([x], along) => reduceAlong(x!, along, (list) => Math.sqrt(varianceOf(list, 1))),
    error([x], { dim }) {
      const n = dim === undefined ? x!.data.length : x!.shape.at(dim)!;
      const ratio = Math.sqrt(n / (n - 1));
      const m = top(x!);
      return 3 * ULP + 2.3e-5 * m * ratio + ratio * (3 * ULP + m * 2 ** -17);
    },
  }),
  law<Along>({
    name: "norm, p = 2",
    operands: columns({ limit: 2 ** 11, least: 0 }),
    apply: (x, _ys, along) => [x.norm(along), x.norm({ ...along, p: x.ndim % 2 === 0 ? 2 : "fro" })],
    oracle: ([x], along) => {
      const out = reduceAlong(x!, along, (list) => Math.sqrt(inner(list.map((v) => [v, v] as const))));
      return [out, out];
    },
    error: ([x], along) =>
      // 1.5e-5 of the longest vector, and a unit.
      ULP + 1.5e-5 * Math.max(0, ...reduceAlong(x!, along, (list) => Math.hypot(...list)).data),
  }),
];

/** All laws of this family. */
export const powerLaws: readonly Law[] = [...algebra, ...sums, ...statistics, ...roots];
