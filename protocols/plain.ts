/**
 * The reference backend: every party holds every value in the clear. It hides nothing; it is the specification of the
 * primitives, the oracle of the tests, and the template for a new protocol.
 *
 * @module
 */
import { bilinear } from "../ring/bilinear.ts";
import { andBits, BitTensor, wordsToPlanes, xorBits } from "../ring/bits.ts";
import { addInto, shiftRightArithmetic, subInto } from "../ring/elementwise.ts";
import { sizeOf } from "../ring/shape.ts";
import { RingTensor } from "../ring/tensor.ts";
import { defineProtocol } from "./define.ts";
import { receive } from "./exchange.ts";
import type { AShare, BShare, Cost, Costs, Env, Instance, Protocol } from "./protocol.ts";
import { compareTraces, TRACE_BYTES } from "./reveal.ts";

/** INSECURE: values in the clear at every party, for tests and debugging. Refuses peers on other machines. */
export function plain(): Protocol {
  return defineProtocol({
    name: "plain",
    options: {},
    parties: [1, 64],
    threatModel: "INSECURE: every party sees every value; for tests and debugging only",
    insecure: true,
    provider: undefined,
    kinds: {},
    bind,
  });
}

const FREE: Cost = { rounds: 0, bytes: 0, correlation: 0 };

const costsOf = (parties: number): Costs => ({
  share: (shape) => ({ rounds: 1, bytes: 8 * sizeOf(shape) * (parties - 1), correlation: 0 }),
  reveal: () => ({ rounds: 1, bytes: TRACE_BYTES * parties * (parties - 1), correlation: 0 }),
  revealBits: () => ({ rounds: 1, bytes: TRACE_BYTES * parties * (parties - 1), correlation: 0 }),
  bilinear: () => FREE,
  truncate: () => FREE,
  sign: () => FREE,
  fromBits: () => FREE,
  and: () => FREE,
});

const value = (x: AShare): RingTensor => x.parts[0]!;
const bitsOf = (b: BShare): BitTensor => b.parts[0]!;
const secret = (part: RingTensor): AShare => ({ parts: [part] });

function plus(x: RingTensor, y: RingTensor, f: (out: RingTensor, y: RingTensor) => void): AShare {
  const out = x.clone();
  f(out, y);
  return secret(out);
}

/** Bit `bit` of every word. */
function bitOf(x: RingTensor, bit: number): BitTensor {
  const out = BitTensor.empty(x.heap, x.shape, 1);
  wordsToPlanes(x, (planes, group) => {
    x.heap.bytes.copyWithin(out.ptr + 16 * group, planes + 16 * bit, planes + 16 * bit + 16);
  });
  return out;
}

function bind(env: Env): Instance {
  const { heap, comm } = env;
  return {
    costs: costsOf(env.parties),
    async share(call, words, owner, shape) {
      const bytes = 8 * sizeOf(shape);
      if (env.rank === owner) {
        comm.broadcast(call.tag, 0, bytes, (dst) => dst.set(words!.bytes()), call.depth + 1);
        return secret(words!.clone());
      }
      const message = await receive(env, call, { peer: owner, sub: 0 }, bytes);
      const out = RingTensor.fromBytes(heap, shape, message.bytes);
      message.release();
      return secret(out);
    },
    async reveal(call, x, to) {
      const traces = compareTraces(env, call);
      const share = await x.wait();
      await traces;
      return to === "all" || to === env.rank ? value(share).clone() : undefined;
    },
    constant: (words) => secret(words.clone()),
    add: (x, y) => plus(value(x), value(y), addInto),
    sub: (x, y) => plus(value(x), value(y), subInto),
    addPublic: (x, c) => plus(value(x), c, addInto),
    linear: (x, f) => secret(f(value(x))),
    bilinear: async (_call, map, x, y) => secret(bilinear(map, value(await x.wait()), value(await y.wait()))),
    truncate: async (_call, x, bits) => secret(shiftRightArithmetic(value(await x.wait()), bits)),
    sign: async (_call, x) => ({ parts: [bitOf(value(await x.wait()), 63)] }),
    fromBits: async (_call, b) => secret(bitsOf(await b.wait()).toWords()),
    xor: (b, c) => ({ parts: [xorBits(bitsOf(b), bitsOf(c))] }),
    xorPublic: (b, c) => ({ parts: [xorBits(bitsOf(b), c)] }),
    and: async (_call, b, c) => ({
      parts: [andBits(bitsOf(await b.wait()), bitsOf(await c.wait()))],
    }),
    mapBits: (b, f) => ({ parts: b.parts.map(f) }),
    async revealBits(call, b, _width, to) {
      const traces = compareTraces(env, call);
      const share = await b.wait();
      await traces;
      return to === "all" || to === env.rank ? bitsOf(share).keep() : undefined;
    },
    // Everyone draws the same words: nobody is meant not to know them here.
    random: (call, shape) => secret(env.seeds.common.tensor(heap, call.tag, 0, shape)),
    randomBits(call, shape, width) {
      const out = BitTensor.empty(heap, shape, width);
      env.seeds.common.fill(heap, call.tag, 0, out.ptr, 0, out.byteLength);
      return { parts: [out] };
    },
  };
}
