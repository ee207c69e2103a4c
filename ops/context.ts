/**
 * The engine below the operations: it takes tags when the program reaches a call, runs primitives when operands are there,
 * records the trace, counts, and keeps the first failure.
 *
 * @module
 */
import type { Scope } from "../comm/scope.ts";
import type {
  AShare,
  BShare,
  Call,
  Cost,
  Instance,
  Pending,
  Prepared,
  Protocol,
  SessionEnv,
} from "../protocols/protocol.ts";
import type { Shape } from "../ring/shape.ts";
import { Cell } from "./cell.ts";
import { isTensor } from "./op.ts";
import type { OpLog } from "./stats.ts";
import type { CrypTensor } from "./tensor.ts";

/** Fixed-point format of a session. */
export interface Precision {
  /** Fraction bits of an encoded real number. */
  readonly fractionBits: number;
}

/** What all scopes of one session share. */
export interface Shared {
  /** Environment of this party. */
  readonly env: SessionEnv;
  /** Facts of the protocol. */
  readonly facts: Protocol;
  /** The protocol, running. */
  readonly protocol: Instance;
  /** Fixed-point format. */
  readonly precision: Precision;
  /** Whether optional fast paths of the protocol may be used. */
  readonly fastPaths: boolean;
  /** Figures per operation. */
  readonly log: OpLog;
  /** Work that is under way. */
  readonly pending: Set<Promise<unknown>>;
  /** Most elements that the result of an operation may have. */
  most: number;
  /** Rounds that the program has waited for: every later call depends on them. */
  depth: number;
  /** Bytes of corrections that this party had made for others when figures were last forgotten. */
  dealt: number;
}

type Share = AShare | BShare;

/** What a primitive makes of products of summands. */
interface Summands {
  /** It takes them. */
  readonly taken?: boolean;
  /** It is a product, and gives them if the protocol does. */
  readonly given?: boolean;
}

/** What a primitive sees of its operands. */
type PendingOf<I extends readonly Cell<Share>[]> = {
  [K in keyof I]: I[K] extends Cell<infer S extends Share> ? Pending<S> : never;
};

/** An operand that says when it was waited for. */
function pendingInput(cell: Cell<Share>, arrived: () => void): Pending<Share> {
  if (cell.now !== undefined) {
    arrived();
    return cell;
  }
  return {
    shape: cell.shape,
    views: cell.views,
    summand: cell.summand,
    get now(): Share | undefined {
      return cell.now;
    },
    async wait(): Promise<Share> {
      const share = await cell.wait();
      arrived();
      return share;
    },
  };
}

/** The tensors in what an operation gives: one, a list, or a record. */
function tensorsOf(result: unknown): CrypTensor[] {
  if (isTensor(result)) return [result];
  if (typeof result !== "object" || result === null) return [];
  return Object.values(result).flatMap(tensorsOf);
}

/** The engine of one scope of a session. */
export class Context {
  /** What all scopes share. */
  readonly shared: Shared;
  /** The program counter of this branch. */
  readonly scope: Scope;
  #layers: string[] = [];
  #op = "";
  /** Tensors made by the operation that is running, if one is. */
  #made: CrypTensor[] | undefined;

  constructor(shared: Shared, scope: Scope) {
    this.shared = shared;
    this.scope = scope;
  }

  /** The protocol. */
  get protocol(): Instance {
    return this.shared.protocol;
  }
  /** Default fraction bits. */
  get fractionBits(): number {
    return this.shared.precision.fractionBits;
  }

  /** Runs `f` under a layer's name. */
  inLayer<T>(name: string, f: () => T): T {
    this.#layers.push(name);
    try {
      return f();
    } finally {
      this.#layers.pop();
    }
  }

  /** Runs `f` where no operation may have a result of more elements than `most`. */
  limited<T>(most: number, f: () => T): T {
    const outer = this.shared.most;
    this.shared.most = Math.min(most, outer);
    try {
      return f();
    } finally {
      this.shared.most = outer;
    }
  }

  /**
   * Runs `f` under an operation's name; the outermost name is the one that is counted. Tensors that `f` made and does not
   * return are disposed when it ends: what is under way still has its operands, and their memory returns when it is done.
   */
  inOp<T>(name: string, f: () => T): T {
    const [op, outer] = [this.#op, this.#made];
    if (op === "") this.#op = name;
    const made: CrypTensor[] = [];
    this.#made = made;
    let kept: CrypTensor[] = [];
    try {
      const result = f();
      kept = tensorsOf(result);
      return result;
    } finally {
      this.#op = op;
      this.#made = outer;
      for (const tensor of made) if (!kept.includes(tensor)) tensor.dispose(kept);
      outer?.push(...kept);
    }
  }

  /** As {@link Context.inOp}, for what is no operation of its own: what is made on the way is disposed. */
  scoped<T>(f: () => T): T {
    return this.inOp("", f);
  }

  /** A new tensor belongs to the operation that is running. */
  made(tensor: CrypTensor): void {
    this.#made?.push(tensor);
  }

  /** Runs `f` outside of the operation that is running: what it makes is kept. */
  keeping<T>(f: () => T): T {
    const made = this.#made;
    this.#made = undefined;
    try {
      return f();
    } finally {
      this.#made = made;
    }
  }

  /** The layer that is running, with its parents. */
  get layer(): string {
    return this.#layers.join(".");
  }

  #label(name: string, shapes: readonly Shape[]): string {
    const where = this.#layers.length > 0 ? `${this.layer}: ` : "";
    const op = this.#op === "" || this.#op === name ? name : `${this.#op}/${name}`;
    return `${where}${op} ${shapes.map((s) => `[${s}]`).join(" ")}`.trimEnd();
  }

  /** Runs a local function of shares: at once when they are here, else when they are. */
  local<S extends Share, I extends Share>(
    name: string,
    inputs: readonly Cell<I>[],
    shape: Shape,
    f: (...shares: I[]) => S,
  ): Cell<S> {
    const what = this.#label(name, inputs.map((i) => i.shape));
    this.scope.record(what);
    const ready = inputs.map((i) => i.now);
    const depth = (): number => inputs.reduce((max, i) => Math.max(max, i.depth), 0);
    if (ready.every((share) => share !== undefined)) return Cell.ready(shape, f(...ready as I[]), depth());
    for (const input of inputs) input.retain();
    const work = Promise.all(inputs.map((i) => i.wait())).then((shares) => f(...shares));
    this.#follow(what, inputs, work);
    return Cell.from(shape, work, depth, inputs.some((i) => i.summand));
  }

  /**
   * Runs an interactive primitive. The function is called at once and takes what does not depend on the operands. Products of
   * summands are reshared first, unless it takes them.
   */
  remote<S extends Share, const I extends readonly Cell<Share>[]>(
    name: string,
    inputs: I,
    shape: Shape,
    cost: Cost | undefined,
    f: (call: Call, ...inputs: PendingOf<I>) => Promise<S>,
    summands: Summands = {},
  ): Cell<S> {
    const whole = summands.taken === true ? inputs : inputs.map((cell) => this.whole(cell)) as unknown as I;
    const { call, work } = this.#begin(name, whole, shape, cost, f);
    const product = summands.given === true && this.protocol.reshare !== undefined;
    return Cell.from(shape, work, () => call.depth, product);
  }

  /** A secret in the form that all primitives take. *Cost*: that of resharing, if it is a product of summands. */
  whole<S extends Share>(cell: Cell<S>): Cell<S> {
    const { protocol } = this;
    if (!cell.summand || protocol.reshare === undefined) return cell;
    return cell.reshared(this.scope, () =>
      this.remote(
        "reshare",
        [cell as Cell<AShare>],
        cell.shape,
        protocol.costs.reshare?.(cell.shape),
        (call, x) => protocol.reshare!(call, x),
        { taken: true },
      ) as Cell<Share> as Cell<S>);
  }

  /** As {@link Context.remote}, for a result that is not a share: the program waits for it, and what follows depends on it. */
  async open<T, S extends Share>(
    name: string,
    input: Cell<S>,
    cost: Cost | undefined,
    f: (call: Call, input: Pending<S>) => Promise<T>,
  ): Promise<T> {
    const { call, work } = this.#begin(
      name,
      [this.whole(input)] as const,
      input.shape,
      cost,
      (c, x) => f(c, x as Pending<S>),
    );
    const value = await work;
    this.reached(call.depth);
    return value;
  }

  /** As {@link Context.remote}, for a weight that is masked once. */
  prepare<S extends Share>(
    name: string,
    input: Cell<S>,
    cost: Cost | undefined,
    f: (call: Call, input: Pending<S>) => Prepared,
  ): Prepared {
    let prepared: Prepared | undefined;
    this.#begin(name, [this.whole(input)] as const, input.shape, cost, (call, x) => {
      prepared = f(call, x as Pending<S>);
      return prepared.ready;
    });
    return prepared!;
  }

  /** Whether a protocol has a masked view of a secret that a call would use. */
  viewed(cell: Cell<Share>): boolean {
    return cell.viewedBy(this.scope);
  }

  /** The program has waited for something of this depth: later calls depend on it. */
  reached(depth: number): void {
    this.shared.depth = Math.max(this.shared.depth, depth);
  }

  #begin<T, I extends readonly Cell<Share>[]>(
    name: string,
    inputs: I,
    shape: Shape,
    cost: Cost | undefined,
    f: (call: Call, ...inputs: PendingOf<I>) => Promise<T>,
  ): { call: Call; work: Promise<T> } {
    const what = this.#label(name, inputs.length > 0 ? inputs.map((i) => i.shape) : [shape]);
    const call: Call = { tag: this.scope.take(), what, depth: this.shared.depth };
    this.scope.record(what);
    for (const input of inputs) input.retain();
    const done = this.shared.log.begin(this.layer, this.#op === "" ? name : this.#op, cost);
    let start = performance.now();
    const pendings = inputs.map((cell) =>
      pendingInput(cell, () => {
        call.depth = Math.max(call.depth, cell.depth);
        start = performance.now();
      })
    );
    const work = f(call, ...pendings as unknown as PendingOf<I>).then((value) => {
      done((performance.now() - start) / 1000);
      return value;
    });
    this.#follow(what, inputs, work);
    return { call, work };
  }

  /** Releases operands at the end; the first failure ends the session at every party. */
  #follow(what: string, inputs: readonly Cell<Share>[], work: Promise<unknown>): void {
    const { pending, env } = this.shared;
    pending.add(work);
    const end = (): void => {
      pending.delete(work);
      for (const input of inputs) input.release();
    };
    work.then(end, (error) => {
      end();
      if (env.comm.failed === undefined) {
        env.comm.abort(error instanceof Error ? error : new Error(String(error)), what);
      }
    });
  }
}
