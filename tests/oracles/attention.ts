/**
 * Attention in plain loops.
 *
 * @module
 */
import { at, build, positions, type Values } from "./tensors.ts";

/** Whether query i may see key j of batch and head. */
export type Sees = (batch: number, head: number, i: number, j: number) => boolean;

/** softmax(q·kᵀ·scale)·v for [B, H, L, E], [B, H, S, E] and [B, H, S, Ev]; queries' heads share those of keys in turn. */
export function attention(q: Values, k: Values, v: Values, scale: number, sees: Sees = () => true): Values {
  const [batch, heads, rows, side] = q.shape as [number, number, number, number];
  const each = heads / k.shape[1]!;
  const columns = k.shape[2]!;
  const weights = new Map<string, number[]>();
  for (const [b, h, i] of positions([batch, heads, rows]) as Iterable<[number, number, number]>) {
    const own = Math.floor(h / each);
    const raised = Array.from({ length: columns }, (_, j) => {
      let score = 0;
      for (let e = 0; e < side; e++) score += at(q, [b, h, i, e]) * at(k, [b, own, j, e]);
      return sees(b, h, i, j) ? Math.exp(score * scale) : 0;
    });
    const total = raised.reduce((x, y) => x + y, 0);
    weights.set(`${b} ${h} ${i}`, raised.map((x) => x / total));
  }
  return build([batch, heads, rows, v.shape[3]!], ([b, h, i, e]) =>
    weights.get(`${b} ${h} ${i}`)!.reduce(
      (sum, w, j) => sum + w * at(v, [b!, Math.floor(h! / each), j, e!]),
      0,
    ));
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
