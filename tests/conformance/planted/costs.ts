/**
 * Costs that are not what is declared.
 *
 * @module
 */
import { additive } from "../../../protocols/additive/additive.ts";
import type { Protocol } from "../../../protocols/protocol.ts";
import { trustedFirstParty } from "../../../protocols/providers/first_party.ts";
import { messaging, planted, type PlantedProtocol } from "./plant.ts";

const good = (): Protocol => additive({ provider: trustedFirstParty() });
const COST = "declared costs are what crosses the wire";

/** The bugs. */
export const COSTS: readonly PlantedProtocol[] = [
  {
    name: "a byte that is not declared",
    fails: COST,
    says: "payload bytes of relu of [1]",
    primitives: ["relu"],
    make: () =>
      planted(good(), (inner, env) => ({
        relu(call, x) {
          env.comm.post(1 - env.rank, call.tag, 99, 1, (dst) => dst.fill(0), call.depth + 1);
          return inner.relu!(call, x);
        },
      })),
  },
  {
    name: "a hidden round",
    fails: COST,
    says: "waves on the network of relu of [1]",
    primitives: ["relu"],
    make: () =>
      planted(good(), (inner, env) => ({
        async relu(call, x) {
          await env.comm.exchange(call.tag, 99, 0, () => {}, "hidden");
          return await inner.relu!(call, x);
        },
      })),
  },
  {
    name: "a round that is not counted",
    fails: COST,
    says: "counted rounds of square of [1]: 0 measured, 1 declared",
    primitives: ["square"],
    make: () =>
      messaging(good(), (comm) => ({
        exchange: (tag, sub, bytes, fill, what) => comm.exchange(tag, sub, bytes, fill, what, 0),
      })),
  },
  {
    name: "bits that are not packed",
    fails: COST,
    says: "payload bytes of truncate of [1]",
    primitives: ["truncate"],
    make: () =>
      messaging(good(), (comm) => ({
        async exchange(tag, sub, bytes, fill, what, round) {
          // A byte for each bit.
          const wide = (dst: Uint8Array): void => fill(dst.subarray(0, bytes));
          const messages = await comm.exchange(tag, sub, 8 * bytes, wide, what, round);
          return messages.map((m) => ({
            round: m.round,
            bytes: m.bytes.subarray(0, bytes),
            release: () => m.release(),
          }));
        },
      })),
  },
  {
    name: "correlated randomness that is not declared",
    fails: COST,
    says: "bytes of correlated randomness of square of [1]",
    primitives: ["square"],
    make: () =>
      planted(good(), (inner) => ({
        costs: {
          ...inner.costs,
          square: (shape, viewed) => ({ ...inner.costs.square!(shape, viewed), correlation: 0 }),
        },
      })),
  },
  {
    name: "a secret that is opened again although it has a view",
    fails: COST,
    says: "sign and square of one secret",
    primitives: ["sign and square of one secret"],
    make: () =>
      planted(good(), (inner) => ({
        square(call, x) {
          const views = new Map(x.views);
          x.views.clear();
          const result = inner.square!(call, x);
          for (const [branch, view] of views) x.views.set(branch, view);
          return result;
        },
      })),
  },
];
