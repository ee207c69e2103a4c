/**
 * The program counter. Every message and every random number is named by a position in the program, taken when the program
 * reaches the call: never by the order in which messages happen to arrive.
 *
 * @module
 */
import { sha256 } from "./deps.ts";
import { Trace } from "./trace.ts";

const encoder = new TextEncoder();
const MOST_SEQ = 2 ** 32;
const ID_BYTES = 16;

/** One position: names the messages and the randomness of one call. */
export class Tag {
  /** The branch. */
  readonly scope: Scope;
  /** Position in the branch. */
  readonly seq: number;
  #used: Set<number> | undefined;

  /** A position that another party named; a party's own positions come from {@link Scope.take}. */
  constructor(scope: Scope, seq: number) {
    this.scope = scope;
    this.seq = seq;
  }

  /**
   * Marks one use of the tag, named by a number. Two values under one name would be two values under one mask: their
   * difference would be open.
   *
   * @throws {TypeError} at the second use of that name.
   */
  use(name: number): void {
    this.#used ??= new Set();
    if (this.#used.has(name)) {
      throw new TypeError("Cannot use a tag twice: it has been used for this, take a new one");
    }
    this.#used.add(name);
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
  readonly #trace: Trace;
  #seq = 0;
  #checkpoints = 0;

  private constructor(id: Uint8Array, path: readonly number[], parentTrace: Uint8Array, live: Set<string>) {
    this.id = id;
    this.prefix = id.subarray(0, 8).toHex();
    this.path = path;
    this.#live = live;
    if (live.has(this.prefix)) {
      throw new RangeError("Cannot fork a scope: another begins with the same 8 bytes, begin a new session");
    }
    live.add(this.prefix);
    this.#trace = new Trace([encoder.encode("trace"), id, parentTrace]);
  }

  /**
   * The first branch of a session.
   *
   * @throws {RangeError} when the id has fewer than 16 bytes; of a longer one the first 16 count.
   */
  static root(id: Uint8Array): Scope {
    if (id.length < ID_BYTES) {
      throw new RangeError(`Cannot name a scope: the id has ${id.length} bytes, ${ID_BYTES} are wanted`);
    }
    return new Scope(id.slice(0, ID_BYTES), [], new Uint8Array(32), new Set());
  }

  /** The branch at a path from a root, for its name only: its trace is empty. */
  static at(root: Uint8Array, path: readonly number[]): Scope {
    const id = path.reduce<Uint8Array>((parent, seq) => forkId(parent, seq), root.slice(0, ID_BYTES));
    return new Scope(id, path, new Uint8Array(32), new Set());
  }

  /** A branch that another party named, for its name only. */
  static foreign(id: Uint8Array, path: readonly number[]): Scope {
    return new Scope(id.slice(0, ID_BYTES), path, new Uint8Array(32), new Set());
  }

  /**
   * The next position; none is handed out twice. Synchronous: the order of calls decides, not the order of arrivals.
   *
   * @throws {RangeError} when all 2^32 are used.
   */
  take(): Tag {
    return new Tag(this, this.#next());
  }

  /**
   * The next position at which traces are compared. Counted apart from {@link Scope.take}, so that parties whose programs have
   * drifted apart still meet here; its messages need a `sub` of their own.
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
      throw new RangeError("Cannot take a tag: the scope has used all 2^32, fork it");
    }
    return this.#seq++;
  }

  /** Adds a call to the trace: its name, shapes, and whatever else all parties must agree on. */
  record(text: string): void {
    this.#trace.text(text);
  }

  /** Adds a finished branch to the trace; the branch is not used any more. */
  join(child: Scope): void {
    this.#trace.bytes(child.digest());
    this.#live.delete(child.prefix);
  }

  /**
   * 32 bytes that are equal at two parties exactly when their programs recorded the same calls and joins in this branch, and
   * in its parents before the forks. Reading it changes nothing.
   */
  digest(): Uint8Array {
    return this.#trace.digest();
  }
}

function forkId(id: Uint8Array, seq: number): Uint8Array {
  const bytes = new Uint8Array(28);
  bytes.set(encoder.encode("fork"));
  bytes.set(id, 4);
  new DataView(bytes.buffer).setBigUint64(20, BigInt(seq), true);
  return sha256(bytes).slice(0, ID_BYTES);
}
