/**
 * Recurrent networks in plain loops, gate by gate and element by element, as PyTorch's documentation states them.
 *
 * @module
 */
import { at, build, type Values } from "./tensors.ts";

/** Weights by PyTorch's names. */
export type Weights = Readonly<Record<string, Values>>;

/** States of one direction: lists of rows [N][H]. */
type Rows = number[][];

/** What a network gives. */
export interface Run {
  /** [T, N, directions·H] */
  readonly output: Values;
  /** [layers·directions, N, H] */
  readonly h: Values;
  /** Memories of an LSTM. */
  readonly c: Values | undefined;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** W·x + b of one row, for rows `block·side` to `(block + 1)·side` of the weight. */
function affine(
  w: Values,
  b: Values | undefined,
  x: readonly number[],
  block: number,
  side: number,
): number[] {
  return Array.from({ length: side }, (_, i) => {
    const row = block * side + i;
    return x.reduce((total, v, k) => total + at(w, [row, k]) * v, b === undefined ? 0 : at(b, [row]));
  });
}

/** The new state of one row. */
function step(
  kind: string,
  weights: Weights,
  suffix: string,
  x: readonly number[],
  h: readonly number[],
  c: readonly number[],
): { h: number[]; c: number[] } {
  const side = c.length;
  const gate = (block: number, f: (fromInput: number, fromState: number, i: number) => number): number[] => {
    const a = affine(weights[`weight_ih${suffix}`]!, weights[`bias_ih${suffix}`], x, block, side);
    const b = affine(weights[`weight_hh${suffix}`]!, weights[`bias_hh${suffix}`], h, block, side);
    return a.map((v, i) => f(v, b[i]!, i));
  };
  switch (kind) {
    case "tanh":
      return { h: gate(0, (a, b) => Math.tanh(a + b)), c: [...c] };
    case "relu":
      return { h: gate(0, (a, b) => Math.max(0, a + b)), c: [...c] };
    case "LSTM": {
      const i = gate(0, (a, b) => sigmoid(a + b));
      const f = gate(1, (a, b) => sigmoid(a + b));
      const g = gate(2, (a, b) => Math.tanh(a + b));
      const o = gate(3, (a, b) => sigmoid(a + b));
      const memory = c.map((v, k) => f[k]! * v + i[k]! * g[k]!);
      const shown = memory.map((v, k) => o[k]! * Math.tanh(v));
      const projection = weights[`weight_hr${suffix}`];
      const out = projection === undefined
        ? shown
        : affine(projection, undefined, shown, 0, projection.shape[0]!);
      return { h: out, c: memory };
    }
    default: {
      const r = gate(0, (a, b) => sigmoid(a + b));
      const z = gate(1, (a, b) => sigmoid(a + b));
      const n = gate(2, (a, b, i) => Math.tanh(a + r[i]! * b));
      return { h: n.map((v, i) => (1 - z[i]!) * v + z[i]! * h[i]!), c: [...c] };
    }
  }
}

/** Rows of a state of layer·direction `at`. */
function rowsOf(state: Values | undefined, place: number, batch: number, side: number): Rows {
  return Array.from(
    { length: batch },
    (_, n) => Array.from({ length: side }, (_, i) => state === undefined ? 0 : at(state, [place, n, i])),
  );
}

/** Runs a network over x of shape [T, N, I]; `kind` is tanh, relu, LSTM or GRU. */
export function run(
  kind: string,
  weights: Weights,
  x: Values,
  side: number,
  start: { readonly h?: Values; readonly c?: Values; readonly lengths?: readonly number[] } = {},
): Run {
  const [time, batch] = x.shape as [number, number, number];
  const layers = Object.keys(weights).filter((name) => /^weight_ih_l\d+$/.test(name)).length;
  const suffixes = "weight_ih_l0_reverse" in weights ? ["", "_reverse"] : [""];
  const width = weights["weight_hr_l0"]?.shape[0] ?? side;
  const last: { h: Rows; c: Rows }[] = [];
  let inputs: number[][][] = Array.from(
    { length: time },
    (_, t) =>
      Array.from(
        { length: batch },
        (_, n) => Array.from({ length: x.shape[2]! }, (_, i) => at(x, [t, n, i])),
      ),
  );
  for (let layer = 0; layer < layers; layer++) {
    const outputs: number[][][] = inputs.map((rows) => rows.map(() => []));
    suffixes.forEach((reverse, d) => {
      const place = layer * suffixes.length + d;
      const h = rowsOf(start.h, place, batch, width);
      const c = rowsOf(start.c, place, batch, side);
      for (let n = 0; n < batch; n++) {
        const length = start.lengths?.[n] ?? time;
        for (let s = 0; s < length; s++) {
          const t = reverse === "" ? s : length - 1 - s;
          const next = step(kind, weights, `_l${layer}${reverse}`, inputs[t]![n]!, h[n]!, c[n]!);
          h[n] = next.h;
          c[n] = next.c;
          outputs[t]![n]!.push(...next.h);
        }
        for (let t = length; t < time; t++) outputs[t]![n]!.push(...new Array<number>(width).fill(0));
      }
      last.push({ h, c });
    });
    inputs = outputs;
  }
  return {
    output: build([time, batch, width * suffixes.length], ([t, n, i]) => inputs[t!]![n!]![i!]!),
    h: build([last.length, batch, width], ([l, n, i]) => last[l!]!.h[n!]![i!]!),
    c: kind === "LSTM" ? build([last.length, batch, side], ([l, n, i]) => last[l!]!.c[n!]![i!]!) : undefined,
  };
}
