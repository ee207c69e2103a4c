import { assertRejects, fc } from "../deps.ts";
import { runs } from "../arbitraries.ts";
import { int, long, real, results } from "./clear_node.ts";
import { PLAIN, TWO } from "./layer_check.ts";
import { assertComputes, computed } from "./secret_node.ts";

/** Functions are stated to be within 1e-4 of small numbers; products of up to 8 factors of at most 2 lose a few ulp more. */
const ERROR = 4e-4;

const REDUCTIONS = [
  "ReduceL1",
  "ReduceL2",
  "ReduceLogSum",
  "ReduceLogSumExp",
  "ReduceMax",
  "ReduceMean",
  "ReduceMin",
  "ReduceProd",
  "ReduceSum",
  "ReduceSumSquare",
];

/** Logarithms are of real numbers only. */
const REALS = ["ReduceLogSum", "ReduceLogSumExp"];

interface Sample {
  readonly shape: number[];
  readonly axes: number[];
  readonly data: number[];
  readonly keep: boolean;
  readonly noop: boolean;
}

/** A tensor with up to 8 elements, in thirds, and some of its axes; those at odd places count from the end. */
const samples = (): fc.Arbitrary<Sample> =>
  fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 }).chain((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return fc.record({
      shape: fc.constant(shape),
      axes: fc.subarray([...shape.keys()]).map((axes) =>
        axes.map((axis, i) => i % 2 === 0 ? axis : axis - shape.length)
      ),
      data: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: size, maxLength: size }),
      keep: fc.boolean(),
      noop: fc.boolean(),
    });
  });

for (const op of REDUCTIONS) {
  for (const backend of [PLAIN, TWO]) {
    Deno.test(`${op} of secrets is that of public tensors, in every form of the operator (${backend.name})`, async () => {
      await fc.assert(
        fc.asyncProperty(samples(), async ({ shape, axes, data, keep, noop }) => {
          const keepdims = keep ? 1 : 0;
          const thirds = real(data.map((n) => n / 3), shape);
          const whole = int(data.map((n, i) => op === "ReduceL2" || i % 2 === 0 ? n : -n), shape);
          for (const x of REALS.includes(op) ? [thirds] : [thirds, whole]) {
            const attributes = { keepdims, noop_with_empty_axes: noop ? 1 : 0 };
            const operands = [x, long(axes)];
            await assertComputes(op, operands, results(op, operands, { attributes }), ERROR, {
              attributes,
              open: [1],
              backend,
            });
            const old = { attributes: { keepdims, axes }, opset: 11 };
            await assertComputes(op, [x], results(op, [x], old), ERROR, { ...old, backend });
          }
        }),
        runs(backend === PLAIN ? 12 : 3),
      );
    });
  }
}

Deno.test("a sum of nothing is 0 and a product of nothing 1, and nothing has no largest element", async () => {
  const x = real([], [2, 0]);
  const attributes = { axes: [1], keepdims: 0 };
  for (
    const [op, neutral] of [["ReduceSum", 0], ["ReduceL1", 0], ["ReduceSumSquare", 0], [
      "ReduceProd",
      1,
    ]] as const
  ) {
    await assertComputes(op, [x], [real([neutral, neutral])], ERROR, { attributes, opset: 11 });
  }
  await assertRejects(() => computed("ReduceMax", [x], { attributes, opset: 11 }), RangeError, "no elements");
});

Deno.test("logarithms of integers are refused", async () => {
  for (const op of REALS) {
    await assertRejects(() => computed(op, [int([1, 2])], { opset: 11 }), RangeError, "unsupported");
  }
});
