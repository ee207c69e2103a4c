/**
 * Wrong results: truncation, comparison, and fast forms that are off.
 *
 * @module
 */
import { Cell } from "../../../ops/cell.ts";
import { additive } from "../../../protocols/additive/additive.ts";
import { defineProtocol } from "../../../protocols/define.ts";
import { plain } from "../../../protocols/plain.ts";
import type { AShare, Env, Instance, Pending, Protocol } from "../../../protocols/protocol.ts";
import { trustedFirstParty } from "../../../protocols/providers/first_party.ts";
import { addConstant, mulConstant } from "../../../ring/elementwise.ts";
import { planted, type PlantedProtocol, provides, seeded, ZERO_SEED } from "./plant.ts";

const good = (): Protocol => additive({ provider: trustedFirstParty() });

const RANGE = "truncation is within one of the floor";
const FAST = "fast forms equal what they are composed of";

/** What one party adds to its share. */
function off(share: AShare, env: Env, by: bigint): AShare {
  return env.rank === 0 ? { parts: [addConstant(share.parts[0]!, by)] } : share;
}

/** An operand that one party has changed. */
function moved(x: Pending<AShare>, env: Env, by: bigint): Promise<Pending<AShare>> {
  return x.wait().then((share) => Cell.ready(x.shape, off(share, env, by)));
}

function truncates(truncate: (inner: Instance, env: Env) => Instance["truncate"]): () => Protocol {
  return () => planted(good(), (inner, env) => ({ truncate: truncate(inner, env) }));
}

/** The bugs. */
export const RESULTS: readonly PlantedProtocol[] = [
  {
    name: "a truncation that is off by one",
    fails: RANGE,
    says: "truncate by 16: results are floor + [1, 2]",
    make: truncates((inner, env) => async (...args) => off(await inner.truncate(...args), env, 1n)),
  },
  {
    name: "a truncation that does not add the wrap back",
    fails: RANGE,
    says: "truncate by 16: results are floor + [-",
    make: truncates((inner, env) => async (call, x, bits, mode) =>
      off(await inner.truncate(call, x, bits, mode), env, -(1n << BigInt(64 - bits)))
    ),
  },
  {
    name: "rounding that is always down, presented as stochastic",
    fails: RANGE,
    says: "truncate by 16: the mean error is -",
    make: truncates((inner) => (call, x, bits) => inner.truncate(call, x, bits, "exact")),
  },
  {
    name: "local truncation, presented as stochastic",
    fails: "truncation has no tails",
    says: "results near 2^58 are wrong by a wrap",
    make: truncates((inner) => (call, x, bits) => inner.truncate(call, x, bits, "local")),
  },
  {
    name: "a share that one party does not truncate",
    fails: RANGE,
    says: "truncate by 16: results are floor",
    make: truncates((inner, env) => async (call, x, bits, mode) => {
      const share = await inner.truncate(call, x, bits, mode);
      return env.rank === 1 ? { parts: [(await x.wait()).parts[0]!.clone()] } : share;
    }),
  },
  {
    name: "a truncation of three parties that neglects the wrap",
    fails: RANGE,
    says: "truncate by 16: results are floor",
    parties: 3,
    make: truncates(() => async (_call, x, bits) => {
      // Every party shifts its own share, as if their sum did not wrap.
      const words = (await x.wait()).parts[0]!.clone();
      words.words().forEach((word, i, all) =>
        all[i] = BigInt.asUintN(64, BigInt.asIntN(64, word) >> BigInt(bits))
      );
      return { parts: [words] };
    }),
  },
  {
    name: "a truncation that does not refresh shares that are not uniform",
    fails: "truncation after products is unbiased",
    says: "truncate of a constant: the mean error is -",
    make: () => seeded(good(), (seed, purpose) => purpose === "zero" ? ZERO_SEED : seed),
  },
  {
    name: "exact truncation that rounds",
    fails: "exact truncation is the floor",
    says: "truncate exactly by 1: results are floor + [0, 1]",
    make: truncates((inner) => (call, x, bits) => inner.truncate(call, x, bits, "stochastic")),
  },
  {
    name: "fused truncation that is off by two",
    fails: "fused truncation and ReLU is within one",
    says: "neither relu(floor)",
    make: () =>
      planted(good(), (inner, env) => ({
        truncateRelu: async (...args) => off(await inner.truncateRelu!(...args), env, 2n),
      })),
  },
  {
    name: "a sign that is wrong at zero only",
    fails: "comparison is exact at every edge",
    says: "sign of 0 at party 0 is 1, 0 is wanted",
    make: () =>
      planted(
        good(),
        (inner, env) => ({ sign: async (call, x) => await inner.sign(call, await moved(x, env, -1n)) }),
      ),
  },
  {
    name: "a sign without the top bit",
    fails: "comparison is exact at every edge",
    says: "sign of 9223372036854775807 at party 0 is 1, 0 is wanted",
    make: () =>
      planted(good(), (inner) => ({
        async sign(call, x) {
          const share = await x.wait();
          return await inner.sign(
            call,
            Cell.ready(x.shape, { parts: share.parts.map((part) => mulConstant(part, 2n)) }),
          );
        },
      })),
  },
  {
    name: "correction of one side only",
    fails: FAST,
    says: "relu of ",
    make() {
      const provider = provides(trustedFirstParty(), (inner, { rank, heap }) => ({
        take(kind, params, tag) {
          const corr = inner.take(kind, params, tag);
          return {
            ...corr,
            fill(field, block, ptr) {
              corr.fill(field, block, ptr);
              if (rank === 0 && kind.name === "relu" && field === "q") heap.u8(ptr, 32_768).fill(0);
            },
          };
        },
      }));
      return additive({ provider });
    },
  },
  {
    name: "thresholds that leave out equality",
    fails: FAST,
    says: "thresholds of -513",
    make: () =>
      planted(good(), (inner) => ({
        thresholds: (call, x, list, bits) => inner.thresholds!(call, x, list.map((t) => t + 1n), bits),
      })),
  },
  {
    name: "a table that is read one row too far",
    fails: FAST,
    says: "lookup: word 0",
    make: () =>
      planted(good(), (inner) => ({
        lookup: (call, x, table) => inner.lookup!(call, x, { ...table, low: table.low - 1n }),
      })),
  },
  {
    name: "a product of which the public part is added twice",
    fails: "products are exact modulo 2^64",
    says: "mul of [7,5] and [7,5]",
    make: () =>
      planted(good(), (inner, env) => ({
        bilinear: async (...args) => off(await inner.bilinear(...args), env, 1n),
      })),
  },
  {
    name: "a fast form that is not what the minimal primitives give",
    fails: "fast paths make no difference",
    says: "fast paths on",
    make: () =>
      planted(good(), (inner, env) => ({
        isZero: async (call, x) => await inner.isZero!(call, await moved(x, env, 1n)),
      })),
  },
  {
    name: "a minimal primitive that is wrong, below a fast form that is right",
    fails: "fast paths make no difference",
    says: "fast paths off",
    make: () =>
      planted(
        good(),
        (inner, env) => ({ sign: async (call, x) => await inner.sign(call, await moved(x, env, 1n)) }),
      ),
  },
  {
    name: "a tag that is taken when the operands arrive",
    fails: "results do not depend on the schedule",
    says: "under schedule",
    make: () =>
      planted(good(), (inner) => ({
        async bilinear(call, map, x, y) {
          await Promise.all([x.wait(), y.wait()]);
          return await inner.bilinear({ ...call, tag: call.tag.scope.take() }, map, x, y);
        },
      })),
  },
  {
    name: "a prepared weight that is sent with every product",
    fails: "prepared weights are opened once",
    says: "a prepared weight is sent 4 times",
    make: () =>
      planted(good(), (inner, env) => ({
        bilinearPrepared(call, map, x, w) {
          const bytes = 8 * w.shape.reduce((a, b) => a * b, 1);
          const peer = 1 - env.rank;
          env.comm.post(peer, call.tag, 99, bytes, (dst) => dst.fill(0), call.depth + 1);
          void env.comm.receive(peer, call.tag, 99, bytes, call.what).then((message) => message.release());
          return inner.bilinearPrepared!(call, map, x, w);
        },
      })),
  },
  {
    name: "a shape that is lost in a truncation",
    fails: RANGE,
    says: "gave shape",
    make: () =>
      defineProtocol(planted(plain(), (inner) => ({
        async truncate(call, x, bits) {
          const share = await inner.truncate(call, x, bits);
          return { parts: share.parts.map((part) => part.reshape([part.size, 1])) };
        },
      }))),
  },
];
