/**
 * Tensors as readable text.
 *
 * @module
 */
import { type Shape, sizeOf } from "../ring/shape.ts";
import type { TensorData } from "./elements.ts";

/** Tensors with more elements than this are shown by their ends. */
const SHOWN = 1000;
/** Entries that are shown at either end of an axis. */
const EDGE = 3;
const DIGITS = 4;

/** Nested brackets, columns of one width; axes of a large tensor are shortened to their ends. */
export function tensorText(shape: Shape, data: TensorData): string {
  const short = sizeOf(shape) > SHOWN;
  const shown: (number | bigint)[] = [];
  visit(shape, short, (offset) => void shown.push(data[offset]!));
  const texts = formatAll(shown);
  let next = 0;
  return visit(shape, short, () => texts[next++]!);
}

/** Calls `leaf` for every element that is shown, in order, and puts brackets around what it returns. */
function visit(shape: Shape, short: boolean, leaf: (offset: number) => string | void): string {
  const show = (axis: number, offset: number): string => {
    if (axis === shape.length) return leaf(offset) ?? "";
    const side = shape[axis]!;
    const step = sizeOf(shape.slice(axis + 1));
    const cut = short && side > 2 * EDGE;
    const from = (first: number, count: number): string[] =>
      Array.from({ length: count }, (_, i) => show(axis + 1, offset + (first + i) * step));
    const parts = cut ? [...from(0, EDGE), "…", ...from(side - EDGE, EDGE)] : from(0, side);
    return `[${parts.join(axis === shape.length - 1 ? ", " : `,\n${" ".repeat(axis + 1)}`)}]`;
  };
  return show(0, 0);
}

/** Numbers in one style: whole, fixed, or scientific when fixed digits would lose too much. */
function formatAll(values: readonly (number | bigint)[]): string[] {
  const sizes = values.map((x) => Math.abs(Number(x))).filter((x) => x !== 0 && Number.isFinite(x));
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const least = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const real = values.filter((x) => typeof x === "number");
  const whole = real.every((x) => Number.isInteger(x) || !Number.isFinite(x));
  const scientific = real.length > 0 && (largest >= 1e8 || (!whole && least < 10 ** -DIGITS));
  const texts = values.map((x) => {
    if (typeof x === "bigint" || !Number.isFinite(x)) return String(x);
    if (scientific) return x.toExponential(DIGITS);
    return whole ? String(x) : x.toFixed(DIGITS);
  });
  const width = Math.max(0, ...texts.map((text) => text.length));
  return texts.map((text) => text.padStart(width));
}
