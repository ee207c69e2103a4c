/**
 * Links over a MessagePort: between workers of one process.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import type { Frame, Transport, TransportHandler } from "./transport.ts";

/** What is posted: segments as buffer and length, or the end. */
type Packet = readonly { readonly buffer: ArrayBuffer; readonly length: number }[] | "end";

/** A link over a port; buffers are transferred, not copied. The port belongs to the link from now on. */
export function messagePort(port: MessagePort): Transport {
  let handler: TransportHandler | undefined;
  const early: Packet[] = [];
  let ended = false;
  let closed = false;

  const deliver = (packet: Packet): void => {
    if (ended) return;
    if (packet === "end") {
      ended = true;
      handler!.closed();
    } else if (!Array.isArray(packet)) {
      ended = true;
      handler!.closed(new TransportError("A message port delivered something that is no frame"));
    } else handler!.frame(packet.map(({ buffer, length }) => new Uint8Array(buffer, 0, length)));
  };
  port.onmessage = (event: MessageEvent<Packet>): void => {
    if (handler === undefined) early.push(event.data);
    else deliver(event.data);
  };
  port.onmessageerror = (): void => {
    if (!ended) handler?.closed(new TransportError("A message port delivered something that cannot be read"));
    ended = true;
  };

  return {
    kind: "message-port",
    locality: "machine",
    send(frame: Frame): void {
      if (closed) return;
      const whole = frame.map((s) =>
        s.byteOffset === 0 && s.buffer instanceof ArrayBuffer ? s as Uint8Array<ArrayBuffer> : s.slice()
      );
      const packet = whole.map(({ buffer, length }) => ({ buffer, length }));
      port.postMessage(packet, packet.map((p) => p.buffer));
    },
    receive(next: TransportHandler): void {
      handler = next;
      for (const packet of early.splice(0)) deliver(packet);
    },
    close(): Promise<void> {
      if (closed) return Promise.resolve();
      closed = true;
      port.postMessage("end" satisfies Packet);
      // Closing a port discards nothing that was posted before.
      port.close();
      return Promise.resolve();
    },
  };
}
