/**
 * Norms in plain loops: elements are divided into groups, and each is normalised by the statistics of its group.
 *
 * @module
 */
import { at, build, positions, type Values } from "./tensors.ts";

/** To which group an element belongs. */
export type GroupOf = (index: readonly number[]) => number | string;

/** Mean and mean squared deviation of each group, and the number of its elements. */
export function statistics(
  x: Values,
  groupOf: GroupOf,
): Map<number | string, { mean: number; variance: number; square: number; count: number }> {
  const members = new Map<number | string, number[]>();
  for (const index of positions(x.shape)) {
    const group = groupOf(index);
    members.set(group, [...members.get(group) ?? [], at(x, index)]);
  }
  return new Map(
    [...members].map(([group, values]) => {
      const meanOf = (f: (v: number) => number): number =>
        values.reduce((sum, v) => sum + f(v), 0) / values.length;
      const mean = meanOf((v) => v);
      const variance = meanOf((v) => (v - mean) ** 2);
      return [group, { mean, variance, square: meanOf((v) => v ** 2), count: values.length }];
    }),
  );
}

/** (x - mean)/sqrt(variance + eps) by groups. */
export function standardised(x: Values, groupOf: GroupOf, eps: number): Values {
  const all = statistics(x, groupOf);
  return build(x.shape, (index) => {
    const { mean, variance } = all.get(groupOf(index))!;
    return (at(x, index) - mean) / Math.sqrt(variance + eps);
  });
}

/** x/sqrt(mean of x² + eps) by groups. */
export function byRootMeanSquare(x: Values, groupOf: GroupOf, eps: number): Values {
  const all = statistics(x, groupOf);
  return build(x.shape, (index) => at(x, index) / Math.sqrt(all.get(groupOf(index))!.square + eps));
}

/** x·weight + bias, which broadcast. */
export function affine(x: Values, weight: Values | undefined, bias: Values | undefined): Values {
  return build(
    x.shape,
    (index) =>
      at(x, index) * (weight === undefined ? 1 : at(weight, index)) +
      (bias === undefined ? 0 : at(bias, index)),
  );
}

/** A vector of channels, [C], beside [N, C, …] of so many axes. */
export function perChannel({ data }: Values, rank: number): Values {
  return { shape: [data.length, ...new Array<number>(rank - 2).fill(1)], data };
}

/** x/(k + alpha·(mean of squares of `size` channels, of which `before` are before))^beta. */
export function localResponse(
  x: Values,
  { size, before, alpha, beta, k }: { size: number; before: number; alpha: number; beta: number; k: number },
): Values {
  const channels = x.shape[1]!;
  return build(x.shape, (index) => {
    let sum = 0;
    for (let c = index[1]! - before; c < index[1]! - before + size; c++) {
      if (c >= 0 && c < channels) sum += at(x, index.with(1, c)) ** 2;
    }
    return at(x, index) / (k + alpha * sum / size) ** beta;
  });
}

/**
 * How far a norm of centred groups may be off: 1e-4, and what the mean is off, over the deviation. A mean of a power of two of
 * numbers is one unit off, with its rounding; else the factor 1/n is rounded too.
 */
export function normError(x: Values, groupOf: GroupOf, eps: number): number {
  const parts = [...statistics(x, groupOf).values()].map(({ mean, variance, count }) => {
    const units = Number.isInteger(Math.log2(count)) ? 1.5 : 3 + Math.abs(mean);
    return units * 2 ** -16 / Math.sqrt(variance + eps);
  });
  return 1e-4 + Math.max(0, ...parts);
}
