/**
 * A program that uses every kind of exchange, on integers, so that its results are exact.
 *
 * @module
 */
import type { CrypTensor, Session } from "../../mod.ts";

/** Values around zero and around powers of two. */
const X = [0, 1, -1, 2, -2, 127, -128, 32767, -32768, 65536, 2 ** 30, -(2 ** 30), 5, -7, 100, -100];
const Y = [0, -1, 1, 2, -3, 128, 128, -32767, 32768, -65536, 3, 4, 5, 7, -100, -100];

/** Runs everything and opens the results. */
export async function main(mpc: Session): Promise<number[][]> {
  const last = mpc.parties - 1;
  const x = mpc.encrypt(mpc.rank === 0 ? X : undefined, { src: 0, shape: [16], scale: 0 });
  const y = mpc.encrypt(mpc.rank === last ? Y : undefined, { src: last, shape: [16], scale: 0 });
  const a = x.reshape([4, 4]);
  const b = y.reshape([4, 4]);
  const image = x.reshape([1, 1, 4, 4]);
  const kernel = y.slice([{ start: 0, stop: 4 }]).reshape([1, 1, 2, 2]);
  const results: CrypTensor[] = [
    x.add(y),
    x.sub(y).neg(),
    x.mul(y),
    x.square(),
    a.matmul(b),
    image.conv2d(kernel),
    x.relu(),
    x.lt(y),
    x.le(y),
    x.eq(y),
    x.ne(y),
    x.abs(),
    x.maximum(y),
    x.lt(y).where(x, y),
    x.sum(),
    x.cumsum(0),
    x.to("binary").and(y.to("binary")).to("arithmetic"),
    x.to("binary").xor(y.to("binary")).to("arithmetic"),
    a.t().flip([0]).roll(1, 1),
    x.mul(3).add(y).mul(-2),
  ];
  const opened = await Promise.all(results.map((t) => t.decrypt()));
  return opened.map((t) => Array.from<number | bigint, number>(t.data, Number));
}
