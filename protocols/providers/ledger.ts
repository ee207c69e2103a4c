/**
 * What every provider keeps: which correlations were asked for, once each, and which were dealt ahead.
 *
 * @module
 */
import type { Tag } from "../../comm/scope.ts";
import type { Demand, Kind, Params } from "../provider.ts";

/** A name for a tag that is the same at all parties. */
export function tagKey(scope: { readonly path: readonly number[] }, seq: number): string {
  return `${scope.path.join(".")}:${seq}`;
}

/** Text that is equal exactly when kind and parameters are. */
export function demandText(kind: string, params: Params): string {
  return `${kind} ${
    JSON.stringify(params, (_key, value) => value instanceof Uint8Array ? value.toHex() : value)
  }`;
}

/** The demands of one party, in program order. */
export class Ledger {
  readonly #demands: Demand[] = [];
  readonly #taken = new Set<string>();
  readonly #ahead = new Map<string, string>();

  /** Everything taken so far. */
  get demands(): readonly Demand[] {
    return this.#demands;
  }

  /** Records what will be dealt ahead. */
  expect(demand: Demand): void {
    this.#ahead.set(tagKey(demand, demand.seq), demandText(demand.kind, demand.params));
  }

  /**
   * Records a taking; says whether it was dealt ahead.
   *
   * @throws {TypeError} when the tag was taken before, or was dealt ahead for something else.
   */
  take(kind: Kind, params: Params, tag: Tag): boolean {
    const key = tagKey(tag.scope, tag.seq);
    if (this.#taken.has(key)) {
      throw new TypeError(
        `Cannot take correlation "${kind.name}" at ${key}: that tag was used, each is served once`,
      );
    }
    this.#taken.add(key);
    this.#demands.push({ path: tag.scope.path, seq: tag.seq, kind: kind.name, params });
    const expected = this.#ahead.get(key);
    if (expected === undefined) return false;
    this.#ahead.delete(key);
    if (expected !== demandText(kind.name, params)) {
      throw new TypeError(
        `Cannot take correlation "${kind.name}" at ${key}: the manifest has another kind or shape there`,
      );
    }
    return true;
  }
}
