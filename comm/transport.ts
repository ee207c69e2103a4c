/**
 * The contract of a link to one peer.
 *
 * @module
 */

/** Bytes that belong together: the concatenation of the segments. */
export type Frame = Uint8Array[];

/** What happens on a link. */
export interface TransportHandler {
  /** A frame has arrived, whole and in order; its buffers belong to the handler. */
  frame(frame: Frame): void;
  /** The link is dead, for good; no frame follows. Without a cause, the peer has closed it. */
  closed(cause?: Error): void;
}

/**
 * An ordered, reliable link to one peer. It moves whole frames and knows nothing of their contents. After an error it is dead
 * for good: nothing is retried.
 */
export interface Transport {
  /** What it is made of. */
  readonly kind: string;
  /** Where the peer is: insecure protocols and providers refuse `"network"`. */
  readonly locality: "isolate" | "machine" | "network";
  /** Sends a frame. Its buffers belong to the transport from now on. Does not throw on a dead link: `closed` tells. */
  send(frame: Frame): void;
  /** Says who handles what arrives; called once. What arrived before is kept. */
  receive(handler: TransportHandler): void;
  /** Delivers what was sent, then closes. Safe to call twice. */
  close(): Promise<void>;
}
