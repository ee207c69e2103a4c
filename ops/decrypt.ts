/**
 * The only doors out: opening a value, and looking at one's own share.
 *
 * @module
 */
import { decode } from "../ring/fixed.ts";
import { Tensor } from "./plaintext.ts";
import type { CrypTensor } from "./tensor.ts";

/** Who gets to know a value. */
export interface DecryptOptions {
  /** Only this party; all by default. */
  readonly dst?: number | undefined;
  /** As 64-bit integers, exact beyond 2^53; for tensors without fraction bits. False by default. */
  readonly integers?: boolean | undefined;
}

/** Opens a tensor. */
export async function decrypt(x: CrypTensor, options: DecryptOptions): Promise<Tensor | undefined> {
  const { parties } = x.context.shared.env;
  const { dst } = options;
  if (dst !== undefined && (!Number.isInteger(dst) || dst < 0 || dst >= parties)) {
    throw new RangeError(
      `Cannot decrypt [${x.shape}] to party ${dst}: there are parties 0 to ${parties - 1}`,
    );
  }
  if (options.integers === true && x.scale !== 0) {
    throw new TypeError(
      `Cannot decrypt [${x.shape}] as integers: it has ${x.scale} fraction bits, 0 are wanted`,
    );
  }
  const to = dst ?? "all";
  x.context.scope.record(`decrypt to ${to}`);
  // Bits that were not needed as words are opened as bits.
  if (x.bits !== undefined && x.width === 1) return await decryptBits(x, to, options);
  const narrow = x.rescale();
  const { protocol } = x.context;
  const cell = narrow.words;
  const cost = protocol.costs.reveal(x.shape);
  const opened = await x.context.open("decrypt", cell, cost, (call, c) => protocol.reveal(call, c, to));
  if (opened === undefined) return undefined;
  using result = opened;
  const data = options.integers === true ? result.toSigned() : decode(result, narrow.scale);
  return new Tensor(x.shape, data);
}

async function decryptBits(
  x: CrypTensor,
  to: number | "all",
  options: DecryptOptions,
): Promise<Tensor | undefined> {
  const { protocol } = x.context;
  const cell = x.bits!;
  const cost = protocol.costs.revealBits(x.shape, x.width);
  const opened = await x.context.open(
    "decrypt",
    cell,
    cost,
    (call, c) => protocol.revealBits(call, c, x.width, to),
  );
  if (opened === undefined) return undefined;
  using bits = opened;
  using result = bits.toWords();
  return new Tensor(x.shape, options.integers === true ? result.toSigned() : decode(result, 0));
}

/**
 * This party's share of a tensor as signed integers. Local, but for bits, which are shared as words first: then every party
 * must ask.
 */
export async function shareOf(x: CrypTensor): Promise<BigInt64Array> {
  const share = await x.context.whole(x.words).wait();
  return share.parts[0]!.toSigned();
}
