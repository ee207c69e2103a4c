import { nn, Tensor, type TensorData } from "../../mod.ts";
import { runs, shapes } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { sizeOf } from "../oracles/tensors.ts";

const { decodeSafetensors, encodeSafetensors } = nn;

/** A file with a header as it is given. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  out.set(data, 8 + text.length);
  return out;
}

const f32 = new Uint8Array(Float32Array.of(1, -2).buffer);
const place = (entry: object): Record<string, unknown> => ({
  a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...entry },
});

Deno.test("decodeSafetensors() reads what other libraries write", () => {
  // safetensors.numpy.save({"test": np.zeros((2, 2), dtype=np.int32)}), with the first element 1
  const known = fileOf(
    '{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}    ',
    Uint8Array.of(1, ...new Array<number>(15).fill(0)),
  );
  assertEquals(decodeSafetensors(known), { test: new Tensor([2, 2], Int32Array.of(1, 0, 0, 0)) });
  const header = {
    __metadata__: { format: "pt" },
    "layers.0.bias": { dtype: "BF16", shape: [1], data_offsets: [8, 10] },
    "layers.0.weight": { dtype: "F64", shape: [1, 1], data_offsets: [0, 8] },
    none: { dtype: "U8", shape: [0, 3], data_offsets: [8, 8] },
    half: { dtype: "F16", shape: [], data_offsets: [10, 12] },
  };
  const data = Uint8Array.of(...new Uint8Array(Float64Array.of(0.1).buffer), 0xc0, 0x3f, 0x00, 0x3c);
  assertEquals(decodeSafetensors(fileOf(header, data)), {
    "layers.0.bias": new Tensor([1], Float32Array.of(1.5)),
    "layers.0.weight": new Tensor([1, 1], Float64Array.of(0.1)),
    none: new Tensor([0, 3], new Uint8Array(0)),
    half: new Tensor([], Float32Array.of(1)),
  });
  assertEquals(decodeSafetensors(fileOf({})), {});
});

/** A type with numbers that it holds exactly, and how they come back. */
type Row = readonly [nn.SafetensorsType, fc.Arbitrary<number>, (data: number[]) => TensorData];

const integers = (bits: number, signed = true): fc.Arbitrary<number> =>
  fc.integer(signed ? { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 } : { min: 0, max: 2 ** bits - 1 });
const singles = fc.float({ noNaN: true });

const rows: readonly Row[] = [
  ["F64", fc.double({ noNaN: true }), (x) => Float64Array.from(x)],
  ["F32", singles, (x) => Float32Array.from(x)],
  ["F16", integers(11).map((x) => x / 64), (x) => Float32Array.from(x)],
  ["BF16", integers(8).map((x) => x * 2 ** 90), (x) => Float32Array.from(x)],
  ["I64", fc.maxSafeInteger(), (x) => BigInt64Array.from(x, BigInt)],
  ["I32", integers(32), (x) => Int32Array.from(x)],
  ["I16", integers(16), (x) => Int32Array.from(x)],
  ["I8", integers(8), (x) => Int32Array.from(x)],
  ["U64", fc.maxSafeNat(), (x) => BigInt64Array.from(x, BigInt)],
  ["U32", integers(32, false), (x) => Float64Array.from(x)],
  ["U16", integers(16, false), (x) => Int32Array.from(x)],
  ["U8", integers(8, false), (x) => Uint8Array.from(x)],
  ["BOOL", integers(1, false), (x) => Uint8Array.from(x)],
];

for (const [type, value, stored] of rows) {
  Deno.test(`safetensors keep ${type}`, () => {
    const tensors = shapes({ maxRank: 3, maxSide: 3 }).chain((shape) =>
      fc.array(value, { minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((data) => ({ shape, data }))
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), tensors), (record) => {
        delete record["__metadata__"];
        const given = Object.fromEntries(
          Object.entries(record).map((
            [name, { shape, data }],
          ) => [name, new Tensor(shape, Float64Array.from(data))]),
        );
        const types = Object.fromEntries(Object.keys(given).map((name) => [name, type]));
        const bytes = encodeSafetensors(given, { types, metadata: { format: "pt" } });
        const back = decodeSafetensors(bytes);
        const wanted = Object.entries(record).map(([name, { shape, data }]) =>
          [name, new Tensor(shape, stored(data.map((x) => x + 0)))] as const
        );
        assertEquals(Object.entries(back), wanted.filter(([name]) => Object.hasOwn(given, name)));
      }),
      runs(40),
    );
  });
}

Deno.test("encodeSafetensors() keeps the storage, aligns elements, and rounds reals to the nearest", () => {
  const tensors = {
    bytes: new Tensor([3], Uint8Array.of(1, 2, 3)),
    ints: new Tensor([1], Int32Array.of(-5)),
    real: new Tensor([2], Float64Array.of(1 / 3, -2)),
    long: new Tensor([], BigInt64Array.of(2n ** 62n)),
  };
  const bytes = encodeSafetensors(tensors);
  assertEquals(decodeSafetensors(bytes), tensors);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assertEquals(length % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  assertEquals(header.bytes.data_offsets, [28, 31]);
  assertEquals(header.ints.data_offsets, [24, 28]);
  const numbers = [1 / 3, 1 + 2 ** -9, 1 + 3 * 2 ** -9, 1 + 2 ** -8, Infinity, -Infinity, NaN, 3.4e38];
  const read = (reals: "F16" | "BF16"): number[] =>
    Array.from(decodeSafetensors(encodeSafetensors({ a: numbers }, { reals }))["a"]!.data, Number);
  assertEquals(read("F16"), numbers.map(Math.f16round));
  assertEquals(read("BF16"), [0.333984375, 1, 1.0078125, 1, Infinity, -Infinity, NaN, Infinity]);
});

Deno.test("encodeSafetensors() refuses what does not fit", () => {
  for (const [type, value] of [["I8", 128], ["U8", -1], ["BOOL", 2], ["I32", 0.5], ["I16", NaN]] as const) {
    assertThrows(
      () => encodeSafetensors({ a: [value] }, { types: { a: type } }),
      RangeError,
      `Cannot write tensor "a" as ${type}: it has numbers that are`,
    );
  }
  assertThrows(() => encodeSafetensors({ __metadata__: [1] }), TypeError, "stands for metadata");
  assertThrows(
    () => encodeSafetensors({ a: [1] }, { types: { a: "F8" as "F16" } }),
    TypeError,
    'element type "F8" is unknown',
  );
});

/** Files that are not well formed, and what is said of them. */
const broken: readonly (readonly [string, Uint8Array, string])[] = [
  ["nothing", new Uint8Array(0), "it has 0 bytes, 8 at least are wanted"],
  ["text", new TextEncoder().encode("PK\x03\x04 an archive"), "it does not begin as one"],
  ["a header that is cut short", fileOf(place({}), f32).subarray(0, 30), "its header is cut short"],
  ["no JSON", fileOf("{a: 1}"), "its header is not in JSON"],
  ["no UTF-8", (() => fileOf("{}").map((b) => b === 0x7b ? 0xff : b))(), "its header is not in UTF-8"],
  ["a list", fileOf([]), "its header is no record of tensors"],
  ["null", fileOf("null"), "its header is no record of tensors"],
  ["no record", fileOf({ a: 1 }), 'tensor "a" is not described by a record'],
  ["an unknown type", fileOf(place({ dtype: "F8_E4M3" }), f32), 'has element type "F8_E4M3", one of F64, '],
  ["a type of the prototype", fileOf(place({ dtype: "toString" }), f32), 'has element type "toString"'],
  ["no type", fileOf({ a: {} }), "has element type of kind undefined"],
  ["a negative side", fileOf(place({ shape: [-2] }), f32), 'tensor "a" has no shape'],
  ["a fractional side", fileOf(place({ shape: [0.5] }), f32), 'tensor "a" has no shape'],
  ["no place", fileOf(place({ data_offsets: [0] }), f32), 'tensor "a" has no place in the file'],
  [
    "a backward place",
    fileOf(place({ data_offsets: [8, 0] }), f32),
    "has -8 bytes of elements, 8 are wanted",
  ],
  [
    "another size",
    fileOf(place({ shape: [3] }), f32),
    "has 8 bytes of elements, 12 are wanted for F32 of [3]",
  ],
  ["a huge shape", fileOf(place({ shape: [2 ** 40, 2 ** 40] }), f32), "has 8 bytes of elements"],
  ["a gap", fileOf(place({ data_offsets: [8, 16] }), f32), "begins at byte 8 of the elements, 0 is wanted"],
  [
    "less data",
    fileOf(place({}), f32.subarray(0, 4)),
    "it holds 4 bytes of elements, its header describes 8",
  ],
  ["more data", fileOf(place({}), new Uint8Array(9)), "it holds 9 bytes of elements, its header describes 8"],
  ["overlap", fileOf({ ...place({}), b: place({})["a"] }, f32), 'tensor "b" begins at byte 0'],
  ["a long name", fileOf({ ["x\n".repeat(1e4)]: 1 }), 'tensor "x\\nx\\n'],
];

for (const [what, bytes, message] of broken) {
  Deno.test(`decodeSafetensors() refuses ${what}`, () => {
    const error = assertThrows(() => decodeSafetensors(bytes), TypeError, message) as Error;
    assert(error.message.startsWith("Cannot read safetensors file: "));
    assert(error.message.length < 300 && !error.message.includes("\n"));
  });
}

/** Reads, or refuses in one line; never fails otherwise. */
function readsOrRefuses(bytes: Uint8Array): void {
  try {
    for (const { shape, data } of Object.values(decodeSafetensors(bytes))) {
      assertEquals(sizeOf(shape), data.length);
    }
  } catch (error) {
    assert(error instanceof TypeError || error instanceof RangeError, String(error));
    assert(/^Cannot (read safetensors file|use shape)[^\n]{1,400}$/.test(error.message), error.message);
  }
}

Deno.test("decodeSafetensors() reads or refuses in one line, whatever it is given", () => {
  const good = encodeSafetensors({ a: [[1, 2], [3, 4]], b: new Tensor([3], Int32Array.of(1, 2, 3)) });
  const damaged = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map(
      (changes) => changes.reduce((bytes, [at, byte]) => bytes.with(at, byte), new Uint8Array(good)),
    );
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom("F32", "U8", "I64", [2], [0, 8], [[]], 2 ** 53, -1));
  const headers = fc.dictionary(
    fc.string(),
    fc.oneof(value, fc.record({ dtype: value, shape: value, data_offsets: value }, { requiredKeys: [] })),
  );
  const files = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    damaged,
    fc.nat(good.length).map((length) => good.slice(0, length)),
    fc.tuple(headers, fc.uint8Array({ maxLength: 32 })).map(([header, data]) => fileOf(header, data)),
  );
  fc.assert(fc.property(files, readsOrRefuses), runs(1500));
  readsOrRefuses(fileOf(`${"[".repeat(200_000)}`));
  readsOrRefuses(fileOf(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`));
});
