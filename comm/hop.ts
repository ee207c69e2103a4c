/**
 * A later task of the event loop, soon: everything that is runnable now runs before it.
 *
 * @module
 */

/** What ports have beyond the web's, where the event loop belongs to a process: whether it waits for them. */
interface Counted {
  ref?(): void;
  unref?(): void;
}

/** Microtasks after which a port of Deno waits for its next message, so that `unref` finds something to release. */
const PORT_IDLE = 4;

/**
 * Runs a function on a later task, once however often it was asked for. A message to oneself takes microseconds where a timer
 * takes milliseconds; a microtask would run before operations of greater promise depth have come to what they send.
 */
export class Hop {
  readonly #channel = new MessageChannel();
  readonly #port: MessagePort & Counted = this.#channel.port1;
  #scheduled = false;
  #closed = false;

  /** Runs nothing yet; `run` is what it will run. */
  constructor(run: () => void) {
    this.#port.onmessage = () => {
      this.#scheduled = false;
      run();
      if (!this.#scheduled && this.#port.unref !== undefined) this.#release();
    };
    this.#port.unref?.();
  }

  /** Asks for a run. */
  schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#port.ref?.();
    this.#channel.port2.postMessage(0);
  }

  /** Ends it; a run that was asked for does not happen. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.onmessage = null;
    this.#port.close();
    this.#channel.port2.close();
  }

  /** Lets the process end while nothing is scheduled. */
  async #release(): Promise<void> {
    for (let i = 0; i < PORT_IDLE; i++) await null;
    if (this.#scheduled || this.#closed) return;
    this.#port.ref?.();
    this.#port.unref?.();
  }
}
