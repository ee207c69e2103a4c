/**
 * Layers that move elements, that drop them, and that combine two tensors, in double precision.
 *
 * @module
 */
import { build, matmul, sizeOf, type Values, zip } from "../tensors.ts";
import { elements, largest, type LayerCase, type LayerOracle, row, ULP } from "./row.ts";

const reshaped = (x: Values, shape: readonly number[]): Values => ({ shape, data: x.data });
const get = (x: Values, index: readonly number[]): number =>
  x.data[index.reduce((flat, p, i) => flat * x.shape[i]! + p, 0)]!;

/** Each element of the result is one of the input. */
function moved(x: Values, shape: readonly number[], from: (index: readonly number[]) => number[]): Values {
  return build(shape, (index) => get(x, from(index)));
}

function pixelShuffle(x: Values, r: number): Values {
  const lead = x.shape.slice(0, -3);
  const [c, h, w] = x.shape.slice(-3) as [number, number, number];
  return moved(x, [...lead, c / r ** 2, h * r, w * r], (index) => {
    const [k, i, j] = index.slice(-3) as [number, number, number];
    return [...index.slice(0, -3), k * r * r + (i % r) * r + j % r, Math.floor(i / r), Math.floor(j / r)];
  });
}

function pixelUnshuffle(x: Values, r: number): Values {
  const lead = x.shape.slice(0, -3);
  const [c, h, w] = x.shape.slice(-3) as [number, number, number];
  return moved(x, [...lead, c * r * r, h / r, w / r], (index) => {
    const [k, i, j] = index.slice(-3) as [number, number, number];
    const place = k % (r * r);
    return [...index.slice(0, -3), Math.floor(k / (r * r)), i * r + Math.floor(place / r), j * r + place % r];
  });
}

interface UpsampleCase {
  readonly size?: number | readonly number[];
  readonly scaleFactor?: number | readonly number[];
  readonly mode?: string;
  readonly alignCorners?: boolean;
}

/** One axis after the other, by PyTorch's rule for the place of a result in the input. */
function upsample(
  x: Values,
  { size, scaleFactor, mode = "nearest", alignCorners = false }: UpsampleCase,
): Values {
  const pick = (value: number | readonly number[] | undefined, i: number): number | undefined =>
    typeof value === "object" ? value[i] : value;
  let y = x;
  for (let axis = 2; axis < x.shape.length; axis++) {
    const from = x.shape[axis]!;
    const factor = pick(scaleFactor, axis - 2);
    const to = pick(size, axis - 2) ?? Math.floor(from * factor!);
    const step = factor === undefined ? from / to : 1 / factor;
    const last = y;
    y = build(y.shape.with(axis, to), (index) => {
      const value = (i: number): number => get(last, index.with(axis, Math.min(i, from - 1)));
      if (mode === "nearest") return value(Math.floor(index[axis]! * step));
      const place = alignCorners
        ? index[axis]! * (from - 1) / Math.max(1, to - 1)
        : Math.max(0, (index[axis]! + 0.5) * step - 0.5);
      const low = Math.floor(place);
      return (1 - (place - low)) * value(low) + (place - low) * value(low + 1);
    });
  }
  return y;
}

interface PadCase {
  readonly padding: number | readonly number[];
  readonly value?: number;
}

/** The entry that stands at a place before the first or behind the last, or none. */
type Around = (i: number, side: number) => number | undefined;

const inside: Around = (i, side) => i >= 0 && i < side ? i : undefined;
const mirror: Around = (i, side) => i < 0 ? -i : i >= side ? 2 * side - 2 - i : i;
const edge: Around = (i, side) => Math.max(0, Math.min(side - 1, i));
const round: Around = (i, side) => (i + side) % side;

const pad = (axes: number, around: Around): LayerOracle =>
  row<PadCase>(({ inputs: [x], options: { padding, value = 0 } }) => {
    const sides = typeof padding === "number" ? new Array<number>(2 * axes).fill(padding) : padding;
    const rank = x!.shape.length;
    const before = x!.shape.map((_, i) => i < rank - axes ? 0 : sides[2 * (rank - 1 - i)]!);
    const after = x!.shape.map((_, i) => i < rank - axes ? 0 : sides[2 * (rank - 1 - i) + 1]!);
    return build(x!.shape.map((side, i) => side + before[i]! + after[i]!), (index) => {
      const from = index.map((p, i) => around(p - before[i]!, x!.shape[i]!));
      return from.includes(undefined) ? value : get(x!, from as number[]);
    });
  });

const pads = (name: string, around: Around): Record<string, LayerOracle> =>
  Object.fromEntries([1, 2, 3].map((axes) => [`${name}${axes}d`, pad(axes, around)]));

/** In inference nothing; in training 0, or the input divided by 1 - p. */
const dropout: LayerOracle = {
  ...elements((x) => x),
  drops: ({ options }, x, y) => {
    const { p = 0.5 } = options as { readonly p?: number };
    const kept = x / (1 - p);
    return y === 0 || Math.abs(y - kept) < 2 * ULP / (1 - p) + Math.abs(kept) * ULP;
  },
};

/** In training what SELU tends to, or the input; scaled and shifted to keep mean 0 and variance 1. */
const alphaDropout: LayerOracle = {
  ...elements((x) => x),
  drops: ({ options }, x, y) => {
    const { p = 0.5 } = options as { readonly p?: number };
    const saturated = -1.0507009873554805 * 1.6732632423543772;
    const a = (1 - p + p * (1 - p) * saturated ** 2) ** -0.5;
    return [x, saturated].some((v) => Math.abs(y - a * (v - p * saturated)) < 4 * ULP + Math.abs(v) * ULP);
  },
};

function concat({ inputs, options }: LayerCase<{ readonly dim?: number }>): Values {
  const { dim = 0 } = options;
  const sides = inputs.map((x) => x.shape[dim]!);
  const shape = inputs[0]!.shape.with(dim, sides.reduce((a, b) => a + b));
  return build(shape, (index) => {
    let [which, place] = [0, index[dim]!];
    while (place >= sides[which]!) place -= sides[which++]!;
    return get(inputs[which]!, index.with(dim, place));
  });
}

/** The rows of two tensors along their last axis. */
function rows(inputs: readonly Values[]): [Values, Values] {
  const [x, y] = inputs as [Values, Values];
  return [x, zip((_, b) => b, x, y)];
}

function reduceRows(x: Values, y: Values, keepdim: boolean, f: (a: number[], b: number[]) => number): Values {
  const side = x.shape.at(-1)!;
  const lead = x.shape.slice(0, -1);
  const row = (v: Values, i: number): number[] => v.data.slice(i * side, (i + 1) * side);
  return {
    shape: keepdim ? [...lead, 1] : lead,
    data: Array.from({ length: sizeOf(lead) }, (_, i) => f(row(x, i), row(y, i))),
  };
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, v, i) => sum + v * b[i]!, 0);

interface Distance {
  readonly p?: number;
  readonly keepdim?: boolean;
}

/** Shapes, dropout and operands by name. */
export const shapes: Readonly<Record<string, LayerOracle>> = {
  Flatten: row<{ startDim?: number; endDim?: number }>(
    ({ inputs: [x], options: { startDim = 1, endDim } }) => {
      const end = (endDim ?? x!.shape.length - 1) + 1;
      const middle = sizeOf(x!.shape.slice(startDim, end));
      return reshaped(x!, [...x!.shape.slice(0, startDim), middle, ...x!.shape.slice(end)]);
    },
  ),
  Unflatten: row<{ dim: number; unflattenedSize: readonly number[] }>(({ inputs: [x], options }) => {
    const known = options.unflattenedSize.filter((side) => side !== -1);
    const rest = x!.shape[options.dim]! / sizeOf(known);
    const sides = options.unflattenedSize.map((side) => side === -1 ? rest : side);
    return reshaped(x!, x!.shape.toSpliced(options.dim, 1, ...sides));
  }),
  PixelShuffle: row<{ upscaleFactor: number }>(({ inputs: [x], options }) =>
    pixelShuffle(x!, options.upscaleFactor)
  ),
  PixelUnshuffle: row<{ downscaleFactor: number }>(({ inputs: [x], options }) =>
    pixelUnshuffle(x!, options.downscaleFactor)
  ),
  ChannelShuffle: row<{ groups: number }>(({ inputs: [x], options: { groups } }) => {
    const each = x!.shape[1]! / groups;
    return moved(
      x!,
      x!.shape,
      (index) => index.with(1, (index[1]! % groups) * each + Math.floor(index[1]! / groups)),
    );
  }),
  Upsample: row<UpsampleCase>(
    ({ inputs: [x], options }) => upsample(x!, options),
    ({ inputs: [x], options: { mode = "nearest" } }) =>
      mode === "nearest" ? 0 : (x!.shape.length - 2) * (1 + largest(x!)) * ULP,
  ),
  ...pads("ConstantPad", inside),
  ...pads("ZeroPad", inside),
  ...pads("ReflectionPad", mirror),
  ...pads("ReplicationPad", edge),
  ...pads("CircularPad", round),
  Dropout: dropout,
  Dropout1d: dropout,
  Dropout2d: dropout,
  Dropout3d: dropout,
  AlphaDropout: alphaDropout,
  Add: row(({ inputs: [x, y] }) => zip((a, b) => a + b, x!, y!)),
  Sub: row(({ inputs: [x, y] }) => zip((a, b) => a - b, x!, y!)),
  Mul: row(({ inputs: [x, y] }) => zip((a, b) => a * b, x!, y!), ULP),
  Div: row(
    ({ inputs: [x, y] }) => zip((a, b) => a / b, x!, y!),
    ({ inputs: [, y] }, z) => 1.5e-5 * largest(z) + 4e-6 / Math.min(...y!.data.map(Math.abs)) + ULP,
  ),
  MatMul: row(({ inputs: [x, y] }) => matmul(x!, y!), ULP),
  Concat: row(concat),
  CosineSimilarity: row(({ inputs }) => {
    const [x, y] = rows(inputs);
    return reduceRows(x, y, false, (a, b) => dot(a, b) / Math.max(1e-8, Math.sqrt(dot(a, a) * dot(b, b))));
  }, 1e-4),
  PairwiseDistance: row<Distance>(
    ({ inputs, options: { p = 2, keepdim = false } }) => {
      const [x, y] = rows(inputs);
      const norm = (gaps: number[]): number =>
        p === 2 ? Math.hypot(...gaps) : gaps.reduce((sum, gap) => sum + Math.abs(gap), 0);
      return reduceRows(x, y, keepdim, (a, b) => norm(a.map((v, i) => v - b[i]!)));
    },
    ({ options: { p = 2 } }, z) => p === 2 ? 1.5e-5 * largest(z) + 2 * ULP : 0,
  ),
};
