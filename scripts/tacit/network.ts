/**
 * How long an inference takes on a given network.
 *
 * @module
 */
import { type Arguments, numberOption, UsageError } from "./command.ts";
import type { Setting } from "./protocol.ts";

/** Options that describe a network. */
export const NETWORK_OPTIONS = ["rtt", "latency", "bandwidth"];

/** What they mean, for help texts. */
export const NETWORK_HELP =
  `  --rtt MS               milliseconds to the other party and back, 1 by default; or else
  --latency MS           milliseconds one way
  --bandwidth MBIT       millions of bits that each party can send in a second, 1000 by default`;

/** A network between parties. */
export interface Network {
  /** Seconds that a message travels. */
  readonly latency: number;
  /** Bytes that each party, and the dealer, can send in a second. */
  readonly bandwidth: number;
}

/** What has to be sent. */
export interface Traffic {
  /** Messages that follow each other. */
  readonly rounds: number;
  /** Bytes that a party sends. */
  readonly bytes: number;
  /** Bytes that the dealer sends, while the parties compute. */
  readonly dealerBytes: number;
}

/** Reads the options. */
export function networkFrom(args: Arguments): Network {
  if (args.values["rtt"] !== undefined && args.values["latency"] !== undefined) {
    throw new UsageError("Cannot use --rtt with --latency: one is twice the other, one of them is wanted");
  }
  const latency = numberOption(args, "latency", numberOption(args, "rtt", 1) / 2) / 1000;
  const bandwidth = numberOption(args, "bandwidth", 1000) * 1e6 / 8;
  if (bandwidth === 0) throw new UsageError("Cannot use --bandwidth 0: nothing would ever arrive");
  return { latency, bandwidth };
}

/** Correlated randomness is asked for once, and then comes ahead of what needs it. */
const FIRST_CORRELATIONS = 2;

/** Seconds of a whole inference without its computing: a provider's first answer is waited for. */
export function secondsOfAll(network: Network, traffic: Traffic, { protocol }: Setting): number {
  const first = protocol.provider === undefined ? 0 : FIRST_CORRELATIONS;
  return secondsOn(network, { ...traffic, rounds: traffic.rounds + first });
}

/** A round is one message each way at once: it takes the time of one way. The dealer's bytes travel beside the parties' own. */
export function secondsOn({ latency, bandwidth }: Network, { rounds, bytes, dealerBytes }: Traffic): number {
  return rounds * latency + Math.max(bytes, dealerBytes) / bandwidth;
}

/** A network in words. */
export function showNetwork({ latency, bandwidth }: Network): string {
  const plain = (x: number): string => String(Number(x.toPrecision(6)));
  return `${plain(latency * 1000)} ms one way, ${plain(bandwidth * 8 / 1e6)} Mbit/s`;
}
