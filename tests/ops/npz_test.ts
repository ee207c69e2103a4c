import { decodeNpz, encodeNpy, encodeNpz } from "../../ops/npy.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { writeZip } from "../../ops/zip.ts";
import { runs, shapes } from "../arbitraries.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows, fc } from "../deps.ts";
import { sizeOf } from "../oracles/tensors.ts";

/** Written by NumPy's savez_compressed(a=arange(3), b=float32([[1.5, -2]])). */
const COMPRESSED = Uint8Array.fromBase64(
  "UEsDBC0AAAAIAAAAIQD3QBLq//////////8FABQAYS5ucHkBABAAmAAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo" +
    "6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GKGCE0kxQGgBQSwMELQAAAAgAAAAhAP3PpQj//////////wUAFABiLm5w" +
    "eQEAEACIAAAAAAAAAE0AAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahjoKRpo" +
    "6CrUKZAMuBoYD9gxAAgBQSwECLQMtAAAACAAAACEA90AS6kwAAACYAAAABQAAAAAAAAAAAAAAgAEAAAAAYS5ucHlQSwECLQMtAAAACAAAACEA/c" +
    "+lCE0AAACIAAAABQAAAAAAAAAAAAAAgAGDAAAAYi5ucHlQSwUGAAAAAAIAAgBmAAAABwEAAAAA",
);
/** The same, with a limit of one byte for fields of 32 bits: sizes and offsets stand in 64-bit records. */
const WIDE = Uint8Array.fromBase64(
  "UEsDBC0AAAAIAAAAIQD3QBLq//////////8FABQAYS5ucHkBABAAmAAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo" +
    "6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GKGCE0kxQGgBQSwMELQAAAAgAAAAhAP3PpQj//////////wUAFABiLm5w" +
    "eQEAEACIAAAAAAAAAE0AAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahjoKRpo" +
    "6CrUKZAMuBoYD9gxAAgBQSwECLQMtAAAACAAAACEA90AS6v//////////BQAUAAAAAAAAAAAAgAEAAAAAYS5ucHkBABAAmAAAAAAAAABMAAAAAA" +
    "AAAFBLAQItAy0AAAAIAAAAIQD9z6UI//////////8FABwAAAAAAAAAAACAAf////9iLm5weQEAGACIAAAAAAAAAE0AAAAAAAAAgwAAAAAAAABQSwY" +
    "GLAAAAAAAAAAtAC0AAAAAAAAAAAACAAAAAAAAAAIAAAAAAAAAlgAAAAAAAAAHAQAAAAAAAFBLBgcAAAAAnQEAAAAAAAABAAAAUEsFBgAAAAAC" +
    "AAIAlgAAAAcBAAAAAA==",
);

/** A third, c=uint8([7]), with a limit of 200 bytes: of its numbers only the offset stands in 64 bits. */
const FAR = Uint8Array.fromBase64(
  "UEsDBC0AAAAIAAAAIQD3QBLq//////////8FABQAYS5ucHkBABAAmAAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6Ta" +
    "aGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GKGCE0kxQGgBQSwMELQAAAAgAAAAhAP3PpQj//////////w" +
    "UAFABiLm5weQEAEACIAAAAAAAAAE0AAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4Fihd" +
    "nJBakAvkahjoKRpo6CrUKZAMuBoYD9gxAAgBQSwMELQAAAAgAAAAhAE4XxSn//////////wUAFABjLm5weQEAEACBAAAAAAAAAEUAAAAA" +
    "AAAAm+wX6hsQychQxlCtnpJanFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahjqaOgq1ChQALnYAUEsBAi0DL" +
    "QAAAAgAAAAhAPdAEupMAAAAmAAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsBAi0DLQAAAAgAAAAhAP3PpQhNAAAAiAAAAAUAAAAAAA" +
    "AAAAAAAIABgwAAAGIubnB5UEsBAi0DLQAAAAgAAAAhAE4XxSlFAAAAgQAAAAUADAAAAAAAAAAAAIAB/////2MubnB5AQAIAAcBAAAAAAA" +
    "AUEsGBiwAAAAAAAAALQAtAAAAAAAAAAAAAwAAAAAAAAADAAAAAAAAAKUAAAAAAAAAgwEAAAAAAABQSwYHAAAAACgCAAAAAAAAAQAAAFBL" +
    "BQYAAAAAAwADAKUAAACDAQAAAAA=",
);

for (const [what, bytes] of Object.entries({ compressed: COMPRESSED, "of 64-bit records": WIDE })) {
  Deno.test(`.npz: a file that NumPy wrote is read, ${what}`, async () => {
    const { a, b, ...rest } = await decodeNpz(bytes);
    assertEquals(rest, {});
    assertEquals([a!.shape, a!.data], [[3], BigInt64Array.of(0n, 1n, 2n)]);
    assertEquals([b!.shape, b!.data], [[1, 2], Float32Array.of(1.5, -2)]);
  });
}

const values = shapes({ maxRank: 3, maxSide: 4 }).chain((shape) => {
  const length = sizeOf(shape);
  return fc.array(fc.integer(), { minLength: length, maxLength: length }).map((data) => ({ shape, data }));
});

Deno.test(".npz: a member of which only the offset stands in 64 bits is read", async () => {
  const { a, b, c, ...rest } = await decodeNpz(FAR);
  assertEquals([a!.toNested(), b!.toNested(), c!.toNested(), rest], [[0, 1, 2], [[1.5, -2]], [7], {}]);
});

Deno.test(".npz: what is written is read again, under any names", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string({ unit: "grapheme", maxLength: 8 }), values, {
        maxKeys: 4,
        noNullPrototype: true,
      }),
      async (tensors) => {
        const bytes = encodeNpz(tensors);
        const again = await decodeNpz(bytes);
        assertEquals(Object.keys(again), Object.keys(tensors));
        for (const [name, x] of Object.entries(again)) {
          assertEquals(x.shape, tensors[name]!.shape);
          assertEquals(Array.from(x.data, Number), tensors[name]!.data);
        }
        assertEquals(encodeNpz(tensors), bytes);
        const shifted = new Uint8Array(bytes.length + 3);
        shifted.set(bytes, 3);
        assertEquals(Object.keys(await decodeNpz(shifted.subarray(3))), Object.keys(tensors));
      },
    ),
    runs(100),
  );
});

Deno.test(".npz: names that objects have of their own are names like others", async () => {
  const tensors = Object.fromEntries([["__proto__", [1]], ["toString", [2]], ["a.npy", [3]]]);
  const again = await decodeNpz(encodeNpz(tensors));
  assertEquals(Object.keys(again), ["__proto__", "toString", "a.npy"]);
  assertEquals(Object.getPrototypeOf(again), Object.prototype);
});

Deno.test(".npz: an archive may have a comment, and a record's mark may stand in it", async () => {
  const whole = encodeNpz({ x: [1, 2] });
  const comment = Uint8Array.of(0x50, 0x4b, 0x05, 0x06, ...new Uint8Array(30));
  const bytes = new Uint8Array(whole.length + comment.length);
  bytes.set(whole);
  bytes.set(comment, whole.length);
  bytes[whole.length - 2] = comment.length;
  assertEquals((await decodeNpz(bytes))["x"]!.toNested(), [1, 2]);
});

Deno.test(".npz: a file that is cut short anywhere is refused", async () => {
  for (const whole of [COMPRESSED, WIDE, FAR, encodeNpz({ x: [1, 2] })]) {
    for (let length = 0; length < whole.length; length++) {
      await assertRejects(() => decodeNpz(whole.subarray(0, length)), TypeError, "Cannot read .npz file: ");
    }
  }
});

const STORED = encodeNpz({ x: [1, 2] });
/** Where the directory of an archive with one member begins. */
const directoryAt = (bytes: Uint8Array): number => bytes.length - 22 - 46 - "x.npy".length;

/** An archive with other bytes in one place. */
function changed(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const out = bytes.slice();
  out.set(values, at);
  return out;
}

/** One deflated member of zeros that claims another size. */
async function bomb(stated: number): Promise<Uint8Array> {
  const zeros = new Blob([new Uint8Array(1 << 20)]).stream();
  const packed = new Uint8Array(
    await new Response(zeros.pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer(),
  );
  const name = new TextEncoder().encode("x.npy");
  const out = new Uint8Array(30 + 46 + 22 + 2 * name.length + packed.length);
  const view = new DataView(out.buffer);
  const fields = (at: number): void => {
    view.setUint16(at + 4, 8, true);
    view.setUint32(at + 14, packed.length, true);
    view.setUint32(at + 18, stated, true);
    view.setUint16(at + 22, name.length, true);
  };
  view.setUint32(0, 0x04034b50, true);
  fields(4);
  out.set(name, 30);
  out.set(packed, 30 + name.length);
  const central = 30 + name.length + packed.length;
  view.setUint32(central, 0x02014b50, true);
  fields(central + 6);
  out.set(name, central + 46);
  view.setUint32(out.length - 22, 0x06054b50, true);
  view.setUint16(out.length - 12, 1, true);
  view.setUint32(out.length - 6, central, true);
  return out;
}

const refused: Readonly<Record<string, [() => Uint8Array | Promise<Uint8Array>, string]>> = {
  "no bytes": [() => new Uint8Array(0), "does not end as one"],
  "another file": [
    () => new TextEncoder().encode("this is no archive, whatever it says"),
    "does not end as one",
  ],
  "an encrypted member": [() => changed(STORED, directoryAt(STORED) + 8, 1), 'member "x.npy" is encrypted'],
  "an unknown method": [() => changed(STORED, directoryAt(STORED) + 10, 14), "packed by method 14"],
  "a wrong checksum": [
    () => changed(STORED, directoryAt(STORED) + 16, 1, 2, 3, 4),
    'member "x.npy" is damaged',
  ],
  "damaged data": [() => changed(STORED, directoryAt(STORED) - 1, 77), 'member "x.npy" is damaged'],
  "damaged deflated data": [() => changed(COMPRESSED, 60, 255, 255, 255), 'member "a.npy" is damaged'],
  "a wrong size": [() => changed(STORED, directoryAt(STORED) + 24, 1), "stated 1 bytes"],
  "a member beyond the end": [
    () => changed(STORED, directoryAt(STORED) + 42, 255, 255),
    "does not begin where it should",
  ],
  "a member that is no tensor": [
    () => writeZip(new Map([["x.txt", new Uint8Array(3)]])),
    '"x.txt" is no .npy',
  ],
  "a member that only says that it is a tensor": [
    () => writeZip(new Map([["x.npy", new Uint8Array(99)]])),
    'tensor "x": it does not begin as one',
  ],
  "a member with an integer of 64 bits": [
    () => {
      const unsigned = encodeNpy(Tensor.from([-1n]));
      return writeZip(new Map([["x.npy", changed(unsigned, 10 + "{'descr': '<".length, 117)]]));
    },
    'tensor "x": an unsigned integer has more than 63 bits',
  ],
  "two members of one name": [
    () => {
      const two = encodeNpz({ x: [1, 2], y: [3, 4] });
      return changed(two, two.length - 22 - "y.npy".length, "x".charCodeAt(0));
    },
    'two members "x.npy"',
  ],
  "members over each other": [
    () => {
      const two = encodeNpz({ x: new Float64Array(100), y: new Float64Array(100) });
      const first = two.length - 22 - 2 * 51;
      // Both begin at the first, and each says that it is as long as the file.
      return changed(
        changed(changed(two, first + 51 + 42, 0, 0), first + 20, 0, 8),
        first + 51 + 20,
        0,
        8,
      );
    },
    "or overlap",
  ],
  "a member of more bytes than it says": [() => bomb(1000), "stated 1000 bytes"],
  "a member of fewer bytes than it says": [() => bomb(1 << 21), "stated 2097152 bytes"],
};

for (const [what, [make, words]] of Object.entries(refused)) {
  Deno.test(`.npz: refuses ${what}`, async () => {
    const bytes = await make();
    const error = await assertRejects(() => decodeNpz(bytes), TypeError, words);
    assertInstanceOf(error, TypeError);
    assert(error.message.startsWith("Cannot read .npz file: "), error.message);
  });
}

Deno.test(".npz: damaged bytes give tensors or a TypeError, and nothing else", async () => {
  for (const whole of [COMPRESSED, WIDE, FAR, STORED]) {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const damaged = whole.slice();
        for (const [at, byte] of changes) damaged[at] = byte;
        try {
          for (const x of Object.values(await decodeNpz(damaged))) assertInstanceOf(x, Tensor);
        } catch (error) {
          assert(error instanceof TypeError, String(error));
          assert(error.message.startsWith("Cannot read .npz file: "), error.message);
        }
      }),
      runs(400),
    );
  }
});

Deno.test(".npz: a name of 64 KB is refused when writing", () => {
  assertThrows(() => encodeNpz({ ["x".repeat(70_000)]: [1] }), RangeError, "a name has 64 KB");
});
