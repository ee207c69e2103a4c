/**
 * Shares and values that are not there yet.
 *
 * @module
 */
import type { BitTensor } from "../ring/bits.ts";
import type { Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";

/**
 * One party's share of a tensor over Z_2^64. Only its protocol knows what the parts mean; everyone may map a linear function
 * over them, because every protocol's reconstruction is linear.
 */
export interface AShare {
  /** Component tensors, all of the secret's shape. */
  readonly parts: readonly RingTensor[];
  /** Whether the parts are uniform given all other parties' views: true only right after a masked product. */
  readonly uniform?: boolean;
  /**
   * Whether it is this party's summand of a product, which {@link Primitives.reshare} has yet to bring into the protocol's
   * form. Local functions take summands, mixed with other shares too.
   */
  readonly summand?: boolean;
}

/** One party's share of a tensor of bits. */
export interface BShare {
  /** Component tensors. */
  readonly parts: readonly BitTensor[];
}

/**
 * What a protocol has opened of a secret, masked, so that later calls need not open it again. It belongs to one branch of the
 * program: in another one it would depend on timing whether it is there.
 */
export interface View {
  /** Returns its memory. */
  free(): void;
}

/** A share that some exchange may still have to bring; its shape is known at once. */
export interface Pending<S> {
  /** Masked views of the secret, by the branch (scope) that opened them. A protocol's own business; they go when the secret goes. */
  readonly views: Map<unknown, View>;
  /** Shape of the secret. */
  readonly shape: Shape;
  /** Whether the share will be a summand; known before it is here. */
  readonly summand?: boolean;
  /** The share, if it is here. */
  readonly now: S | undefined;
  /** The share, as soon as it is here. */
  wait(): Promise<S>;
}

/** Maps a linear function over the parts of an arithmetic share. */
export function mapParts(share: AShare, f: (part: RingTensor) => RingTensor): AShare {
  const parts = share.parts.map(f);
  return share.summand === true ? { parts, summand: true } : { parts };
}
