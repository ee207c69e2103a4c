/**
 * Masked views: the public C = x + r of a secret, opened once and used by every later call of the same branch.
 *
 * The mask r takes part in this one opening, ever. What is computed from C without sending needs no further argument; every call
 * that uses it takes derived fields of r (products with its own masks, tables) under its own tag, so that no two of them share a
 * stream.
 *
 * @module
 */
import type { RingTensor } from "../../ring/tensor.ts";
import type { AShare, Call, Env, Pending, View } from "../protocol.ts";
import type { Correlation, Field, Params, TagRef } from "../provider.ts";
import { openWords, plusMask } from "./open.ts";
import { mask } from "./fields.ts";

/** Names the mask of a view in a request. */
export interface MaskRef extends TagRef {
  /** The mask's number among the fields of its correlation. */
  readonly field: number;
}

class MaskedView implements View {
  readonly ref: MaskRef;
  readonly opened: Promise<RingTensor>;
  /** The words, once they are there. */
  words: RingTensor | undefined;
  /** Rounds that it depends on, once it is there. */
  depth = 0;
  constructor(ref: MaskRef, opened: Promise<RingTensor>) {
    this.ref = ref;
    this.opened = opened;
  }
  free(): void {
    if (this.words !== undefined) this.words.free();
    else this.opened.then((words) => words.free(), () => {});
  }
}

/** The masked form of an operand: of an earlier call, or opened by this one. */
export interface Masked {
  /** The mask of an earlier call's view: part of the request. */
  readonly ref: MaskRef | undefined;
  /**
   * C = x + r. It belongs to the operand: not to be freed. With the operand's share at hand it leaves at once, in the round of what
   * is sent beside it.
   */
  open(corr: Correlation, share?: AShare): Promise<RingTensor>;
  /** Rounds that an earlier call's view depends on, once it is there: what is computed from it comes after them. */
  readonly depth: number;
}

/** Opens an operand for what follows in a call. */
export async function openMasked(call: Call, masked: Masked, corr: Correlation): Promise<RingTensor> {
  const opened = await masked.open(corr);
  call.depth = Math.max(call.depth, masked.depth);
  return opened;
}

/**
 * The masked form of an operand, decided when the call is made: from then on, later calls of this branch use it. `name` and
 * `field` say which mask of this call's correlation hides it, `sub` which message opens it.
 */
export function maskedForm(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  name = "r",
  field = 0,
  sub = 0,
): Masked {
  const { scope, seq } = call.tag;
  const known = x.views.get(scope);
  if (known instanceof MaskedView) {
    return {
      ref: known.ref,
      open: () => known.opened,
      get depth() {
        return known.depth;
      },
    };
  }
  const { promise, resolve, reject } = Promise.withResolvers<RingTensor>();
  promise.catch(() => {});
  const view = new MaskedView({ path: scope.path, seq, field }, promise);
  x.views.set(scope, view);
  return {
    ref: undefined,
    depth: 0,
    async open(corr, share) {
      try {
        const own = share ?? await x.wait();
        // Uniform: r is fresh, dense, of full width, and hides this value only.
        const opened = await openWords(env, call, sub, plusMask(env, own.parts[0]!, corr, name));
        view.depth = call.depth;
        view.words = opened;
        resolve(opened);
        return opened;
      } catch (error) {
        reject(error);
        throw error;
      }
    },
  };
}

/** The mask of an operand: a fresh one, or that of an earlier view. */
export function maskField(params: Params, param: string, name = "r"): Field {
  const ref = params[param] as Partial<MaskRef> | undefined;
  if (ref === undefined) return mask(name);
  const whole = (n: unknown): n is number => Number.isSafeInteger(n) && n as number >= 0;
  const { path, seq, field } = ref;
  if (!Array.isArray(path) || !path.every(whole) || !whole(seq) || !whole(field)) {
    throw new RangeError(`Cannot deal: parameter "${param}" is not a mask`);
  }
  return { ...mask(name), of: { path, seq, field } };
}

/** A view as a parameter, or nothing. */
export function viewParam(name: string, masked: Masked): Params {
  return masked.ref === undefined ? {} : { [name]: masked.ref };
}
