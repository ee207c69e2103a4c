import { decodeControl, encodeControl } from "../../comm/control.ts";
import { TransportError } from "../../comm/errors.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";

const key = fc.string().filter((text) => text !== "__proto__");
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false, "x".repeat(70), "é".repeat(30_000)),
    fc.integer(),
    fc.double({ noNaN: true }).filter((x) => !Object.is(x, -0)),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(key, tie("value"), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value;
const runs = { seed: 12, numRuns: 200 };

Deno.test("decodeControl() gives back plain data", () => {
  fc.assert(fc.property(plain, (value) => assertEquals(decodeControl(encodeControl(value)), value)), runs);
});

Deno.test("decodeControl() refuses arbitrary bytes with a TransportError, or gives plain data", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    plain.map((value) => encodeControl(value).slice(0, -1)),
  );
  const outcome = (input: Uint8Array): "plain" | "refused" => {
    try {
      encodeControl(decodeControl(input));
      return "plain";
    } catch (error) {
      if (error instanceof TransportError) return "refused";
      throw error;
    }
  };
  const seen = new Set<string>();
  fc.assert(fc.property(bytes, (input) => void seen.add(outcome(input))), runs);
  assertEquals([...seen].sort(), ["plain", "refused"]);
});

const crafted: readonly [string, readonly number[]][] = [
  ["a record", [0xd4, 0x72, 0x40]],
  ["a date", [0xd6, 0xff, 0, 0, 0, 0]],
  ["an array longer than the message", [0xdd, 255, 255, 255, 255]],
  ["a string longer than the message", [0xdb, 255, 255, 255, 255, 65]],
  ["nothing", []],
  ["two values", [1, 2]],
  ["deep nesting", new Array(5000).fill(0x91)],
  ["a key that changes the prototype", [0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 0x80]],
];
for (const [what, bytes] of crafted) {
  Deno.test(`decodeControl() refuses ${what}`, () => {
    assertThrows(() => decodeControl(new Uint8Array(bytes)), TransportError, "Cannot read a control message");
  });
}

Deno.test("decodeControl() refuses more bytes than the limit", () => {
  assertThrows(() => decodeControl(encodeControl("x".repeat(100)), 50), TransportError, "50 at most");
});

class Own {
  readonly a = 1;
}
const cyclic: unknown[] = [];
cyclic.push(cyclic);
const foreign: readonly [string, unknown][] = [
  ["a map", new Map([[1, 2]])],
  ["a set", new Set([1])],
  ["a date", new Date(0)],
  ["an error", new Error("x")],
  ["an object of a class", new Own()],
  ["numbers in a typed array", new Float64Array([1.5])],
  ["a buffer", new ArrayBuffer(4)],
  ["a big integer", 5n],
  ["a function", () => 1],
  ["a symbol", Symbol("x")],
  ["a list that holds itself", cyclic],
  ["too many lists within lists", Array.from({ length: 65 }).reduce<unknown>((inner) => [inner], 1)],
];
for (const [what, value] of foreign) {
  Deno.test(`encodeControl() refuses ${what}, at the top and within, rather than send something else`, () => {
    for (const form of [value, [1, value], { a: { b: value } }]) {
      assertThrows(() => encodeControl(form), TypeError, "Cannot encode a control message");
    }
  });
}

Deno.test("encodeControl() leaves out what is undefined, and takes objects without prototype", () => {
  assertEquals(decodeControl(encodeControl({ a: undefined, b: [undefined, 1] })), { b: [null, 1] });
  assertEquals(decodeControl(encodeControl(Object.assign(Object.create(null), { a: 1 }))), { a: 1 });
});

Deno.test("decodeControl() gives bytes of their own: the buffer they came in is used again", () => {
  const message = encodeControl({ bytes: new Uint8Array([1, 2, 3]) });
  const { bytes } = decodeControl(message) as { bytes: Uint8Array };
  message.fill(0);
  assertEquals([...bytes], [1, 2, 3]);
  assert(bytes.buffer !== message.buffer);
});
