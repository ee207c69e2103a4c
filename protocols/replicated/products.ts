/**
 * Products by re-sharing: the nine products of components are known to one party or another, so each computes its summand of
 * the result, masks it with a sharing of zero, and passes it on. No correlated randomness, nothing of the operands is opened,
 * and the traffic is that of the result (Araki et al., CCS 2016).
 *
 * @module
 */
import { bilinearInto } from "../../ring/bilinear.ts";
import { bilinearShape } from "../../ring/bilinear.ts";
import { Block } from "../../ring/block.ts";
import { add, mulConstant } from "../../ring/elementwise.ts";
import { addInto } from "../../ring/elementwise.ts";
import type { AShare, Bilinear, BShare, Call, Env, Pending } from "../protocol.ts";
import { spread, spreadBits, xored, zeroBits, zeroWords } from "./format.ts";

/** map(x, y): this party's summand is map(x_i, y_i + y_(i+1)) + map(x_(i+1), y_i) + zero_i. */
export async function product(
  env: Env,
  call: Call,
  map: Bilinear,
  x: Pending<AShare>,
  y: Pending<AShare>,
): Promise<AShare> {
  const [xs, ys] = await Promise.all([x.wait(), y.wait()]);
  const own = zeroWords(env, call, bilinearShape(map, x.shape, y.shape));
  const both = add(ys.parts[0]!, ys.parts[1]!);
  bilinearInto(map, own, xs.parts[0]!, both);
  bilinearInto(map, own, xs.parts[1]!, ys.parts[0]!);
  both.free();
  return await spread(env, call, own);
}

/** x²: this party's summand is x_i · (x_i + 2·x_(i+1)) + zero_i. */
export async function square(env: Env, call: Call, x: Pending<AShare>): Promise<AShare> {
  const [first, second] = (await x.wait()).parts;
  const own = zeroWords(env, call, x.shape);
  const factor = mulConstant(second!, 2n);
  addInto(factor, first!);
  bilinearInto({ kind: "mul" }, own, first!, factor);
  factor.free();
  return await spread(env, call, own);
}

/** b and c, bit by bit: the same over F_2. */
export async function and(
  env: Env,
  call: Call,
  b: Pending<BShare>,
  c: Pending<BShare>,
  width: number,
): Promise<BShare> {
  const [bs, cs] = await Promise.all([b.wait(), c.wait()]);
  const own = zeroBits(env, call, b.shape, width);
  if (own.size > 0) {
    const { vand, vxor } = env.heap.kernels.elementwise;
    const both = xored(cs.parts[0]!, cs.parts[1]!);
    const scratch = new Block(env.heap, own.byteLength);
    for (const [p, q] of [[bs.parts[0]!, both], [bs.parts[1]!, cs.parts[0]!]] as const) {
      vand(scratch.ptr, p.ptr, q.ptr, own.byteLength);
      vxor(own.ptr, own.ptr, scratch.ptr, own.byteLength);
    }
    scratch.drop();
    both.free();
  }
  return await spreadBits(env, call, own);
}
