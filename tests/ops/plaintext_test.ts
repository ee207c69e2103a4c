import {
  type DuckTensor,
  type Nested,
  Tensor,
  tensor,
  type TensorLike,
  type TypedArray,
} from "../../ops/plaintext.ts";
import { runs, shapes } from "../arbitraries.ts";
import { assert, assertEquals, assertInstanceOf, assertStringIncludes, assertThrows, fc } from "../deps.ts";
import { at, build, positions, sizeOf } from "../oracles/tensors.ts";

const wrong = (x: unknown): never => x as never;

/** A shape without empty axes before others, as nested arrays can spell, and numbers to fill it. */
const filled = shapes({ maxRank: 4, maxSide: 4, minSide: 1 }).chain((shape) => {
  const length = sizeOf(shape);
  return fc.array(fc.double({ noNaN: true }), { minLength: length, maxLength: length })
    .map((data) => ({ shape, data }));
});

Deno.test("nested arrays and tensors say the same", () => {
  fc.assert(
    fc.property(filled, ({ shape, data }) => {
      const x = new Tensor(shape, Float64Array.from(data));
      const again = Tensor.from(x.toNested());
      assertEquals(again.shape, x.shape);
      assertEquals(again.data, x.data);
      assertEquals([x.size, x.ndim, x.dtype], [data.length, shape.length, "float64"]);
      for (const index of positions(shape)) assertEquals(x.at(...index), at({ shape, data }, index));
    }),
    runs(200),
  );
});

Deno.test("a tensor of any shape goes through its nested form, up to the sides behind an empty one", () => {
  fc.assert(
    fc.property(shapes(), (shape) => {
      const values = build(shape, (index) => index.reduce((sum, i) => 10 * sum + i, 0));
      const nested = new Tensor(shape, Float64Array.from(values.data)).toNested();
      const empty = shape.indexOf(0);
      assertEquals(Tensor.from(nested).shape, empty < 0 ? shape : shape.slice(0, empty + 1));
    }),
    runs(100),
  );
});

const kinds: readonly [TypedArray, Tensor["dtype"]][] = [
  [Float64Array.of(1.5, -2), "float64"],
  [Float32Array.of(1.5, -2), "float32"],
  [Int32Array.of(2 ** 31 - 1, -(2 ** 31)), "int32"],
  [Int16Array.of(32767, -32768), "int32"],
  [Int8Array.of(127, -128), "int32"],
  [Uint8Array.of(255, 0), "uint8"],
  [Uint8ClampedArray.of(255, 0), "uint8"],
  [Uint16Array.of(65535, 0), "int32"],
  [Uint32Array.of(2 ** 32 - 1, 0), "float64"],
  [BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)), "int64"],
  [BigUint64Array.of(2n ** 63n - 1n, 0n), "int64"],
  [Float16Array.of(65504, -(2 ** -24)), "float32"],
];

for (const [data, dtype] of kinds) {
  Deno.test(`${data.constructor.name} is kept exactly, as ${dtype}`, () => {
    for (const x of [Tensor.from(data), Tensor.from({ shape: [2], data }), tensor(data)]) {
      assertEquals(x.shape, [2]);
      assertEquals(x.dtype, dtype);
      assertEquals(Array.from(x.data, String), Array.from(data, String));
    }
    assertEquals(Tensor.from(data, [2, 1]).toNested(), [[Number(data[0])], [Number(data[1])]]);
  });
}

Deno.test("half-precision bits of other libraries are numbers when they are declared, and integers when not", () => {
  const data = Uint16Array.of(0x3c00, 0xc100);
  const duck = (type: object): DuckTensor => ({ shape: [2], data, ...type });
  assertEquals(Tensor.from(duck({ type: "float16" })).toNested(), [1, -2.5]);
  assertEquals(Tensor.from(duck({ dtype: "float16" })).toNested(), [1, -2.5]);
  assertEquals(Tensor.from(duck({ dtype: "bfloat16" })).data, Float32Array.of(0.0078125, -8));
  assertEquals(Tensor.from(duck({ dtype: "uint16" })).data, Int32Array.of(0x3c00, 0xc100));
});

Deno.test("row-major strides of other libraries are accepted, those of single entries and empty tensors as they are", () => {
  const data = Float64Array.of(1, 2, 3, 4);
  const read = (shape: readonly number[], strides: readonly number[], from = data): readonly number[] =>
    Tensor.from({ shape, strides, offset: 0, data: from } as DuckTensor).shape;
  assertEquals(read([2, 2], [2, 1]), [2, 2]);
  assertEquals(read([2, 1, 2], [2, 99, 1]), [2, 1, 2]);
  assertEquals(read([0, 2], [7, 7], new Float64Array(0)), [0, 2]);
});

Deno.test("arrays that contain themselves are refused", () => {
  const loop: unknown[] = [];
  loop.push(loop);
  assertThrows(() => Tensor.from(wrong(loop)), RangeError, "nested more than 64 deep");
});

Deno.test("the storage of a kept kind is shared, not copied", () => {
  const data = Float32Array.of(1, 2);
  assert(Tensor.from(data).data === data);
  assert(Tensor.from({ dims: [1, 2], data }).data === data);
  const x = Tensor.from(data);
  assert(Tensor.from(x) === x);
  assert(Tensor.from(x, [2]) === x);
  assert(Tensor.from(x, [1, 2]).data === data);
});

const readable: readonly [TensorLike, readonly number[], Nested, Tensor["dtype"]][] = [
  [3.5, [], 3.5, "float64"],
  [-0, [], -0, "float64"],
  [true, [], 1, "uint8"],
  [7n, [], 7, "int64"],
  [[], [0], [], "float64"],
  [[[], []], [2, 0], [[], []], "float64"],
  [[true, false], [2], [1, 0], "float64"],
  [[1n, -2n], [2], [1, -2], "int64"],
  [[1n, 2.5], [2], [1, 2.5], "float64"],
  [[[1], [2]], [2, 1], [[1], [2]], "float64"],
  [{ shape: [2, 1], data: [1, 2] }, [2, 1], [[1], [2]], "float64"],
  [{ dims: [1, 2], data: [1, 2] }, [1, 2], [[1, 2]], "float64"],
  [{ shape: [2], data: () => [1, 2] }, [2], [1, 2], "float64"],
  [{ shape: [2], data: () => Float32Array.of(0.5, 2) }, [2], [0.5, 2], "float32"],
  [{ shape: [0, 3], data: [] }, [0, 3], [], "float64"],
  [{ shape: Int32Array.of(1, 2), data: [1, 2] }, [1, 2], [[1, 2]], "float64"],
  [{ dims: [2], data: [1n, -2n] }, [2], [1, -2], "int64"],
  [{ shape: [2], data: () => BigInt64Array.of(1n, -2n) }, [2], [1, -2], "int64"],
  [[true], [1], [1], "float64"],
  [{ shape: [], data: [4] }, [], 4, "float64"],
];

Deno.test("numbers, booleans, big integers, arrays and tensors of other libraries are read", () => {
  for (const [value, shape, nested, dtype] of readable) {
    const x = Tensor.from(value);
    assertEquals([x.shape, x.toNested(), x.dtype], [shape, nested, dtype]);
  }
});

const unreadable: readonly [unknown, typeof RangeError | typeof TypeError, string][] = [
  [[[1, 2], [3]], RangeError, "element [1] has 1 entries, shape [2,2]"],
  [[[1], [2, 3]], RangeError, "element [1] has 2 entries"],
  [[[[1]], [[2], [3]]], RangeError, "element [1] has 2 entries, shape [2,1,1]"],
  [[[1], 2], RangeError, "element [1] is a single value"],
  [[1, [2]], RangeError, "element [1] has 1 entries"],
  [[[], [1]], RangeError, "element [1] has 1 entries"],
  [[1, "2"], TypeError, "element [1] is a string"],
  [[[1], [undefined]], TypeError, "element [1][0] is undefined, a number is wanted"],
  [[null], TypeError, "element [0] is null"],
  ["1", TypeError, "a string was given"],
  [null, TypeError, "null was given"],
  [undefined, TypeError, "undefined was given"],
  [() => 1, TypeError, "a function was given"],
  [{}, TypeError, "an object was given"],
  [{ data: [1] }, TypeError, "no shape"],
  [{ data: [1], shape: "1" }, TypeError, "its shape is a string, an array of sides is wanted"],
  [{ data: 5, shape: [] }, TypeError, "its data is a number"],
  [{ data: new DataView(new ArrayBuffer(8)), shape: [0] }, TypeError, "its data is a DataView"],
  [
    { data: () => Promise.resolve([1]), shape: [1] },
    TypeError,
    "its data is a Promise, an array of numbers is wanted, await",
  ],
  [{ data: [1, null], shape: [2] }, TypeError, "element 1 is null"],
  [{ data: [1, 2, 3, 4], shape: [2, 2], strides: [1, 2] }, TypeError, "strides are [1,2]"],
  [{ data: [1, 2], shape: [1], stride: Int32Array.of(1), offset: 1 }, TypeError, "at offset 1"],
  [{ data: [1, 2, 3], shape: [2], stride: [2] }, TypeError, "strides [1] is wanted"],
  [new Map(), TypeError, "a Map was given"],
  [[[1, 2], Float32Array.of(3, 4)], TypeError, "element [1] is a Float32Array"],
  // deno-lint-ignore no-sparse-arrays
  [[1, , 3], TypeError, "element [1] is undefined"],
  [[2n ** 60n + 1n, 0.5], RangeError, "more than 53 bits"],
  [{ data: [1, 2], shape: [3] }, RangeError, "2 elements were given, 3 are wanted"],
  [{ data: [1], shape: [-1] }, RangeError, "a side is -1"],
  [{ data: [1], shape: [0.5] }, RangeError, "a side is 0.5"],
  [2n ** 63n, RangeError, "an integer has more than"],
  [[-(2n ** 63n) - 1n], RangeError, "an integer has more than"],
  [BigUint64Array.of(2n ** 63n), RangeError, "an integer has more than"],
];

Deno.test("what is no tensor is refused, and the message says where and why", () => {
  for (const [value, type, words] of unreadable) {
    const error = assertThrows(() => Tensor.from(wrong(value)), type);
    assertInstanceOf(error, type);
    assertStringIncludes(error.message, "Cannot ");
    assertStringIncludes(error.message, words);
  }
});

Deno.test({
  name: "text as data of another library's tensor, and a DataView, are refused as no numbers",
  fn() {
    assertThrows(() => Tensor.from(wrong({ shape: [2], data: ["a", "b"] }) as DuckTensor), TypeError);
    assertThrows(() => Tensor.from(wrong(new DataView(new ArrayBuffer(8)))), TypeError);
  },
});

Deno.test("shape and number of elements must fit", () => {
  assertThrows(
    () => new Tensor([2, 2], new Float64Array(3)),
    RangeError,
    "3 elements were given, 4 are wanted",
  );
  assertThrows(() => new Tensor([], new Float64Array(0)), RangeError, "0 elements were given, 1 are wanted");
  assertThrows(() => Tensor.from([1, 2, 3], [2]), RangeError, "3 elements were given, 2 are wanted");
  assertThrows(() => new Tensor([2 ** 15, 2 ** 15], new Float64Array(1)), RangeError, "fewer than 2^29");
  assertThrows(() => new Tensor([NaN], new Float64Array(1)), RangeError, "a side is NaN");
});

Deno.test("a tensor's shape is its own", () => {
  const shape = [2, 1];
  const x = new Tensor(shape, new Float64Array(2));
  shape[0] = 5;
  assertEquals(x.shape, [2, 1]);
  assertThrows(() => (x.shape as number[]).push(1), TypeError);
});

Deno.test("elements that do not exist cannot be read", () => {
  const x = Tensor.from([[1, 2], [3, 4]]);
  for (const index of [[0], [0, 0, 0], [2, 0], [0, -1], [0, 0.5], [NaN, 0]]) {
    assertThrows(() => x.at(...index), RangeError, `Cannot read element [${index}]: the shape is [2,2]`);
  }
  assertThrows(() => new Tensor([0], new Float64Array(0)).at(0), RangeError, "the shape is [0]");
  assertEquals(Tensor.from(5).at(), 5);
});

Deno.test("text shows all of a small tensor and the ends of a large one", () => {
  assertEquals(String(Tensor.from(3)), "3");
  assertEquals(String(Tensor.from([])), "[]");
  assertEquals(String(Tensor.from([1n, -2n])), "[ 1, -2]");
  assertEquals(
    String(Tensor.from([[1, 2.5], [3, -1 / 3]])),
    "[[ 1.0000,  2.5000],\n [ 3.0000, -0.3333]]",
  );
  assertEquals(String(Tensor.from([1e-9, 2])), "[1.0000e-9, 2.0000e+0]");
  assertEquals(String(Tensor.from([1e12, 0])), "[1.0000e+12,  0.0000e+0]");
  assertEquals(String(Tensor.from([NaN, 0.5, -Infinity])), "[      NaN,    0.5000, -Infinity]");
  assertEquals(String(Tensor.from([[[1], [2]], [[3], [4]]])), "[[[1],\n  [2]],\n [[3],\n  [4]]]");
  const long = String(Tensor.from(Float64Array.from({ length: 1001 }, (_, i) => i)));
  assertEquals(long, "[   0,    1,    2, …,  998,  999, 1000]");
  const wide = String(new Tensor([2, 600], new Float64Array(1200)));
  assertEquals(wide, "[[0, 0, 0, …, 0, 0, 0],\n [0, 0, 0, …, 0, 0, 0]]");
  assert(String(new Tensor([100, 100], new Float64Array(10_000))).length < 300);
});

Deno.test("equal tensors have the same shape and values, in any storage", () => {
  const x = Tensor.from([[1, 2], [3, 4]]);
  assert(x.equals(Tensor.from(Uint8Array.of(1, 2, 3, 4), [2, 2])));
  assert(x.equals(Tensor.from([[1n, 2n], [3n, 4n]])));
  assert(Tensor.from([0]).equals(Tensor.from([-0])));
  assert(!x.equals(Tensor.from([1, 2, 3, 4])));
  assert(!x.equals(Tensor.from([[1, 2], [3, 4.5]])));
  assert(!Tensor.from([NaN]).equals(Tensor.from([NaN])));
  // One more than the double next to it: no rounding on the way.
  assert(!Tensor.from([2 ** 60]).equals(Tensor.from([2n ** 60n + 1n])));
});

Deno.test("close tensors differ by at most what is allowed", () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
      fc.integer({ min: 0, max: 40 }),
      (x, part) => {
        const near = Tensor.from([x + part / 16]);
        const allowed = { relative: 0, absolute: 1 };
        assertEquals(near.allClose(Tensor.from([x]), allowed), Math.abs(x + part / 16 - x) <= 1);
      },
    ),
    runs(200),
  );
  assert(Tensor.from([1, 1e6]).allClose(Tensor.from([1.000009, 1e6 + 9])));
  assert(!Tensor.from([1]).allClose(Tensor.from([1.00002])));
  assert(!Tensor.from([1]).allClose(Tensor.from(1)));
  assert(Tensor.from([Infinity]).allClose(Tensor.from([Infinity])));
  assert(!Tensor.from([-Infinity]).allClose(Tensor.from([Infinity])));
  assert(!Tensor.from([NaN]).allClose(Tensor.from([NaN])));
});
