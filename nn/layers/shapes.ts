/**
 * Layers that move elements. Exact and local.
 *
 * @module
 */
import type { Shape } from "../../ring/shape.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { FunctionLayer } from "./function_layer.ts";

/** An axis as several; one of their sides may be -1. Exact and local. */
export class Unflatten extends FunctionLayer {
  /** A layer. */
  constructor(dim: number, unflattenedSize: Shape) {
    super("Unflatten", { dim, unflattenedSize }, (x) => x.unflatten(dim, unflattenedSize));
  }
}

/** The sides of [.., C, H, W]. @throws {RangeError} when there are fewer axes, or C, H or W are no multiples. */
function image(
  x: CrypTensor,
  kind: string,
  factors: readonly [number, number, number],
): [Shape, number, number, number] {
  const [channels = 0, height = 0, width = 0] = x.shape.slice(-3);
  if (x.ndim < 3 || channels % factors[0] !== 0 || height % factors[1] !== 0 || width % factors[2] !== 0) {
    throw new RangeError(
      `Cannot run ${kind} on [${x.shape}]: [.., C, H, W] with multiples of [${factors}] is wanted`,
    );
  }
  return [x.shape.slice(0, -3), channels, height, width];
}

/** The lead axes, then others that are given by their places behind them. */
const behind = (lead: Shape, order: readonly number[]): number[] => [
  ...lead.map((_, i) => i),
  ...order.map((i) => lead.length + i),
];

function pixelShuffle(x: CrypTensor, r: number): CrypTensor {
  const [lead, channels, height, width] = image(x, "PixelShuffle", [r * r, 1, 1]);
  const outer = channels / (r * r);
  return x.reshape([...lead, outer, r, r, height, width]).permute(behind(lead, [0, 3, 1, 4, 2]))
    .reshape([...lead, outer, height * r, width * r]);
}

function pixelUnshuffle(x: CrypTensor, r: number): CrypTensor {
  const [lead, channels, height, width] = image(x, "PixelUnshuffle", [1, r, r]);
  return x.reshape([...lead, channels, height / r, r, width / r, r]).permute(behind(lead, [0, 2, 4, 1, 3]))
    .reshape([...lead, channels * r * r, height / r, width / r]);
}

/** [.., C·r², H, W] as [.., C, H·r, W·r]. Exact and local. */
export class PixelShuffle extends FunctionLayer {
  /** A layer. */
  constructor(upscaleFactor: number) {
    super("PixelShuffle", { upscaleFactor }, (x) => pixelShuffle(x, upscaleFactor));
  }
}

/** [.., C, H·r, W·r] as [.., C·r², H, W]. Exact and local. */
export class PixelUnshuffle extends FunctionLayer {
  /** A layer. */
  constructor(downscaleFactor: number) {
    super("PixelUnshuffle", { downscaleFactor }, (x) => pixelUnshuffle(x, downscaleFactor));
  }
}

function channelShuffle(x: CrypTensor, groups: number): CrypTensor {
  const [batch, channels = 0, ...rest] = x.shape;
  if (x.ndim < 3 || channels % groups !== 0) {
    throw new RangeError(
      `Cannot run ChannelShuffle on [${x.shape}]: [N, C, …] with C a multiple of ${groups} is wanted`,
    );
  }
  return x.reshape([batch!, groups, channels / groups, ...rest]).transpose(1, 2).reshape(x.shape);
}

/** The channels of [N, C, …] in another order: the first of each group, then the second of each. Exact and local. */
export class ChannelShuffle extends FunctionLayer {
  /** A layer. */
  constructor(groups: number) {
    super("ChannelShuffle", { groups }, (x) => channelShuffle(x, groups));
  }
}
