/**
 * ONNX operators that write at indices.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { number, text, unsupported } from "../attributes.ts";
import { entry } from "../entry.ts";
import type { Binding, Lowered, OperatorTable } from "../operator.ts";
import { placesOf, publicPlaces } from "./places.ts";

/** How elements that are there and updates become one. */
const MERGES: Readonly<Record<string, (x: CrypTensor, y: CrypTensor) => CrypTensor>> = {
  mul: (x, y) => x.mul(y),
  max: (x, y) => x.maximum(y),
  min: (x, y) => x.minimum(y),
};

/** Updates in turns, each of which has at most one for a place: positions in the list of updates. */
function turnsOf(targets: ArrayLike<number>): number[][] {
  const seen = new Map<number, number>();
  const turns: number[][] = [];
  for (let i = 0; i < targets.length; i++) {
    const turn = seen.get(targets[i]!) ?? 0;
    seen.set(targets[i]!, turn + 1);
    (turns[turn] ??= []).push(i);
  }
  return turns;
}

/**
 * Updates written at public places: they replace, are added, or are multiplied or compared with what is there, which takes as many
 * turns as the most updates for one place.
 */
function scattering(reads: "GatherElements" | "GatherND"): (b: Binding) => Lowered {
  return (b) => {
    const reduction = text(b, "reduction", "none");
    const merge = entry(MERGES, reduction);
    if (merge === undefined && reduction !== "none" && reduction !== "add") {
      unsupported(b, `its reduction is "${reduction}"`);
    }
    // Where an update goes is where a read at the same indices comes from.
    const attributes = reads === "GatherND" ? {} : { axis: number(b, "axis", 0) };
    const reader = { ...b.node, opType: reads, attributes };
    return {
      run([data, at, given], env) {
        const x = env.secret(data!);
        const indices = publicPlaces(b, at, "indices")!;
        const places = placesOf(b, x.shape, [indices], reader)[0]!;
        const targets = new Tensor([places.size], places.data);
        const updates = env.secret(given!).reshape([places.size]);
        const flat = x.flatten();
        if (merge === undefined) {
          const out = reduction === "add"
            ? flat.scatterAdd(0, targets, updates)
            : flat.scatter(0, targets, updates);
          return out.reshape(x.shape);
        }
        const out = turnsOf(targets.data as Int32Array).reduce((here, turn) => {
          const to = new Tensor([turn.length], Int32Array.from(turn, (i) => Number(targets.data[i])));
          const from = new Tensor([turn.length], Int32Array.from(turn));
          return here.scatter(0, to, merge(here.take(to), updates.take(from)));
        }, flat);
        return out.reshape(x.shape);
      },
    };
  };
}

const elements = scattering("GatherElements");

/** Operators that write at indices. */
export const scatterOperators: OperatorTable = {
  Scatter: [{ since: 9, lower: elements }],
  ScatterElements: [{ since: 11, lower: elements }],
  ScatterND: [{ since: 11, lower: scattering("GatherND") }],
};
