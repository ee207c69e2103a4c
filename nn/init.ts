/**
 * First values of weights, as in PyTorch. They are no secrets' masks, but come from the platform's generator like everything random.
 *
 * @module
 */
import { Tensor } from "../ops/plaintext.ts";
import { type Shape, sizeOf } from "../ring/shape.ts";

/** Numbers drawn at once: the platform gives at most 65536 bytes. */
const DRAWN = 1 << 13;

/** Fills with numbers uniform in [0, 1), of 53 bits. */
function fillUniform(out: Float64Array): void {
  for (let at = 0; at < out.length; at += DRAWN) {
    const words = crypto.getRandomValues(new Uint32Array(2 * Math.min(DRAWN, out.length - at)));
    for (let i = 0; i < words.length / 2; i++) {
      out[at + i] = ((words[2 * i]! >>> 5) * 2 ** 26 + (words[2 * i + 1]! >>> 6)) / 2 ** 53;
    }
  }
}

/** Uniform in [low, high). */
export function uniform(shape: Shape, low: number, high: number): Tensor {
  const data = new Float64Array(sizeOf(shape));
  fillUniform(data);
  return new Tensor(shape, data.map((u) => low + (high - low) * u));
}

/** Normally distributed. */
export function normal(shape: Shape, mean = 0, deviation = 1): Tensor {
  const size = sizeOf(shape);
  const draws = new Float64Array(2 * size);
  fillUniform(draws);
  // Box-Muller: 1 - u is never zero.
  const data = Float64Array.from(
    { length: size },
    (_, i) =>
      mean +
      deviation * Math.sqrt(-2 * Math.log(1 - draws[2 * i]!)) * Math.cos(2 * Math.PI * draws[2 * i + 1]!),
  );
  return new Tensor(shape, data);
}

/** One number everywhere. */
export function constant(shape: Shape, value: number): Tensor {
  return new Tensor(shape, new Float64Array(sizeOf(shape)).fill(value));
}

/** Inputs that one output sums over, for a weight [out, in, …]. */
export function fanIn(shape: Shape): number {
  return Math.max(1, sizeOf(shape.slice(1)));
}

/** What linear layers and convolutions of PyTorch start with: uniform within 1/sqrt(fan-in). */
export function linearInit(shape: Shape, inputs: number = fanIn(shape)): Tensor {
  const limit = 1 / Math.sqrt(Math.max(1, inputs));
  return uniform(shape, -limit, limit);
}

/** Glorot and Bengio 2010: uniform within gain·sqrt(6/(fan-in + fan-out)), for a weight [out, in, …]. */
export function xavierUniform(shape: Shape, gain = 1): Tensor {
  const window = sizeOf(shape.slice(2));
  const limit = gain * Math.sqrt(6 / Math.max(1, (shape[0]! + (shape[1] ?? 1)) * window));
  return uniform(shape, -limit, limit);
}

/** He et al. 2015: uniform within gain·sqrt(3/fan-in), for a weight [out, in, …]; the gain of ReLU by default. */
export function kaimingUniform(shape: Shape, gain: number = Math.SQRT2): Tensor {
  const limit = gain * Math.sqrt(3 / fanIn(shape));
  return uniform(shape, -limit, limit);
}
