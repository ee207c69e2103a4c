import { runLocal, type Tensor } from "../../mod.ts";
import type { OnnxAttribute } from "../../nn/onnx/model.ts";
import { runs } from "../arbitraries.ts";
import { assertRejects, fc } from "../deps.ts";
import { byte, int, long, real, result, values } from "./clear_node.ts";
import { PLAIN } from "./layer_check.ts";
import {
  broadcasting,
  but,
  checkNodes,
  integers,
  type NodeCase,
  type Numbers,
  reals,
  runNode,
  secretOf,
  tensorOf,
} from "./operator_check.ts";

/** Stated: (4e-5·|p| + 3e-5)·x^p and 2 ulp; what the roundings of x and p carry comes on top. */
const POWER = (want: number): number => 3e-4 * (1 + Math.abs(want));

Deno.test("ONNX: powers of every kind of base by every kind of exponent", async () => {
  const power = (x: Numbers, y: Numbers, error?: (want: number) => number, open?: readonly number[]) =>
    broadcasting(x, y).map((operands): NodeCase => ({
      op: "Pow",
      operands,
      expected: [result("Pow", operands)],
      error,
      open,
    }));
  const outside = (numbers: Numbers, least: number): Numbers => but(numbers, (x) => Math.abs(x) < least);
  const exponents: Numbers = { element: fc.constantFrom(0, 1, 2, 3, 0.5, 1.5, -1), make: real };
  const positive = reals(0.5, 4);
  const draw = fc.tuple(
    power(integers(-3, 3), integers(0, 20)),
    power(reals(-3, 3), integers(0, 6), POWER),
    power(outside(reals(-3, 3), 0.5), integers(-3, 6), POWER),
    // Bases below 0, and exponents that happen to be integers.
    power(reals(-3, 3), { element: fc.integer({ min: 0, max: 4 }), make: real }, POWER),
    power(positive, reals(-2, 2), POWER),
    power(positive, exponents, POWER),
    power(reals(-8, 8), { element: fc.constantFrom(0, 1, 2, 3), make: real }, POWER, [1]),
    // The exact power of an integer where the exponent is one too.
    power(integers(0, 6), { element: fc.integer({ min: 0, max: 4 }), make: real }),
    power({ element: fc.constant(2), make: real }, reals(-8, 8), POWER, [0]),
  );
  await fc.assert(fc.asyncProperty(draw, (cases) => checkNodes(cases)), runs(4));
});

const [FLOAT, INT32, INT64, STRING, BOOL, HALF, FLOAT8] = [1, 6, 7, 8, 9, 10, 17];

Deno.test("ONNX: Cast and CastLike between real numbers, integers and truth values", async () => {
  const cast = (x: Tensor, to: number | string, expected: Tensor): NodeCase => ({
    op: "Cast",
    opset: typeof to === "string" ? 1 : 21,
    operands: [x],
    attributes: { to },
    expected: [expected],
  });
  const like = (x: Tensor, y: Tensor, expected: Tensor, open: readonly number[] = []): NodeCase => ({
    op: "CastLike",
    operands: [x, y],
    expected: [expected],
    open,
  });
  const numbers = real([-2.75, -1, -0.25, 0, 0.5, 1, 3.75]);
  const whole = long([-2, -1, 0, 0, 0, 1, 3]);
  await checkNodes([
    cast(numbers, INT32, whole),
    cast(numbers, INT64, whole),
    cast(numbers, BOOL, byte([1, 1, 1, 0, 1, 1, 1])),
    cast(numbers, HALF, numbers),
    cast(whole, FLOAT, real([-2, -1, 0, 0, 0, 1, 3])),
    cast(whole, BOOL, byte([1, 1, 0, 0, 0, 1, 1])),
    cast(byte([0, 1]), FLOAT, real([0, 1])),
    cast(numbers, "INT64", whole),
    cast(whole, "FLOAT", real([-2, -1, 0, 0, 0, 1, 3])),
    like(numbers, real([1]), numbers),
    like(whole, real([1]), real([-2, -1, 0, 0, 0, 1, 3])),
    like(numbers, int([1]), whole, [1]),
    // Ones and zeros are the same as integers and as truth values.
    like(real([1, 0]), long([5]), long([1, 0]), [0]),
  ]);
});

Deno.test("ONNX: Clip with bounds that are attributes or operands, secret or absent, and that cross", async () => {
  const bound = fc.option(reals(-2, 2).element, { nil: undefined });
  const draw = fc.tuple(
    fc.constantFrom([], [0], [3], [2, 2]).chain((shape) => tensorOf(shape, reals(-4, 4))),
    bound,
    bound,
  )
    .map(([x, low, high]): NodeCase[] => {
      const scalar = (value: number | undefined): Tensor | undefined =>
        value === undefined ? undefined : real([value], []);
      const operands = [x, scalar(low), scalar(high)];
      const attributes: Record<string, OnnxAttribute> = {
        ...low !== undefined && { min: low },
        ...high !== undefined && { max: high },
      };
      const expected = [result("Clip", operands)];
      const wide = [result("Clip", [x, scalar(low)])];
      return [
        { op: "Clip", operands, expected },
        { op: "Clip", opset: 6, operands: [x], attributes, expected },
        // What stands for infinity does not bind.
        { op: "Clip", operands: [x, scalar(low), scalar(3.4e38)], expected: wide, open: [1, 2] },
      ];
    });
  await fc.assert(fc.asyncProperty(draw, (cases) => checkNodes(cases)), runs(15));
});

Deno.test("ONNX: before version 7 the second operand broadcasts from a stated axis", async () => {
  const x = real(Array.from({ length: 24 }, (_, i) => i / 4 - 3), [2, 3, 4]);
  const [middle, front] = [real([1, -2, 0.5]), real([1, -2, 0.5, 3, 2, -1], [2, 3])];
  const old = { broadcast: 1 };
  const pairs: readonly (readonly [Tensor, Readonly<Record<string, OnnxAttribute>>])[] = [
    [middle, { ...old, axis: 1 }],
    [middle, { ...old, axis: -2 }],
    [front, { ...old, axis: 0 }],
    [real([1, 2, 3, 4]), old],
    [real([2], []), old],
  ];
  await checkNodes(
    pairs.flatMap(([y, attributes]) =>
      ["Add", "Sub", "Less", "Greater"].map((op): NodeCase => ({
        op,
        opset: 6,
        operands: [x, y],
        attributes,
        expected: [result(op, [x, y], { opset: 6, attributes })],
      }))
    ),
  );
});

Deno.test("ONNX: PRelu takes a slope for each channel, or any that broadcast", async () => {
  const x = real([-1, 2, -3, 4, -5, 6, -7, 8, -9, 10, -11, 12], [1, 3, 2, 2]);
  const sloped = (slopes: readonly number[], at: (i: number) => number): Tensor =>
    real(values(x).map((v, i) => v > 0 ? v : v * slopes[at(i)]!), x.shape);
  const slopes = [0.5, 2, -1];
  const channels = sloped(slopes, (i) => Math.floor(i / 4));
  await checkNodes([
    { op: "PRelu", opset: 6, operands: [x, real(slopes)], expected: [channels] },
    { op: "PRelu", operands: [x, real(slopes, [3, 1, 1])], expected: [channels] },
    { op: "PRelu", opset: 6, operands: [x, real([0.5])], expected: [sloped([0.5], () => 0)] },
    { op: "PRelu", operands: [x, real([0.5, 2])], expected: [sloped([0.5, 2], (i) => i % 2)] },
  ]);
});

Deno.test("ONNX: BitShift by public amounts, one for each element", async () => {
  const [x, by] = [long([1, 200, 65535, 1_000_000, 7, 0]), long([0, 3, 16, 5, 30, 1])];
  const shift = (direction: string, amounts: Tensor, expected: readonly number[]): NodeCase => ({
    op: "BitShift",
    attributes: { direction },
    operands: [x, amounts],
    expected: [long(expected)],
    open: [1],
  });
  await checkNodes([
    shift("LEFT", by, [1, 1600, 65535 * 2 ** 16, 32_000_000, 7 * 2 ** 30, 0]),
    shift("RIGHT", by, [1, 25, 0, 31250, 0, 0]),
    shift("RIGHT", long([2], []), [0, 50, 16383, 250_000, 1, 0]),
    {
      op: "BitShift",
      attributes: { direction: "RIGHT" },
      operands: [long([]), long([])],
      expected: [long([])],
      open: [1],
    },
  ]);
});

Deno.test("ONNX: Dropout drops nothing, and its mask has the type that its version says", async () => {
  const x = real([1.5, -2, 0], [3]);
  const ones = (opset: number): Tensor => opset < 10 ? real([1, 1, 1]) : byte([1, 1, 1]);
  const old = [[6, { is_test: 1 }], [7, {}], [10, {}], [13, {}]] as const;
  await checkNodes([
    ...old.flatMap(([opset, attributes]): NodeCase[] => [
      { op: "Dropout", opset, attributes, operands: [x], expected: [x] },
      { op: "Dropout", opset, attributes, operands: [x], expected: [x, ones(opset)], outputs: 2 },
    ]),
    { op: "Dropout", operands: [x, real([0.5], [])], expected: [x], open: [1] },
    { op: "Dropout", operands: [x, real([0], []), byte([1], [])], expected: [x], open: [1, 2] },
  ]);
});

Deno.test("ONNX: secret numbers are finite, and determinants are those of small matrices", async () => {
  const x = real([1, -2, 3]);
  const matrix = (entries: readonly number[], side: number, expected: number): NodeCase => ({
    op: "Det",
    operands: [real(entries, [1, side, side])],
    expected: [real([expected])],
    error: () => 1e-3,
  });
  await checkNodes([
    { op: "IsNaN", operands: [x], expected: [byte([0, 0, 0])] },
    { op: "IsInf", operands: [x], expected: [byte([0, 0, 0])] },
    matrix([3], 1, 3),
    matrix([1, 2, 3, 4], 2, -2),
    matrix([2, -1, 0, 1, 3, 5, -2, 4, 1], 3, -23),
    matrix([1, 0, 2, -1, 3, 0, 0, 5, 2, 1, 4, -3, 1, 0, 5, 0], 4, 30),
  ]);
});

Deno.test("ONNX: what secret elements cannot be is unsupported, with a reason", async () => {
  const x = real([1.5, 2]);
  const whole = long([1, 2]);
  const refused: readonly (readonly [
    string,
    readonly Tensor[],
    readonly number[],
    Record<string, OnnxAttribute>,
    RegExp,
  ])[] = [
    ["Cast", [x], [0], { to: STRING }, /elements of type string/],
    ["Cast", [x], [0], { to: FLOAT8 }, /elements of type float8e4m3fn/],
    ["CastLike", [x, whole], [0, 1], {}, /of integers or of truth values/],
    ["BitShift", [whole, whole], [1], { direction: "LEFT" }, /number of bits is secret/],
    ["BitwiseNot", [whole], [0], {}, /width is not known/],
    ["Pow", [whole, real([0.5])], [0], {}, /integers have exponents/],
    ["Pow", [whole, long([-1])], [0], {}, /negative exponents/],
    ["Range", [x, x, x], [0], {}, /size of its result/],
    ["Det", [real(Array.from({ length: 25 }, () => 1), [5, 5])], [0], {}, /5x5/],
    ["Dropout", [x, real([0.5], []), byte([1], [])], [0], {}, /drops elements/],
  ];
  const { parties, protocol } = PLAIN;
  for (const [op, operands, secret, attributes, reason] of refused) {
    const run = () =>
      runLocal({ parties, protocol }, async (mpc) => {
        const given = operands.map((t, i) => secret.includes(i) ? secretOf(mpc, t) : t);
        await Promise.all(runNode(mpc, op, given, { attributes }));
      });
    const error = await assertRejects(run, Error, "unsupported");
    if (!reason.test(error.message)) throw new Error(`${op}: ${error.message}`);
  }
});
