/**
 * The program counter. Every message and every random number is named by a position in the program, taken when the program
 * reaches the call: never by the order in which messages happen to arrive.
 *
 * @module
 */
import { sha256 } from "./deps.ts";

const encoder = new TextEncoder();
const MOST_SEQ = 2 ** 32;
/** Trace bytes that are kept before they are hashed. */
const TRACE_BUFFER = 4096;

/** One position: names the messages and the randomness of one call. */
export class Tag {
  /** The branch. */
  readonly scope: Scope;
  /** Position in the branch. */
  readonly seq: number;
  /** Position `seq` of a branch. */
  constructor(scope: Scope, seq: number) {
    this.scope = scope;
    this.seq = seq;
  }
}

/** One branch of the program counter, with the trace of what ran in it. */
export class Scope {
  /** 16 bytes that name the branch. */
  readonly id: Uint8Array;
  /** The first 8 bytes, as hexadecimal: what messages carry. */
  readonly prefix: string;
  /** Position of each fork from the root to here. */
  readonly path: readonly number[];
  readonly #live: Set<string>;
  #seq = 0;
  #checkpoints = 0;
  #hash: Uint8Array;
  #trace = new Uint8Array(TRACE_BUFFER);
  #length = 0;

  private constructor(id: Uint8Array, path: readonly number[], parentTrace: Uint8Array, live: Set<string>) {
    this.id = id;
    this.prefix = id.subarray(0, 8).toHex();
    this.path = path;
    this.#live = live;
    this.#hash = sha256(join([encoder.encode("trace"), id, parentTrace]));
    if (live.has(this.prefix)) {
      throw new RangeError(
        `Cannot fork a scope: another one begins with the same 8 bytes; begin a new session`,
      );
    }
    live.add(this.prefix);
  }

  /** The first branch of a session. */
  static root(id: Uint8Array): Scope {
    return new Scope(id.slice(0, 16), [], new Uint8Array(32), new Set());
  }

  /** The branch at a path from a root, for positions only. */
  static at(root: Uint8Array, path: readonly number[]): Scope {
    return new Scope(
      path.reduce<Uint8Array>((id, i) => forkId(id, i), root.slice(0, 16)),
      path,
      new Uint8Array(32),
      new Set(),
    );
  }

  /** A branch that another party named, for positions only. */
  static foreign(id: Uint8Array, path: readonly number[]): Scope {
    return new Scope(id.slice(0, 16), path, new Uint8Array(32), new Set());
  }

  /** The next position. Synchronous: the order of calls decides, not the order of arrivals. */
  take(): Tag {
    return new Tag(this, this.#next());
  }

  /**
   * The next position at which traces are compared. Counted apart from {@link Scope.take}, so that parties whose programs have
   * drifted apart still meet here.
   */
  checkpoint(): Tag {
    return new Tag(this, this.#checkpoints++);
  }

  /** A branch of its own, for calls that run concurrently with those that follow here. */
  fork(): Scope {
    const seq = this.#next();
    return new Scope(forkId(this.id, seq), [...this.path, seq], this.digest(), this.#live);
  }

  #next(): number {
    if (this.#seq === MOST_SEQ) {
      throw new RangeError("Cannot take a tag: the scope has used all 2^32; fork it");
    }
    return this.#seq++;
  }

  /** Adds a call to the trace. */
  record(text: string): void {
    const bytes = text.length * 3 + 1;
    if (this.#length + bytes > this.#trace.length) this.#absorb();
    if (bytes > this.#trace.length) this.#trace = new Uint8Array(bytes);
    this.#length += encoder.encodeInto(text, this.#trace.subarray(this.#length)).written;
    this.#trace[this.#length++] = 0;
  }

  /** Adds a finished branch to the trace. */
  join(child: Scope): void {
    this.record(`join ${child.digest().toHex()}`);
  }

  /** A hash of everything recorded so far: equal at two parties exactly when their programs took the same calls. */
  digest(): Uint8Array {
    this.#absorb();
    return this.#hash;
  }

  #absorb(): void {
    if (this.#length === 0) return;
    this.#hash = sha256(join([this.#hash, this.#trace.subarray(0, this.#length)]));
    this.#length = 0;
  }
}

function forkId(id: Uint8Array, seq: number): Uint8Array {
  const counter = new Uint8Array(8);
  new DataView(counter.buffer).setBigUint64(0, BigInt(seq), true);
  return sha256(join([encoder.encode("fork"), id, counter])).slice(0, 16);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
