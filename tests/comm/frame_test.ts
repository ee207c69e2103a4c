import { Checksum } from "../../comm/checksum.ts";
import { TransportError } from "../../comm/errors.ts";
import { DATA, FRAME_HEADER, frameBytes, frameLength, openFrame, sealFrame } from "../../comm/frame.ts";
import { Outbox } from "../../comm/outbox.ts";
import { BufferPool } from "../../comm/pool.ts";
import type { Frame } from "../../comm/transport.ts";
import { assert, assertEquals, assertNotEquals, assertThrows, fc } from "../deps.ts";

const LIMIT = 2 ** 30;
const session = new Uint8Array(8).fill(4);
const runs = { seed: 11, numRuns: 100 };

interface Spec {
  readonly seq: number;
  readonly sub: number;
  readonly payload: Uint8Array;
}
const specs = fc.array(
  fc.record({
    seq: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    sub: fc.integer({ min: 0, max: 65535 }),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.integer({ min: 0, max: 90_000 }).map((n) => new Uint8Array(n).fill(n)),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

function build(messages: readonly Spec[]): Frame {
  const outbox = new Outbox(new BufferPool());
  for (const { seq, sub, payload } of messages) {
    const header = {
      scope: new Uint8Array(8).fill(seq),
      seq,
      sub,
      kind: DATA,
      bytes: payload.length,
      round: 5,
    };
    outbox.add(header, (dst) => dst.set(payload));
  }
  return outbox.seal(session).frame;
}

/** The frame as one segment, as a byte stream delivers it. */
function joined(frame: Frame): Uint8Array {
  const out = new Uint8Array(frameBytes(frame));
  let at = 0;
  for (const segment of frame) {
    out.set(segment, at);
    at += segment.length;
  }
  return out;
}

Deno.test("openFrame() gives back what was posted, in segments or joined", () => {
  fc.assert(
    fc.property(specs, fc.boolean(), (messages, join) => {
      const frame = build(messages);
      const expected = 32 +
        messages.reduce((n, { payload }) => n + 24 + Math.ceil(payload.length / 8) * 8, 0);
      assertEquals(frameBytes(frame), expected);
      const open = openFrame(join ? [joined(frame)] : frame, LIMIT);
      assertEquals([open.header.round, open.header.messages, open.header.bytes], [
        5,
        messages.length,
        expected,
      ]);
      assertEquals(open.header.session, session);
      open.messages.forEach((message, i) => {
        assertEquals([message.seq, message.sub], [messages[i]!.seq, messages[i]!.sub]);
        assertEquals(message.payload.byteOffset % 8, 0);
        assert(message.payload.every((byte, j) => byte === messages[i]!.payload[j]));
      });
    }),
    runs,
  );
});

Deno.test("openFrame() refuses a frame in which any one bit is flipped", () => {
  const bytes = joined(
    build([{ seq: 1, sub: 2, payload: new Uint8Array(13).fill(9) }, {
      seq: 2,
      sub: 0,
      payload: new Uint8Array(0),
    }]),
  );
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assertThrows(() => openFrame([damaged], LIMIT), TransportError, "Cannot read a frame");
  }
  assertEquals(openFrame([bytes], LIMIT).messages.length, 2);
});

Deno.test("openFrame() refuses a frame that is cut anywhere", () => {
  const bytes = joined(build([{ seq: 1, sub: 2, payload: new Uint8Array(13).fill(9) }]));
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => openFrame([bytes.slice(0, length)], LIMIT), TransportError, "Cannot read a frame");
  }
});

Deno.test("openFrame() leaves the frame as it was: it can be opened again, or passed on", () => {
  const frame = build([{ seq: 1, sub: 2, payload: new Uint8Array(13).fill(9) }]);
  const before = joined(frame);
  openFrame(frame, LIMIT);
  assertEquals(joined(frame), before);
});

Deno.test("openFrame() copies what is not aligned to 8 bytes", () => {
  const bytes = joined(build([{ seq: 1, sub: 2, payload: new Uint8Array(16).fill(9) }]));
  const shifted = new Uint8Array(bytes.length + 3).subarray(3);
  shifted.set(bytes);
  const { payload } = openFrame([shifted], LIMIT).messages[0]!;
  assertEquals([payload.byteOffset % 8, payload[15]], [0, 9]);
});

Deno.test("Outbox.add() takes a message out again when fill throws", () => {
  const outbox = new Outbox(new BufferPool());
  const header = { scope: new Uint8Array(8), seq: 0, sub: 0, kind: DATA, bytes: 8, round: 1 };
  outbox.add(header, (dst) => dst.fill(1));
  assertThrows(() =>
    outbox.add({ ...header, seq: 1, bytes: 100_000 }, () => {
      throw new RangeError("no");
    }), RangeError);
  outbox.add({ ...header, seq: 2 }, (dst) => dst.fill(2));
  const { messages } = openFrame(outbox.seal(session).frame, LIMIT);
  assertEquals(messages.map(({ seq }) => seq), [0, 2]);
});

Deno.test("Checksum does not depend on the cuts, and changes with any word and any swap of words", () => {
  const words = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(words, fc.nat(), fc.nat(), (list, cut, other) => {
      const bytes = new Uint8Array(BigUint64Array.from(list).buffer);
      const at = 8 * (cut % list.length);
      const of = (...parts: Uint8Array[]): number => {
        const sum = new Checksum();
        for (const part of parts) sum.update(part);
        return sum.digest();
      };
      const whole = of(bytes);
      assertEquals(of(bytes.subarray(0, at), bytes.subarray(at)), whole);
      const changed = bytes.slice();
      changed[at + other % 8]! ^= 1 + other % 255;
      assertNotEquals(of(changed), whole);
      const j = other % list.length;
      if (list[j] !== list[cut % list.length]) {
        const swapped = BigUint64Array.from(list);
        swapped[j] = list[cut % list.length]!;
        swapped[cut % list.length] = list[j]!;
        assertNotEquals(of(new Uint8Array(swapped.buffer)), whole);
      }
    }),
    runs,
  );
});

Deno.test("BufferPool hands a buffer out once, and keeps no more than its limit", () => {
  const pool = new BufferPool(100_000);
  const a = pool.acquire(5000);
  const b = pool.acquire(5000);
  assert(a.length >= 5000 && a.byteOffset === 0 && a.length === a.buffer.byteLength && a.buffer !== b.buffer);
  pool.release(a.subarray(0, 10));
  assertEquals(pool.acquire(4000).buffer === a.buffer, true);
  assertNotEquals(pool.acquire(4000).buffer === a.buffer, true);
  for (let i = 0; i < 50; i++) pool.release(new Uint8Array(8192 + 4096));
  assert(pool.bytes > 0 && pool.bytes <= 100_000);
  pool.release(new Uint8Array(77));
  assertEquals(pool.bytes % 12288, 0);
});

Deno.test("openFrame() refuses a frame in which any one byte is another", () => {
  const bytes = joined(build([{ seq: 1, sub: 2, payload: new Uint8Array(29).fill(9) }]));
  for (let at = 0; at < bytes.length; at++) {
    for (const change of [0x01, 0x80, 0xff]) {
      const damaged = bytes.slice();
      damaged[at]! ^= change;
      for (const cover of ["whole", "beginning"] as const) {
        assertThrows(() => openFrame([damaged], LIMIT, cover), TransportError, "Cannot read a frame");
      }
    }
  }
});

Deno.test("a checksum over the beginning finds all damage there and none behind it", () => {
  const cover = 1 << 16;
  const frame = [new Uint8Array(FRAME_HEADER + 24 + 100_000)];
  new DataView(frame[0]!.buffer).setUint32(FRAME_HEADER + 16, 100_000, true);
  sealFrame(frame, { messages: 1, session, number: 0, round: 0 }, "beginning");
  const damaged = (at: number): Frame => {
    const bytes = joined(frame);
    bytes[at]! ^= 4;
    return [bytes];
  };
  for (const at of [FRAME_HEADER + 24, 30_000, cover - 1]) {
    assertThrows(() => openFrame(damaged(at), LIMIT, "beginning"), TransportError, "checksum");
  }
  for (const at of [cover, frameBytes(frame) - 1]) {
    assertEquals(openFrame(damaged(at), LIMIT, "beginning").messages[0]!.payload[at - FRAME_HEADER - 24], 4);
  }
  // Segments may be cut anywhere at a multiple of 8, also where the cover ends.
  for (const at of [FRAME_HEADER, cover - 8, cover, cover + 8]) {
    const bytes = joined(frame);
    const sum = new DataView(bytes.buffer).getUint32(28, true);
    const parts = [bytes.slice(0, at), bytes.slice(at)];
    sealFrame(parts, { messages: 1, session, number: 0, round: 0 }, "beginning");
    assertEquals(new DataView(parts[0]!.buffer).getUint32(28, true), sum);
  }
});

Deno.test("frameLength() accepts lengths from a bare header to the limit, in steps of 8", () => {
  const head = joined(build([{ seq: 1, sub: 2, payload: new Uint8Array(8) }])).slice(0, FRAME_HEADER);
  const view = new DataView(head.buffer);
  const lengthOf = (claim: number): number => {
    view.setUint32(24, claim, true);
    return frameLength(head, 1024);
  };
  for (const claim of [32, 40, 1016, 1024]) assertEquals(lengthOf(claim), claim);
  for (const claim of [0, 24, 31, 1025, 1032, 2 ** 32 - 8]) {
    assertThrows(() => lengthOf(claim), TransportError, `it claims ${claim} bytes, 32 to 1024 are accepted`);
  }
  for (const claim of [33, 36, 1023]) {
    assertThrows(
      () => lengthOf(claim),
      TransportError,
      `it claims ${claim} bytes, a multiple of 8 is wanted`,
    );
  }
  view.setUint16(2, 2, true);
  assertThrows(() => lengthOf(32), TransportError, "it is of version 2, 1 is wanted");
  view.setUint16(0, 0, true);
  assertThrows(() => lengthOf(32), TransportError, "it does not begin as one");
});

Deno.test("openFrame() refuses a frame without segments, and one whose segments are cut within a word", () => {
  assertThrows(() => openFrame([], LIMIT), TransportError, "its header is cut short");
  const bytes = joined(build([{ seq: 1, sub: 2, payload: new Uint8Array(16) }]));
  assertThrows(
    () => openFrame([bytes.slice(0, 36), bytes.slice(36)], LIMIT),
    TransportError,
    "a segment is cut short",
  );
});
