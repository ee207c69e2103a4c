import type { Tensor } from "../../ops/plaintext.ts";
import { runs, shapes } from "../arbitraries.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows, fc } from "../deps.ts";
import { at, broadcast, build, matmul, sizeOf, type Values } from "../oracles/tensors.ts";
import { byte, evaluate, exact, int, long, real, result, results, values } from "./clear_node.ts";

const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n];
const word = (): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min: LEAST, max: MOST }),
    fc.constantFrom(LEAST, LEAST + 1n, MOST, -1n, 0n, 1n, 2n ** 53n + 1n),
    fc.bigInt({ min: -9n, max: 9n }),
  );

Deno.test("integers of 64 bits add, subtract and multiply modulo 2^64, and divide towards zero", () => {
  fc.assert(
    fc.property(word(), word(), (a, b) => {
      const of = (op: string, attributes = {}): bigint =>
        result(op, [long([a]), long([b])], { attributes }).data[0] as bigint;
      assertEquals(of("Add"), BigInt.asIntN(64, a + b));
      assertEquals(of("Sub"), BigInt.asIntN(64, a - b));
      assertEquals(of("Mul"), BigInt.asIntN(64, a * b));
      assertEquals([of("Max"), of("Min")], a > b ? [a, b] : [b, a]);
      fc.pre(b !== 0n);
      const [quotient, rest, positive] = [of("Div"), of("Mod", { fmod: 1 }), of("Mod")];
      assertEquals(BigInt.asIntN(64, quotient * b + rest), a);
      const size = (x: bigint): bigint => x < 0n ? -x : x;
      assert(size(rest) < size(b) && size(positive) < size(b));
      assert(rest === 0n || rest > 0n === a > 0n);
      assert(positive === 0n || positive > 0n === b > 0n);
      assertEquals((a - positive) % b, 0n);
    }),
    runs(300),
  );
});

Deno.test("smaller integers lose their high bits, and real numbers nothing", () => {
  const of = (op: string, x: Tensor, y: Tensor, attributes = {}): unknown =>
    result(op, [x, y], { attributes }).toNested();
  assertEquals(of("Add", int([2 ** 31 - 1]), int([1])), [-(2 ** 31)]);
  assertEquals(of("Mul", int([2 ** 31 - 1]), int([2 ** 31 - 1])), [1]);
  assertEquals(of("Div", int([-(2 ** 31), -7, 7]), int([-1, 2, -2])), [-(2 ** 31), -3, -3]);
  assertEquals(of("Sub", byte([1]), byte([3])), [254]);
  assertEquals(of("Div", real([-7]), real([2])), [-3.5]);
  assertEquals(of("Mod", real([-7.5, 7.5]), real([2, -2])), [0.5, -0.5]);
  assertEquals(of("Mod", real([-7.5, 7.5]), real([2, -2]), { fmod: 1 }), [-1.5, 1.5]);
  for (const op of ["Div", "Mod"]) {
    assertThrows(() => of(op, long([1]), long([0])), RangeError, `Cannot evaluate ${op} "n": an integer`);
  }
  const wide = result("Add", [real([0.1]), real([0.2])]);
  assertEquals([wide.dtype, wide.at(0)], ["float64", 0.1 + 0.2]);
});

Deno.test("Pow has the type of its base, and is exact for integers", () => {
  fc.assert(
    fc.property(word(), fc.bigInt({ min: 0n, max: 70n }), (base, exponent) => {
      assertEquals(
        result("Pow", [long([base]), long([exponent])]).data[0],
        BigInt.asIntN(64, base ** exponent),
      );
    }),
    runs(100),
  );
  assertEquals(result("Pow", [long([2n]), long([MOST])]).data[0], 0n);
  assertEquals(result("Pow", [int([1, -1, -1, 3]), int([-5, -5, -4, -1])]).toNested(), [1, -1, 1, 0]);
  const rooted = result("Pow", [int([9, 2]), real([0.5, 0.5])]);
  assertEquals([rooted.dtype, rooted.toNested()], ["int32", [3, 1]]);
  assertEquals(result("Pow", [real([2]), long([-1])]).toNested(), [0.5]);
});

Deno.test("operands broadcast by NumPy's rule, before version 7 from a stated axis", () => {
  const pair = shapes({ maxRank: 3, maxSide: 3 }).chain((shape) =>
    fc.tuple(fc.constant(shape), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), fc.nat(shape.length))
  );
  const filled = (shape: readonly number[], from: number): Values => {
    let next = from;
    return build(shape, () => next++);
  };
  fc.assert(
    fc.property(pair, ([shape, ones, drop]) => {
      const x = filled(shape, 1);
      const y = filled(shape.map((side, i) => ones[i] ? 1 : side).slice(drop), 100);
      const wanted = broadcast(x.shape, y.shape);
      const sum = result("Add", [long(x.data, x.shape), long(y.data, y.shape)]);
      assertEquals([...sum.shape], wanted);
      assertEquals(values(sum), [...build(wanted, (index) => at(x, index) + at(y, index)).data]);
    }),
    runs(80),
  );
  const x = int([0, 0, 0, 0, 0, 0], [1, 3, 2]);
  const old = result("Add", [x, int([1, 2, 3])], { opset: 6, attributes: { broadcast: 1, axis: 1 } });
  assertEquals(old.toNested(), [[[1, 1], [2, 2], [3, 3]]]);
  assertThrows(
    () => evaluate("Add", [int([1, 2]), int([1, 2, 3])], { name: "sum" }),
    RangeError,
    'Cannot evaluate Add "sum": cannot broadcast',
  );
});

Deno.test("operators of any number of operands take one, two and more", () => {
  const [a, b, c] = [real([1, 5]), real([2], []), real([4, -1], [2, 1])];
  assertEquals(result("Sum", [a]).toNested(), [1, 5]);
  assertEquals(result("Sum", [a, b, c]).toNested(), [[7, 11], [2, 6]]);
  assertEquals(result("Mean", [a, b, c]).at(1, 1), 2);
  assertEquals(result("Max", [a, b, c]).toNested(), [[4, 5], [2, 5]]);
  assertEquals(result("Min", [a, b, c]).toNested(), [[1, 2], [-1, -1]]);
  assertThrows(() => evaluate("Sum", []), RangeError, 'Cannot evaluate Sum "n": it has no operands');
});

Deno.test("comparisons are exact beyond 53 bits, and false for NaN", () => {
  const [x, y] = [long([2n ** 53n, LEAST, 3n]), long([2n ** 53n + 1n, MOST, 3n])];
  const of = (op: string, a: Tensor, b: Tensor): unknown => result(op, [a, b]).toNested();
  assertEquals(of("Equal", x, y), [0, 0, 1]);
  assertEquals(of("Less", x, y), [1, 1, 0]);
  assertEquals(of("LessOrEqual", x, y), [1, 1, 1]);
  assertEquals(of("Greater", x, y), [0, 0, 0]);
  assertEquals(of("GreaterOrEqual", x, y), [0, 0, 1]);
  for (const op of ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"]) {
    const nan = result(op, [real([NaN]), real([NaN])]);
    assertEquals([nan.dtype, nan.at(0)], ["uint8", 0]);
  }
});

Deno.test("logic and bits have their truth tables", () => {
  const [x, y] = [byte([0, 0, 1, 1]), byte([0, 1, 0, 1])];
  const of = (op: string, operands: readonly Tensor[], attributes = {}): unknown =>
    result(op, operands, { attributes }).toNested();
  assertEquals(of("And", [x, y]), [0, 0, 0, 1]);
  assertEquals(of("Or", [x, y]), [0, 1, 1, 1]);
  assertEquals(of("Xor", [x, y]), [0, 1, 1, 0]);
  assertEquals(of("Not", [x]), [1, 1, 0, 0]);
  const [a, b] = [int([0b1100, -1]), int([0b1010, 5])];
  assertEquals(of("BitwiseAnd", [a, b]), [0b1000, 5]);
  assertEquals(of("BitwiseOr", [a, b]), [0b1110, -1]);
  assertEquals(of("BitwiseXor", [a, b]), [0b0110, -6]);
  assertEquals(of("BitwiseNot", [a]), [-13, 0]);
  assertEquals(of("BitwiseNot", [byte([1])]), [254]);
  const [left, right] = [{ direction: "LEFT" }, { direction: "RIGHT" }];
  assertEquals(of("BitShift", [byte([129, 1, 1]), byte([1, 7, 8])], left), [2, 128, 0]);
  assertEquals(of("BitShift", [byte([129, 1]), byte([1, 8])], right), [64, 0]);
  assertEquals(of("BitShift", [real([2 ** 31 + 1]), real([1])], left), [2]);
  const none = [real([Infinity, -Infinity, NaN, 1])];
  assertEquals(of("IsInf", none), [1, 1, 0, 0]);
  assertEquals(of("IsInf", none, { detect_negative: 0 }), [1, 0, 0, 0]);
  assertEquals(of("IsInf", none, { detect_positive: 0 }), [0, 1, 0, 0]);
  assertEquals(of("IsNaN", none), [0, 0, 1, 0]);
  const chosen = result("Where", [byte([1, 0], [2, 1]), long([MOST, 1]), long([LEAST], [])]);
  assertEquals(exact(chosen), [MOST, 1n, LEAST, LEAST]);
});

Deno.test("Cast goes towards zero and into the range of the type; 0 alone is false", () => {
  const to = (x: Tensor, type: number | string): readonly [string, number[]] => {
    const y = result("Cast", [x], { attributes: { to: type } });
    return [y.dtype, values(y)];
  };
  const x = real([-1.9, 1.9, 300.5, NaN, -0.5]);
  assertEquals(to(x, 2), ["uint8", [0, 1, 255, 0, 0]]);
  assertEquals(to(x, 3), ["int32", [-1, 1, 127, 0, 0]]);
  assertEquals(to(x, 6), ["int32", [-1, 1, 300, 0, 0]]);
  assertEquals(to(x, "INT64"), ["int64", [-1, 1, 300, 0, 0]]);
  assertEquals(to(x, 9), ["uint8", [1, 1, 1, 1, 1]]);
  assertEquals(to(real([0, -0]), 9), ["uint8", [0, 0]]);
  assertEquals(to(int([-1, 70000]), 4), ["int32", [65535, 4464]]);
  assertEquals(to(int([-1]), 12), ["float64", [2 ** 32 - 1]]);
  assertEquals(to(int([300]), "UINT8"), ["uint8", [44]]);
  assertEquals(to(real([0.1]), "FLOAT"), ["float32", [Math.fround(0.1)]]);
  assertEquals(to(real([0.1, 65520, 2 ** -25, 1 + 2 ** -11]), 10), ["float32", [
    0.0999755859375,
    Infinity,
    0,
    1,
  ]]);
  assertEquals(to(real([1 + 2 ** -8, 1 + 3 * 2 ** -8]), 16), ["float32", [1, 1 + 2 ** -6]]);
  const far = result("Cast", [real([1e30, -1e30])], { attributes: { to: 7 } });
  assertEquals(exact(far), [MOST, LEAST]);
  assertThrows(() => to(int([-1]), 13), RangeError, "more than 63 bits");
  assertEquals(result("CastLike", [real([1.5]), long([])]).dtype, "int64");
  assertEquals(values(result("CastLike", [real([0, 1]), byte([])])), [0, 1]);
});

Deno.test("functions of single elements keep the type where they can", () => {
  const round = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.6];
  assertEquals(values(result("Round", [real(round)])).map((v) => v + 0), [-2, -2, 0, 0, 2, 2, 3]);
  assertEquals(exact(result("Neg", [long([LEAST, 5])])), [LEAST, -5n]);
  assertEquals(exact(result("Abs", [long([-MOST, 5])])), [MOST, 5n]);
  assertEquals(exact(result("Sign", [long([LEAST, 0, MOST])])), [-1n, 0n, 1n]);
  assertEquals(result("Relu", [int([-3, 3])]).toNested(), [0, 3]);
  assertEquals(result("LeakyRelu", [real([-1, 1])], { attributes: { alpha: 0.5 } }).toNested(), [-0.5, 1]);
  const pairs: readonly (readonly [string, string])[] = [
    ["Exp", "Log"],
    ["Sinh", "Asinh"],
    ["Tanh", "Atanh"],
    ["Sin", "Asin"],
    ["Cos", "Acos"],
    ["Tan", "Atan"],
    ["Cosh", "Acosh"],
    ["Reciprocal", "Reciprocal"],
  ];
  for (const [f, inverse] of pairs) {
    const y = result(inverse, [result(f, [real([0.25, 0.5, 1])])]);
    assert(y.allClose(real([0.25, 0.5, 1]), { relative: 1e-14 }), f);
  }
  assertAlmostEquals(result("Erf", [real([1], [])]).at(), 0.8427007929497149, 1e-15);
  assertAlmostEquals(result("Sigmoid", [real([Math.log(3)], [])]).at(), 0.75, 1e-15);
  assertEquals(result("Sqrt", [real([9])]).toNested(), [3]);
});

Deno.test("Clip takes its bounds as operands or attributes, and either may be absent", () => {
  const x = long([LEAST, 0, MOST]);
  assertEquals(exact(result("Clip", [x, undefined, long([5], [])])), [LEAST, 0n, 5n]);
  assertEquals(exact(result("Clip", [x, long([-5], [])])), [-5n, 0n, MOST]);
  assertEquals(exact(result("Clip", [x])), [LEAST, 0n, MOST]);
  const old = { opset: 6, attributes: { min: -1, max: 1 } };
  assertEquals(result("Clip", [real([-2, 0.5, 2])], old).toNested(), [-1, 0.5, 1]);
  assertThrows(() => evaluate("Clip", [x, long([1, 2])]), RangeError, "operand 1 has 2 elements");
});

Deno.test("products of matrices follow NumPy, in integers and real numbers", () => {
  const cases: readonly (readonly [number[], number[]])[] = [
    [[3], [3]],
    [[3], [2, 3, 2]],
    [[2, 3], [3]],
    [[2, 3], [3, 4]],
    [[2, 1, 2, 3], [5, 3, 1]],
    [[2, 0], [0, 3]],
    [[0, 2], [2, 3]],
  ];
  for (const [left, right] of cases) {
    const x = { shape: left, data: Array.from({ length: sizeOf(left) }, (_, i) => i - 2) };
    const y = { shape: right, data: Array.from({ length: sizeOf(right) }, (_, i) => 3 - i) };
    const wanted = matmul(x, y);
    for (const make of [long, int, real]) {
      const z = result("MatMul", [make(x.data, left), make(y.data, right)]);
      assertEquals([[...z.shape], values(z).map((v) => v + 0)], [[...wanted.shape], [...wanted.data]]);
    }
  }
  const [a, b, c] = [real([1, 2, 3, 4], [2, 2]), real([5, 6, 7, 8], [2, 2]), real([1, 2])];
  const gemm = { transA: 1, transB: 1, alpha: 2, beta: 3 };
  assertEquals(result("Gemm", [a, b, c], { attributes: gemm }).toNested(), [[49, 68], [71, 98]]);
  assertEquals(result("Gemm", [a, b]).toNested(), result("MatMul", [a, b]).toNested());
  const of = (equation: string, ...operands: readonly Tensor[]): unknown =>
    result("Einsum", operands, { attributes: { equation } }).toNested();
  assertEquals(of("ij,jk->ik", a, b), result("MatMul", [a, b]).toNested());
  assertEquals(of("ii", a), 5);
  assertEquals(of("ij->ji", a), [[1, 3], [2, 4]]);
  assertEquals(of("...i,...i,...i", a, a, b), [5 + 24, 63 + 128]);
  assertThrows(() => evaluate("MatMul", [a, real([1, 2, 3])]), RangeError, "[2,2] by [3]");
  assertThrows(() => evaluate("Gemm", [a, b, real([1, 2, 3])]), RangeError, "does not broadcast");
});

Deno.test("quantised numbers saturate, and come back within half a step", () => {
  const x = real([-300, -1, 0, 0.25, 0.75, 300], [2, 3]);
  const scale = real([0.5], []);
  const q = result("QuantizeLinear", [x, scale, byte([128], [])]);
  assertEquals([q.dtype, q.toNested()], ["uint8", [[0, 126, 128], [128, 130, 255]]]);
  const back = result("DequantizeLinear", [q, scale, byte([128], [])]);
  assertEquals(back.toNested(), [[-64, -1, 0], [0, 1, 63.5]]);
  const signed = result("QuantizeLinear", [x, real([1, 0.5, 2]), int([0, 0, 1])], { opset: 13 });
  assertEquals([signed.dtype, signed.toNested()], ["int32", [[-128, -2, 1], [0, 2, 127]]]);
  assertEquals(evaluate("QuantizeLinear", [x, scale, int([0], [])]), undefined);
  const stated = result("QuantizeLinear", [x, scale], { attributes: { output_dtype: 5 } });
  assertEquals(stated.toNested(), [[-600, -2, 0], [0, 2, 600]]);
  const blocks = { attributes: { axis: 1, block_size: 2 } };
  const blocked = result(
    "DequantizeLinear",
    [int([1, 1, 1, 1, 1, 1], [2, 3]), real([1, 2, 3, 4], [2, 2])],
    blocks,
  );
  assertEquals(blocked.toNested(), [[1, 1, 2], [3, 3, 4]]);
  const [y, step, zero] = results("DynamicQuantizeLinear", [x], { outputs: 3 });
  const again = result("DequantizeLinear", [y!, step!, zero!]);
  // The zero is rounded too: half a step each.
  values(again).forEach((v, i) => assertAlmostEquals(v, values(x)[i]!, step!.at()));
});
