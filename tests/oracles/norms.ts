/**
 * Norms in plain loops: elements are divided into groups, and each is normalised by the statistics of its group.
 *
 * @module
 */
import { at, build, positions, sizeOf, type Values } from "./tensors.ts";

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

/** How far a norm may be off: 1e-4, and what rounded elements and means are off, over the least deviation. */
export function normError(x: Values, groupOf: GroupOf, eps: number, centred = true): number {
  const all = [...statistics(x, groupOf).values()];
  const least = Math.min(
    ...all.map(({ variance, square }) => Math.sqrt((centred ? variance : square) + eps)),
  );
  const most = Math.max(1, ...x.data.map(Math.abs));
  return sizeOf(x.shape) === 0 ? 0 : 1e-4 + 4 * most * 2 ** -16 / least;
}
