import type { Tensor } from "../../ops/plaintext.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertRejects, assertThrows, fc } from "../deps.ts";
import { evaluate, int, long, real, result, values } from "./clear_node.ts";
import { PLAIN, TWO } from "./layer_check.ts";
import { assertComputes, computed } from "./secret_node.ts";

type Complex = readonly [number, number];

/** The sum of the entries, turned: entry i by k·i of `length` parts of a circle. */
function bin(entries: readonly Complex[], k: number, length: number, inverse: boolean): Complex {
  let [re, im] = [0, 0];
  entries.slice(0, length).forEach(([a, b], i) => {
    const angle = (inverse ? 2 : -2) * Math.PI * i * k / length;
    re += a * Math.cos(angle) - b * Math.sin(angle);
    im += a * Math.sin(angle) + b * Math.cos(angle);
  });
  return inverse ? [re / length, im / length] : [re, im];
}

const halves = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: -4, max: 4 }).map((n) => n / 2), { minLength: length, maxLength: length });

/** Sums of up to 8 entries of at most 2, times factors within 2^-17. */
const ERROR = 2e-4;

for (const backend of [PLAIN, TWO]) {
  Deno.test(`the Fourier transform is its sum, along any axis and of any length (${backend.name})`, async () => {
    const samples = fc.record({
      side: fc.integer({ min: 1, max: 5 }),
      parts: fc.constantFrom(1, 2),
      last: fc.boolean(),
      length: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      kind: fc.constantFrom("forward", "inverse", "onesided"),
    }).filter(({ parts, kind }) => kind !== "onesided" || parts === 1)
      .chain((s) => halves(2 * s.side * s.parts).map((data) => ({ ...s, data })));
    await fc.assert(
      fc.asyncProperty(samples, async ({ side, parts, last, length, kind, data }) => {
        const [inverse, onesided] = [kind === "inverse", kind === "onesided"];
        const size = length ?? side;
        const bins = onesided ? Math.floor(size / 2) + 1 : size;
        const x = real(data, last ? [1, 2, side, parts] : [1, side, 2, parts]);
        const out = new Float64Array(2 * bins * 2);
        for (const lane of [0, 1]) {
          const entries = Array.from({ length: side }, (_, i): Complex => {
            const at = (last ? lane * side + i : i * 2 + lane) * parts;
            return [data[at]!, parts === 2 ? data[at + 1]! : 0];
          });
          for (let k = 0; k < bins; k++) {
            out.set(bin(entries, k, size, inverse), 2 * (last ? lane * bins + k : k * 2 + lane));
          }
        }
        const wanted = [real([...out], last ? [1, 2, bins, 2] : [1, bins, 2, 2])];
        const flags = { inverse: inverse ? 1 : 0, onesided: onesided ? 1 : 0 };
        const axis = last ? -2 : 1;
        const lengths = length === undefined ? undefined : long([length], []);
        await assertComputes("DFT", [x, lengths], wanted, ERROR, {
          attributes: { ...flags, axis },
          opset: 17,
          open: [1],
          backend,
        });
        await assertComputes("DFT", [x, lengths, last ? undefined : long([axis], [])], wanted, ERROR, {
          attributes: flags,
          opset: 20,
          open: [1, 2],
          backend,
        });
      }),
      runs(backend === PLAIN ? 20 : 4),
    );
  });
}

Deno.test("the transforms of frames are those of the frames, with a public or a secret window or none", async () => {
  const signal = [1, 2, -1, 0.5, 3, -2, 1];
  const window = [0.25, 1, 1, 0.5];
  for (const shaped of [undefined, window]) {
    for (const onesided of [0, 1]) {
      const bins = onesided === 1 ? 3 : 4;
      const wanted = [0, 2].flatMap((from) => {
        const entries = signal.slice(from, from + 4).map((x, i): Complex => [x * (shaped?.[i] ?? 1), 0]);
        return Array.from({ length: bins }, (_, k) => bin(entries, k, 4, false)).flat();
      });
      const operands = [real(signal, [1, 7, 1]), long([2], []), shaped && real(shaped), long([4], [])];
      for (const open of [[1, 3], [1, 2, 3]]) {
        const options = { attributes: { onesided }, opset: 17, open };
        await assertComputes("STFT", operands, [real(wanted, [1, 2, bins, 2])], ERROR, options);
      }
    }
  }
});

Deno.test("transforms that no definition has are refused", async () => {
  const x = real([1, 2], [1, 1, 2]);
  for (const attributes of [{ onesided: 1 }, { onesided: 1, inverse: 1 }]) {
    await assertRejects(() => computed("DFT", [x], { attributes, opset: 17 }), RangeError, "unsupported");
  }
  await assertRejects(
    () => computed("DFT", [real([1, 2, 3], [1, 1, 3])], { opset: 17 }),
    RangeError,
    "unsupported",
  );
  await assertRejects(
    () => computed("STFT", [x, long([1], [])], { opset: 17, open: [1] }),
    RangeError,
    "frame_length",
  );
});

/** The formula of each window. */
const WINDOWS: Readonly<Record<string, (t: number) => number>> = {
  BlackmanWindow: (t) => 0.42 - 0.5 * Math.cos(t) + 0.08 * Math.cos(2 * t),
  HammingWindow: (t) => 25 / 46 - 21 / 46 * Math.cos(t),
  HannWindow: (t) => Math.sin(t / 2) ** 2,
};

for (const [op, f] of Object.entries(WINDOWS)) {
  Deno.test(`${op} is its formula, for one turn with or without the end`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.constantFrom(0, 1), (size, periodic) => {
        const y = values(result(op, [long([size], [])], { attributes: { periodic } }));
        const wanted = y.map((_, i) => f(2 * Math.PI * i / (periodic === 1 ? size : size - 1)));
        y.forEach((value, i) =>
          assert(Math.abs(value - wanted[i]!) < 1e-12, `${value}, ${wanted[i]} is wanted`)
        );
      }),
      runs(30),
    );
    const one = (size: number): Tensor => result(op, [long([size], [])], { attributes: { periodic: 0 } });
    assertEquals([values(one(1)), values(one(0))], [[1], []]);
    assertThrows(() => evaluate(op, [long([-1], [])]), RangeError, "size");
  });
}

Deno.test("filters by pitch are triangles: each rises where the one before falls", () => {
  const y = result("MelWeightMatrix", [
    long([6], []),
    long([256], []),
    long([8000], []),
    real([0], []),
    real([4000], []),
  ]);
  assertEquals([...y.shape], [129, 6]);
  for (let band = 0; band < 6; band++) {
    const column = Array.from({ length: 129 }, (_, i) => y.at(i, band));
    const top = column.indexOf(1);
    assert(top > 0 && column.every((value, i) => i === top || value < 1));
    column.slice(1).forEach((value, i) => {
      const last = column[i]!;
      assert(i < top ? value >= last : value <= last, `band ${band} is ${last}, then ${value}`);
    });
  }
  const beyond = [long([2], []), long([16], []), long([100], []), real([0], []), real([4000], [])];
  assertThrows(() => evaluate("MelWeightMatrix", beyond), RangeError, "beyond");
});

Deno.test("a grid of the places of all entries gives the image, also of three axes", async () => {
  const [c, d, h, w] = [2, 2, 3, 2];
  const x = real(Array.from({ length: c * d * h * w }, (_, i) => i / 4), [1, c, d, h, w]);
  const places = Array.from({ length: d * h * w }, (_, i) => {
    const index = [i % w, Math.floor(i / w) % h, Math.floor(i / (w * h))];
    return [w, h, d].map((side, axis) => 2 * index[axis]! / (side - 1) - 1);
  }).flat();
  for (const mode of ["linear", "nearest", "cubic"]) {
    const attributes = { mode, align_corners: 1 };
    const operands = [x, real(places, [1, d, h, w, 3])];
    await assertComputes("GridSample", operands, [x], 2e-5, { attributes, opset: 20, open: [1] });
  }
  await assertRejects(
    () => computed("GridSample", [x, real(places, [1, d, h, w, 3])]),
    RangeError,
    "unsupported",
  );
});

Deno.test("between two entries is their mean, and outside what the mode says", async () => {
  const x = real([1, 3, 5], [1, 1, 1, 3]);
  // Half-way between the first two, one entry before the first, and 4.5 behind the last: there a mirror comes back to the first two.
  const grid = real([-1 / 3, 0, -4 / 3, 0, 11 / 3, 0], [1, 1, 3, 2]);
  const wanted = { zeros: [2, 0, 0], border: [2, 1, 5], reflection: [2, 1, 2] };
  for (const [padding_mode, row] of Object.entries(wanted)) {
    const attributes = { padding_mode };
    await assertComputes("GridSample", [x, grid], [real(row, [1, 1, 1, 3])], 2e-5, {
      attributes,
      opset: 16,
      open: [1],
    });
  }
});

Deno.test("bins of a region average its samples, of the image that it is in", async () => {
  const plane = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
  const x = real([...plane, ...plane.map((n) => n + 100)], [2, 1, 4, 4]);
  // The middle of a plane that rises evenly is its value at the middle of the bin, half an entry off with half pixels.
  const operands = [x, real([0, 0, 2, 2, 1, 1, 3, 3], [2, 4]), int([1, 0])];
  for (const [opset, shift] of [[10, 0], [16, -2.5]] as const) {
    const wanted = [102.5, 103.5, 106.5, 107.5, 7.5, 8.5, 11.5, 12.5].map((n) => n + shift);
    const attributes = { output_height: 2, output_width: 2, sampling_ratio: opset === 10 ? 2 : 0 };
    const options = { attributes, opset, open: [1, 2] };
    await assertComputes("RoiAlign", operands, [real(wanted, [2, 1, 2, 2])], 2e-5, options);
  }
  const options = { attributes: { mode: "max" }, open: [1, 2] };
  await assertRejects(() => computed("RoiAlign", operands, options), RangeError, "unsupported");
});
