/**
 * Slow twins of the linear algebra kernels, on bigint arrays in row-major order.
 *
 * @module
 */
import type { ConvGeometry, ConvTransposeGeometry } from "../../ring/conv_geometry.ts";

/** A tensor of words. */
export interface Words {
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Elements modulo 2^64. */
  readonly data: ArrayLike<bigint>;
}

const wrap = (x: bigint): bigint => BigInt.asUintN(64, x);

/** The product of two matrices. */
export function matmulWords(
  m: number,
  k: number,
  n: number,
  a: ArrayLike<bigint>,
  b: ArrayLike<bigint>,
): bigint[] {
  const out: bigint[] = [];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0n;
      for (let l = 0; l < k; l++) sum += a[i * k + l]! * b[l * n + j]!;
      out.push(wrap(sum));
    }
  }
  return out;
}

/** Two axes for one, in geometry and shape. */
function plane<G extends ConvGeometry>(x: Words, w: Words, g: G): { x: number[]; w: number[]; g: G } {
  if (x.shape.length === 4) return { x: [...x.shape], w: [...w.shape], g };
  const two = (s: readonly number[]): number[] => [s[0]!, s[1]!, 1, s[2]!];
  return {
    x: two(x.shape),
    w: two(w.shape),
    g: {
      ...g,
      stride: [1, g.stride[0]!],
      dilation: [1, g.dilation[0]!],
      pads: [0, g.pads[0]!, 0, g.pads[1]!],
      ...("outputPads" in g ? { outputPads: [0, (g.outputPads as number[])[0]!] } : {}),
    },
  };
}

/** A convolution, by its definition. */
export function convWords(x: Words, w: Words, geometry: ConvGeometry, outShape: readonly number[]): bigint[] {
  const p = plane(x, w, geometry);
  const [images, channels, height, width] = p.x as [number, number, number, number];
  const [filters, perGroup, kh, kw] = p.w as [number, number, number, number];
  const [oh, ow] = outShape.length === 4 ? outShape.slice(2) : [1, outShape[2]!];
  const out: bigint[] = [];
  for (let image = 0; image < images; image++) {
    for (let f = 0; f < filters; f++) {
      const group = Math.floor(f / (filters / p.g.groups));
      for (let y = 0; y < oh!; y++) {
        for (let z = 0; z < ow!; z++) {
          let sum = 0n;
          for (let c = 0; c < perGroup; c++) {
            for (let i = 0; i < kh; i++) {
              for (let j = 0; j < kw; j++) {
                const row = y * p.g.stride[0]! + i * p.g.dilation[0]! - p.g.pads[0]!;
                const column = z * p.g.stride[1]! + j * p.g.dilation[1]! - p.g.pads[1]!;
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const at = ((image * channels + group * perGroup + c) * height + row) * width + column;
                sum += x.data[at]! * w.data[((f * perGroup + c) * kh + i) * kw + j]!;
              }
            }
          }
          out.push(wrap(sum));
        }
      }
    }
  }
  return out;
}

/** A transposed convolution, by its definition: every input spreads the kernel over the output. */
export function convTransposeWords(
  x: Words,
  w: Words,
  geometry: ConvTransposeGeometry,
  outShape: readonly number[],
): bigint[] {
  const p = plane(x, w, geometry);
  const [images, channels, height, width] = p.x as [number, number, number, number];
  const [, perGroup, kh, kw] = p.w as [number, number, number, number];
  const [oh, ow] = (outShape.length === 4 ? outShape.slice(2) : [1, outShape[2]!]) as [number, number];
  const filters = perGroup * p.g.groups;
  const out = new Array<bigint>(images * filters * oh * ow).fill(0n);
  for (let image = 0; image < images; image++) {
    for (let c = 0; c < channels; c++) {
      const group = Math.floor(c / (channels / p.g.groups));
      for (let f = 0; f < perGroup; f++) {
        for (let y = 0; y < height; y++) {
          for (let z = 0; z < width; z++) {
            for (let i = 0; i < kh; i++) {
              for (let j = 0; j < kw; j++) {
                const row = y * p.g.stride[0]! + i * p.g.dilation[0]! - p.g.pads[0]!;
                const column = z * p.g.stride[1]! + j * p.g.dilation[1]! - p.g.pads[1]!;
                if (row < 0 || row >= oh || column < 0 || column >= ow) continue;
                const at = ((image * filters + group * perGroup + f) * oh + row) * ow + column;
                const value = x.data[((image * channels + c) * height + y) * width + z]!;
                out[at] = wrap(out[at]! + value * w.data[((c * perGroup + f) * kh + i) * kw + j]!);
              }
            }
          }
        }
      }
    }
  }
  return out;
}
