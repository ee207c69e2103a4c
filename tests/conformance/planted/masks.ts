/**
 * Masks that do not hide: narrow, biased, constant, reused, or on one side only.
 *
 * @module
 */
import { Tag } from "../../../comm/scope.ts";
import { additive } from "../../../protocols/additive/additive.ts";
import type { Protocol } from "../../../protocols/protocol.ts";
import { trustedFirstParty } from "../../../protocols/providers/first_party.ts";
import { replicated } from "../../../protocols/replicated/replicated.ts";
import { drawing, type Drawn, type PlantedProtocol, seeded, ZERO_SEED } from "./plant.ts";

/** Additive sharing of which the streams of a field are spoilt. */
function spoilt(kind: string, field: string, spoil: (drawn: Drawn) => void): () => Protocol {
  return () =>
    additive({
      provider: drawing(trustedFirstParty(), (drawn) => {
        if (drawn.kind === kind && drawn.field === field) spoil(drawn);
      }),
    });
}

/** Changes one byte of so many. */
const every = (step: number, at: number, change: (byte: number) => number) => ({ bytes }: Drawn): void => {
  for (let i = at; i < bytes.length; i += step) bytes[i] = change(bytes[i]!);
};

/** Draws for every call what was drawn for the first. */
function remembered(): (drawn: Drawn) => void {
  const kept = new Map<string, Uint8Array>();
  return ({ rank, offset, bytes }) => {
    const first = kept.get(`${rank} ${offset}`);
    if (first === undefined) kept.set(`${rank} ${offset}`, bytes.slice());
    else bytes.set(first.subarray(0, bytes.length));
  };
}

const UNIFORM = "what is sent is uniform";
const FRESH = "no mask is used twice";
/** Results are right all the same. */
const RIGHT = ["fast forms equal what they are composed of", "products are exact modulo 2^64"];

/** The bugs. */
export const MASKS: readonly PlantedProtocol[] = [
  {
    name: "masks of 63 bits",
    fails: UNIFORM,
    says: "square: message 0.0 of all, as party 0 sees it, added up: byte 7 is not uniform",
    passes: RIGHT,
    primitives: ["square"],
    make: spoilt("square", "r", every(8, 7, (byte) => byte & 0x7f)),
  },
  {
    name: "masks that are even",
    fails: UNIFORM,
    says: "square: message 0.0 of all, as party 0 sees it, added up: byte 0 is not uniform",
    passes: RIGHT,
    primitives: ["square"],
    make: spoilt("square", "r", every(8, 0, (byte) => byte & 0xfe)),
  },
  {
    name: "masks without their top byte",
    fails: UNIFORM,
    says: "relu: message 0.0 of all, as party 0 sees it, added up: byte 7 is not uniform",
    passes: RIGHT,
    primitives: ["relu"],
    make: spoilt("relu", "r", every(8, 7, () => 0)),
  },
  {
    name: "biased bit masks: one byte of sixteen has none",
    fails: UNIFORM,
    says: "relu: message 0.4 of all, as party 0 sees it",
    passes: RIGHT,
    primitives: ["relu"],
    make: spoilt("relu", "mask0", every(16, 0, () => 0)),
  },
  {
    name: "a stream that is constant",
    fails: UNIFORM,
    says: "words are there twice",
    passes: RIGHT,
    primitives: ["square"],
    make: spoilt("square", "r", ({ bytes }) => bytes.forEach((_, i) => bytes[i] = bytes[i & 7]!)),
  },
  {
    name: "one mask for every block of a tensor",
    fails: UNIFORM,
    says: "words are there twice",
    passes: RIGHT,
    primitives: ["square"],
    make() {
      const kept = new Map<number, Uint8Array>();
      return spoilt("square", "r", ({ rank, offset, bytes }) => {
        if (offset === 0) kept.set(rank, bytes.slice());
        else bytes.set(kept.get(rank)!.subarray(0, bytes.length));
      })();
    },
  },
  {
    name: "a sign that is opened without its mask",
    fails: UNIFORM,
    says: "relu: message 0.1 of all, as party 0 sees it",
    passes: RIGHT,
    primitives: ["relu"],
    make: spoilt("relu", "beta", ({ bytes }) => bytes.fill(0)),
  },
  {
    name: "one party does not mask its share: the other knows the whole mask",
    fails: UNIFORM,
    says: "square: message 0.0 from party 1 with part 0 of x at party 0: 8191 of 8192 words are there twice",
    passes: RIGHT,
    primitives: ["square"],
    make: spoilt("square", "r", ({ rank, bytes }) => rank === 1 && bytes.fill(0)),
  },
  {
    name: "two parties of three know the mask",
    fails: UNIFORM,
    says:
      "square: message 0.0 from party 2 with part 0 of x at party 0 and 1: 8191 of 8192 words are there twice",
    passes: RIGHT,
    parties: 3,
    colluding: 2,
    primitives: ["square"],
    make: spoilt("square", "r", ({ rank, bytes }) => rank === 2 && bytes.fill(0)),
  },
  {
    name: "one mask for all calls",
    fails: FRESH,
    says: "in the first and the second call: the difference of two openings takes only 1 values",
    passes: RIGHT,
    primitives: ["square"],
    make: () => spoilt("square", "r", remembered())(),
  },
  {
    name: "one mask for both operands of a product",
    fails: FRESH,
    says: "added up: the difference of two openings takes only 1 values",
    passes: RIGHT,
    primitives: ["mul"],
    make: spoilt("product", "s", ({ instead }) => instead("r")),
  },
  {
    name: "one bit mask for all calls",
    fails: FRESH,
    says: "in the first and the second call: bit 0 is not a fair coin",
    passes: RIGHT,
    primitives: ["relu"],
    make: () => spoilt("relu", "beta", remembered())(),
  },
  {
    name: "streams that are the same in every branch",
    fails: FRESH,
    says: "reshare: message 0.0 from party 1 to party 0, in the first and the fork call",
    primitives: ["reshare"],
    make: () =>
      seeded(replicated(), (good, _purpose, { root }) => {
        const at = (position: { seq: number }): Parameters<typeof good.tensor>[1] => ({
          scope: { id: root },
          seq: position.seq,
        });
        const same: Pick<typeof good, "tensor" | "fill"> = {
          tensor: (heap, position, field, shape) => good.tensor(heap, at(position), field, shape),
          fill: (heap, position, ...rest) => good.fill(heap, at(position), ...rest),
        };
        return same as typeof good;
      }),
    parties: 3,
  },
  {
    name: "no sharing of zero in an opening of three parties",
    fails: "openings show no shares",
    says: "it is the share itself",
    parties: 3,
    make: () =>
      seeded(
        additive({ provider: trustedFirstParty() }),
        (good, purpose) => purpose === "zero" ? ZERO_SEED : good,
      ),
  },
  {
    name: "no sharing of zero in a product by re-sharing",
    fails: UNIFORM,
    says: "reshare: message 0.0 from party 1 to party 0: byte 0 is not uniform",
    parties: 3,
    primitives: ["reshare"],
    make: () => seeded(replicated(), (good, purpose) => purpose === "zero" ? ZERO_SEED : good),
  },
  {
    name: "a result that is passed on without being shared anew",
    fails: UNIFORM,
    says: "relu: message 0.12288 of all",
    parties: 3,
    primitives: ["relu"],
    make: () =>
      seeded(replicated(), (good, purpose) => purpose === "replicated component" ? ZERO_SEED : good),
  },
  {
    name: "a tag that serves two calls",
    fails: "a tag serves one call",
    says: "one tag serves two",
    parties: 3,
    make() {
      const protocol = replicated();
      return {
        ...protocol,
        bind(env) {
          const good = protocol.bind(env);
          // A new object for the same position: nobody remembers that it was used.
          return {
            ...good,
            reshare: ({ tag, ...call }, x) => good.reshare!({ ...call, tag: new Tag(tag.scope, tag.seq) }, x),
          };
        },
      };
    },
  },
];
