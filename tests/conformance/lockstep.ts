/**
 * A network in lock step: frames are held until nobody sends any more, then all of them arrive at once. The number of such
 * waves is the number of rounds, as seen from outside.
 *
 * @module
 */
import { DATA, openFrame } from "../../comm/frame.ts";
import { CORRECTIONS_SUB } from "../../protocols/providers/third_party.ts";
import type { Frame, Transport } from "../../comm/transport.ts";

/** Turns of the event loop without a send after which the network is taken to be at rest. */
const QUIET = 12;

/** Holds frames back and counts the waves in which they are delivered. */
export class LockStep {
  /** Waves with payload so far. */
  waves = 0;
  #held: { readonly link: Transport; readonly frame: Frame }[] = [];
  #turns = 0;
  readonly #hop = new MessageChannel();

  constructor() {
    this.#hop.port1.onmessage = () => this.#turn();
  }

  /** Puts a link into lock step. */
  wrap(link: Transport): Transport {
    return {
      kind: link.kind,
      locality: link.locality,
      receive: (handler) => link.receive(handler),
      send: (frame) => {
        // Frames without payload (the handshake, good-byes) are not part of any round, nor is what depends on no secret.
        const { messages } = openFrame(frame, 2 ** 31, "beginning");
        if (messages.every((m) => m.kind !== DATA || m.sub >= CORRECTIONS_SUB)) {
          return link.send(frame);
        }
        if (this.#held.length === 0) this.#hop.port2.postMessage(0);
        this.#held.push({ link, frame });
        this.#turns = 0;
      },
      close: () => link.close(),
    };
  }

  #turn(): void {
    if (this.#held.length === 0) return;
    if (++this.#turns < QUIET) return this.#hop.port2.postMessage(0);
    this.#turns = 0;
    this.waves++;
    for (const { link, frame } of this.#held.splice(0)) link.send(frame);
  }

  /** Ends it. */
  close(): void {
    this.#hop.port1.close();
    this.#hop.port2.close();
  }
}
