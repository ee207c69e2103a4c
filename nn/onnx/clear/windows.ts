/**
 * Windows and filters of signals.
 *
 * @module
 */
import { typeOf } from "./cast.ts";
import { type ClearCall, type ClearRule, type ClearTable, refuse } from "./call.ts";
import { checkSize } from "./gather.ts";
import { kindOf, ofReals, reals } from "./storage.ts";
import type { Tensor } from "../../../ops/plaintext.ts";
import type { Shape } from "../../../ring/shape.ts";

/** A result of the type that is asked for; undefined when it is none of numbers. */
function typed(call: ClearCall, shape: Shape, values: Float64Array): readonly Tensor[] | undefined {
  const type = typeOf(call.whole("output_datatype", 1));
  return type && [ofReals(kindOf(type), shape, values)];
}

/** A count that is an operand. */
function count(call: ClearCall, index: number, what: string): number {
  const value = call.integer(index) ?? refuse(`it has no ${what}`);
  return value >= 0 ? value : refuse(`its ${what} is ${value}, 0 or more is wanted`);
}

/** a[0] - a[1]·cos(t) + a[2]·cos(2t) - … over one turn, which ends with the window or one behind it. */
const cosines = (...a: readonly number[]): ClearRule => (call) => {
  const size = count(call, 0, "size");
  checkSize([size]);
  const turn = call.whole("periodic", 1) !== 0 ? size : size - 1;
  const at = (i: number): number =>
    a.reduce((sum, c, k) => sum + (-1) ** k * c * Math.cos(2 * Math.PI * k * i / turn), 0);
  // A window that begins and ends at once is at its top.
  return typed(call, [size], Float64Array.from({ length: size }, (_, i) => turn === 0 ? 1 : at(i)));
};

const melOf = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** Triangles over the bins of a spectrum, equally far apart by pitch: they rise from the one before and fall to the one behind. */
function melWeights(call: ClearCall): readonly Tensor[] | undefined {
  const [bands, length, rate] = [
    count(call, 0, "number of bands"),
    count(call, 1, "length"),
    count(call, 2, "rate"),
  ];
  const [low, high] = [3, 4].map((i) => melOf(reals(call.operand(i))[0] ?? refuse("an edge is missing"))) as [
    number,
    number,
  ];
  const bins = Math.floor(length / 2) + 1;
  checkSize([bins, bands]);
  if (rate === 0) refuse("its rate is 0");
  const edge = (i: number): number =>
    Math.floor((length + 1) * hertzOf(low + i * (high - low) / (bands + 2)) / rate);
  const out = new Float64Array(bins * bands);
  const set = (bin: number, band: number, weight: number): void => {
    if (bin < 0 || bin >= bins) refuse(`its edges lie beyond its ${bins} bins`);
    out[bin * bands + band] = weight;
  };
  for (let band = 0; band < bands; band++) {
    const [from, top, to] = [edge(band), edge(band + 1), edge(band + 2)];
    for (let bin = from; bin < top; bin++) set(bin, band, (bin - from) / (top - from));
    // The top of the last triangle may be the end of the spectrum.
    for (let bin = top; bin < Math.max(to, top + 1); bin++) {
      set(bin, band, bin === top ? 1 : (to - bin) / (to - top));
    }
  }
  return typed(call, [bins, bands], out);
}

/** Windows and filters of signals. */
export const clearWindows: ClearTable = {
  BlackmanWindow: cosines(0.42, 0.5, 0.08),
  HammingWindow: cosines(25 / 46, 21 / 46),
  HannWindow: cosines(0.5, 0.5),
  MelWeightMatrix: melWeights,
};
