import { hmac, sha256 } from "../../ring/deps.ts";
import { Heap } from "../../ring/heap.ts";
import { Seed, type StreamPosition } from "../../ring/prg.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { chachaBlock } from "../oracles/chacha.ts";

const heap = new Heap();

function seed(fill: number): Seed {
  return new Seed(new Uint8Array(32).fill(fill));
}

function position(scope: number, seq: number): StreamPosition {
  return { scope: { id: new Uint8Array(16).fill(scope) }, seq };
}

/** Bytes of a stream. */
function draw(s: Seed, at: StreamPosition, field: number, offset: number, length: number): Uint8Array {
  const ptr = heap.alloc(length + 64);
  heap.u8(ptr, length + 64).fill(0xaa);
  s.fill(heap, at, field, ptr, offset, length);
  const out = heap.u8(ptr, length).slice();
  assert(heap.u8(ptr + length, 64).every((byte) => byte === 0xaa), "bytes behind the end were written");
  heap.release(ptr, length + 64);
  return out;
}

Deno.test("chacha: the twin gives the block of RFC 8439 section 2.3.2", () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const nonce = Uint8Array.fromHex("000000090000004a00000000");
  assertEquals(
    chachaBlock(20, key, 1, nonce).toHex(),
    "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e",
  );
});

for (const rounds of [8, 12, 20] as const) {
  Deno.test(`chacha${rounds}: the kernel gives the twin's blocks in order`, () => {
    const key = crypto.getRandomValues(new Uint8Array(32));
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer);
    const state = new Uint32Array(heap.bytes.buffer, 16384, 64);
    [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574].forEach((c, i) => state.fill(c, 4 * i, 4 * i + 4));
    words(key).forEach((w, i) => state.fill(w, 16 + 4 * i, 20 + 4 * i));
    for (let i = 0; i < 4; i++) state[48 + i] = 5 + i;
    words(nonce).forEach((w, i) => state.fill(w, 52 + 4 * i, 56 + 4 * i));
    const ptr = heap.alloc(768);
    heap.kernels.chacha[`chacha${rounds}`](ptr, 3);
    for (let i = 0; i < 12; i++) {
      assertEquals(heap.u8(ptr + 64 * i, 64).toHex(), chachaBlock(rounds, key, 5 + i, nonce).toHex());
    }
    heap.release(ptr, 768);
  });
}

/** First blocks for a key and nonce of zeros, from counter 0: RFC 8439 appendix A.1, and the same of 8 and 12 rounds. */
const ZERO_BLOCKS = {
  8: "3e00ef2f895f40d67f5bb8e81f09a5a12c840ec3ce9a7f3b181be188ef711a1e984ce172b9216f419f445367456d5619314a42a3da86b001387bfdb80e0cfe42",
  12:
    "9bf49a6a0755f953811fce125f2683d50429c3bb49e074147e0089a52eae155f0564f879d27ae3c02ce82834acfa8c793a629f2ca0de6919610be82f411326be",
  20:
    "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
} as const;

for (const rounds of [8, 12, 20] as const) {
  Deno.test(`chacha${rounds}: kernel and twin give the published block of zeros`, () => {
    const state = new Uint32Array(heap.bytes.buffer, 16384, 64).fill(0);
    [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574].forEach((c, i) => state.fill(c, 4 * i, 4 * i + 4));
    state.set([0, 1, 2, 3], 48);
    const ptr = heap.alloc(256);
    heap.kernels.chacha[`chacha${rounds}`](ptr, 1);
    assertEquals(heap.u8(ptr, 64).toHex(), ZERO_BLOCKS[rounds]);
    assertEquals(chachaBlock(rounds, new Uint8Array(32), 0, new Uint8Array(12)).toHex(), ZERO_BLOCKS[rounds]);
    heap.release(ptr, 256);
  });
}

Deno.test("Seed.fill() is ChaCha12 keyed by seed and scope, with position and field as nonce", () => {
  const bytes = new Uint8Array(32).fill(9);
  const at = position(3, 2 ** 33 + 5);
  const key = hmac(sha256, bytes, new Uint8Array([...new TextEncoder().encode("scope"), ...at.scope.id]));
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  view.setBigUint64(0, BigInt(at.seq), true);
  view.setUint32(8, 77, true);
  const stream = draw(new Seed(bytes), at, 77, 512, 200);
  const expected = [8, 9, 10, 11].map((i) => chachaBlock(12, key, i, nonce).toHex()).join("");
  assertEquals(stream.toHex(), expected.slice(0, 400));
});

Deno.test("Seed.fill() gives slices of one stream, whatever the lengths", () => {
  const whole = draw(seed(1), position(1, 1), 0, 0, 5000);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 19 }), fc.integer({ min: 0, max: 1200 }), (step, length) => {
      const offset = 256 * Math.min(step, 14);
      const cut = Math.min(length, 5000 - offset);
      assertEquals(draw(seed(1), position(1, 1), 0, offset, cut), whole.subarray(offset, offset + cut));
    }),
    runs(80),
  );
});

Deno.test("Seed.fill() gives different streams for different seeds, purposes, scopes, positions and fields", () => {
  const streams = [
    draw(seed(1), position(1, 1), 0, 0, 64),
    draw(seed(2), position(1, 1), 0, 0, 64),
    draw(seed(1).derive("zero"), position(1, 1), 0, 0, 64),
    draw(seed(1).derive("share:0"), position(1, 1), 0, 0, 64),
    draw(seed(1), position(2, 1), 0, 0, 64),
    draw(seed(1), position(1, 2), 0, 0, 64),
    draw(seed(1), position(1, 1 + 2 ** 32), 0, 0, 64),
    draw(seed(1), position(1, 1), 1, 0, 64),
    draw(seed(1), position(1, 1), 0, 256, 64),
  ];
  assertEquals(new Set(streams.map((s) => s.toHex())).size, streams.length);
});

Deno.test("Seed.fill() gives the same stream whatever was drawn in between, and from every heap", () => {
  const s = seed(1);
  const at = position(1, 7);
  const first = draw(s, at, 3, 0, 100);
  draw(s, position(2, 2 ** 40), 4, 512, 300);
  draw(s, { scope: at.scope, seq: 2 ** 53 - 1 }, 2 ** 32 - 1, 1024, 300);
  assertEquals(draw(s, at, 3, 0, 100), first);
  const other = new Heap();
  using x = s.tensor(other, at, 3, [2, 5]);
  assertEquals(x.bytes().slice(), first.slice(0, 80));
  assertEquals(draw(new Seed(new Uint8Array(32).fill(1)), position(1, 7), 3, 0, 100), first);
});

Deno.test("Seed.fill() reaches the end of a stream without repeating its start", () => {
  const end = draw(seed(1), position(1, 1), 0, 2 ** 38 - 256, 256);
  const key = hmac(
    sha256,
    new Uint8Array(32).fill(1),
    new Uint8Array([...new TextEncoder().encode("scope"), ...position(1, 1).scope.id]),
  );
  const nonce = new Uint8Array(12);
  nonce[0] = 1;
  const blocks = [4, 3, 2, 1].map((back) => chachaBlock(12, key, 2 ** 32 - back, nonce).toHex());
  assertEquals(end.toHex(), blocks.join(""));
});

Deno.test("Seed.derive() keeps its purpose, and the given bytes may change afterwards", () => {
  const bytes = new Uint8Array(32).fill(1);
  const s = new Seed(bytes);
  const first = draw(s.derive("zero"), position(1, 1), 0, 0, 32);
  bytes.fill(2);
  assertEquals(draw(s.derive("zero"), position(1, 1), 0, 0, 32), first);
  assertEquals(draw(seed(1).derive("zero"), position(1, 1), 0, 0, 32), first);
});

Deno.test("Seed refuses what would repeat or misplace a stream", () => {
  assertThrows(() => new Seed(new Uint8Array(16)), RangeError, "16 bytes were given, 32 are wanted");
  assertThrows(() => seed(1).fill(heap, position(1, 1), 0, 0, 100, 8), RangeError, "out of range");
  assertThrows(() => seed(1).fill(heap, position(1, 1), 0, 0, 2 ** 38, 8), RangeError, "out of range");
  const numbers: [number, number, number, number][] = [
    [-1, 0, 0, 8],
    [0, -1, 0, 8],
    [0, 2 ** 32, 0, 8],
    [0, 1.5, 0, 8],
    [2 ** 53, 0, 0, 8],
    [0.5, 0, 0, 8],
    [NaN, 0, 0, 8],
    [0, 0, NaN, 8],
    [0, 0, -256, 8],
    [0, 0, 2 ** 38 - 256, 257],
    [0, 0, 0, -1],
    [0, 0, 0, 1.5],
  ];
  for (const [seq, field, offset, length] of numbers) {
    const draws = (): void => seed(1).fill(heap, position(1, seq), field, 0, offset, length);
    assertThrows(draws, RangeError, "out of range");
  }
});
