/**
 * Truncation: its range, its bias, and its tails.
 *
 * @module
 */
import type { Truncation } from "../../protocols/protocol.ts";
import { mulConstant } from "../../ring/elementwise.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { type Check, confirmed, ensure, type Note, type Subject } from "./check.ts";
import { parties, randomWords } from "./parties.ts";

/** Values of every magnitude below 2^top, with the edges of the range. */
export function spread(n: number, top = 62): BigInt64Array<ArrayBuffer> {
  const words = new BigInt64Array(randomWords(n).buffer as ArrayBuffer);
  const limit = 2n ** BigInt(top);
  for (let i = 0; i < n; i++) words[i] = words[i]! >> BigInt(64 - top + (i % top) - 1);
  const edges = [limit - 1n, -limit, limit - 2n ** 16n - 1n, 0n, -1n, 1n, 65535n, 65536n, -65536n, -65535n];
  edges.forEach((edge, i) => words[i] = edge);
  return words;
}

/** How far results are from the floor, and from the quotient on average. */
export interface Rounding {
  /** The least distance from the floor. */
  readonly least: bigint;
  /** The largest. */
  readonly most: bigint;
  /** The mean distance from the quotient. */
  readonly mean: number;
  /** Results that are neither the floor nor the floor plus one. */
  readonly wrong: number;
}

/** Compares results with the quotients. */
export function roundingOf(z: BigInt64Array, y: BigInt64Array, bits: number): Rounding {
  let [least, most, sum, wrong] = [1n << 63n, -(1n << 63n), 0, 0];
  const [shift, low, unit] = [BigInt(bits), (1n << BigInt(bits)) - 1n, 2 ** bits];
  for (let i = 0; i < z.length; i++) {
    const distance = y[i]! - (z[i]! >> shift);
    if (distance < least) least = distance;
    if (distance > most) most = distance;
    if (distance < 0n || distance > 1n) wrong++;
    sum += Number(distance) - Number(z[i]! & low) / unit;
  }
  return { least, most, mean: sum / z.length, wrong };
}

/** Why results are not floor + {0,1} and right on average, or not the floor. */
export function roundingFinding(
  what: string,
  { least, most, mean, wrong }: Rounding,
  count: number,
  wanted: "unbiased" | "floor",
): string | undefined {
  const top = wanted === "floor" ? 0n : 1n;
  if (least < 0n || most > top) {
    return `${what}: results are floor + [${least}, ${most}], floor + [0, ${top}] is wanted (${wrong} of ${count} are off)`;
  }
  // The error of one element has a standard deviation of at most one half; five of them.
  const limit = 5 * 0.5 / Math.sqrt(count);
  if (wanted === "floor" || Math.abs(mean) <= limit) return undefined;
  return `${what}: the mean error is ${mean.toExponential(2)} ulp, below ${limit.toExponential(2)} is wanted`;
}

interface Trial {
  readonly z: BigInt64Array<ArrayBuffer>;
  readonly bits: number;
  readonly mode?: Truncation;
  /** A local step before it. */
  readonly prepare?: (part: RingTensor) => RingTensor;
  /** What the values are after that step. */
  readonly after?: BigInt64Array<ArrayBuffer>;
  /** Multiplies by a shared one before it. */
  readonly product?: boolean;
  /** A constant, which one party may hold in the clear. */
  readonly constant?: boolean;
}

/** Truncates at all parties. */
export async function measure({ make, parties: n }: Subject, trial: Trial): Promise<Rounding> {
  const { z, bits, mode, prepare = (part) => part.keep(), after = z } = trial;
  const [y] = await parties({ n, protocol: make() }, async (p) => {
    const words = new BigUint64Array(z.buffer);
    using known = RingTensor.from(p.env.heap, [z.length], words);
    const shared = trial.constant === true ? p.protocol.constant(known) : (await p.share(words)).now!;
    let x = p.ready(p.protocol.linear(shared, prepare));
    if (trial.product === true) {
      const one = await p.share(new BigUint64Array(z.length).fill(1n), n - 1);
      x = p.ready(await p.protocol.bilinear(p.call(), { kind: "mul" }, x, one));
    }
    return await p.open(await p.protocol.truncate(p.call(), x, bits, mode));
  });
  return roundingOf(after, y!, bits);
}

const COUNT = 200_000;

async function defaultMode(subject: Subject, note: Note): Promise<void> {
  const { rounding } = subject;
  let measured: Rounding | undefined;
  await confirmed(async () => {
    measured = await measure(subject, { z: spread(COUNT), bits: 16 });
    return roundingFinding("truncate by 16", measured, COUNT, rounding);
  });
  const { least, most, mean } = measured!;
  const signed = `${mean < 0 ? "-" : "+"}${Math.abs(mean).toExponential(1)}`;
  note(`truncation: floor + [${least}, ${most}], mean error ${signed} ulp in ${COUNT} trials`);
  for (const bits of [1, 5, 17, 30, 40]) {
    await confirmed(async () => {
      const result = await measure(subject, { z: spread(20_000), bits });
      return roundingFinding(`truncate by ${bits}`, result, 20_000, rounding);
    });
  }
}

async function afterProducts(subject: Subject): Promise<void> {
  const z = spread(COUNT, 47);
  const grown = z.map((v) => v << 14n);
  await confirmed(async () => {
    const shift = { prepare: (part: RingTensor) => mulConstant(part, 1n << 14n), after: grown };
    const result = await measure(subject, { z, bits: 16, ...shift });
    return roundingFinding("truncate after a public product by 2^14", result, COUNT, subject.rounding);
  });
  await confirmed(async () => {
    const result = await measure(subject, { z: spread(50_000), bits: 16, product: true });
    return roundingFinding("truncate after a product of secrets", result, 50_000, subject.rounding);
  });
  await confirmed(async () => {
    const result = await measure(subject, { z: spread(50_000), bits: 16, constant: true });
    return roundingFinding("truncate of a constant", result, 50_000, subject.rounding);
  });
}

async function tails(subject: Subject): Promise<void> {
  // A local truncation is wrong with probability |z|/2^64: 1 in 100 of these.
  const z = new BigInt64Array(20_000);
  z.forEach((_, i) => z[i] = (i % 2 === 0 ? 1n : -1n) * (3n << 56n));
  const { wrong } = await measure(subject, { z, bits: 16 });
  ensure(wrong === 0, () => `${wrong} of ${z.length} results near 2^58 are wrong by a wrap`);
}

async function exactMode(subject: Subject): Promise<void> {
  for (const bits of [1, 16, 30]) {
    const z = spread(20_000);
    const finding = roundingFinding(
      `truncate exactly by ${bits}`,
      await measure(subject, { z, bits, mode: "exact" }),
      z.length,
      "floor",
    );
    ensure(finding === undefined, () => finding!);
  }
}

async function fused({ make, parties: n }: Subject): Promise<void> {
  const z = spread(50_000);
  for (let i = 0; i < z.length; i++) if (z[i]! >= 2n ** 62n - 65536n) z[i] = 2n ** 62n - 65537n;
  const [y] = await parties({ n, protocol: make() }, async (p) => {
    if (p.protocol.truncateRelu === undefined) return undefined;
    const x = await p.share(new BigUint64Array(z.buffer));
    return await p.open(await p.protocol.truncateRelu(p.call(), x, 16));
  });
  y?.forEach((got, i) => {
    const floor = z[i]! >> 16n;
    const [low, high] = [floor > 0n ? floor : 0n, floor + 1n > 0n ? floor + 1n : 0n];
    ensure(
      got === low || got === high,
      () => `truncateRelu: ${got} is neither relu(floor) nor relu(floor + 1) of ${z[i]}`,
    );
  });
}

/** The checks. */
export const TRUNCATION_CHECKS: readonly Check<Subject>[] = [
  {
    name: "truncation is within one of the floor",
    about:
      '200 000 values of every magnitude up to 2^62: floor + {0,1}, right on average (or the floor, with rounding: "floor"). Finds ' +
      "constants that are off, wraps, and bias.",
    run: defaultMode,
  },
  {
    name: "truncation after products is unbiased",
    about:
      "The same after a public product, whose shares have known low bits, after a product of secrets, and of a constant.",
    run: afterProducts,
  },
  {
    name: "truncation has no tails",
    about: "Values near 2^58, of which a local truncation gets one in a hundred wrong.",
    run: tails,
  },
  { name: "exact truncation is the floor", about: 'Mode "exact" at every magnitude.', run: exactMode },
  {
    name: "fused truncation and ReLU is within one",
    about: "truncateRelu is the ReLU of the floor, or of the floor plus one.",
    run: fused,
  },
];
