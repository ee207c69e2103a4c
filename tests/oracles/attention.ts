/**
 * Attention in plain loops.
 *
 * @module
 */
import { at, build, positions, type Values } from "./tensors.ts";

/** Whether query i may see key j of batch and head. */
export type Sees = (batch: number, head: number, i: number, j: number) => boolean;

/** softmax(q·kᵀ·scale), [B, H, L, S], for [B, H, L, E] and [B, H, S, E]; queries' heads share those of keys in turn. */
export function weightsOf(q: Values, k: Values, scale: number, sees: Sees = () => true): Values {
  const [batch, heads, rows, side] = q.shape as [number, number, number, number];
  const each = heads / k.shape[1]!;
  const columns = k.shape[2]!;
  const data: number[] = [];
  for (const [b, h, i] of positions([batch, heads, rows]) as Iterable<[number, number, number]>) {
    const scores = Array.from({ length: columns }, (_, j) => {
      let score = 0;
      for (let e = 0; e < side; e++) score += at(q, [b, h, i, e]) * at(k, [b, Math.floor(h / each), j, e]);
      return sees(b, h, i, j) ? score * scale : -Infinity;
    });
    const most = Math.max(...scores);
    const raised = scores.map((score) => Math.exp(score - most));
    const total = raised.reduce((x, y) => x + y, 0);
    data.push(...raised.map((x) => x / total));
  }
  return { shape: [batch, heads, rows, columns], data };
}

/** softmax(q·kᵀ·scale)·v for values [B, H, S, Ev]. */
export function attention(q: Values, k: Values, v: Values, scale: number, sees?: Sees): Values {
  const weights = weightsOf(q, k, scale, sees);
  const each = q.shape[1]! / k.shape[1]!;
  return build([...q.shape.slice(0, 3), v.shape[3]!], ([b, h, i, e]) => {
    let sum = 0;
    for (let j = 0; j < k.shape[2]!; j++) {
      sum += at(weights, [b!, h!, i!, j]) * at(v, [b!, Math.floor(h! / each), j, e!]);
    }
    return sum;
  });
}

/** [B, S, heads·E] as [B, heads, S, E]. */
export function split(x: Values, heads: number): Values {
  const [batch, rows, side] = x.shape as [number, number, number];
  const own = side / heads;
  return build([batch, heads, rows, own], ([b, h, i, e]) => at(x, [b!, i!, h! * own + e!]));
}

/** [B, heads, S, E] as [B, S, heads·E]. */
export function merged(x: Values): Values {
  const [batch, heads, rows, own] = x.shape as [number, number, number, number];
  return build([batch, rows, heads * own], ([b, i, e]) => at(x, [b!, Math.floor(e! / own), i!, e! % own]));
}
