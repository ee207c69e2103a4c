/**
 * ChaCha (Bernstein 2008; RFC 8439 for 20 rounds), four blocks at a time, as raw key stream in the standard order.
 *
 * @module
 */
import { type Code, Func, I32, i32, i32x4, type Local, repeat, V128, v128 } from "./asm.ts";

/** Address of the 16 state words, each splat over a vector; word 12 counts four blocks. */
export const STATE = 16384;

const ROTATE_16 = [2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13];
const ROTATE_8 = [3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14];

function rotate(x: Local, bits: number): Code {
  if (bits === 16) return v128.shuffle(x.get, x.get, ROTATE_16);
  if (bits === 8) return v128.shuffle(x.get, x.get, ROTATE_8);
  return v128.or(i32x4.shl(x.get, i32.c(bits)), i32x4.shrU(x.get, i32.c(32 - bits)));
}

/** chacha{rounds}(dst, quads): writes `quads` times 256 bytes and advances the counters of the state. */
function chacha(rounds: number): Func {
  const f = new Func(`chacha${rounds}`);
  const [dst, quads] = f.params(2) as [Local, Local];
  const round = f.local(I32);
  const x = f.locals(V128, 16);
  const t = f.locals(V128, 4);
  const quarter = (...at: readonly [number, number, number, number]): Code => {
    const [a, b, c, d] = at.map((i) => x[i]!) as [Local, Local, Local, Local];
    const half = (first: number, second: number): Code => [
      a.set(i32x4.add(a.get, b.get)),
      d.set(v128.xor(d.get, a.get)),
      d.set(rotate(d, first)),
      c.set(i32x4.add(c.get, d.get)),
      b.set(v128.xor(b.get, c.get)),
      b.set(rotate(b, second)),
    ];
    return [half(16, 12), half(8, 7)];
  };
  const state = (i: number): Code => v128.load(i32.c(0), STATE + 16 * i);
  const low32 = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
  const high32 = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];
  const low64 = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const high64 = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];
  // Words 4g to 4g+3 of four blocks, transposed to four words of each block.
  const output = (g: number): Code => {
    const [p, q, r, s] = x.slice(4 * g, 4 * g + 4) as [Local, Local, Local, Local];
    const [a, b, c, d] = t as [Local, Local, Local, Local];
    return [
      [p, q, r, s].map((word, i) => word.set(i32x4.add(word.get, state(4 * g + i)))),
      a.set(v128.shuffle(p.get, q.get, low32)),
      b.set(v128.shuffle(p.get, q.get, high32)),
      c.set(v128.shuffle(r.get, s.get, low32)),
      d.set(v128.shuffle(r.get, s.get, high32)),
      v128.store(dst.get, v128.shuffle(a.get, c.get, low64), 16 * g),
      v128.store(dst.get, v128.shuffle(a.get, c.get, high64), 64 + 16 * g),
      v128.store(dst.get, v128.shuffle(b.get, d.get, low64), 128 + 16 * g),
      v128.store(dst.get, v128.shuffle(b.get, d.get, high64), 192 + 16 * g),
    ];
  };
  return f.emit(repeat(quads, [
    x.map((word, i) => word.set(state(i))),
    round.set(i32.c(rounds / 2)),
    repeat(round, [
      quarter(0, 4, 8, 12),
      quarter(1, 5, 9, 13),
      quarter(2, 6, 10, 14),
      quarter(3, 7, 11, 15),
      quarter(0, 5, 10, 15),
      quarter(1, 6, 11, 12),
      quarter(2, 7, 8, 13),
      quarter(3, 4, 9, 14),
    ]),
    [0, 1, 2, 3].map(output),
    v128.store(i32.c(0), i32x4.add(state(12), v128.c32([4, 4, 4, 4])), STATE + 16 * 12),
    dst.bump(256),
  ]));
}

/** The kernels of this family. */
export const kernels: readonly Func[] = [chacha(8), chacha(12), chacha(20)];
