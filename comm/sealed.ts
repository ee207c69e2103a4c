/**
 * A link whose frames are encrypted under keys that a handshake has agreed on.
 *
 * @module
 */
import { envelope, joined, openEnvelope, SEALED } from "./envelope.ts";
import { TransportError } from "./errors.ts";
import type { Keys } from "./noise.ts";
import { sharedPool } from "./pool.ts";
import type { Frame, Transport, TransportHandler } from "./transport.ts";
import type { Wire } from "./wire.ts";

/** A link to a peer that has proved who it is. */
export interface SecuredLink extends Transport {
  /** Always true. */
  readonly secured: true;
  /** The peer's public key, as text. */
  readonly peer: string;
}

/** Encrypts what is sent over another link; frames overlap in the cipher, their order is kept. */
export class SealedLink implements SecuredLink {
  readonly secured = true;
  readonly peer: string;
  readonly #link: Transport;
  readonly #wire: Wire;
  readonly #keys: Keys;
  #sending: Promise<void> = Promise.resolve();
  #delivering: Promise<void> = Promise.resolve();
  #handler: TransportHandler | undefined;
  #closing: Promise<void> | undefined;
  #dead = false;

  /** A link over one whose handshake is done. */
  constructor(link: Transport, wire: Wire, keys: Keys, peer: string) {
    this.#link = link;
    this.#wire = wire;
    this.#keys = keys;
    this.peer = peer;
  }

  get kind(): string {
    return this.#link.kind;
  }
  get locality(): Transport["locality"] {
    return this.#link.locality;
  }

  send(frame: Frame): void {
    if (this.#dead || this.#closing !== undefined) return;
    const plain = joined(frame, (bytes) => sharedPool.acquire(bytes));
    if (frame.length > 1) { for (const segment of frame) sharedPool.release(segment); }
    const sealed = this.#keys.send.seal(plain);
    sealed.catch(() => {}); // Its turn comes below.
    this.#sending = this.#sending.then(async () => {
      const body = await sealed;
      sharedPool.release(plain);
      if (!this.#dead) this.#link.send(envelope(SEALED, body));
    }).catch((cause) => this.#die("Cannot send: the frame cannot be encrypted", cause));
  }

  receive(handler: TransportHandler): void {
    this.#handler = handler;
    this.#wire.hand({
      frame: (frame) => this.#open(frame),
      closed: (cause) => {
        this.#delivering = this.#delivering.then(() => this.#end(cause));
      },
      progress: () => handler.progress?.(),
    });
  }

  close(): Promise<void> {
    return this.#closing ??= this.#sending.then(() => this.#link.close());
  }

  #open(frame: Frame): void {
    if (this.#dead || this.#closing !== undefined) return;
    const opened = this.#opened(frame);
    opened.catch(() => {}); // Its turn comes below.
    this.#delivering = this.#delivering.then(async () => {
      const plain = await opened;
      for (const segment of frame) sharedPool.release(segment);
      if (!this.#dead && this.#closing === undefined) this.#handler!.frame([plain]);
    }).catch((cause) =>
      cause instanceof TransportError ? this.#die(cause.message, cause) : this.#die(
        "Cannot open a frame: it was altered, left out, moved or sent twice, the link ends",
        cause,
      )
    );
  }

  async #opened(frame: Frame): Promise<Uint8Array> {
    const { kind, body } = openEnvelope(frame);
    if (kind !== SEALED) {
      throw new TransportError("Cannot open a frame: it is no encrypted one, the link ends");
    }
    return await this.#keys.receive.open(body);
  }

  #die(message: string, cause: unknown): void {
    if (this.#dead) return;
    this.#end(new TransportError(message, { cause }));
    // The peer learns of it at once.
    this.#link.close().catch(() => {});
  }

  #end(cause: Error | undefined): void {
    if (this.#dead) return;
    this.#dead = true;
    if (this.#closing === undefined) this.#handler?.closed(cause);
  }
}
