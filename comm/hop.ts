/**
 * A later task of the event loop, soon: everything that is runnable now runs before it.
 *
 * @module
 */

/** What ports have beyond the web's, where the event loop belongs to a process: whether it waits for them. */
interface Port extends MessagePort {
  ref?(): void;
  unref?(): void;
}

/** Microtasks after which a port of Deno waits for its next message, so that `unref` finds something to release. */
const PORT_IDLE = 4;

/**
 * Runs a function on a later task, once however often it was asked for. A message to oneself takes microseconds where a timer
 * takes milliseconds; a microtask would run before operations of greater promise depth have come to what they send.
 *
 * The two ends of a channel take turns to receive: a port of Deno that has just run takes a message that is there already
 * within the same task, and a chain of runs would keep everyone else waiting.
 */
export class Hop {
  #receiver: Port;
  #sender: Port;
  #scheduled = false;
  #closed = false;

  /** Runs nothing yet; `run` is what it will run. */
  constructor(run: () => void) {
    const { port1, port2 } = new MessageChannel();
    [this.#receiver, this.#sender] = [port1, port2];
    for (const port of [this.#receiver, this.#sender]) {
      port.onmessage = () => {
        this.#scheduled = false;
        run();
        if (port.unref !== undefined) this.#release(port);
      };
      port.unref?.();
    }
  }

  /** Asks for a run. */
  schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    [this.#receiver, this.#sender] = [this.#sender, this.#receiver];
    this.#receiver.ref?.();
    this.#sender.postMessage(0);
  }

  /** Ends it; a run that was asked for does not happen. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const port of [this.#receiver, this.#sender]) {
      port.onmessage = null;
      port.close();
    }
  }

  /** Lets the process end while nothing is scheduled at this port. */
  async #release(port: Port): Promise<void> {
    for (let i = 0; i < PORT_IDLE; i++) await null;
    if (this.#closed || this.#scheduled && port === this.#receiver) return;
    port.ref?.();
    port.unref?.();
  }
}
