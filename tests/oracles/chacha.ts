/**
 * ChaCha by its definition (RFC 8439 section 2.3, with a choice of rounds): the slow twin of the kernels.
 *
 * @module
 */

function quarter(s: Uint32Array, a: number, b: number, c: number, d: number): void {
  const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
  s[a]! += s[b]!;
  s[d] = rotate(s[d]! ^ s[a]!, 16);
  s[c]! += s[d]!;
  s[b] = rotate(s[b]! ^ s[c]!, 12);
  s[a]! += s[b]!;
  s[d] = rotate(s[d]! ^ s[a]!, 8);
  s[c]! += s[d]!;
  s[b] = rotate(s[b]! ^ s[c]!, 7);
}

/** One block of 64 bytes. */
export function chachaBlock(rounds: number, key: Uint8Array, counter: number, nonce: Uint8Array): Uint8Array {
  const state = new Uint32Array(16);
  state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  const words = (bytes: Uint8Array): number[] => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
  };
  state.set(words(key), 4);
  state[12] = counter;
  state.set(words(nonce), 13);
  const s = state.slice();
  for (let i = 0; i < rounds; i += 2) {
    for (let c = 0; c < 4; c++) quarter(s, c, 4 + c, 8 + c, 12 + c);
    for (let c = 0; c < 4; c++) quarter(s, c, 4 + (c + 1) % 4, 8 + (c + 2) % 4, 12 + (c + 3) % 4);
  }
  return new Uint8Array(s.map((x, i) => x + state[i]!).buffer);
}
