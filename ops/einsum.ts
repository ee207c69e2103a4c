/**
 * Sums of products by an equation of labels.
 *
 * @module
 */
import { sizeOf } from "../ring/shape.ts";
import { mul } from "./arithmetic.ts";
import { slice } from "./indexing.ts";
import { type Equation, parseEquation } from "./einsum_equation.ts";
import { matmul } from "./linalg.ts";
import { permute, reshape } from "./movement.ts";
import { defineOp, isTensor } from "./op.ts";
import { publicTensor } from "./operand.ts";
import { Tensor } from "./plaintext.ts";
import { sum } from "./reduce.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/** A secret operand with a label per axis. */
interface Secret {
  readonly x: CrypTensor;
  readonly labels: readonly string[];
}

/** A public operand with a label per axis. */
interface Public {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

type Sizes = ReadonlyMap<string, number>;

const sidesOf = (labels: readonly string[], sizes: Sizes): number[] => labels.map((l) => sizes.get(l)!);

/** Operands whose labels differ: repeated ones become diagonals, axes of size 1 that broadcast are dropped. Local. */
function distinct(x: CrypTensor, labels: readonly string[], sizes: Sizes): Secret {
  const narrow = labels.map((l, i) => x.shape[i] === 1 && sizes.get(l) !== 1);
  const kept = labels.filter((_, i) => !narrow[i]);
  let out: Secret = { x: reshape(x, x.shape.filter((_, i) => !narrow[i])), labels: kept };
  for (;;) {
    const second = out.labels.findIndex((l, i) => out.labels.indexOf(l) < i);
    if (second < 0) return out;
    const first = out.labels.indexOf(out.labels[second]!);
    const side = out.x.shape[first]!;
    const rest = out.labels.map((_, i) => i).filter((i) => i !== first && i !== second);
    const square = permute(out.x, [...rest, first, second]);
    const sides = rest.map((i) => out.x.shape[i]!);
    const flat = reshape(square, [...sides, side * side]);
    const diagonal = slice(flat, [...sides.map(() => ({})), { start: 0, stop: side * side, step: side + 1 }]);
    out = { x: diagonal, labels: [...rest.map((i) => out.labels[i]!), out.labels[first]!] };
  }
}

/** Sums over labels that nobody else has. Exact; local. */
function summed(operand: Secret, keep: ReadonlySet<string>): Secret {
  const dim = operand.labels.flatMap((l, i) => keep.has(l) ? [] : [i]);
  if (dim.length === 0) return operand;
  return { x: sum(operand.x, { dim }), labels: operand.labels.filter((l) => keep.has(l)) };
}

/** Axes in the order of labels, merged in groups. Local. */
function grouped({ x, labels }: Secret, groups: readonly (readonly string[])[], sizes: Sizes): CrypTensor {
  const ordered = permute(x, groups.flat().map((l) => labels.indexOf(l)));
  return reshape(ordered, groups.map((group) => sizeOf(sidesOf(group, sizes))));
}

/** Everything public as one tensor with the labels of `out`: a sum over all positions, in plain numbers. */
function plainProduct(operands: readonly Public[], out: readonly string[], sizes: Sizes): Tensor {
  const all = [...new Set([...out, ...operands.flatMap((o) => o.labels)])];
  const sides = sidesOf(all, sizes);
  const data = new Float64Array(sizeOf(sidesOf(out, sizes)));
  const position = (labels: readonly string[], shape: readonly number[], index: readonly number[]): number =>
    labels.reduce(
      (flat, l, axis) => flat * shape[axis]! + (shape[axis] === 1 ? 0 : index[all.indexOf(l)]!),
      0,
    );
  const index = new Array<number>(all.length).fill(0);
  for (let step = 0; step < sizeOf(sides); step++) {
    let rest = step;
    for (let axis = all.length - 1; axis >= 0; axis--) {
      index[axis] = rest % sides[axis]!;
      rest = Math.floor(rest / sides[axis]!);
    }
    const term = operands.reduce(
      (product, o) => product * Number(o.x.data[position(o.labels, o.x.shape, index)]),
      1,
    );
    data[position(out, sidesOf(out, sizes), index)]! += term;
  }
  return new Tensor(sidesOf(out, sizes), data);
}

/** One product: labels of both that are not needed afterwards are contracted. */
function product(a: Secret, b: Secret | Public, keep: ReadonlySet<string>, sizes: Sizes): Secret {
  const shared = a.labels.filter((l) => b.labels.includes(l));
  const batch = shared.filter((l) => keep.has(l));
  const inner = shared.filter((l) => !keep.has(l));
  const left = a.labels.filter((l) => !shared.includes(l));
  const right = b.labels.filter((l) => !shared.includes(l));
  const labels = [...batch, ...left, ...right];
  const arrange = (groups: readonly (readonly string[])[]): Operand => {
    if (isTensor(b.x)) return grouped(b as Secret, groups, sizes);
    const flat = plainProduct([b as Public], groups.flat(), sizes);
    return new Tensor(groups.map((group) => sizeOf(sidesOf(group, sizes))), flat.data);
  };
  // A matrix product for each position of the shared labels; without a contraction element by element.
  const x = inner.length > 0
    ? matmul(grouped(a, [batch, left, inner], sizes), arrange([batch, inner, right]))
    : mul(grouped(a, [batch, left, []], sizes), arrange([batch, [], right]));
  return { x: reshape(x, sidesOf(labels, sizes)), labels };
}

/** Number of elements of a product's result. */
function sizeAfter(a: Secret, b: Secret | Public, keep: ReadonlySet<string>, sizes: Sizes): number {
  const labels = new Set([...a.labels, ...b.labels]);
  return sizeOf(sidesOf([...labels].filter((l) => keep.has(l)), sizes));
}

function contract(equation: Equation, operands: readonly Operand[]): CrypTensor {
  const { sizes, output } = equation;
  let secrets: Secret[] = [];
  const publics: Public[] = [];
  operands.forEach((operand, i) => {
    const labels = equation.inputs[i]!;
    if (isTensor(operand)) secrets.push(distinct(operand, labels, sizes));
    else publics.push({ x: publicTensor(operand), labels });
  });
  const needed = (others: readonly { labels: readonly string[] }[]): Set<string> =>
    new Set([...output, ...others.flatMap((o) => o.labels)]);
  secrets = secrets.map((s) => summed(s, needed([...secrets.filter((o) => o !== s), ...publics])));
  if (publics.length > 0) {
    const keep = needed(secrets);
    const present = new Set(publics.flatMap((o) => o.labels));
    const labels = [...present].filter((l) => keep.has(l));
    // Products by public operands are local, so they come first.
    const factor: Public = { x: plainProduct(publics, labels, sizes), labels };
    secrets = [product(secrets[0]!, factor, needed(secrets.slice(1)), sizes), ...secrets.slice(1)];
  }
  while (secrets.length > 1) {
    const pairs = secrets.flatMap((a, i) => secrets.slice(i + 1).map((b) => [a, b] as const));
    const rated = pairs.map(([a, b]) => {
      const others = secrets.filter((o) => o !== a && o !== b);
      return { a, b, others, size: sizeAfter(a, b, needed(others), sizes) };
    });
    const { a, b, others } = rated.reduce((best, one) => one.size < best.size ? one : best);
    secrets = [summed(product(a, b, needed(others), sizes), needed(others)), ...others];
  }
  const [{ x, labels }] = secrets as [Secret];
  const ordered = summed({ x, labels }, new Set(output));
  const present = output.filter((l) => ordered.labels.includes(l));
  const moved = permute(ordered.x, present.map((l) => ordered.labels.indexOf(l)));
  const shape = output.map((l) => present.includes(l) ? sizes.get(l)! : 1);
  return reshape(moved, shape).expand(sidesOf(output, sizes));
}

const einsumOp = defineOp<[string, readonly Operand[]]>({
  name: "einsum",
  shape(_x, text, operands) {
    const { output, sizes } = parseEquation(text, operands);
    return sidesOf(output, sizes);
  },
  lower: (_ctx, _x, [text, operands]) => contract(parseEquation(text, operands), operands),
});

/**
 * Einstein's summation, as in PyTorch: "ij,jk->ik" is a matrix product, "bij,bij->b" batched inner products, "ii->i" a diagonal,
 * "...i,...i" inner products over any leading axes. One to three operands, public or secret, one of them secret; without "->" the
 * labels that occur once are the result's, in alphabetical order after those of "...". *Error*: below 1 ulp per product of two secret
 * operands, times the sum that follows it. *Cost*: one round and 8 bytes per element of both operands for each pair of secret
 * operands, and its truncation; sums, diagonals and products by public operands are local.
 *
 * @throws {RangeError} when the equation does not fit the operands.
 * @throws {TypeError} when all operands are public.
 */
export function einsum(equation: string, ...operands: readonly Operand[]): CrypTensor {
  const secret = operands.find(isTensor);
  if (secret === undefined) {
    throw new TypeError(
      `Cannot compute einsum "${equation}": all operands are public, a secret one is wanted`,
    );
  }
  return einsumOp(secret, equation, operands);
}
