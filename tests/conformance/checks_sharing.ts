/**
 * Sharing and opening, what is local, and random values.
 *
 * @module
 */
import type { AShare } from "../../protocols/protocol.ts";
import { BitTensor } from "../../ring/bits.ts";
import { mulConstant } from "../../ring/elementwise.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { type Check, confirmed, ensure, type Subject } from "./check.ts";
import { constantWords, parties, type Party, randomWords, type Sent } from "./parties.ts";
import { ofWords, repeated, uneven, unfair } from "./series.ts";
import { coalitions } from "./transcript.ts";

/** Words of a statistic. */
const SIZE = 32_768;
const EDGES = [0n, 1n, -1n, 2n ** 62n - 1n, -(2n ** 62n), 2n ** 63n - 1n, -(2n ** 63n)];

const signed = (word: bigint): bigint => BigInt.asIntN(64, word);

/** Refuses words that are not those wanted. */
export function same(got: ArrayLike<bigint>, wanted: ArrayLike<bigint>, what: string): void {
  ensure(got.length === wanted.length, () => `${what}: ${got.length} words, ${wanted.length} are wanted`);
  for (let i = 0; i < wanted.length; i++) {
    ensure(
      signed(got[i]!) === signed(wanted[i]!),
      () => `${what}: word ${i} is ${signed(got[i]!)}, ${signed(wanted[i]!)} is wanted`,
    );
  }
}

async function reconstructs({ make, parties: n }: Subject): Promise<void> {
  const secret = BigUint64Array.from([...EDGES.map((e) => BigInt.asUintN(64, e)), ...randomWords(300)]);
  await parties({ n, protocol: make() }, async (p) => {
    for (let owner = 0; owner < n; owner++) {
      const x = await p.share(secret, owner);
      same(await p.open(x), secret, `what party ${owner} shared`);
      for (let to = 0; to < n; to++) {
        using opened = await p.protocol.reveal(p.call(), x, to);
        const wanted = to === p.env.rank;
        ensure(
          (opened !== undefined) === wanted,
          () =>
            `reveal to party ${to}: party ${p.env.rank} ${
              wanted ? "receives nothing" : "receives the value"
            }`,
        );
        if (opened !== undefined) same(opened.toWords(), secret, `reveal to party ${to}`);
      }
    }
    using known = RingTensor.from(p.env.heap, [secret.length], secret);
    same(await p.open(p.protocol.constant(known)), secret, "a constant");
  });
}

/** What all parties have, put together from the parts that are theirs alone. */
function lone(
  parts: readonly (readonly BigUint64Array[])[],
  set: readonly number[],
  part: number,
): BigUint64Array {
  const out = new BigUint64Array(parts[0]![0]!.length);
  for (const rank of set) parts[rank]![part]!.forEach((word, i) => out[i]! += word);
  return out;
}

/** Why a share is not made of uniform parts; a part may also be zero for all secrets, if another is not. */
function shareFinding(words: readonly BigUint64Array[], what: string): string | undefined {
  const zero = words.map((part) => part.every((word) => word === 0n));
  if (zero.every((is) => is)) return `${what} is zero: somebody else holds the secret in the clear`;
  for (const [i, part] of words.entries()) {
    if (zero[i]) continue;
    const name = `part ${i} of ${what}`;
    const finding = uneven(name, part) ?? unfair(ofWords(name, part));
    if (finding !== undefined) return finding;
  }
  return undefined;
}

async function sharesFinding(subject: Subject, secret: bigint, owner: number): Promise<string | undefined> {
  const { make, parties: n, colluding } = subject;
  const log: Sent[] = [];
  const shares = await parties({ n, protocol: make(), log }, async (p) => {
    const twice: BigUint64Array[][] = [];
    for (let i = 0; i < 2; i++) {
      const x = await p.share(constantWords(SIZE, secret), owner);
      twice.push(x.now!.parts.map((part) => part.toWords()));
    }
    return twice;
  });
  for (const s of log) {
    if (s.bytes.length < 8 * 1024 || s.bytes.length % 8 !== 0) continue;
    const words = new BigUint64Array(s.bytes.slice().buffer);
    const finding = uneven(`what party ${s.from} sends to party ${s.to} to share ${secret}`, words);
    if (finding !== undefined) return finding;
  }
  const first = shares.map(([words]) => words!);
  const what = (rank: number): string => `the share of party ${rank} of ${secret} from party ${owner}`;
  for (const [rank, words] of first.entries()) {
    const finding = shareFinding(words, what(rank));
    if (finding !== undefined) return finding;
    for (const [i, part] of words.entries()) {
      if (part.every((word) => word === 0n)) continue;
      const again = repeated(`${what(rank)}, shared twice`, part, shares[rank]![1]![i]!);
      if (again !== undefined) return again;
    }
  }
  if (first.some((words) => words.length !== 1)) return undefined;
  for (const set of coalitions(n, colluding)) {
    if (set.length < 2) continue;
    const name = `the shares of ${secret} at parties ${set.join(" and ")}, added up,`;
    const words = lone(first, set, 0);
    const finding = uneven(name, words) ?? unfair(ofWords(name, words));
    if (finding !== undefined) return finding;
  }
  return undefined;
}

async function sharesAreUniform(subject: Subject): Promise<void> {
  for (const secret of [0n, -1n, 2n ** 62n - 1n]) {
    for (const owner of [0, subject.parties - 1]) {
      await confirmed(() => sharesFinding(subject, secret, owner));
    }
  }
}

/** What several parties send to one in an opening is uniform, each by itself, even of shares whose low bits are known. */
async function openingFinding({ make, parties: n }: Subject): Promise<string | undefined> {
  const log: Sent[] = [];
  await parties({ n, protocol: make(), log }, async (p) => {
    const x = await p.share(constantWords(SIZE, 3n), 0);
    const shifted = p.protocol.linear(x.now!, (part) => mulConstant(part, 1n << 14n));
    await p.open(shifted);
  });
  const shares = log.filter((s) => s.call.endsWith(":1") && s.bytes.length === 8 * SIZE);
  for (let to = 0; to < n; to++) {
    const all = shares.filter((s) => s.to === to);
    if (all.length < 2) continue;
    for (const s of all) {
      const finding = uneven(
        `what party ${s.from} sends to party ${to} in an opening`,
        new BigUint64Array(s.bytes.slice().buffer),
      );
      if (finding !== undefined) return `${finding}: it is the share itself`;
    }
  }
  return undefined;
}

async function localIsExact({ make, parties: n }: Subject): Promise<void> {
  const [a, b] = [randomWords(300), randomWords(300)];
  const wanted = (f: (x: bigint, y: bigint) => bigint): bigint[] => Array.from(a, (x, i) => f(x, b[i]!));
  await parties({ n, protocol: make() }, async (p) => {
    const t = p.protocol;
    const [x, y] = [(await p.share(a, 0)).now!, (await p.share(b, n - 1)).now!];
    using c = RingTensor.from(p.env.heap, [b.length], b);
    const cases: readonly (readonly [string, AShare, bigint[]])[] = [
      ["add", t.add(x, y), wanted((u, v) => u + v)],
      ["sub", t.sub(x, y), wanted((u, v) => u - v)],
      ["addPublic", t.addPublic(x, c), wanted((u, v) => u + v)],
      ["linear", t.linear(x, (part) => mulConstant(part, 12345n)), wanted((u) => u * 12345n)],
      ["sub of a constant", t.sub(t.constant(c), x), wanted((u, v) => v - u)],
    ];
    for (const [name, share, words] of cases) same(await p.open(share), words, name);
    same(await p.open(x), a, "an operand afterwards");
    const bits = await bitsOf(p, a);
    const other = await bitsOf(p, b);
    using one = RingTensor.from(p.env.heap, [a.length], new BigUint64Array(a.length).fill(1n));
    using all = BitTensor.fromWords(one, 1);
    const sign = (u: bigint): bigint => BigInt.asUintN(64, u) >> 63n;
    same(await p.openBits(t.xor(bits, other), 1), wanted((u, v) => sign(u) ^ sign(v)), "xor");
    same(await p.openBits(t.xorPublic(bits, all), 1), wanted((u) => 1n - sign(u)), "xorPublic");
    same(await p.openBits(t.mapBits(bits, (part) => part.keep()), 1), wanted(sign), "mapBits");
    for (let to = 0; to < n; to++) {
      using opened = await t.revealBits(p.call(), p.ready(bits), 1, to);
      ensure(
        (opened !== undefined) === (to === p.env.rank),
        () => `bits for party ${to} reach other parties, or not it`,
      );
    }
  });
}

async function bitsOf(
  p: Party,
  words: BigUint64Array,
): Promise<Awaited<ReturnType<Party["protocol"]["sign"]>>> {
  return await p.protocol.sign(p.call(), await p.share(words));
}

async function randomFinding({ make, parties: n }: Subject): Promise<string | undefined> {
  const [result] = await parties({ n, protocol: make() }, async (p) => {
    const draw = (): AShare => p.protocol.random(p.call(), [SIZE]);
    const shares = [draw(), draw()];
    const words = await Promise.all(shares.map((share) => p.open(share)));
    const bits = p.protocol.randomBits(p.call(), [SIZE], 2);
    const opened = await p.openBits(bits, 2);
    const own = shares[0]!.parts.map((part) => part.toWords());
    return { words: words.map((w) => new BigUint64Array(w.buffer)), opened, own };
  });
  const { words: [a, b], opened, own } = result!;
  const known = own.find((part) => part.every((word, i) => word === a![i]));
  if (known !== undefined) return "random: party 0 holds the random words in the clear";
  const finding = uneven("random", a!) ?? unfair(ofWords("random", a!)) ?? repeated("random, twice", a!, b!);
  if (finding !== undefined) return finding;
  const bits = ofWords("randomBits", opened);
  return unfair({ name: bits.name, planes: bits.planes.slice(0, 2) });
}

/** The checks. */
export const SHARING_CHECKS: readonly Check<Subject>[] = [
  {
    name: "what is shared is what is opened",
    about:
      "Words of every owner, edges of the ring among them, are opened to all and to each party, and to nobody else.",
    run: reconstructs,
  },
  {
    name: "shares are uniform",
    about:
      "Each party's parts of fixed secrets are uniform, or zero for every secret beside another that is not; so are the sums over " +
      "those who may collude, and two sharings have nothing in common. Finds a secret that is kept or sent in the clear.",
    run: sharesAreUniform,
  },
  {
    name: "openings show no shares",
    about:
      "When several parties send to one in an opening, what each sends is uniform, even where their shares are not. Finds a missing " +
      "sharing of zero.",
    run: (subject) => confirmed(() => openingFinding(subject)),
  },
  {
    name: "local operations are exact",
    about:
      "add, sub, addPublic, linear, constant, xor, xorPublic and mapBits give what they say, and leave their operands alone.",
    run: localIsExact,
  },
  {
    name: "random values are random",
    about:
      "random() and randomBits() are uniform, differ from call to call, and party 0 does not hold them in the clear.",
    run: (subject) => confirmed(() => randomFinding(subject)),
  },
];
