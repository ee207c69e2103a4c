/**
 * A link before it is trusted: frames are short, come one at a time, and are waited for no longer than a deadline allows.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import { type Envelope, openEnvelope } from "./envelope.ts";
import { frameBytes } from "./frame.ts";
import type { Frame, Transport, TransportHandler } from "./transport.ts";

/** Longest frame of a peer that has not proved who it is. */
export const UNTRUSTED_BYTES = 1024;

/** Takes what arrives at a link, first for a handshake, then for a handler. */
export class Wire implements TransportHandler {
  readonly #link: Transport;
  #frames: Frame[] = [];
  #ended: { readonly cause: Error | undefined } | undefined;
  #trusted = false;
  #handler: TransportHandler | undefined;
  #wake = Promise.withResolvers<void>();

  /** Begins to receive. */
  constructor(link: Transport) {
    this.#link = link;
    link.limit?.(UNTRUSTED_BYTES);
    link.receive(this);
  }

  /** Accepts what sessions send from now on. */
  trust(): void {
    this.#trusted = true;
    this.#link.limit?.();
  }

  /** Gives all that arrives, and has arrived, to a handler. */
  hand(handler: TransportHandler): void {
    this.#handler = handler;
    for (const frame of this.#frames.splice(0)) handler.frame(frame);
    if (this.#ended !== undefined) handler.closed(this.#ended.cause);
  }

  frame(frame: Frame): void {
    if (this.#handler !== undefined) return this.#handler.frame(frame);
    if (this.#ended !== undefined) return;
    if (!this.#trusted) {
      if (frameBytes(frame) > UNTRUSTED_BYTES) {
        return this.closed(new TransportError("a handshake is shorter"));
      }
      if (this.#frames.length > 0) return this.closed(new TransportError("it spoke out of turn"));
    }
    this.#frames.push(frame);
    this.#wake.resolve();
  }

  closed(cause?: Error): void {
    if (this.#handler !== undefined) return this.#handler.closed(cause);
    this.#ended ??= { cause };
    this.#wake.resolve();
  }

  progress(): void {
    this.#handler?.progress?.();
  }

  /** Ends the wait for the next frame. */
  fail(error: Error): void {
    this.#frames = [];
    this.closed(error);
  }

  /**
   * The next frame, opened.
   *
   * @throws {TransportError} when none comes.
   */
  async next(): Promise<Envelope> {
    while (this.#frames.length === 0) {
      if (this.#ended !== undefined) throw this.#ended.cause ?? new TransportError("it closed the link");
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
    return openEnvelope(this.#frames.shift()!);
  }
}
