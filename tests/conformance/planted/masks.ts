/**
 * Masks that do not hide: narrow, biased, constant, reused, or on one side only.
 *
 * @module
 */
import { Tag } from "../../../comm/scope.ts";
import { additive } from "../../../protocols/additive/additive.ts";
import type { Protocol } from "../../../protocols/protocol.ts";
import type { Correlation } from "../../../protocols/provider.ts";
import { trustedFirstParty } from "../../../protocols/providers/first_party.ts";
import { replicated } from "../../../protocols/replicated/replicated.ts";
import type { Heap } from "../../../ring/heap.ts";
import { type PlantedProtocol, plantedProvider, provides, seeded, ZERO_SEED } from "./plant.ts";

/** Additive sharing of which a field of a kind is spoilt, block by block, at every party. */
function spoilt(
  kind: string,
  field: string,
  spoil: (bytes: Uint8Array, block: number, fill: (other: string) => void) => void,
  bytes = 32_768,
): Protocol {
  const provider = plantedProvider(trustedFirstParty(), (good: Correlation, heap: Heap, name) => ({
    fill(own, block, ptr): void {
      good.fill(own, block, ptr);
      if (name === kind && own === field) {
        spoil(heap.u8(ptr, bytes), block, (other) => good.fill(other, block, ptr));
      }
    },
  }));
  return additive({ provider });
}

const UNIFORM = "what is sent is uniform";
const FRESH = "no mask is used twice";

/** The bugs. */
export const MASKS: readonly PlantedProtocol[] = [
  {
    name: "masks of 63 bits",
    fails: UNIFORM,
    says: "square: message 0.0 of all, as party 0 sees it, added up: byte 7 is not uniform",
    primitives: ["square"],
    make: () =>
      spoilt("square", "r", (bytes) => {
        for (let i = 7; i < bytes.length; i += 8) bytes[i]! &= 0x7f;
      }),
  },
  {
    name: "masks that are even",
    fails: UNIFORM,
    says: "square: message 0.0 of all, as party 0 sees it, added up: byte 0 is not uniform",
    primitives: ["square"],
    make: () =>
      spoilt("square", "r", (bytes) => {
        for (let i = 0; i < bytes.length; i += 8) bytes[i]! &= 0xfe;
      }),
  },
  {
    name: "masks without their top byte",
    fails: UNIFORM,
    says: "relu: message",
    primitives: ["relu"],
    make: () =>
      spoilt("relu", "r", (bytes) => {
        for (let i = 7; i < bytes.length; i += 8) bytes[i] = 0;
      }),
  },
  {
    name: "biased bit masks: one byte of sixteen has none",
    fails: UNIFORM,
    says: "relu: message",
    primitives: ["relu"],
    make: () =>
      spoilt("relu", "mask0", (bytes) => {
        for (let i = 0; i < bytes.length; i += 16) bytes[i] = 0;
      }, 27 * 16 * 32),
  },
  {
    name: "a stream that is constant",
    fails: UNIFORM,
    says: "is not uniform",
    primitives: ["square"],
    make: () =>
      spoilt("square", "r", (bytes) => {
        for (let i = 8; i < bytes.length; i++) bytes[i] = bytes[i - 8]!;
      }),
  },
  {
    name: "a sign that is opened without its mask",
    fails: UNIFORM,
    says: "bit 0 is not a fair coin",
    primitives: ["relu"],
    make: () => spoilt("relu", "beta", (bytes) => bytes.fill(0), 512),
  },
  {
    name: "one party does not mask its share: the other knows the whole mask",
    fails: UNIFORM,
    says: "square: message 0.0 from party 1 with part 0 of x at party 0: byte 0 is not uniform",
    primitives: ["square"],
    make() {
      const provider = provides(trustedFirstParty(), (good, { rank, heap }) => ({
        take(kind, params, tag) {
          const corr = good.take(kind, params, tag);
          return {
            ...corr,
            fill(field, block, ptr) {
              corr.fill(field, block, ptr);
              if (rank === 1 && kind.name === "square" && field === "r") heap.u8(ptr, 32_768).fill(0);
            },
          };
        },
      }));
      return additive({ provider });
    },
  },
  {
    name: "one mask for all calls",
    fails: FRESH,
    says: "in the first and the second call: the difference of two openings takes only 1 values",
    primitives: ["square"],
    make() {
      const kept = new Map<number, Uint8Array>();
      // One mask for both parties too, which is no matter: it is uniform.
      return spoilt("square", "r", (bytes, block) => {
        const mask = kept.get(block) ?? bytes.slice();
        kept.set(block, mask);
        bytes.set(mask);
      });
    },
  },
  {
    name: "one mask for both operands of a product",
    fails: FRESH,
    says: "mul: message 0.1",
    primitives: ["mul"],
    make: () => spoilt("product", "s", (_bytes, _block, fill) => fill("r")),
  },
  {
    name: "a bit mask that follows from the view alone",
    fails: FRESH,
    says: "relu: the difference of message 0.1",
    primitives: ["relu"],
    make() {
      let kept: Uint8Array | undefined;
      return spoilt("relu", "beta", (bytes) => bytes.set(kept ??= bytes.slice()), 512);
    },
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
