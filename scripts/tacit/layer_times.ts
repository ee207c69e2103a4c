/**
 * When the layers of an inference are done.
 *
 * @module
 */
import type { nn } from "../../mod.ts";
import { ProgressBar } from "./progress.ts";

/** One layer, done. */
export interface LayerTime {
  /** Its name. */
  readonly name: string;
  /** Its operator or kind. */
  readonly kind: string;
  /** Shape of its first secret result. */
  readonly shape: readonly number[];
  /** Seconds from the end of the layer that was done before it. */
  readonly seconds: number;
}

/** Watches the layers of a model while it runs. */
export class LayerTimes {
  readonly #ends: Promise<LayerTime | undefined>[] = [];
  #last = performance.now();

  /** Watches a model, and shows a bar if asked to. */
  constructor(graph: nn.Graph, progress: boolean) {
    const bar = progress ? new ProgressBar(graph.children.size) : undefined;
    graph.onLayer = (name, layer, output): void => {
      const { shape } = output;
      const end = output.settled().then((): LayerTime => {
        const now = performance.now();
        const seconds = (now - this.#last) / 1000;
        this.#last = now;
        bar?.step(name);
        return { name, kind: layer?.kind ?? "", shape, seconds };
      }, () => undefined);
      this.#ends.push(end);
    };
  }

  /** All layers that were done. */
  async all(): Promise<LayerTime[]> {
    const ends = await Promise.all(this.#ends);
    return ends.filter((end) => end !== undefined);
  }
}
