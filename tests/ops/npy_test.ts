import { decodeNpy, encodeNpy } from "../../ops/npy.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { runs, shapes } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { positions, sizeOf } from "../oracles/tensors.ts";

/** A file with any header and data. */
function file(header: string, data: Uint8Array = new Uint8Array(0), version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12;
  const text = new TextEncoder().encode(header);
  const out = new Uint8Array(start + text.length + data.length);
  out.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  const view = new DataView(out.buffer);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  out.set(text, start);
  out.set(data, start + text.length);
  return out;
}

/** A header as NumPy writes it. */
function header(descr: string, shape: readonly number[], fortran = false): string {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  return `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${sides}), }\n`;
}

/** How one element of a type is written. */
type Write = (view: DataView, at: number, x: number, little: boolean) => void;

interface Kind {
  readonly code: string;
  readonly bytes: number;
  readonly write: Write;
  readonly values: readonly number[];
  readonly dtype: Tensor["dtype"];
}

const kinds: readonly Kind[] = [
  {
    code: "f8",
    bytes: 8,
    write: (v, at, x, le) => v.setFloat64(at, x, le),
    values: [0.1, -1e300, 5e-324, Infinity, 3, -0],
    dtype: "float64",
  },
  {
    code: "f4",
    bytes: 4,
    write: (v, at, x, le) => v.setFloat32(at, x, le),
    values: [0.5, -(2 ** 100), 2 ** -149, Infinity, 3, -0],
    dtype: "float32",
  },
  {
    code: "f2",
    bytes: 2,
    write: (v, at, x, le) => v.setFloat16(at, x, le),
    values: [0.5, -65504, 2 ** -24, Infinity, 1 + 2 ** -10, -0],
    dtype: "float32",
  },
  {
    code: "i1",
    bytes: 1,
    write: (v, at, x) => v.setInt8(at, x),
    values: [0, 1, -1, 127, -128, 5],
    dtype: "int32",
  },
  {
    code: "i2",
    bytes: 2,
    write: (v, at, x, le) => v.setInt16(at, x, le),
    values: [0, 1, -1, 32767, -32768, 258],
    dtype: "int32",
  },
  {
    code: "i4",
    bytes: 4,
    write: (v, at, x, le) => v.setInt32(at, x, le),
    values: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 258],
    dtype: "int32",
  },
  {
    code: "i8",
    bytes: 8,
    write: (v, at, x, le) => v.setBigInt64(at, BigInt(x), le),
    values: [0, 1, -1, 2 ** 62, -(2 ** 63), 258],
    dtype: "int64",
  },
  {
    code: "u1",
    bytes: 1,
    write: (v, at, x) => v.setUint8(at, x),
    values: [0, 1, 2, 127, 128, 255],
    dtype: "uint8",
  },
  {
    code: "u2",
    bytes: 2,
    write: (v, at, x, le) => v.setUint16(at, x, le),
    values: [0, 1, 2, 32768, 65535, 258],
    dtype: "int32",
  },
  {
    code: "u4",
    bytes: 4,
    write: (v, at, x, le) => v.setUint32(at, x, le),
    values: [0, 1, 2, 2 ** 31, 2 ** 32 - 1, 258],
    dtype: "float64",
  },
  {
    code: "u8",
    bytes: 8,
    write: (v, at, x, le) => v.setBigUint64(at, BigInt(x), le),
    values: [0, 1, 2, 2 ** 62, 2 ** 53, 258],
    dtype: "int64",
  },
  {
    code: "b1",
    bytes: 1,
    write: (v, at, x) => v.setUint8(at, x),
    values: [0, 1, 1, 0, 0, 1],
    dtype: "uint8",
  },
];

/** A file of six elements, [2, 3]. */
function written(kind: Kind, order: string, fortran: boolean, version = 1): Uint8Array {
  const data = new Uint8Array(6 * kind.bytes);
  const view = new DataView(data.buffer);
  // Column by column, the row changes first.
  const from = fortran ? [0, 3, 1, 4, 2, 5] : [0, 1, 2, 3, 4, 5];
  from.forEach((row, i) => kind.write(view, i * kind.bytes, kind.values[row]!, order !== ">"));
  return file(header(`${order}${kind.code}`, [2, 3], fortran), data, version);
}

for (const kind of kinds) {
  for (const order of kind.bytes === 1 ? ["|"] : ["<", ">", "="]) {
    Deno.test(`.npy: ${order}${kind.code} is read exactly, in both orders and versions`, () => {
      for (const fortran of [false, true]) {
        for (const version of [1, 2, 3]) {
          const x = decodeNpy(written(kind, order, fortran, version));
          assertEquals([x.shape, x.dtype], [[2, 3], kind.dtype]);
          assertEquals(Array.from(x.data, Number), [...kind.values]);
        }
      }
    });
  }
}

const stored = [
  (values: readonly number[]): Tensor["data"] => Float64Array.from(values),
  (values: readonly number[]): Tensor["data"] => Float32Array.from(values),
  (values: readonly number[]): Tensor["data"] => Int32Array.from(values),
  (values: readonly number[]): Tensor["data"] => Uint8Array.from(values),
  (values: readonly number[]): Tensor["data"] =>
    BigInt64Array.from(values, (v) => BigInt(Math.trunc(v)) << 20n),
];

Deno.test(".npy: what is written is read again, for every kind and shape", () => {
  fc.assert(
    fc.property(
      shapes().chain((shape) =>
        fc.tuple(
          fc.constant(shape),
          fc.array(fc.integer({ min: -1e6, max: 1e6 }), {
            minLength: sizeOf(shape),
            maxLength: sizeOf(shape),
          }),
          fc.constantFrom(...stored),
        )
      ),
      ([shape, values, store]) => {
        const x = new Tensor(shape, store(values.map((v) => v / 3)));
        const bytes = encodeNpy(x);
        const again = decodeNpy(bytes);
        assertEquals([again.shape, again.dtype], [x.shape, x.dtype]);
        assertEquals(again.data, x.data);
        // NumPy wants the data aligned and the header closed by a line end.
        const start = bytes.length - x.data.byteLength;
        assertEquals([start % 64, bytes[start - 1]], [0, 10]);
        // A view into a larger buffer reads the same.
        const shifted = new Uint8Array(bytes.length + 3);
        shifted.set(bytes, 3);
        assertEquals(decodeNpy(shifted.subarray(3)).data, x.data);
      },
    ),
    runs(200),
  );
});

Deno.test(".npy: Fortran order of any shape is read in row-major order", () => {
  fc.assert(
    fc.property(shapes({ maxSide: 4 }), (shape) => {
      const size = sizeOf(shape);
      const data = new Uint8Array(size * 4);
      const view = new DataView(data.buffer);
      let row = 0;
      for (const index of positions(shape)) {
        const column = index.reduceRight((sum, i, axis) => sum * shape[axis]! + i, 0);
        view.setInt32(4 * column, row++, true);
      }
      const x = decodeNpy(file(header("<i4", shape, true), data));
      assertEquals(Array.from(x.data, Number), Array.from({ length: size }, (_, i) => i));
      assertEquals(x.shape, shape);
    }),
    runs(100),
  );
});

Deno.test(".npy: sides with an L behind them, as Python 2 wrote, are read", () => {
  const header = "{'descr': '<i4', 'fortran_order': False, 'shape': (2L, 1L), }\n";
  assertEquals(decodeNpy(file(header, new Uint8Array(8))).shape, [2, 1]);
});

Deno.test(".npy: files that NumPy wrote are read", async () => {
  const folder = new URL("../../examples/data/", import.meta.url);
  const rows = decodeNpy(await Deno.readFile(new URL("bob_data.npy", folder)));
  assertEquals([rows.shape, rows.dtype], [[100, 50], "float32"]);
  const labels = decodeNpy(await Deno.readFile(new URL("bob_labels.npy", folder)));
  assertEquals([labels.shape, labels.dtype], [[100], "int64"]);
  assert(Array.from(labels.data, Number).every((label) => label === 0 || label === 1));
});

Deno.test(".npy: a file that is cut short anywhere is refused", () => {
  for (const kind of kinds) {
    for (const version of [1, 2]) {
      const whole = written(kind, kind.bytes === 1 ? "|" : "<", true, version);
      for (let length = 0; length < whole.length; length++) {
        assertThrows(() => decodeNpy(whole.subarray(0, length)), TypeError, "Cannot read .npy file");
      }
    }
  }
});

const refused: Readonly<Record<string, [Uint8Array, string]>> = {
  "another file": [new TextEncoder().encode("PK\x03\x04 something else"), "does not begin as one"],
  "no element type": [file("{'fortran_order': False, 'shape': (1,), }"), "no element type"],
  "no order": [file("{'descr': '<f8', 'shape': (1,), }"), "no order"],
  "no shape": [file("{'descr': '<f8', 'fortran_order': False, }"), "no shape"],
  "complex numbers": [file(header("<c16", [1]), new Uint8Array(16)), '"<c16" is not supported'],
  "text": [file(header("<U1", [1]), new Uint8Array(4)), '"<U1" is not supported'],
  "objects": [file(header("|O", [1]), new Uint8Array(8)), '"|O" is not supported'],
  "a size that does not exist": [file(header("<f3", [1]), new Uint8Array(3)), '"<f3" is not supported'],
  "a negative side": [file(header("<f8", [-1]), new Uint8Array(8)), "its shape is"],
  "a side that is no number": [
    file("{'descr': '<f8', 'fortran_order': False, 'shape': (x,), }", new Uint8Array(8)),
    "its shape is",
  ],
  "more elements than bytes": [file(header("<f8", [1e12]), new Uint8Array(8)), "8 bytes of data"],
  "more elements than can be counted": [
    file(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,), }",
      new Uint8Array(8),
    ),
    "its shape is",
  ],
  "an empty tensor with a side that cannot be counted": [
    file("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 99999999999999999999), }"),
    "its shape is",
  ],
  "a side in another notation": [
    file("{'descr': '<f8', 'fortran_order': False, 'shape': (0x1,), }", new Uint8Array(8)),
    "its shape is (0x1,)",
  ],
  "a missing side": [
    file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,,1), }", new Uint8Array(8)),
    "its shape is (1,,1)",
  ],
  "a shape that is no tuple": [
    file("{'descr': '<f8', 'fortran_order': False, 'shape': (1), }", new Uint8Array(8)),
    "its shape is (1)",
  ],
  "data behind its end": [file(header("<f8", [1]), new Uint8Array(9)), "9 bytes of data, 8 are wanted"],
  "a version from the future": [file(header("<f8", [1]), new Uint8Array(8), 4), "its version is 4"],
  "a header of records": [
    file(header("<f8", [1]).padEnd(70_000), new Uint8Array(8), 2),
    "its header has 70000",
  ],
  "an integer of 64 bits": [file(header("<u8", [1]), new Uint8Array(8).fill(255)), "more than 63 bits"],
};

for (const [what, [bytes, words]] of Object.entries(refused)) {
  Deno.test(`.npy: refuses ${what}`, () => void assertThrows(() => decodeNpy(bytes), TypeError, words));
}

Deno.test(".npy: damaged bytes give a tensor or a TypeError, and nothing else", () => {
  const whole = encodeNpy(new Tensor([3, 2], Float64Array.of(1, 2, 3, 4, 5, 6)));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const bytes = whole.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          assert(decodeNpy(bytes) instanceof Tensor);
        } catch (error) {
          assert(error instanceof TypeError, String(error));
        }
      },
    ),
    runs(3000),
  );
});
