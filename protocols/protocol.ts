/**
 * The contract of a protocol: about a dozen primitives on secret-shared tensors, and faster forms of common compositions.
 *
 * Whoever writes the primitives gets every operation and layer. An interactive primitive is called when the program reaches
 * it, not when its operands have arrived: it takes what depends on shapes only (correlated randomness) before its first
 * `await`, so that a dealer can work ahead.
 *
 * @module
 */
import type { Communicator } from "../comm/communicator.ts";
import type { Tag } from "../comm/scope.ts";
import type { Bilinear } from "../ring/bilinear.ts";
import type { BitTensor } from "../ring/bits.ts";
import type { Heap } from "../ring/heap.ts";
import type { Seed } from "../ring/prg.ts";
import type { Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import type { Kinds, Provider, ProviderFactory } from "./provider.ts";
import type { AShare, BShare, Pending } from "./share.ts";

export type { AShare, BShare, Pending, View } from "./share.ts";
export type { Bilinear } from "../ring/bilinear.ts";

/** The position and the name of one call. */
export interface Call {
  /** Names the messages and the randomness of this call; used by no other call. */
  readonly tag: Tag;
  /** Operation and shapes, for errors. */
  readonly what: string;
  /** Rounds that what this call has sent or waited for depends on, so far. */
  depth: number;
}

/** How a product's extra fraction bits are removed. */
export type Truncation = "stochastic" | "exact" | "local";

/** What a call puts on the wire: payload bytes, without the headers of messages and frames. */
export interface Cost {
  /** Messages that must follow each other. */
  readonly rounds: number;
  /** Bytes that all parties together send; correlated randomness is not among them. */
  readonly bytes: number;
  /** Bytes of correlated randomness that a dealer sends, to one party or another; it does not depend on any secret. */
  readonly correlation: number;
}

/** Seeds that pairs of parties share, one per purpose; see PRG use in `ring/prg.ts`. */
export interface Seeds {
  /** Known to this party only. */
  readonly local: Seed;
  /** Known to all parties: public randomness. */
  readonly common: Seed;
  /** Shared with `peer` for one purpose; the same purpose never serves two kinds of stream. */
  pair(peer: number, purpose: string): Seed;
}

/** Messages between the parties; see {@link Communicator}. */
export type Messages = Pick<
  Communicator,
  "post" | "broadcast" | "receive" | "exchange" | "flush" | "pause" | "abort" | "failed"
>;

/** What a protocol works with at one party. */
export interface Env {
  /** This party, 0 to parties-1. */
  readonly rank: number;
  /** Number of parties. */
  readonly parties: number;
  /** Memory of this party. */
  readonly heap: Heap;
  /** Messages. */
  readonly comm: Messages;
  /** Seeds. */
  readonly seeds: Seeds;
  /** Correlated randomness, when the protocol asked for a provider. */
  readonly provider: Pick<Provider, "take"> | undefined;
  /** The root scope's 16 bytes: from them and a path follows every scope. */
  readonly root: Uint8Array;
}

/** What a session works with at one party: a protocol's environment, and all of the communicator. */
export interface SessionEnv extends Env {
  /** Messages, and their counters. */
  readonly comm: Communicator;
  /** Correlated randomness, and its figures. */
  readonly provider: Provider | undefined;
}

/** A weight that is masked once and serves many products. */
export interface Prepared {
  /** Shape of the weight. */
  readonly shape: Shape;
  /** Resolves when it is masked. */
  readonly ready: Promise<void>;
  /** Returns its memory. */
  free(): void;
}

/**
 * A piecewise polynomial over [low, low + 2^(indexBits + offsetBits + dropBits)), as integers. With u = x - low, piece
 * i = u >> (offsetBits + dropBits) and offset w = (u >> dropBits) - i·2^offsetBits, the result is the sum of
 * coefficients[i][k]·w^k. A protocol may also use piece i + 1 with an offset that is smaller by 2^offsetBits, and thus
 * negative: so every polynomial has to fit its piece and the one before. The last piece is not in the domain.
 */
export interface Spline {
  /** Lower end of the domain. */
  readonly low: bigint;
  /** The number of pieces is 2^indexBits; 1 to 12. */
  readonly indexBits: number;
  /** Bits of an offset, 1 to 20. */
  readonly offsetBits: number;
  /** Lowest bits of x that do not count. */
  readonly dropBits: number;
  /** Highest power, 1 to 3. */
  readonly degree: number;
  /** For each piece the coefficients, lowest power first. */
  readonly coefficients: readonly (readonly bigint[])[];
}

/** A public table for integers from `low` to low + 2^indexBits - 1. */
export interface Table {
  /** The lowest integer. */
  readonly low: bigint;
  /** The number of rows is 2^indexBits; 1 to 11. */
  readonly indexBits: number;
  /** For each integer its entries, 1 to 4, as many in every row. */
  readonly rows: readonly (readonly bigint[])[];
}

/**
 * Declared costs, as functions of shapes; tests hold them to the counters exactly. `viewed` says that an operand has a masked view
 * in this branch, so that it is not opened again; `summand`, that it is a product which is not reshared.
 */
export interface Costs {
  /** Of {@link Primitives.share}. */
  share(shape: Shape): Cost;
  /** Of {@link Primitives.reveal} to all. */
  reveal(shape: Shape): Cost;
  /** Of {@link Primitives.bilinear}. */
  bilinear(map: Bilinear, a: Shape, b: Shape, viewed?: readonly [boolean, boolean]): Cost;
  /** Of {@link Primitives.truncate}. */
  truncate(shape: Shape, bits: number, mode?: Truncation, summand?: boolean): Cost;
  /** Of {@link Primitives.reshare}. */
  reshare?(shape: Shape): Cost;
  /** Of {@link Primitives.sign}. */
  sign(shape: Shape, viewed?: boolean): Cost;
  /** Of {@link Primitives.fromBits}. */
  fromBits(shape: Shape, width: number): Cost;
  /** Of {@link Primitives.and}. */
  and(shape: Shape, width: number): Cost;
  /** Of {@link Primitives.revealBits} to all. */
  revealBits(shape: Shape, width: number): Cost;
  /** Of {@link Fast.toBits}. */
  toBits?(shape: Shape): Cost;
  /** Of {@link Fast.square}. */
  square?(shape: Shape, viewed?: boolean): Cost;
  /** Of {@link Fast.relu}. */
  relu?(shape: Shape, viewed?: boolean): Cost;
  /** Of {@link Fast.truncateRelu}. */
  truncateRelu?(shape: Shape, bits: number, summand?: boolean): Cost;
  /** Of {@link Fast.select}. */
  select?(shape: Shape, viewed?: boolean): Cost;
  /** Of {@link Fast.isZero}. */
  isZero?(shape: Shape): Cost;
  /** Of {@link Fast.thresholds}. */
  thresholds?(shape: Shape, count: number, bits: number, viewed?: boolean): Cost;
  /** Of {@link Fast.weigh}. */
  weigh?(shape: Shape, width: number, rows: number): Cost;
  /** Of {@link Fast.spline}. */
  spline?(shape: Shape, spline: Omit<Spline, "coefficients">, viewed?: boolean): Cost;
  /** Of {@link Fast.lookup}. */
  lookup?(shape: Shape, indexBits: number, entries: number): Cost;
  /** Of {@link Fast.oneHot}. */
  oneHot?(shape: Shape, size: number): Cost;
  /** Of {@link Fast.prepare}. */
  prepare?(shape: Shape): Cost;
  /** Of {@link Fast.bilinearPrepared}. */
  bilinearPrepared?(map: Bilinear, a: Shape, b: Shape): Cost;
}

/** The minimal set: everything in `ops/` and `nn/` works with only these. Operands are never freed by a primitive. */
export interface Primitives {
  /** Secret-shares the words that party `owner` has; the others pass `undefined`. */
  share(call: Call, value: RingTensor | undefined, owner: number, shape: Shape): Promise<AShare>;
  /** Opens to all or to one party; `undefined` at a party that does not receive. Compares traces first. */
  reveal(call: Call, x: Pending<AShare>, to: number | "all"): Promise<RingTensor | undefined>;
  /** A share of words that everyone knows. */
  constant(value: RingTensor): AShare;
  /** x + y, shapes equal. Local. */
  add(x: AShare, y: AShare): AShare;
  /** x - y, shapes equal. Local. */
  sub(x: AShare, y: AShare): AShare;
  /** x + public words, shapes equal. Local. */
  addPublic(x: AShare, c: RingTensor): AShare;
  /** A linear function over Z_2^64 of the secret: movement, sums, public products. Local. */
  linear(x: AShare, f: (part: RingTensor) => RingTensor): AShare;
  /** A bilinear map of two secrets, exact modulo 2^64. */
  bilinear(call: Call, map: Bilinear, x: Pending<AShare>, y: Pending<AShare>): Promise<AShare>;
  /**
   * Brings a product of summands into the form that all primitives take. A protocol that has it gives `bilinear` and `square` as
   * summands, without a message; `truncate` and `truncateRelu` take them as they are, and save what resharing costs.
   */
  reshare?(call: Call, x: Pending<AShare>): Promise<AShare>;
  /** Division by 2^bits: floor or, in stochastic mode, floor + {0,1}. For |x| < 2^62. */
  truncate(call: Call, x: Pending<AShare>, bits: number, mode?: Truncation): Promise<AShare>;
  /** The sign bit: 1 where x < 0, for any 64-bit x. */
  sign(call: Call, x: Pending<AShare>): Promise<BShare>;
  /** The unsigned integers that the bits spell. */
  fromBits(call: Call, b: Pending<BShare>, width: number): Promise<AShare>;
  /** b xor c. Local. */
  xor(b: BShare, c: BShare): BShare;
  /** b xor public bits. Local. */
  xorPublic(b: BShare, c: BitTensor): BShare;
  /** b and c, bit by bit. */
  and(call: Call, b: Pending<BShare>, c: Pending<BShare>, width: number): Promise<BShare>;
  /** A linear function over F_2 of the bits. Local. */
  mapBits(b: BShare, f: (part: BitTensor) => BitTensor): BShare;
  /** As {@link Primitives.reveal}, for bits. */
  revealBits(
    call: Call,
    b: Pending<BShare>,
    width: number,
    to: number | "all",
  ): Promise<BitTensor | undefined>;
  /** Uniform words that nobody knows. No communication. */
  random(call: Call, shape: Shape): AShare;
  /** Uniform bits that nobody knows. No communication. */
  randomBits(call: Call, shape: Shape, width: number): BShare;
}

/** Optional faster forms; each has a generic composition that gives the same result. */
export interface Fast {
  /** All 64 bits of x. Generic: `sign` of x·2^(63-i) for each i. */
  toBits?(call: Call, x: Pending<AShare>): Promise<BShare>;
  /** x·x. Generic: `bilinear`. */
  square?(call: Call, x: Pending<AShare>): Promise<AShare>;
  /** max(x, 0). Generic: `sign`, `fromBits`, `bilinear`. */
  relu?(call: Call, x: Pending<AShare>): Promise<AShare>;
  /** max(truncate(x), 0). Generic: `truncate`, then `relu`. */
  truncateRelu?(call: Call, x: Pending<AShare>, bits: number): Promise<AShare>;
  /** b·x for single bits b. Generic: `fromBits`, `bilinear`. */
  select?(call: Call, b: Pending<BShare>, x: Pending<AShare>): Promise<AShare>;
  /** 1 where x = 0. Generic: from two signs. */
  isZero?(call: Call, x: Pending<AShare>): Promise<BShare>;
  /**
   * [x >= t] for each public threshold, as the bits of one tensor, lowest first; for |x - t| < 2^(bits-1). Generic: a `sign`
   * for each.
   */
  thresholds?(call: Call, x: Pending<AShare>, list: readonly bigint[], bits: number): Promise<BShare>;
  /**
   * Sums of public weights over the bits of each element: result k of shape [rows of weights, …shape] is the sum of
   * weights[k][i]·bit i. Generic: `fromBits` of each bit.
   */
  weigh?(call: Call, b: Pending<BShare>, weights: readonly (readonly bigint[])[]): Promise<AShare>;
  /** A piecewise polynomial within its domain; any number outside. Generic: `thresholds`, `weigh`, `bilinear`. */
  spline?(call: Call, x: Pending<AShare>, spline: Spline): Promise<AShare>;
  /**
   * A public table's entries at a secret integer; any number outside of the table. Result k of shape [entries, …shape] is
   * entry k. Generic: `thresholds`, `weigh`.
   */
  lookup?(call: Call, x: Pending<AShare>, table: Table): Promise<AShare>;
  /** One-hot vectors of integers from 0 to size - 1, on a new last axis. Generic: `isZero` of each difference. */
  oneHot?(call: Call, x: Pending<AShare>, size: number): Promise<AShare>;
  /** Masks a weight once for many products. */
  prepare?(call: Call, w: Pending<AShare>): Prepared;
  /** map(x, w) with a prepared weight. */
  bilinearPrepared?(call: Call, map: Bilinear, x: Pending<AShare>, w: Prepared): Promise<AShare>;
}

/** A protocol running at one party. */
export interface Instance extends Primitives, Fast {
  /** Declared costs. */
  readonly costs: Costs;
  /** Bytes of correlated randomness that this party has made for others so far, if parties deal for each other. */
  readonly correctionBytes?: number;
  /** Resolves when this party owes the others nothing any more; the session ends after that. */
  settled?(): Promise<void>;
}

/** A protocol: a value that is passed to a session. */
export interface Protocol {
  /** Its name, the same at all parties. */
  readonly name: string;
  /** Options that all parties must share; part of the session's configuration. Plain data. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** Fewest and most parties. */
  readonly parties: readonly [number, number];
  /** Who may collude without learning anything, in one sentence. */
  readonly threatModel: string;
  /** Whether it hides nothing; such a protocol refuses peers on other machines. */
  readonly insecure: boolean;
  /** Where correlated randomness comes from, if it needs any. */
  readonly provider: ProviderFactory | undefined;
  /** The kinds of correlation that it asks for. */
  readonly kinds: Kinds;
  /** Starts it at one party. */
  bind(env: Env): Instance;
}
