import { runs } from "../arbitraries.ts";
import { fc } from "../deps.ts";
import { int, long, real, results, values } from "./clear_node.ts";
import { PLAIN, TWO } from "./layer_check.ts";
import { assertComputes } from "./secret_node.ts";
import type { Tensor } from "../../ops/plaintext.ts";

interface Sample {
  readonly x: Tensor;
  readonly axis: number;
  readonly flags: readonly [number, number, number];
}

/** A tensor with some equal elements, real or of integers, and one of its axes from either end. */
const samples = (): fc.Arbitrary<Sample> =>
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }).chain((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const bit = fc.constantFrom(0, 1);
    return fc.record({
      x: fc.tuple(
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: size, maxLength: size }),
        fc.boolean(),
      )
        .map(([data, whole]) => whole ? int(data, shape) : real(data.map((n) => n / 2), shape)),
      axis: fc.integer({ min: -shape.length, max: shape.length - 1 }),
      flags: fc.tuple(bit, bit, bit),
    });
  });

/** How each operator is called. */
const CALLS: Readonly<
  Record<
    string,
    (sample: Sample) => [string, Tensor[], Readonly<Record<string, number>>, outputs: number, opset: number]
  >
> = {
  "ArgMax": ({ x, axis, flags: [keepdims, last] }) => [
    "ArgMax",
    [x],
    { axis, keepdims, select_last_index: last },
    1,
    13,
  ],
  "ArgMin": ({ x, axis, flags: [keepdims, last] }) => [
    "ArgMin",
    [x],
    { axis, keepdims, select_last_index: last },
    1,
    13,
  ],
  "CumSum": (
    { x, axis, flags: [exclusive, reverse] },
  ) => ["CumSum", [x, long([axis], [])], { exclusive, reverse }, 1, 14],
  "TopK": ({ x, axis, flags: [largest, sorted] }) => {
    const k = Math.ceil(x.shape.at(axis)! / 2);
    return ["TopK", [x, long([k])], { axis, largest, sorted }, 2, 11];
  },
  "TopK with k as an attribute": (
    { x, axis },
  ) => ["TopK", [x], { axis, k: Math.ceil(x.shape.at(axis)! / 2) }, 2, 9],
};

for (const [name, call] of Object.entries(CALLS)) {
  for (const backend of [PLAIN, TWO]) {
    Deno.test(`${name} of secrets is that of public tensors (${backend.name})`, async () => {
      await fc.assert(
        fc.asyncProperty(samples(), async (sample) => {
          const [op, operands, attributes, outputs, opset] = call(sample);
          const wanted = results(op, operands, { attributes, outputs, opset });
          // Halves are encoded exactly, and what is computed from them is exact.
          await assertComputes(op, operands, wanted, 0, { attributes, opset, open: [1], backend });
        }),
        runs(backend === PLAIN ? 20 : 4),
      );
    });
  }
}

/** Along one axis since version 13, along all from one on before. */
function lanes({ shape }: Tensor, axis: number, opset: number): number[][] {
  const at = axis < 0 ? axis + shape.length : axis;
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const out = new Map<string, number[]>();
  for (let place = 0; place < shape.reduce((a, b) => a * b, 1); place++) {
    const key = shape.map((side, i) => Math.floor(place / strides[i]!) % side)
      .filter((_, i) => opset < 13 ? i < at : i !== at).join();
    out.set(key, [...out.get(key) ?? [], place]);
  }
  return [...out.values()];
}

for (const opset of [11, 13]) {
  Deno.test(`Hardmax marks the first of the largest entries of a row (version ${opset})`, async () => {
    await fc.assert(
      fc.asyncProperty(samples(), async ({ x, axis }) => {
        const [from, out] = [values(x), new Float64Array(x.size)];
        for (const lane of lanes(x, axis, opset)) {
          const top = Math.max(...lane.map((place) => from[place]!));
          out[lane.find((place) => from[place] === top)!] = 1;
        }
        await assertComputes("Hardmax", [x], [real([...out], x.shape)], 0, { attributes: { axis }, opset });
      }),
      runs(15),
    );
  });

  for (const op of ["Softmax", "LogSoftmax"]) {
    Deno.test(`${op} of secrets is that of public tensors (version ${opset})`, async () => {
      await fc.assert(
        fc.asyncProperty(samples(), async ({ x, axis }) => {
          const operands = [real(values(x), x.shape)];
          const options = { attributes: { axis }, opset };
          // Stated: 6e-5.
          await assertComputes(op, operands, results(op, operands, options), 6e-5, options);
        }),
        runs(15),
      );
    });
  }
}
