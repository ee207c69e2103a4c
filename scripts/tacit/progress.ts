/**
 * A bar at the terminal.
 *
 * @module
 */

const WIDTH = 24;

/** Shows how many layers are done, on one line of standard error. */
export class ProgressBar {
  readonly #total: number;
  readonly #write: (text: string) => void;
  #done = 0;

  /** A bar of so many steps. */
  constructor(
    total: number,
    write = (text: string): void => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
  ) {
    this.#total = total;
    this.#write = write;
  }

  /** One more is done. The line is left empty after the last one, and after a failure the next line overwrites it. */
  step(name: string): void {
    this.#done++;
    const share = Math.min(1, this.#done / this.#total);
    const full = Math.round(share * WIDTH);
    const bar = "█".repeat(full) + "░".repeat(WIDTH - full);
    this.#write(`\r\x1b[K${bar} ${this.#done}/${this.#total} ${name.slice(-40)}`);
    if (this.#done >= this.#total) this.clear();
  }

  /** Empties the line. */
  clear(): void {
    this.#write("\r\x1b[K");
  }
}
