/**
 * Links over a `MessagePort`: between workers of one process.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import type { Frame, Transport, TransportHandler } from "./transport.ts";

/** What is posted when nothing more follows: a port does not tell its peer that it was closed. */
const END = null;

/** The segments of a packet, or nothing when it is no frame. */
function segmentsOf(packet: unknown): Frame | undefined {
  const whole = Array.isArray(packet) && packet.every((segment) => segment instanceof Uint8Array);
  return whole ? packet as Frame : undefined;
}

class PortLink implements Transport {
  readonly kind = "message-port";
  readonly locality = "machine";
  readonly #port: MessagePort;
  #handler: TransportHandler | undefined;
  #closed = false;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  send(frame: Frame): void {
    if (this.#closed) return;
    try {
      this.#port.postMessage(frame, frame.map((segment) => segment.buffer as ArrayBuffer));
    } catch (cause) {
      this.#die(new TransportError("Cannot send a frame: its buffers cannot be transferred", { cause }));
    }
  }

  receive(handler: TransportHandler): void {
    this.#handler = handler;
    if (this.#closed) return;
    // The port keeps what comes before.
    this.#port.onmessageerror = () =>
      this.#die(new TransportError("Cannot read a frame: a port delivered something unreadable"));
    this.#port.onmessage = (event: MessageEvent<unknown>) => {
      if (this.#closed) return;
      if (event.data === END) return this.#die();
      const frame = segmentsOf(event.data);
      if (frame === undefined) {
        this.#die(new TransportError("Cannot read a frame: a port delivered something else"));
      } else handler.frame(frame);
    };
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#port.postMessage(END);
      // Closing a port discards nothing that was posted before.
      this.#port.close();
    }
    return Promise.resolve();
  }

  #die(cause?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    if (cause !== undefined) this.#port.postMessage(END);
    this.#port.close();
    queueMicrotask(() => this.#handler?.closed(cause));
  }
}

/** A link over a port, which belongs to the link from now on. Buffers are transferred, not copied. */
export function messagePort(port: MessagePort): Transport {
  return new PortLink(port);
}
