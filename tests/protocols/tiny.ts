/**
 * The worked example of `docs/adding-a-protocol.md`: additive sharing between two parties with the minimal primitives only, and
 * party 0 as a dealer that nothing keeps from looking. Written from the public exports alone.
 *
 * A secret word is the sum of one word per party, a secret bit the xor of one bit per party. Where secrets meet, they are
 * masked by random values, which party 0 deals as an owner shares an input: party 1 draws its share from a seed that both have,
 * party 0 keeps the rest, and nothing is sent.
 *
 * @module
 */
import type { Bilinear, Call, Cost, Costs, Env, Heap, Instance } from "../../protocols/mod.ts";
import type { Message, Pending, Protocol, Seed, Shape } from "../../protocols/mod.ts";
import { andBits, BitTensor, packedBytes, packPlanes, unpackPlanes, xorBits } from "../../protocols/mod.ts";
import { add, not, RingTensor, shiftRightArithmetic, shiftRightLogical, sub } from "../../protocols/mod.ts";
import { bilinear, bilinearShape, defineProtocol, mapParts, sizeOf } from "../../protocols/mod.ts";
import { compareTraces, exchange, sendTo, TRACE_BYTES } from "../../protocols/mod.ts";

/** INSECURE: party 0 deals the randomness that masks everything, and sees what is opened under it. */
export function tiny(): Protocol {
  return defineProtocol({
    name: "tiny",
    options: {},
    parties: [2, 2],
    threatModel: "INSECURE: party 0 deals all masks and could read every secret; for tests and as an example",
    insecure: true,
    provider: undefined,
    kinds: {},
    bind,
  });
}

type Part = RingTensor | BitTensor;
type Target = number | "all";
type Share<T extends Part> = { readonly parts: readonly T[] };

/** Words modulo 2^64, or bits: how they are added, taken off and sent. What follows is the same for both. */
interface Form<T extends Part> {
  /** Bytes on the wire. */
  readonly bytes: number;
  empty(): T;
  add(x: T, y: T): T;
  sub(x: T, y: T): T;
  write(x: T, dst: Uint8Array): void;
  read(out: T, src: Uint8Array): void;
}

const wordsOf = (heap: Heap, shape: Shape): Form<RingTensor> => ({
  bytes: 8 * sizeOf(shape),
  empty: () => RingTensor.empty(heap, shape),
  add,
  sub,
  write: (x, dst) => dst.set(x.bytes()),
  read: (out, src) => out.bytes().set(src),
});

const bitsOf = (heap: Heap, shape: Shape, width: number): Form<BitTensor> => ({
  bytes: packedBytes(sizeOf(shape), width),
  empty: () => BitTensor.empty(heap, shape, width),
  add: xorBits,
  sub: xorBits,
  write: (b, dst) => packPlanes(heap, b.ptr, b.size, width, dst),
  read: (out, src) => unpackPlanes(heap, out.ptr, out.size, width, src),
});

/** How far apart ranges of bits lie that are compared as one: it doubles, until a range has all bits. */
function steps(width: number): number[] {
  const out: number[] = [];
  for (let left = width; left > 1; left -= out.at(-1)!) out.push(Math.min(2 ** out.length, left - 1));
  return out;
}

/**
 * One call at one party. Messages and random values are numbered in the order in which the code comes to them. That order
 * depends on nothing secret and is the same at both, so each value has a name and a stream of its own.
 */
class Work {
  readonly #env: Env;
  readonly #call: Call;
  readonly #made: Part[] = [];
  #field = 0;
  #sub = 0;
  constructor(env: Env, call: Call) {
    this.#env = env;
    this.#call = call;
  }

  /** Notes a tensor, to be freed at the end. */
  #new<T extends Part | undefined>(part: T): T {
    if (part) this.#made.push(part);
    return part;
  }
  /** The result, when everything else that was made is freed. */
  done<T extends Part>(result: T): T {
    for (const part of this.#made) if (part !== result) part.free();
    return result;
  }

  #draw<T extends Part>(form: Form<T>, seed: Seed, field: number): T {
    const out = this.#new(form.empty());
    seed.fill(this.#env.heap, this.#call.tag, field, out.ptr, 0, out.byteLength);
    return out;
  }
  /** Uniform, and known to this party only. */
  random<T extends Part>(form: Form<T>): T {
    return this.#draw(form, this.#env.seeds.local.derive("tiny random"), this.#field++);
  }
  /** This party's share of what the owner knows; nothing is sent. The purpose names the owner: no two use one stream. */
  share<T extends Part>(form: Form<T>, clear: T | undefined, owner = 0): T {
    const seed = this.#env.seeds.pair(1 - this.#env.rank, `tiny share of ${owner}`);
    const drawn = this.#draw(form, seed, this.#field++);
    return clear === undefined ? drawn : this.#new(form.sub(clear, drawn));
  }
  /** A mask: in the clear at party 0, and as shares. */
  mask<T extends Part>(form: Form<T>): readonly [clear: T | undefined, share: T] {
    const clear = this.#env.rank === 0 ? this.random(form) : void this.#field++;
    return [clear, this.share(form, clear)];
  }

  /** Opens to both what is masked. */
  async open<T extends Part>(form: Form<T>, own: T): Promise<T> {
    const write = (dst: Uint8Array): void => form.write(own, dst);
    return this.#sum(form, own, await exchange(this.#env, this.#call, this.#sub++, form.bytes, write));
  }
  /** Opens to both or to one. No share leaves before the traces were found to be the same. */
  async reveal<T extends Part>(form: Form<T>, x: Pending<Share<T>>, to: Target): Promise<T | undefined> {
    const traces = compareTraces(this.#env, this.#call);
    const [own] = (await x.wait()).parts;
    await traces;
    const write = (dst: Uint8Array): void => form.write(own!, dst);
    const messages = await sendTo(this.#env, this.#call, to, form.bytes, write);
    return messages && this.done(this.#sum(form, own!, messages));
  }
  #sum<T extends Part>(form: Form<T>, own: T, [message]: readonly Message[]): T {
    const theirs = this.#new(form.empty());
    form.read(theirs, message!.bytes);
    message!.release();
    return this.#new(form.add(own, theirs));
  }

  /** A product of any kind (Beaver, Crypto 1991): opens x - p and y - q, whose masks serve nothing else. */
  async product<T extends Part>(
    times: (x: T, y: T) => T,
    [formX, formY, form]: readonly [Form<T>, Form<T>, Form<T>],
    x: T,
    y: T,
  ): Promise<T> {
    const [p, ps] = this.mask(formX);
    const [q, qs] = this.mask(formY);
    const pq = this.share(form, this.#new(p && times(p, q!)));
    // Both leave before the first wait, so they share a round.
    const [e, f] = await Promise.all([
      this.open(formX, this.#new(formX.sub(x, ps))),
      this.open(formY, this.#new(formY.sub(y, qs))),
    ]);
    // xy = (e + p)(f + q) = pq + p·f + e·(q + f), where party 0 adds the f.
    const right = this.#env.rank === 0 ? this.#new(formY.add(qs, f)) : qs;
    const some = this.#new(form.add(pq, this.#new(times(ps, f))));
    return this.#new(form.add(some, this.#new(times(e, right))));
  }
  and(b: BitTensor, c: BitTensor): Promise<BitTensor> {
    const form = bitsOf(b.heap, b.shape, b.width);
    return this.product(andBits, [form, form, form], b, c);
  }
  bilinear(map: Bilinear, x: RingTensor, y: RingTensor): Promise<RingTensor> {
    const form = (shape: Shape): Form<RingTensor> => wordsOf(x.heap, shape);
    const forms = [form(x.shape), form(y.shape), form(bilinearShape(map, x.shape, y.shape))] as const;
    return this.product((a, b) => bilinear(map, a, b), forms, x, y);
  }

  /** Opens x + r under a fresh r, which party 0 knows and of whose bits both have shares. */
  async masked(x: RingTensor): Promise<{ r: RingTensor | undefined; bits: BitTensor; c: RingTensor }> {
    const { heap, shape } = x;
    const [r, rs] = this.mask(wordsOf(heap, shape));
    const bits = this.share(bitsOf(heap, shape, 64), this.#new(r && BitTensor.fromWords(r, 64)));
    return { r, bits, c: await this.open(wordsOf(heap, shape), this.#new(add(x, rs))) };
  }

  /** [c < r] on the lowest bits. Of two ranges side by side the upper one decides, or the lower one where it is equal. */
  async below(c: RingTensor, bits: BitTensor, width: number): Promise<BitTensor> {
    const r = this.#new(bits.planes(0, width));
    const flipped = this.#new(BitTensor.fromWords(this.#new(not(c)), width));
    let less = this.#new(andBits(r, flipped));
    let equal = this.#env.rank === 0 ? this.#new(xorBits(r, flipped)) : r;
    for (const step of steps(width)) {
      const rest = less.width - step;
      const upper = this.#new(equal.planes(step, rest));
      const [passed, both] = await Promise.all([
        this.and(upper, this.#new(less.planes(0, rest))),
        this.and(upper, this.#new(equal.planes(0, rest))),
      ]);
      less = this.#new(xorBits(this.#new(less.planes(step, rest)), passed));
      equal = both;
    }
    return less;
  }

  /** The sign of c - r: the top bits of both, and what the bits below them borrow. */
  async sign(x: RingTensor): Promise<BitTensor> {
    const { bits, c } = await this.masked(x);
    const borrow = await this.below(c, bits, 63);
    const top = this.#new(BitTensor.fromWords(this.#new(shiftRightLogical(c, 63)), 1));
    const out = this.#new(xorBits(borrow, this.#new(bits.planes(63, 1))));
    return this.#env.rank === 0 ? this.#new(xorBits(out, top)) : out;
  }

  /** The integers that bits spell: opens the bits under masks, of which both have shares as words too. */
  async spell(b: BitTensor): Promise<RingTensor> {
    const { heap, shape, width } = b;
    const [s, masks] = this.mask(bitsOf(heap, shape, width));
    const opened = await this.open(bitsOf(heap, shape, width), this.#new(xorBits(b, masks)));
    const at = (t: BitTensor, i: number): RingTensor => this.#new(this.#new(t.planes(i, 1)).toWords());
    const out = this.#new(RingTensor.zeros(heap, shape));
    const one = this.#env.rank === 0 ? 1n : 0n;
    for (let i = 0; i < width; i++) {
      const share = this.share(wordsOf(heap, shape), s && at(s, i));
      const e = at(opened, i);
      // Views end at the next allocation, so they come last.
      const [to, own, flip] = [out.words(), share.words(), e.words()];
      // s, or 1 - s where the public e is 1.
      for (let k = 0; k < to.length; k++) to[k]! += (flip[k] === 0n ? own[k]! : one - own[k]!) << BigInt(i);
    }
    return out;
  }

  /** c >> by less r >> by, for c = x + 2^62 + r; and, if it has to be exact, less what the bits below borrow. */
  async truncate(x: RingTensor, by: number, exact: boolean): Promise<RingTensor> {
    const { r, bits, c } = await this.masked(x);
    const form = wordsOf(c.heap, x.shape);
    const unsigned = this.share(form, this.#new(r && shiftRightLogical(r, by)));
    const signed = this.share(form, this.#new(r && shiftRightArithmetic(r, by)));
    const out = this.#new(form.empty());
    const [to, opened, above, wrapped] = [out.words(), c.words(), unsigned.words(), signed.words()];
    for (let k = 0; k < to.length; k++) {
      const sum = BigInt.asUintN(64, opened[k]! + 2n ** 62n);
      const known = this.#env.rank === 0 ? (sum >> BigInt(by)) - (2n ** 62n >> BigInt(by)) : 0n;
      // x + 2^62 is below 2^63. So if the top bit of the sum is 0, it wrapped exactly where that of r is 1: r - 2^64 was added.
      to[k] = known - (sum < 2n ** 63n ? wrapped[k]! : above[k]!);
    }
    if (!exact || by === 0) return out;
    return this.#new(sub(out, await this.spell(await this.below(c, bits, by))));
  }
}

const cost = (rounds: number, bytes: number): Cost => ({ rounds, bytes: 2 * bytes, correlation: 0 });

/** Opening words, comparing `width` of their bits, and opening `then` bits for the result. */
function compared(shape: Shape, width: number, then: number): Cost {
  const n = sizeOf(shape);
  let [left, bytes] = [width, 8 * n + packedBytes(n, then)];
  // Two products of two factors.
  for (const step of steps(width)) bytes += 4 * packedBytes(n, left -= step);
  return cost(1 + steps(width).length + then, bytes);
}

const COSTS: Costs = {
  share: () => cost(0, 0),
  // The traces are compared in a round before the shares leave.
  reveal: (shape) => cost(2, TRACE_BYTES + 8 * sizeOf(shape)),
  revealBits: (shape, width) => cost(2, TRACE_BYTES + packedBytes(sizeOf(shape), width)),
  bilinear: (_map, x, y) => cost(1, 8 * (sizeOf(x) + sizeOf(y))),
  truncate: (shape, by, mode) => mode === "exact" && by > 0 ? compared(shape, by, 1) : compared(shape, 0, 0),
  sign: (shape) => compared(shape, 63, 0),
  fromBits: (shape, width) => cost(1, packedBytes(sizeOf(shape), width)),
  and: (shape, width) => cost(1, 2 * packedBytes(sizeOf(shape), width)),
};

function bind(env: Env): Instance {
  const { heap } = env;
  const first = env.rank === 0;
  const one = <T extends Part>(part: T): Share<T> => ({ parts: [part] });
  const part = async <T extends Part>(x: Pending<Share<T>>): Promise<T> => (await x.wait()).parts[0]!;
  /** Runs the steps of a call, and frees what they made on the way. */
  async function run<T extends Part>(call: Call, f: (work: Work) => Promise<T> | T): Promise<Share<T>> {
    const work = new Work(env, call);
    return one(work.done(await f(work)));
  }
  return {
    costs: COSTS,
    share: (call, value, owner, shape) => run(call, (w) => w.share(wordsOf(heap, shape), value, owner)),
    reveal: (call, x, to) => new Work(env, call).reveal(wordsOf(heap, x.shape), x, to),
    revealBits: (call, b, width, to) => new Work(env, call).reveal(bitsOf(heap, b.shape, width), b, to),
    bilinear: (call, map, x, y) => run(call, async (w) => w.bilinear(map, await part(x), await part(y))),
    truncate: (call, x, by, mode) => run(call, async (w) => w.truncate(await part(x), by, mode === "exact")),
    sign: (call, x) => run(call, async (w) => w.sign(await part(x))),
    fromBits: (call, b) => run(call, async (w) => w.spell(await part(b))),
    and: (call, b, c) => run(call, async (w) => w.and(await part(b), await part(c))),
    random: (call, shape) => one(new Work(env, call).random(wordsOf(heap, shape))),
    randomBits: (call, shape, width) => one(new Work(env, call).random(bitsOf(heap, shape, width))),
    // What is public is a secret of which party 0 has everything.
    constant: (value) => one(first ? value.clone() : RingTensor.zeros(heap, value.shape)),
    addPublic: (x, c) => one(first ? add(x.parts[0]!, c) : x.parts[0]!.clone()),
    xorPublic: (b, c) => one(first ? xorBits(b.parts[0]!, c) : b.parts[0]!.keep()),
    add: (x, y) => one(add(x.parts[0]!, y.parts[0]!)),
    sub: (x, y) => one(sub(x.parts[0]!, y.parts[0]!)),
    xor: (b, c) => one(xorBits(b.parts[0]!, c.parts[0]!)),
    linear: mapParts,
    mapBits: (b, f) => one(f(b.parts[0]!)),
  };
}
