import { readOnnx } from "../../nn/onnx/reader.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import { assert, assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "../deps.ts";
import { bytes, type Fields, float, int, modelBytes, nodeProto, raw, tensorProto } from "./onnx_writer.ts";

/** A model of one node that uses one tensor. */
function holding(tensor: Fields): Uint8Array {
  return modelBytes({ nodes: [nodeProto("Add", ["x", "w"], ["y"])], tensors: [tensor] });
}

const weightOf = (model: Uint8Array): Tensor => readOnnx(model).graph.initializers.get("w")!;
const u8 = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Tensors: type number, data field, expected kind and values. */
const tensors: Readonly<Record<string, [number, Uint8Array[], Tensor["dtype"], readonly number[]]>> = {
  "float, raw": [1, [raw(Float32Array.of(0.5, -2))], "float32", [0.5, -2]],
  "float, listed": [1, [float(4, 0.5), float(4, -2)], "float32", [0.5, -2]],
  "double, raw": [11, [raw(Float64Array.of(0.1, -2))], "float64", [0.1, -2]],
  "double, listed": [11, [bytes(10, new Uint8Array(Float64Array.of(0.1, -2).buffer))], "float64", [0.1, -2]],
  "half, raw": [10, [raw(u8(0x00, 0x3c, 0x00, 0xc1))], "float32", [1, -2.5]],
  "half, listed": [10, [int(5, 0x3c00), int(5, 0x0001)], "float32", [1, 2 ** -24]],
  "bfloat, raw": [16, [raw(u8(0x80, 0x3f, 0x20, 0xc0))], "float32", [1, -2.5]],
  "bfloat, listed": [16, [int(5, 0x3f80), int(5, 0xc020)], "float32", [1, -2.5]],
  "int64, raw": [7, [raw(BigInt64Array.of(2n ** 40n, -1n))], "int64", [2 ** 40, -1]],
  "int64, listed": [7, [int(7, 2n ** 40n), int(7, -1)], "int64", [2 ** 40, -1]],
  "int32, raw": [6, [raw(u8(0xff, 0xff, 0xff, 0xff, 1, 1, 0, 0))], "int32", [-1, 257]],
  "int32, listed": [6, [int(5, -1), int(5, 257)], "int32", [-1, 257]],
  "int16, raw": [5, [raw(u8(0xff, 0xff, 1, 1))], "int32", [-1, 257]],
  "int8, raw": [3, [raw(u8(0xff, 127))], "int32", [-1, 127]],
  "uint8, raw": [2, [raw(u8(255, 0))], "uint8", [255, 0]],
  "uint8, listed": [2, [int(5, 255), int(5, 0)], "uint8", [255, 0]],
  "uint16, raw": [4, [raw(u8(0xff, 0xff, 1, 1))], "int32", [65535, 257]],
  "uint32, raw": [12, [raw(u8(0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0))], "float64", [2 ** 32 - 1, 1]],
  "uint32, listed": [12, [int(11, 2 ** 32 - 1), int(11, 1)], "float64", [2 ** 32 - 1, 1]],
  "uint64, raw": [13, [raw(BigInt64Array.of(2n ** 40n, 1n))], "int64", [2 ** 40, 1]],
  "uint64, listed": [13, [int(11, 2n ** 40n), int(11, 1)], "int64", [2 ** 40, 1]],
  "bool, raw": [9, [raw(u8(2, 0))], "uint8", [1, 0]],
  "bool, listed": [9, [int(5, 2), int(5, 0)], "uint8", [1, 0]],
  "int16, listed": [5, [int(5, -32768), int(5, 32767)], "int32", [-32768, 32767]],
  "int8, listed": [3, [int(5, -128), int(5, 127)], "int32", [-128, 127]],
  "uint16, listed": [4, [int(5, 65535), int(5, 0)], "int32", [65535, 0]],
};

for (const [what, [type, data, dtype, values]] of Object.entries(tensors)) {
  Deno.test(`a tensor of ${what} is read exactly`, () => {
    const w = weightOf(holding(tensorProto("w", type, [2, 1], ...data)));
    assertEquals([w.shape, w.dtype], [[2, 1], dtype]);
    assertEquals(Array.from(w.data, Number), [...values]);
  });
}

Deno.test("a tensor in a file beside the model is read from there, within its bounds", () => {
  const place = (offset: number | string, length: number): Fields =>
    tensorProto(
      "w",
      1,
      [2],
      int(14, 1),
      ...Object.entries({ location: "weights.bin", offset, length }).map(([key, value]) =>
        bytes(13, [bytes(1, key), bytes(2, String(value))])
      ),
    );
  const beside = new Uint8Array(Float32Array.of(9, 0.5, -2).buffer);
  const asked: string[] = [];
  const external = (location: string): Uint8Array => {
    asked.push(location);
    return beside;
  };
  const { graph } = readOnnx(holding(place(4, 8)), { external });
  assertEquals(Array.from(graph.initializers.get("w")!.data, Number), [0.5, -2]);
  assertEquals(asked, ["weights.bin"]);
  assertThrows(() => readOnnx(holding(place(8, 8)), { external }), TypeError, "beyond the end");
  assertThrows(() => readOnnx(holding(place(-4, 8)), { external }), TypeError, "beyond the end");
  assertThrows(() => readOnnx(holding(place(4, 4)), { external }), TypeError, "4 bytes, 8 are wanted");
  assertThrows(() => readOnnx(holding(place(4, 8))), TypeError, "weights.bin");
  for (
    const location of ["/etc/passwd", "../weights.bin", "a/../../b", "..\\b", "C:\\b", "file:///b", "\\b"]
  ) {
    const out = tensorProto("w", 1, [2], int(14, 1), bytes(13, [bytes(1, "location"), bytes(2, location)]));
    const error = assertThrows(
      () => readOnnx(holding(out), { external }),
      TypeError,
      "within the model's folder",
    );
    assertStringIncludes(error.message, location);
  }
  assertEquals(new Set(asked), new Set(["weights.bin"]));
  const broken = { external: () => assert(false, "there is no such file") as never };
  const error = assertThrows(() => readOnnx(holding(place(4, 8)), broken), TypeError, "which cannot be read");
  assertStringIncludes(String(error.cause), "there is no such file");
  for (const text of ["1.5", "", "0x4", "1e1"]) {
    assertThrows(() => readOnnx(holding(place(text, 8)), { external }), TypeError, `at place "${text}"`);
  }
  const nowhere = tensorProto("w", 1, [2], int(14, 1));
  assertThrows(() => readOnnx(holding(nowhere), { external }), TypeError, "no stated place");
});

const half = raw(Float32Array.of(1));

const refused: Readonly<Record<string, [() => Uint8Array, string]>> = {
  "too few bytes of a tensor": [() => holding(tensorProto("w", 1, [2], half)), "4 bytes, 8 are wanted"],
  "too many bytes of a tensor": [
    () => holding(tensorProto("w", 1, [], half, half, raw(u8(0)))),
    "are wanted",
  ],
  "too few listed values": [() => holding(tensorProto("w", 1, [3], float(4, 1))), "1 values, 3 are wanted"],
  "no values": [() => holding(tensorProto("w", 1, [3])), "0 values, 3 are wanted"],
  "a negative side": [() => holding(tensorProto("w", 1, [-1], half)), "shape [-1]"],
  "a side of more than 53 bits": [() => holding(tensorProto("w", 1, [2n ** 60n], half)), "53 bits"],
  "a tensor as large as a memory": [
    () => holding(tensorProto("w", 1, [2 ** 20, 2 ** 20], half)),
    `${2 ** 42} are wanted`,
  ],
  "text tensors": [() => holding(tensorProto("w", 8, [1])), "of type string"],
  "complex tensors": [() => holding(tensorProto("w", 14, [1], raw(Float64Array.of(1)))), "of type complex64"],
  "tensors of a type from the future": [() => holding(tensorProto("w", 99, [1])), "of type number 99"],
  "unsigned integers of 64 bits": [
    () => holding(tensorProto("w", 13, [1], raw(BigInt64Array.of(-1n)))),
    "more than 63 bits",
  ],
  "listed unsigned integers of 64 bits": [
    () => holding(tensorProto("w", 13, [1], int(11, 2n ** 64n - 1n))),
    "more than 63 bits",
  ],
  "listed integers beyond 8 bits": [
    () => holding(tensorProto("w", 2, [1], int(5, 300))),
    "not of type uint8",
  ],
  "listed integers below 8 bits": [() => holding(tensorProto("w", 3, [1], int(5, -129))), "not of type int8"],
  "listed halves of more than 16 bits": [
    () => holding(tensorProto("w", 10, [1], int(5, 70_000))),
    "not of type float16",
  ],
  "listed integers beyond 32 bits": [
    () => holding(tensorProto("w", 12, [1], int(11, 2n ** 32n))),
    "not of type uint32",
  ],
  "tensors of 8-bit floats": [() => holding(tensorProto("w", 17, [1], raw(u8(1)))), "of type float8e4m3fn"],
};

for (const [what, [make, words]] of Object.entries(refused)) {
  Deno.test(`refuses a model with ${what}`, () => {
    const error = assertThrows(() => readOnnx(make()), TypeError, words);
    assertInstanceOf(error, TypeError);
    assert(error.message.startsWith("Cannot read ONNX model: "), error.message);
  });
}
