/**
 * What is seen of a call: by one party, its shares, what it is sent, and what it sends; by several that collude, all of theirs.
 *
 * @module
 */
import type { AShare, BShare, Pending } from "../../protocols/protocol.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { Subject } from "./check.ts";
import { constantWords, parties, Party, type Sent } from "./parties.ts";
import { has, type Operands, type Primitive } from "./primitives.ts";
import { ofPlanes, ofWords, type Series, xorOf } from "./series.ts";

/** The calls of one program: on fresh operands, on others, on those again, and the first once more in another branch. */
export const CALLS = ["first", "second", "again", "fork"] as const;
/** One of {@link CALLS}. */
export type Which = typeof CALLS[number];

/** One party's shares of a call's operands and result. */
interface Shares {
  readonly x: readonly BigUint64Array[];
  readonly y: readonly BigUint64Array[];
  readonly b: readonly Uint8Array[];
  readonly result: readonly (BigUint64Array | Uint8Array)[];
  /** Whether the result is a product of summands, which are not components. */
  readonly summand: boolean;
}

/** Everything that happened in the calls of one program. */
export interface Transcript {
  /** Elements of the operands. */
  readonly size: number;
  /** Number of parties. */
  readonly parties: number;
  /** What was sent in a call, in the order of keys; a message's `key` tells it from others of its sender in this call. */
  readonly sent: Readonly<Record<Which, readonly Sent[]>>;
  /** Each party's shares, by rank. */
  readonly shares: readonly Partial<Record<Which, Shares>>[];
}

/** A party that notes which calls belong to what. */
class Witness extends Party {
  readonly calls = new Map<string, Which>();
  which: Which | undefined;
  override call(what = "test"): ReturnType<Party["call"]> {
    const call = super.call(what);
    const { scope, seq } = call.tag;
    if (this.which !== undefined) this.calls.set(`${scope.prefix}:${seq}`, this.which);
    return call;
  }
}

const wordsOf = (share: AShare): BigUint64Array[] => share.parts.map((part) => part.toWords());

function partsOf(share: AShare | BShare): (BigUint64Array | Uint8Array)[] {
  return share.parts.map((part) => part instanceof RingTensor ? part.toWords() : part.bytes().slice());
}

async function operands(
  p: Party,
  { bits = false }: Primitive,
  { secret, size, owners }: Input,
): Promise<Operands> {
  const words = constantWords(size, secret);
  const b = bits
    ? await p.protocol.sign(p.call(), await p.share(words, owners[0]))
    : p.protocol.randomBits(p.call(), [size], 1);
  // Operands of their own: what the sign has opened is not there for the call.
  return { x: await p.share(words, owners[0]), y: await p.share(words, owners[1]), b: p.ready(b) };
}

async function act(p: Witness, primitive: Primitive, which: Which, on: Operands): Promise<Shares> {
  const [x, y, b]: [Pending<AShare>, Pending<AShare>, Pending<BShare>] = [on.x, on.y, on.b];
  p.which = which;
  const result = await primitive.run(p, on);
  p.which = undefined;
  return {
    x: wordsOf(x.now!),
    y: wordsOf(y.now!),
    b: b.now!.parts.map((part) => part.bytes().slice()),
    result: partsOf(result),
    summand: "summand" in result && result.summand === true,
  };
}

/** Operands that are the same secret in every element. */
export interface Input {
  /** The secret. */
  readonly secret: bigint;
  /** Elements. */
  readonly size: number;
  /** Who has x (and the bits), and who has y. */
  readonly owners: readonly [number, number];
}

/** Runs one call of a primitive, or one of each kind; undefined when the protocol does not have it. */
export async function transcribe(
  subject: Subject,
  primitive: Primitive,
  input: Input,
  which: readonly Which[] = ["first"],
): Promise<Transcript | undefined> {
  const log: Sent[] = [];
  const n = subject.parties;
  const calls = new Map<string, Which>();
  const shares = await parties({ n, protocol: subject.make(), log }, async ({ mpc }) => {
    const p = new Witness(mpc);
    if (!has(p.protocol, primitive.needs)) return undefined;
    const own: Partial<Record<Which, Shares>> = {};
    const first = await operands(p, primitive, input);
    own.first = await act(p, primitive, "first", first);
    if (which.length > 1) {
      const second = await operands(p, primitive, input);
      own.second = await act(p, primitive, "second", second);
      own.again = await act(p, primitive, "again", second);
      const branch = new Witness(mpc.fork());
      own.fork = await act(branch, primitive, "fork", await operands(branch, primitive, input));
      for (const [call, label] of branch.calls) calls.set(call, label);
    }
    for (const [call, label] of p.calls) calls.set(call, label);
    return own;
  });
  if (shares[0] === undefined) return undefined;
  const of = (label: Which): Sent[] => numbered(log, calls, label);
  const sent = { first: of("first"), second: of("second"), again: of("again"), fork: of("fork") };
  return { size: input.size, parties: n, sent, shares: shares as Transcript["shares"] };
}

/** The messages of a call, named by their place in it and not in the program. */
function numbered(log: readonly Sent[], calls: ReadonlyMap<string, Which>, label: Which): Sent[] {
  const own = log.filter((s) => calls.get(s.call) === label);
  const order = [...new Set(own.map((s) => s.call))].sort((a, b) =>
    Number(a.slice(17)) - Number(b.slice(17))
  );
  return own.map((s) => ({ ...s, key: `${order.indexOf(s.call)}.${s.sub}` }))
    .sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : a.from - b.from);
}

/** Bytes under a name: words of which several lie beside each element, or planes. */
export interface Bytes {
  /** What it is. */
  readonly name: string;
  /** The bytes. */
  readonly bytes: Uint8Array;
}

/** What a party is sent in a call, and what all have sent under each message's name, added up and xored. */
export function received(t: Transcript, label: Which, rank: number): { alone: Bytes[]; together: Bytes[] } {
  const alone: Bytes[] = [];
  const together: Bytes[] = [];
  const messages = t.sent[label].filter((s) => s.to === rank);
  for (const s of messages) {
    const from = s.from === t.parties ? "the dealer" : `party ${s.from}`;
    alone.push({ name: `message ${s.key} from ${from} to party ${rank}`, bytes: s.bytes });
  }
  for (const key of new Set(messages.map((s) => s.key))) {
    const own = t.sent[label].find((s) => s.from === rank && s.key === key);
    const all = [...messages.filter((s) => s.key === key), ...own === undefined ? [] : [own]];
    if (all.length < 2 || all.some((s) => s.bytes.length !== all[0]!.bytes.length)) continue;
    const name = `message ${key} of all, as party ${rank} sees it,`;
    if (all[0]!.bytes.length % 8 === 0) {
      together.push({
        name: `${name} added up`,
        bytes: sum(all.map((s) => s.bytes)),
      });
    }
    together.push({ name: `${name} xored`, bytes: xor(all.map((s) => s.bytes)) });
  }
  return { alone, together };
}

/** Sums of words, as bytes. */
export function sum(list: readonly Uint8Array[]): Uint8Array {
  const out = new BigUint64Array(list[0]!.slice().buffer);
  for (const bytes of list.slice(1)) {
    const words = asWords(bytes);
    for (let i = 0; i < out.length; i++) out[i]! += words[i]!;
  }
  return new Uint8Array(out.buffer);
}

function xor(list: readonly Uint8Array[]): Uint8Array {
  const out = list[0]!.slice();
  for (const bytes of list.slice(1)) for (let i = 0; i < out.length; i++) out[i]! ^= bytes[i]!;
  return out;
}

/** Bytes as words. */
export function asWords(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(bytes.slice().buffer);
}

/** Bytes as series over the elements: words if there are 8 bytes or more for each, planes if there are whole ones. */
export function seriesOf({ name, bytes }: Bytes, size: number): Series[] {
  if (bytes.length === 0) return [];
  if (bytes.length % (8 * size) === 0) {
    const count = bytes.length / (8 * size);
    return Array.from({ length: count }, (_, k) => {
      const words = asWords(bytes.subarray(8 * size * k, 8 * size * (k + 1)));
      return ofWords(count === 1 ? name : `${name}, part ${k}`, words);
    });
  }
  return bytes.length % (size / 8) === 0 && bytes.length < 8 * size ? [ofPlanes(name, bytes, size)] : [];
}

/** All sets of `count` of `n` parties. */
export function coalitions(n: number, count: number): number[][] {
  if (count === 0) return [[]];
  return Array.from({ length: n }, (_, first) => first).flatMap((first) =>
    coalitions(n, count - 1).filter((rest) => rest.every((other) => other > first)).map((
      rest,
    ) => [first, ...rest])
  );
}

/**
 * What is sent to parties that collude from outside, with their shares of the operands added: the secret itself, if who sends has not
 * masked it.
 */
export function unmasked(t: Transcript, colluding: readonly number[]): Bytes[] {
  const out: Bytes[] = [];
  const who = colluding.join(" and ");
  for (const s of t.sent.first) {
    if (!colluding.includes(s.to) || colluding.includes(s.from)) continue;
    for (const operand of ["x", "y", "b"] as const) {
      const own = colluding.map((rank) => t.shares[rank]!.first![operand]);
      const count = own[0]!.length;
      for (let part = 0; part < count; part++) {
        const bytes = own.map((parts) => new Uint8Array(parts[part]!.slice().buffer));
        if (bytes[0]!.length !== s.bytes.length) continue;
        const name = `message ${s.key} from party ${s.from} with part ${part} of ${operand} at party ${who}`;
        const combine = operand === "b" ? xor : sum;
        out.push({ name, bytes: combine([s.bytes, ...bytes]) });
      }
    }
  }
  return out;
}

/** All that one party sees of the first call, element by element. */
export function viewOf(t: Transcript, rank: number): Series[] {
  const { alone, together } = received(t, "first", rank);
  const shares = t.shares[rank]!.first!;
  const own = (name: string, parts: readonly (BigUint64Array | Uint8Array)[]): Bytes[] =>
    parts.map((part, i) => ({
      name: `part ${i} of party ${rank}'s share of ${name}`,
      bytes: new Uint8Array(part.slice().buffer),
    }));
  const bytes = [
    ...alone,
    ...together,
    ...unmasked(t, [rank]),
    ...own("x", shares.x),
    ...own("y", shares.y),
    ...own("b", shares.b),
    ...own("the result", shares.result),
  ];
  return bytes.flatMap((b) => seriesOf(b, t.size));
}

/** The xor of two openings of the same form. */
export function difference(name: string, a: Uint8Array, b: Uint8Array, size: number): Series[] {
  const [p, q] = [seriesOf({ name, bytes: a }, size), seriesOf({ name, bytes: b }, size)];
  return p.map((series, i) => xorOf(series.name, series, q[i]!));
}
