/**
 * Secrecy: what crosses the wire is uniform, the same for all secrets, and never under the same mask twice.
 *
 * @module
 */
import type { Check, Subject } from "./check.ts";
import { confirmed } from "./check.ts";
import { chosen, type Primitive, PRIMITIVES } from "./primitives.ts";
import { distinguish, recurring, repeated, type Series, uneven, unfair } from "./series.ts";
import {
  asWords,
  type Bytes,
  CALLS,
  coalitions,
  difference,
  received,
  seriesOf,
  transcribe,
  type Transcript,
  unmasked,
  viewOf,
  type Which,
} from "./transcript.ts";

/** Elements of a call: enough to see a bit that is one in 54 of 100 cases. */
const SIZE = 8192;
/** Elements for what is trained, and for what is compared. */
const SAMPLES = 4096;
/** Two secrets that differ in sign and in most bits, and those whose masks wrap. */
const SECRETS = [5n, -(2n ** 40n)] as const;

const ranksOf = (subject: Subject): number[] => Array.from({ length: subject.parties }, (_, rank) => rank);

function biased({ name, bytes }: Bytes, size: number): string | undefined {
  if (bytes.length % 8 === 0 && bytes.length >= 8 * 4096) {
    const words = asWords(bytes);
    const finding = recurring(name, words) ?? uneven(name, words);
    if (finding !== undefined) return finding;
  }
  for (const series of seriesOf({ name, bytes }, size)) {
    const finding = unfair(series);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

function notUniform(t: Transcript, subject: Subject): string | undefined {
  const seen: Bytes[] = [];
  for (const rank of ranksOf(subject)) {
    const { alone, together } = received(t, "first", rank);
    seen.push(...alone, ...together);
  }
  for (let count = 1; count <= subject.colluding; count++) {
    for (const set of coalitions(subject.parties, count)) seen.push(...unmasked(t, set));
  }
  // What all parties open together looks the same to each.
  const known = new Set<string>();
  for (const bytes of seen) {
    const text = `${bytes.bytes.length} ${bytes.bytes.subarray(0, 64).toHex()}`;
    if (known.has(text)) continue;
    known.add(text);
    const finding = biased(bytes, t.size);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** Runs a finding for each primitive, each confirmed by a second run. */
async function each(
  subject: Subject,
  find: (primitive: Primitive) => Promise<string | undefined>,
): Promise<void> {
  for (const primitive of chosen(PRIMITIVES, subject)) {
    await confirmed(async () => {
      const finding = await find(primitive);
      return finding === undefined ? undefined : `${primitive.name}: ${finding}`;
    });
  }
}

/** What is there in both views: which party a dealer writes to may differ from run to run. */
function common(a: readonly Series[], b: readonly Series[]): [Series[], Series[]] {
  const names = new Set(a.map((s) => s.name)).intersection(new Set(b.map((s) => s.name)));
  return [a.filter((s) => names.has(s.name)), b.filter((s) => names.has(s.name))];
}

/** What two calls have in common under one mask. */
function sameMask(t: Transcript, a: Which, b: Which, rank: number): string | undefined {
  const [first, second] = [received(t, a, rank), received(t, b, rank)];
  for (const group of ["alone", "together"] as const) {
    for (const one of first[group]) {
      const other = second[group].find((m) => m.name === one.name);
      // What a call has opened before, a later one need not open again.
      if (other === undefined || other.bytes.length !== one.bytes.length) continue;
      const name = `${one.name}, in the ${a} and the ${b} call`;
      if (one.bytes.length >= 8 * t.size && one.bytes.length % 8 === 0) {
        const finding = repeated(name, asWords(one.bytes), asWords(other.bytes));
        if (finding !== undefined) return finding;
      }
      for (const series of difference(name, one.bytes, other.bytes, t.size)) {
        const finding = unfair(series);
        if (finding !== undefined) return `the difference of ${finding}`;
      }
    }
  }
  return undefined;
}

/** What two openings within a call have in common under one mask. */
function sameWithin(t: Transcript, rank: number): string | undefined {
  const { alone, together } = received(t, "first", rank);
  const words = [...alone, ...together.filter((m) => m.name.endsWith("added up"))]
    .filter((m) => m.bytes.length === 8 * t.size);
  for (const [i, one] of words.entries()) {
    for (const other of words.slice(0, i)) {
      const finding = repeated(`${one.name} and ${other.name}`, asWords(one.bytes), asWords(other.bytes));
      if (finding !== undefined) return finding;
    }
  }
  return undefined;
}

/** The checks. */
export const VIEW_CHECKS: readonly Check<Subject>[] = [
  {
    name: "what is sent is uniform",
    about:
      "All that a party receives in a primitive on fixed secrets is uniform: each message, the sum and the xor of what all send " +
      "under one name, and what is left when those who may collude add their shares. Finds missing, narrow, biased and periodic masks.",
    run: (subject) =>
      each(subject, async (primitive) => {
        for (const secret of SECRETS) {
          const t = await transcribe(subject, primitive, {
            secret,
            size: SIZE,
            owners: [0, subject.parties - 1],
          });
          const finding = t === undefined ? undefined : notUniform(t, subject);
          if (finding !== undefined) return `${finding}, for the secret ${secret}`;
        }
        return undefined;
      }),
  },
  {
    name: "views do not depend on the secret",
    about:
      "A distinguisher, trained on half of the elements of two runs with different secrets, is not right more often than by " +
      "chance on the other half: over every bit that a party sees, its shares and its result included, and their xors. Finds openings " +
      "of functions of secrets.",
    run: (subject) =>
      each(subject, async (primitive) => {
        // Who has an input may know it: the views of the others count.
        for (const owner of [0, subject.parties - 1]) {
          const owners = [owner, owner] as const;
          const [a, b] = [
            await transcribe(subject, primitive, { secret: SECRETS[0], size: SAMPLES, owners }),
            await transcribe(subject, primitive, { secret: SECRETS[1], size: SAMPLES, owners }),
          ];
          if (a === undefined || b === undefined) return undefined;
          for (const rank of owner === 0 ? ranksOf(subject).slice(1) : [0]) {
            const finding = distinguish(...common(viewOf(a, rank), viewOf(b, rank)));
            if (finding !== undefined) return `at party ${rank}, ${finding}`;
          }
        }
        return undefined;
      }),
  },
  {
    name: "no mask is used twice",
    about:
      "What is sent in two calls, in two calls on the same operands, in two branches, or twice in one call, has nothing in common: " +
      "the differences of words are all distinct, and the xors of bits are fair. Finds masks that are reused.",
    run: (subject) =>
      each(subject, async (primitive) => {
        const input = { secret: 7n, size: SAMPLES, owners: [0, subject.parties - 1] as const };
        const t = await transcribe(subject, primitive, input, CALLS);
        if (t === undefined) return undefined;
        for (const rank of ranksOf(subject)) {
          const finding = sameMask(t, "first", "second", rank) ?? sameMask(t, "second", "again", rank) ??
            sameMask(t, "first", "fork", rank) ?? sameWithin(t, rank);
          if (finding !== undefined) return finding;
        }
        return undefined;
      }),
  },
];
