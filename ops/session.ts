/**
 * The session: one party's end of a joint computation.
 *
 * @module
 */
import { ProtocolError } from "../comm/errors.ts";
import type { Scope } from "../comm/scope.ts";
import type { AShare } from "../protocols/protocol.ts";
import { checkShape, sameShape, type Shape } from "../ring/shape.ts";
import { encode } from "../ring/fixed.ts";
import { Context, type Precision, type Shared } from "./context.ts";
import { isTensor } from "./op.ts";
import { constantTensor, largest, shapeOf, words } from "./operand.ts";
import { Tensor, type TensorLike } from "./plaintext.ts";
import { bernoulli, rand, randn, randperm } from "./random.ts";
import { OpLog, type Stats } from "./stats.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/** Who owns an input, and what the others know of it. */
export interface EncryptOptions {
  /** The party that has the value. */
  readonly src: number;
  /** Its shape; needed at parties that do not pass the value. */
  readonly shape?: Shape | undefined;
  /** Fraction bits; the session's by default, 0 for integers. */
  readonly scale?: number | undefined;
  /** A public limit for the absolute values; the owner's values are held to it. */
  readonly bound?: number | undefined;
}

/** Who prints, and whether one after the other. */
export interface PrintOptions {
  /** These parties only; all by default. */
  readonly dst?: number | readonly number[] | undefined;
  /** In the order of ranks; at once by default. */
  readonly inOrder?: boolean | undefined;
}

/** Largest announcement that a party accepts. */
const ANNOUNCEMENT = "announce";

/** What is sent of an announcement: a value, and the rounds that it depends on. */
interface Announcement {
  readonly value: unknown;
  readonly depth: number;
}

/** What a new session is made of. */
export interface SessionParts
  extends Omit<Shared, "log" | "pending" | "precision" | "fastPaths" | "depth" | "dealt" | "most"> {
  /** Root of the program counter. */
  readonly scope: Scope;
  /** Fixed-point format; 16 fraction bits by default. */
  readonly precision?: Precision | undefined;
  /** False runs every operation from the minimal primitives. */
  readonly fastPaths?: boolean | undefined;
  /** Ends the session's links; called once. */
  readonly close: () => Promise<void>;
}

/** One party's end of a joint computation. Every party runs the same program on its own session. */
export class Session {
  /** This party, 0 to parties-1. */
  readonly rank: number;
  /** Number of parties. */
  readonly parties: number;
  readonly #context: Context;
  readonly #close: () => Promise<void>;
  #closed: Promise<void> | undefined;

  /** @ignore Made by `runLocal`, `launch` and `connect`. */
  constructor(parts: SessionParts | { readonly context: Context }) {
    if ("context" in parts) {
      this.#context = parts.context;
      this.#close = () => Promise.resolve();
    } else {
      const { scope, close, precision = { fractionBits: 16 }, fastPaths = true, ...rest } = parts;
      const shared: Shared = {
        ...rest,
        precision,
        fastPaths,
        log: new OpLog(rest.env.parties),
        pending: new Set(),
        most: Infinity,
        depth: 0,
        dealt: 0,
      };
      this.#context = new Context(shared, scope);
      this.#close = close;
    }
    this.rank = this.#context.shared.env.rank;
    this.parties = this.#context.shared.env.parties;
  }

  /**
   * The engine, for layers and tests.
   *
   * @ignore For layers, operations and tests.
   */
  get context(): Context {
    return this.#context;
  }
  /** Fraction bits of encoded reals. */
  get fractionBits(): number {
    return this.#context.fractionBits;
  }

  /**
   * Secret-shares a value that party `src` has. The others pass `undefined` and the shape (or any value of that shape, of
   * which only the shape is used). *Cost*: none. *Leaks*: the shape.
   *
   * @throws {TypeError} when the source passes no value.
   * @throws {RangeError} when shape, source or values do not fit.
   */
  encrypt(value: TensorLike | undefined, options: EncryptOptions): CrypTensor {
    const { src, scale = this.fractionBits, bound } = options;
    this.#checkParty(src, "encrypt an input");
    const own = value === undefined ? undefined : this.#plain(value);
    if (this.rank === src && own === undefined) {
      throw new TypeError(`Cannot encrypt an input: party ${src} is its source and passed no value`);
    }
    const shape = options.shape ?? own?.shape;
    if (shape === undefined) {
      throw new TypeError(
        `Cannot encrypt an input of party ${src}: party ${this.rank} does not have it, its shape is wanted`,
      );
    }
    checkShape(shape);
    if (own !== undefined && !sameShape(own.shape, shape)) {
      throw new RangeError(`Cannot encrypt an input: its shape is [${own.shape}], [${shape}] was announced`);
    }
    if (!Number.isInteger(scale) || scale < 0 || scale > 61) {
      throw new RangeError(`Cannot encrypt an input: ${scale} fraction bits were given, 0 to 61 are wanted`);
    }
    if (this.rank === src && bound !== undefined && largest(own!) > bound) {
      throw new RangeError(`Cannot encrypt an input: a value exceeds the announced bound ${bound}`);
    }
    return this.#context.inOp(
      "encrypt",
      () => this.#share(this.rank === src ? own : undefined, src, shape, { scale, bound }),
    );
  }

  #share(
    own: Tensor | undefined,
    src: number,
    shape: Shape,
    facts: { scale: number; bound: number | undefined },
  ): CrypTensor {
    const { protocol, shared } = this.#context;
    const encoded = own && encode(shared.env.heap, shape, own.data, facts.scale);
    const name = `encrypt from ${src} at scale ${facts.scale}`;
    const cell = this.#context.remote(
      name,
      [],
      shape,
      protocol.costs.share(shape),
      async (call): Promise<AShare> => {
        const share = await protocol.share(call, encoded, src, shape);
        encoded?.free();
        return share;
      },
    );
    return words(this.#context, cell, facts);
  }

  #plain(value: TensorLike): Tensor {
    if (isTensor(value)) {
      throw new TypeError("Cannot encrypt an input: it is an encrypted tensor, a plain one is wanted");
    }
    return Tensor.from(value);
  }

  #checkParty(rank: number, what: string): void {
    if (!Number.isInteger(rank) || rank < 0 || rank >= this.parties) {
      throw new RangeError(`Cannot ${what}: party ${rank} does not exist, 0 to ${this.parties - 1} do`);
    }
  }

  /** As {@link Session.encrypt}, with the shape announced by the source. *Cost*: one round. */
  async encryptFrom(value: TensorLike | undefined, options: EncryptOptions): Promise<CrypTensor> {
    this.#checkParty(options.src, "encrypt an input");
    const own = this.rank === options.src && value !== undefined ? this.#plain(value) : undefined;
    if (this.rank === options.src && own === undefined) {
      throw new TypeError(`Cannot encrypt an input: party ${options.src} is its source and passed no value`);
    }
    const shape = await this.announce(own?.shape, { src: options.src });
    if (!Array.isArray(shape) || !shape.every((side) => typeof side === "number")) {
      throw new ProtocolError(`Cannot encrypt an input: party ${options.src} announced no shape`, {
        party: options.src,
      });
    }
    return this.encrypt(own, { ...options, shape });
  }

  /** A public value that party `src` tells all others: plain data. *Cost*: one round. */
  async announce(value: unknown, options: { readonly src: number }): Promise<unknown> {
    const { src } = options;
    this.#checkParty(src, "announce a value");
    const { env: { comm }, depth } = this.#context.shared;
    this.#context.scope.record(`announce from ${src}`);
    if (this.rank === src) {
      for (let peer = 0; peer < this.parties; peer++) {
        if (peer !== src) comm.postControl(peer, ANNOUNCEMENT, { value, depth });
      }
      return value;
    }
    const message = await comm.receiveControl(src, ANNOUNCEMENT, "an announcement") as Announcement;
    // What is called from here on depends on all that the announcer waited for.
    if (Number.isSafeInteger(message.depth)) this.#context.reached(message.depth);
    return message.value;
  }

  /** A value that everyone knows, as an encrypted tensor. Hides nothing. */
  public(value: TensorLike, options: { readonly scale?: number } = {}): CrypTensor {
    return constantTensor(this.#context, value, options.scale ?? this.fractionBits);
  }

  /** Secret random numbers, uniform in [0, 1), that no party knows. *Cost*: one round, 2 bytes per element. */
  rand(shape: Shape): CrypTensor {
    return rand(this.#context, shape);
  }

  /**
   * Secret random numbers, normally distributed with mean 0 and variance 1, that no party knows. *Cost* (lean, 2 parties): 22
   * rounds, 390 bytes per element.
   */
  randn(shape: Shape): CrypTensor {
    return randn(this.#context, shape);
  }

  /**
   * Secret random integers that no party knows: 1 with a public or secret probability, else 0. The shape is that of the
   * probability by default. *Cost*: that of {@link Session.rand} and a comparison.
   *
   * @throws {RangeError} when a public probability is not within [0, 1].
   */
  bernoulli(probability: Operand, shape: Shape = shapeOf(probability)): CrypTensor {
    return bernoulli(this.#context, probability, shape);
  }

  /** A secret random permutation of 0 to n - 1, that no party knows. *Cost*: one sort of n elements. */
  randperm(n: number): CrypTensor {
    return randperm(this.#context, n);
  }

  /**
   * Prints values at the console of every party, or of some; encrypted tensors show shape and kind, never a share. In order,
   * each party waits for those before it. *Cost*: in order one round for each party, else none.
   */
  async print(values: unknown, options: PrintOptions = {}): Promise<void> {
    const { dst, inOrder = false } = options;
    const chosen = dst === undefined ? undefined : typeof dst === "number" ? [dst] : dst;
    for (const rank of chosen ?? []) this.#checkParty(rank, "print");
    for (let rank = 0; rank < this.parties; rank++) {
      if (rank === this.rank && (chosen?.includes(rank) ?? true)) {
        // deno-lint-ignore no-console -- printing is what was asked for
        console.log(...(Array.isArray(values) ? values : [values]));
      }
      if (inOrder) await this.announce(null, { src: rank });
    }
  }

  /** A session for a branch of the program that runs concurrently; call it where the branch is launched. */
  fork(): Session {
    return new Session({ context: new Context(this.#context.shared, this.#context.scope.fork()) });
  }

  /** Waits for everything that was called so far. @throws the session's first failure. */
  async settle(): Promise<void> {
    const { pending, env } = this.#context.shared;
    while (pending.size > 0) await Promise.allSettled([...pending]);
    await this.#context.shared.protocol.settled?.();
    this.#context.reached(env.comm.round);
    if (env.comm.failed !== undefined) throw env.comm.failed;
  }

  /**
   * Waits until all parties are here, and everything that was called so far is done at all of them. Rounds count from the same one
   * afterwards. *Cost*: a message without payload to each party.
   */
  async barrier(): Promise<void> {
    await this.settle();
    await Promise.all(Array.from({ length: this.parties }, (_, src) => this.announce(0, { src })));
  }

  /** Figures so far: per operation and layer, and in total. */
  get stats(): Stats {
    const { log, env, protocol } = this.#context.shared;
    const { rounds, frames, payloadBytes: all, wireBytes } = env.comm.counters;
    const made = protocol.correctionBytes ?? 0;
    const payloadBytes = all - (made - this.#context.shared.dealt);
    const correctionBytes = env.provider?.correctionBytes ?? made;
    return { ops: log.rows, totals: { rounds, frames, payloadBytes, wireBytes, correctionBytes } };
  }

  /** Forgets all figures. */
  resetStats(): void {
    const { shared } = this.#context;
    shared.dealt = shared.protocol.correctionBytes ?? 0;
    shared.log.clear();
    shared.env.comm.resetCounters(shared.depth);
  }

  /** What runs: protocol, options and threat model, in a sentence or two. */
  describe(): string {
    const { name, options, threatModel } = this.#context.shared.facts;
    const settings = Object.entries(options).map(([key, value]) => `${key} ${value}`).join(", ");
    return `${name}${
      settings === "" ? "" : ` (${settings})`
    }, ${this.parties} parties, ${this.fractionBits} fraction bits: ${threatModel}`;
  }

  /** Ends this party's part: waits for what is under way and closes the links. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }
  /** So that `await using` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
