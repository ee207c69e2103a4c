/**
 * Products: each of the nine products of components is known to one party or another, so each computes its summand of the result.
 * Resharing masks it with a sharing of zero and passes it on. No correlated randomness, nothing of the operands is opened, and
 * the traffic is that of the result (Araki et al., CCS 2016). What follows a product can often begin with the summands.
 *
 * @module
 */
import { bilinear, bilinearInto } from "../../ring/bilinear.ts";
import { Block } from "../../ring/block.ts";
import { add, addInto, mulConstant } from "../../ring/elementwise.ts";
import type { AShare, Bilinear, BShare, Call, Env, Pending } from "../protocol.ts";
import { xorBits } from "../../ring/bits.ts";
import { spread, spreadBits, zeroBits, zeroWords } from "./format.ts";

/**
 * map(x, y) as summands: this party's is map(x_i, y_i + y_(i+1)) + map(x_(i+1), y_i). Nothing is sent; what is done with the result
 * masks it.
 */
export async function product(
  env: Env,
  call: Call,
  map: Bilinear,
  x: Pending<AShare>,
  y: Pending<AShare>,
): Promise<AShare> {
  const [xs, ys] = await Promise.all([whole(env, call, x, 0), whole(env, call, y, 1)]);
  using both = add(ys.parts[0]!, ys.parts[1]!);
  const own = bilinear(map, xs.parts[0]!, both);
  bilinearInto(map, own, xs.parts[1]!, ys.parts[0]!);
  return { parts: [own], summand: true };
}

/** x² as summands: this party's is x_i · (x_i + 2·x_(i+1)). */
export async function square(env: Env, call: Call, x: Pending<AShare>): Promise<AShare> {
  const [first, second] = (await whole(env, call, x, 0)).parts;
  using factor = mulConstant(second!, 2n);
  addInto(factor, first!);
  return { parts: [bilinear({ kind: "mul" }, first!, factor)], summand: true };
}

/** From summands to components: masked by a sharing of zero, uniform for the receiver, who knows nothing of that summand. */
export async function reshare(env: Env, call: Call, x: Pending<AShare>, sub = 0): Promise<AShare> {
  const own = zeroWords(env, call, sub, x.shape);
  addInto(own, (await x.wait()).parts[0]!);
  return await spread(env, call, sub, own);
}

/** An operand in components. The operations reshare products first; this is for who calls the primitives as they are. */
export async function whole(env: Env, call: Call, x: Pending<AShare>, index: number): Promise<AShare> {
  const share = await x.wait();
  // Numbered behind the call's own message.
  return share.summand === true ? await reshare(env, call, x, 1 + index) : share;
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
    const both = xorBits(cs.parts[0]!, cs.parts[1]!);
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
