/**
 * A share that may still be on its way.
 *
 * @module
 */
import type { AShare, BShare, Pending, View } from "../protocols/protocol.ts";
import type { Shape } from "../ring/shape.ts";

function freeParts(share: AShare | BShare): void {
  for (const part of share.parts) part.free();
}

/**
 * A pending share with a count of its users: the tensor that shows it, and every operation that has yet to read it. When the
 * last one lets go, its memory is returned.
 */
export class Cell<S extends AShare | BShare> implements Pending<S> {
  /** Shape of the secret. */
  readonly shape: Shape;
  #now: S | undefined;
  #promise: Promise<S> | undefined;
  #refs = 1;
  #settled = false;
  #depth: () => number;
  #final: number | undefined;
  #views: Map<unknown, View> | undefined;
  #reshared: Map<unknown, Cell<S>> | undefined;
  /** Whether it is a product of summands. */
  readonly summand: boolean;

  private constructor(shape: Shape, depth: () => number, summand: boolean) {
    this.shape = shape;
    this.#depth = depth;
    this.summand = summand;
  }

  /** A share that is here. */
  static ready<S extends AShare | BShare>(shape: Shape, share: S, depth = 0): Cell<S> {
    const cell = new Cell<S>(shape, () => depth, "summand" in share && share.summand === true);
    cell.#now = share;
    cell.#settled = true;
    return cell;
  }

  /** A share that a promise brings. Its failure is kept for whoever waits. */
  static from<S extends AShare | BShare>(
    shape: Shape,
    promise: Promise<S>,
    depth: () => number,
    summand = false,
  ): Cell<S> {
    const cell = new Cell<S>(shape, depth, summand);
    cell.#promise = promise.then((share) => {
      cell.#settled = true;
      // Settled in the order of the chain, so that no walk is longer than one step, and nothing before it is held.
      const final = cell.#final = depth();
      cell.#depth = () => final;
      if (cell.#refs === 0) freeParts(share);
      else cell.#now = share;
      return share;
    });
    cell.#promise.catch(() => cell.#settled = true);
    return cell;
  }

  /** Masked views of the secret, by the branch that opened them. */
  get views(): Map<unknown, View> {
    return this.#views ??= new Map();
  }
  /** Whether there is a view of a branch: of the reshared form, if there is one. */
  viewedBy(branch: unknown): boolean {
    const reshared = this.#reshared?.get(branch);
    return reshared?.viewedBy(branch) ?? this.#views?.has(branch) ?? false;
  }
  /** The same in the form that all primitives take: made once in a branch, and kept as long as this is. */
  reshared(branch: unknown, make: () => Cell<S>): Cell<S> {
    const all = this.#reshared ??= new Map();
    let cell = all.get(branch);
    if (cell === undefined) all.set(branch, cell = make());
    return cell;
  }
  /** The share, if it is here. */
  get now(): S | undefined {
    return this.#now;
  }
  /** Rounds that the share depends on; final once it is here. */
  get depth(): number {
    if (!this.#settled) return this.#depth();
    return this.#final ??= this.#depth();
  }
  /** Whether the share is here or has failed. */
  get settled(): boolean {
    return this.#settled;
  }
  /** The share, as soon as it is here. */
  wait(): Promise<S> {
    if (this.#now !== undefined) return Promise.resolve(this.#now);
    if (this.#promise === undefined || this.#refs === 0) {
      return Promise.reject(new TypeError("Cannot use a tensor: it was disposed"));
    }
    return this.#promise;
  }
  /** One more user. */
  retain(): this {
    if (this.#refs === 0) throw new TypeError("Cannot use a tensor: it was disposed");
    this.#refs++;
    return this;
  }
  /** One user less. */
  release(): void {
    if (this.#refs === 0 || --this.#refs > 0) return;
    for (const view of this.#views?.values() ?? []) view.free();
    this.#views = undefined;
    for (const cell of this.#reshared?.values() ?? []) cell.release();
    this.#reshared = undefined;
    if (this.#now === undefined) return;
    freeParts(this.#now);
    this.#now = undefined;
  }
}
