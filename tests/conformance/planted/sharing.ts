/**
 * Secrets in the clear, at the wrong party, or opened by a program that others do not run.
 *
 * @module
 */
import { additive } from "../../../protocols/additive/additive.ts";
import { addMessages } from "../../../protocols/additive/open.ts";
import { sendTo } from "../../../protocols/exchange.ts";
import { plain } from "../../../protocols/plain.ts";
import type { Protocol } from "../../../protocols/protocol.ts";
import { trustedFirstParty } from "../../../protocols/providers/first_party.ts";
import { replicated } from "../../../protocols/replicated/replicated.ts";
import { RingTensor } from "../../../ring/tensor.ts";
import { messaging, planted, type PlantedProtocol, seeded, ZERO_SEED } from "./plant.ts";

const good = (): Protocol => additive({ provider: trustedFirstParty() });

/** The bugs. */
export const SHARING: readonly PlantedProtocol[] = [
  {
    name: "the owner keeps its secret unmasked",
    fails: "shares are uniform",
    says: "is zero: somebody else holds the secret in the clear",
    make: () => seeded(good(), (seed, purpose) => purpose.startsWith("share:") ? ZERO_SEED : seed),
  },
  {
    name: "the owner sends its secret along",
    fails: "shares are uniform",
    says: "what party 0 sends to party 1 to share",
    make: () =>
      planted(good(), (inner, env) => ({
        async share(call, value, owner, shape) {
          const bytes = 8 * shape.reduce((a, b) => a * b, 1);
          if (value !== undefined) {
            env.comm.broadcast(call.tag, 9, bytes, (dst) => dst.set(value.bytes()), call.depth + 1);
          } else (await env.comm.receive(owner, call.tag, 9, bytes, call.what)).release();
          return await inner.share(call, value, owner, shape);
        },
      })),
  },
  {
    name: "the owner sends another party's share without what masks it",
    fails: "shares are uniform",
    says: "what party 0 sends to party 1 to share 0: byte 0 is not uniform",
    parties: 3,
    make: () => seeded(replicated(), (seed, purpose) => purpose.startsWith("share:") ? ZERO_SEED : seed),
  },
  {
    name: "an opening to one party is one to all",
    fails: "what is shared is what is opened",
    says: "receives the value",
    make: () => planted(good(), (inner) => ({ reveal: (call, x) => inner.reveal(call, x, "all") })),
  },
  {
    name: "an opening that does not compare traces",
    fails: "a party out of step stops all before a share is sent",
    says: "is not noticed",
    make: () =>
      planted(good(), (_, env) => ({
        async reveal(call, x, to) {
          const own = (await x.wait()).parts[0]!.clone();
          const messages = await sendTo(env, call, to, own.byteLength, (dst) => dst.set(own.bytes()));
          if (messages === undefined) return undefined;
          addMessages(own, messages);
          return own;
        },
      })),
  },
  {
    name: "an opening that compares traces beside sending shares",
    fails: "a party out of step stops all before a share is sent",
    says: "sends a share although",
    make: () =>
      planted(good(), (inner, env) => ({
        async reveal(call, x, to) {
          const own = (await x.wait()).parts[0]!;
          env.comm.broadcast(call.tag, 9, own.byteLength, (dst) => dst.set(own.bytes()), call.depth + 1);
          return await inner.reveal(call, x, to);
        },
      })),
  },
  {
    name: "random words that party 0 knows",
    fails: "random values are random",
    says: "party 0 holds the random words in the clear",
    make: () =>
      planted(good(), (inner, env) => ({
        random: (call, shape) =>
          env.rank === 0 ? inner.random(call, shape) : { parts: [RingTensor.zeros(env.heap, shape)] },
      })),
  },
  {
    name: "random words that leave out the upper half of the ring",
    fails: "random values are random",
    says: "random: byte 7 is not uniform",
    make: () =>
      planted(good(), (inner, env) => ({
        random(call, shape) {
          const share = inner.random(call, shape);
          const bytes = share.parts[0]!.bytes();
          for (let i = 7; i < bytes.length; i += 8) bytes[i] = env.rank === 0 ? bytes[i]! & 0x7f : 0;
          return share;
        },
      })),
  },
  {
    name: "a public operand that every party adds",
    fails: "local operations are exact",
    says: "addPublic: word 0",
    make: () =>
      planted(good(), (inner) => ({
        addPublic: (x, c) => inner.add(x, { parts: [c] }),
      })),
  },
  {
    name: "a bit that is uniform, and shows the sign to who has the other share",
    fails: "views do not depend on the secret",
    says: "a distinguisher is right in 100.0 %",
    primitives: ["relu"],
    make() {
      // Parties of one isolate: what none could compute alone is put together here.
      const lent = new Map<number, PromiseWithResolvers<BigUint64Array>>();
      const at = (seq: number): PromiseWithResolvers<BigUint64Array> => {
        const meeting = lent.get(seq) ?? Promise.withResolvers();
        lent.set(seq, meeting);
        return meeting;
      };
      return planted(good(), (inner, env) => ({
        async relu(call, x) {
          const own = (await x.wait()).parts[0]!.toWords();
          const bytes = own.length / 8;
          if (env.rank === 0) {
            const other = await at(call.tag.seq).promise;
            const bits = topBits(own.map((word, i) => (word + other[i]!) ^ other[i]!));
            env.comm.post(1, call.tag, 99, bytes, (dst) => dst.set(bits), call.depth + 1);
          } else {
            at(call.tag.seq).resolve(own);
            (await env.comm.receive(0, call.tag, 99, bytes, call.what)).release();
          }
          return await inner.relu!(call, x);
        },
      }));
    },
  },
  {
    name: "two components in the wrong order",
    fails: "components are the same wherever they are held",
    says: "reshare: parties",
    parties: 3,
    primitives: ["reshare"],
    components: (rank) => [`x${rank}`, `x${(rank + 1) % 3}`],
    make: () =>
      planted(replicated(), (inner, env) => ({
        async reshare(call, x) {
          const share = await inner.reshare!(call, x);
          return env.rank === 1 ? { parts: share.parts.toReversed() } : share;
        },
      })),
  },
  {
    name: "what two parties open reaches the one that deals for them",
    fails: "a party that is not part of a call hears nothing of it",
    says: "relu: every party receives a message",
    parties: 3,
    primitives: ["relu"],
    unmessaged: ["relu"],
    make: () =>
      messaging(replicated(), (comm, env) => ({
        post(to, tag, sub, bytes, fill, round) {
          comm.post(to, tag, sub, bytes, fill, round);
          // The first opening of a comparison.
          if (sub === 4) comm.post(3 - env.rank - to, tag, 999, bytes, fill, round);
        },
      })),
  },
  {
    name: "a reference backend that is taken for a protocol",
    fails: "shares are uniform",
    says: "is not uniform",
    make: () => plain(),
  },
];

/** The top bits of words, packed. */
function topBits(words: BigUint64Array): Uint8Array {
  const out = new Uint8Array(words.length / 8);
  words.forEach((word, i) => out[i >> 3]! |= Number(word >> 63n) << (i & 7));
  return out;
}
