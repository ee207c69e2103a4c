/**
 * The contract of a link to one peer.
 *
 * @module
 */

/** Bytes that belong together: the concatenation of the segments. A transport may join segments, but never splits one. */
export type Frame = Uint8Array[];

/** What happens on a link. */
export interface TransportHandler {
  /** A frame has arrived, whole and in order; its buffers belong to the handler. */
  frame(frame: Frame): void;
  /**
   * The link is dead, for good; no frame follows. Without a cause, the peer has closed it. Called once at most, and not
   * when this end is closed by `close()`.
   */
  closed(cause?: Error): void;
  /** Part of a frame has arrived: the peer is alive, though slow. */
  progress?(): void;
}

/**
 * An ordered, reliable link to one peer. It moves whole frames and does not look into them, beyond the length in their
 * header. After an error it is dead for good: nothing is retried.
 *
 * Buffers: what is sent belongs to the transport from the moment of `send`, what arrives belongs to the handler. Each segment
 * has an `ArrayBuffer` that no other segment, and nobody else, uses; whoever is done with it may put it into a pool.
 */
export interface Transport {
  /** What it is made of: "memory", "message-port", "tcp", "websocket". */
  readonly kind: string;
  /** Where the peer is: insecure protocols and providers refuse `"network"`. */
  readonly locality: "isolate" | "machine" | "network";
  /** Sends a frame. Never throws for a dead link: `closed` tells. */
  send(frame: Frame): void;
  /** Says who handles what arrives; called once. What arrived before is kept. */
  receive(handler: TransportHandler): void;
  /** Delivers what was sent, then closes. Safe to call twice. */
  close(): Promise<void>;
}
