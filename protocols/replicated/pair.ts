/**
 * What is not a product runs between two parties, with the third as their dealer.
 *
 * Without communication, party h + 1 takes x_(h+1) + x_(h+2) and party h + 2 takes x_h: an additive sharing between two, on which
 * the primitives of two-party sharing run, with correlated randomness from party h, the helper. The result is shared among all three
 * again in one round: components h + 1 and h are drawn with the helper, and the pair exchange what is left for component h + 2, each
 * message masked by a component that its receiver does not have.
 *
 * Why the helper learns nothing: it is sent nothing. It knows every mask, and therefore nothing that the pair open, and no share that
 * they hold between them, may ever reach it; only the components of the result do, which are drawn from its own seeds. Why
 * the two others learn nothing: to each of them this is the two-party protocol with a dealer who does not collude.
 *
 * The helper calls the same primitive, with an operand that never arrives: a primitive asks for its correlated randomness before it first
 * waits, so at that point everything is asked for, and the helper, unlike the others, has nothing more to do.
 *
 * @module
 */
import { BitTensor, packedBytes, packPlanes, unpackPlanes, xorBits } from "../../ring/bits.ts";
import { add, addInto, sub } from "../../ring/elementwise.ts";
import type { Shape } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { exchange, receive, send } from "../exchange.ts";
import type { AShare, BShare, Call, Env, Messages, Pending, Seeds, View } from "../protocol.ts";
import { after, COMPONENTS } from "./format.ts";
import { Helped, Helper, never } from "./helper.ts";

/** Number of the message that shares a result among all three. */
const RESHARE_SUB = 0x3000;
/** Number of the first message of helpers that hand on their summands. */
const SUMMAND_SUB = 0x3001;
/** Purpose of the seeds that hide a helper's summand. */
const SUMMANDS = "helper's summand";

/** Messages between two of the parties, by their ranks in the pair. */
function between(env: Env, ranks: readonly number[]): Messages {
  const { comm } = env;
  const other = ranks.find((rank) => rank !== env.rank)!;
  return {
    post: (to, ...message) => comm.post(ranks[to]!, ...message),
    broadcast: (...message) => comm.post(other, ...message),
    receive: (from, ...message) => comm.receive(ranks[from]!, ...message),
    async exchange(tag, sub, byteLength, fill, what, round) {
      comm.post(other, tag, sub, byteLength, fill, round);
      return [await comm.receive(other, tag, sub, byteLength, what)];
    },
    flush: () => comm.flush(),
    pause: () => comm.pause(),
    abort: (error, op) => comm.abort(error, op),
    get failed() {
      return comm.failed;
    },
  };
}

/** Seeds between two of the parties, for purposes of their own. */
function seedsBetween(env: Env, ranks: readonly number[]): Seeds {
  return {
    local: env.seeds.local,
    common: env.seeds.common,
    pair: (peer, purpose) => env.seeds.pair(ranks[peer]!, `pair ${purpose}`),
  };
}

/** A secret-shared operand or result. */
type Share = AShare | BShare;

/** A primitive between two parties. */
type Between<I extends readonly Pending<Share>[], S extends Share> = (
  env: Env,
  call: Call,
  ...inputs: I
) => Promise<S>;

/** Two parties and their helper, seen by one of the three. */
class Trio {
  readonly helper: number;
  /** The environment of the pair; the helper sees it as the first of them, and only asks for what it deals. */
  readonly env: Env;
  readonly #outer: Env;
  readonly #ranks: readonly number[];
  readonly #own: Helper | undefined;

  constructor(env: Env, helper: number, provider: Helper | Helped) {
    this.helper = helper;
    this.#own = provider instanceof Helper ? provider : undefined;
    this.#outer = env;
    this.#ranks = [after(helper, 1), after(helper, 2)];
    const { heap, root } = env;
    this.env = {
      rank: this.helps ? 0 : this.#ranks.indexOf(env.rank),
      parties: 2,
      heap,
      comm: between(env, this.#ranks),
      seeds: seedsBetween(env, this.#ranks),
      provider,
      root,
    };
  }

  get helps(): boolean {
    return this.#outer.rank === this.helper;
  }

  /** This party's share between the pair. */
  #words(share: AShare): AShare {
    const [first, second] = share.parts;
    const part = this.env.rank === 0 ? add(first!, second!) : second!.keep();
    return share.uniform === undefined ? { parts: [part] } : { parts: [part], uniform: share.uniform };
  }

  #bits(share: BShare): BShare {
    const [first, second] = share.parts;
    return { parts: [this.env.rank === 0 ? xorBits(first!, second!) : second!.keep()] };
  }

  /** An operand between the pair, made once; `made` collects what to free. */
  #operand<S extends Share>(call: Call, x: Pending<S>, index: number, made: Share[]): Pending<S> {
    const { views, shape } = x;
    if (this.helps) return { views, shape, now: undefined, wait: never };
    let waited: Promise<S> | undefined;
    const convert = async (): Promise<S> => {
      const share = await x.wait();
      const own = !isWords(share)
        ? this.#bits(share as BShare)
        : share.summand === true
        ? await this.#handedOn(call, share, index)
        : this.#words(share);
      made.push(own);
      return own as S;
    };
    return { views, shape, now: undefined, wait: () => waited ??= convert() };
  }

  /**
   * This party's share of a product, to which the helper's summand is handed on: to the first of the pair, minus what the helper draws
   * with the second, who adds it. The two shares are uniform thereby, whatever the summands are.
   */
  async #handedOn(call: Call, share: AShare, index: number): Promise<AShare> {
    const { heap } = this.env;
    const [own] = share.parts;
    let out: RingTensor;
    if (this.env.rank === 0) {
      const route = { peer: this.helper, sub: SUMMAND_SUB + index };
      const message = await receive(this.#outer, call, route, own!.byteLength);
      out = RingTensor.fromBytes(heap, own!.shape, message.bytes);
      message.release();
    } else out = this.#pad(call, this.helper, own!.shape, index);
    addInto(out, own!);
    return { parts: [out], uniform: true };
  }

  #pad(call: Call, peer: number, shape: Shape, index: number): RingTensor {
    return this.#outer.seeds.pair(peer, SUMMANDS).tensor(this.env.heap, call.tag, index, shape);
  }

  /** The helper's end of that. */
  async #handOn(call: Call, x: Pending<Share>, index: number): Promise<void> {
    const share = await x.wait();
    const [first, second] = this.#ranks as [number, number];
    using pad = this.#pad(call, second, x.shape, index);
    using out = sub(share.parts[0] as RingTensor, pad);
    const payload = { bytes: out.byteLength, fill: (dst: Uint8Array) => dst.set(out.bytes()) };
    send(this.#outer, call, { peer: first, sub: SUMMAND_SUB + index }, payload);
  }

  /** Runs a primitive between the pair; resolves to its result there, and to nothing at the helper. */
  async #run<I extends readonly Pending<Share>[], S extends Share>(
    call: Call,
    inputs: I,
    f: Between<I, S>,
  ): Promise<S | undefined> {
    const made: Share[] = [];
    const operands = inputs.map((x, index) => this.#operand(call, x, index, made)) as unknown as I;
    const result = f(this.env, call, ...operands);
    if (this.helps) {
      result.catch((error) => this.env.comm.abort(error, call.what));
      await Promise.all(
        inputs.map((x, index) => x.summand === true ? this.#handOn(call, x, index) : undefined),
      );
      return undefined;
    }
    const share = await result;
    for (const { parts } of made) for (const part of parts) part.free();
    return share;
  }

  /** A component that this party draws with another. */
  #drawn(call: Call, peer: number, shape: Shape): RingTensor {
    return this.#outer.seeds.pair(peer, COMPONENTS).tensor(this.env.heap, call.tag, 0, shape);
  }

  #drawnBits(call: Call, peer: number, shape: Shape, width: number): BitTensor {
    const out = BitTensor.empty(this.env.heap, shape, width);
    this.#outer.seeds.pair(peer, COMPONENTS).fill(this.env.heap, call.tag, 0, out.ptr, 0, out.byteLength);
    return out;
  }

  /** This party's components, in its order: the helper has h and h + 1, the pair have h + 2 in common. */
  #ordered<T>(drawn: T, common: T): readonly T[] {
    return this.env.rank === 0 ? [drawn, common] : [common, drawn];
  }

  /**
   * Runs a primitive that begins with one opening of its operand, a product of summands, to the pair: message 0, under the mask r.
   * All three send theirs, masked by their own summand of r: the pair to each other, the helper to both. The helper's is the
   * reason why neither of the pair can tell what the helper has of the product; the pair's do not go to the helper, who could
   * unmask them.
   */
  async #runOpening(
    call: Call,
    x: Pending<AShare>,
    f: Between<[Pending<AShare>], AShare>,
  ): Promise<AShare | undefined> {
    const { views, shape } = x;
    if (!this.helps) {
      const env = { ...this.env, comm: this.#hearing(call) };
      const wait = async (): Promise<AShare> => ({ parts: (await x.wait()).parts.slice(0, 1) });
      return await f(env, call, { views, shape, now: undefined, wait });
    }
    const { provider, mask } = this.#own!.opening("r");
    const result = f({ ...this.env, provider }, call, { views, shape, now: undefined, wait: never });
    result.catch((error) => this.env.comm.abort(error, call.what));
    const share = await x.wait();
    using out = mask(shape);
    addInto(out, share.parts[0]!);
    const payload = { bytes: out.byteLength, fill: (dst: Uint8Array) => dst.set(out.bytes()) };
    for (const peer of this.#ranks) send(this.#outer, call, { peer, sub: 0 }, payload);
    return undefined;
  }

  /** The pair's messages, where the first exchange hears the helper too. */
  #hearing(call: Call): Messages {
    const { comm } = this.env;
    return {
      ...comm,
      get failed() {
        return comm.failed;
      },
      exchange: async (tag, sub, byteLength, fill, what, round) =>
        (await Promise.all([
          comm.exchange(tag, sub, byteLength, fill, what, round),
          ...(sub === 0 ? [this.#outer.comm.receive(this.helper, call.tag, sub, byteLength, what)] : []),
        ])).flat(),
    };
  }

  /** A primitive whose result is words, from a product of summands that it opens once. */
  async opening(
    call: Call,
    x: Pending<AShare>,
    f: Between<[Pending<AShare>], AShare>,
  ): Promise<AShare> {
    return await this.#shared(call, x.shape, await this.#runOpening(call, x, f));
  }

  /** A primitive whose result is words. */
  async words<I extends readonly Pending<Share>[]>(
    call: Call,
    shape: Shape,
    inputs: I,
    f: Between<I, AShare>,
  ): Promise<AShare> {
    return await this.#shared(call, shape, await this.#run(call, inputs, f));
  }

  /** Shares a result of the pair among all three. */
  async #shared(call: Call, shape: Shape, share: AShare | undefined): Promise<AShare> {
    if (share === undefined) {
      const parts = [after(this.helper, 2), after(this.helper, 1)].map((peer) =>
        this.#drawn(call, peer, shape)
      );
      return { parts, uniform: true };
    }
    const drawn = this.#drawn(call, this.helper, shape);
    // Uniform for the other: it does not have the component that is drawn here.
    const common = sub(share.parts[0]!, drawn);
    for (const part of share.parts) part.free();
    const send = (dst: Uint8Array): void => dst.set(common.bytes());
    const [message] = await exchange(this.env, call, RESHARE_SUB, common.byteLength, send);
    using rest = RingTensor.fromBytes(this.env.heap, shape, message!.bytes);
    message!.release();
    addInto(common, rest);
    return { parts: this.#ordered(drawn, common), uniform: true };
  }

  /** A primitive whose result is bits. */
  async bits<I extends readonly Pending<Share>[]>(
    call: Call,
    shape: Shape,
    width: number,
    inputs: I,
    f: Between<I, BShare>,
  ): Promise<BShare> {
    const { heap } = this.env;
    const share = await this.#run(call, inputs, f);
    if (share === undefined) {
      const peers = [after(this.helper, 2), after(this.helper, 1)];
      return { parts: peers.map((peer) => this.#drawnBits(call, peer, shape, width)) };
    }
    const drawn = this.#drawnBits(call, this.helper, shape, width);
    // Uniform for the other: it does not have the component that is drawn here.
    const own = xorBits(share.parts[0]!, drawn);
    for (const part of share.parts) part.free();
    const send = (dst: Uint8Array): void => packPlanes(heap, own.ptr, own.size, width, dst);
    const [message] = await exchange(this.env, call, RESHARE_SUB, packedBytes(own.size, width), send);
    const rest = BitTensor.zeros(heap, shape, width);
    unpackPlanes(heap, rest.ptr, rest.size, width, message!.bytes);
    message!.release();
    const common = xorBits(own, rest);
    for (const t of [own, rest]) t.free();
    return { parts: this.#ordered(drawn, common) };
  }
}

function isWords(share: Share): share is AShare {
  return share.parts[0] instanceof RingTensor;
}

/** Runs primitives between two of the three parties, with the third as their dealer: each in turn. */
export class Pairs {
  readonly #trios: readonly Trio[];
  readonly #own: Helper;
  readonly #views = new WeakMap<View, Trio>();

  /** At one of the three parties. */
  constructor(env: Env) {
    this.#own = new Helper(env);
    this.#trios = [0, 1, 2].map((helper) =>
      new Trio(env, helper, helper === env.rank ? this.#own : new Helped(env, helper))
    );
  }

  /** Bytes of corrections that this party has made for the two others. */
  get correctionBytes(): number {
    return this.#own.correctionBytes;
  }

  /** Resolves when this party has dealt all that was asked for. */
  settled(): Promise<void> {
    return this.#own.settled;
  }

  /**
   * The trio of a call. A masked view of an operand belongs to those who opened it, so its users have the same helper: another one
   * would be told what it opened as a dealer. Else the helpers take turns, by the position in the program.
   */
  #trioOf(call: Call, inputs: readonly Pending<Share>[]): Trio {
    const { scope, seq } = call.tag;
    for (const { views } of inputs) {
      const view = views.get(scope);
      const trio = view === undefined ? undefined : this.#views.get(view);
      if (trio !== undefined) return trio;
    }
    return this.#trios[scope.path.reduce((sum, fork) => sum + fork, seq) % 3]!;
  }

  #run<I extends readonly Pending<Share>[], S>(
    call: Call,
    inputs: I,
    f: (trio: Trio) => Promise<S>,
  ): Promise<S> {
    const trio = this.#trioOf(call, inputs);
    // Views are registered when the primitive is called, before it first waits.
    const result = f(trio);
    for (const { views } of inputs) {
      const view = views.get(call.tag.scope);
      if (view !== undefined && !this.#views.has(view)) this.#views.set(view, trio);
    }
    return result;
  }

  /** A primitive that opens a product of summands once, as message 0 under the mask r, and whose result is words. */
  opening(
    call: Call,
    x: Pending<AShare>,
    f: Between<[Pending<AShare>], AShare>,
  ): Promise<AShare> {
    return this.#run(call, [x], (trio) => trio.opening(call, x, f));
  }

  /** A primitive whose result is words of a shape. */
  words<I extends readonly Pending<Share>[]>(
    call: Call,
    shape: Shape,
    inputs: I,
    f: Between<I, AShare>,
  ): Promise<AShare> {
    return this.#run(call, inputs, (trio) => trio.words(call, shape, inputs, f));
  }

  /** A primitive whose result is bits. */
  bits<I extends readonly Pending<Share>[]>(
    call: Call,
    shape: Shape,
    width: number,
    inputs: I,
    f: Between<I, BShare>,
  ): Promise<BShare> {
    return this.#run(call, inputs, (trio) => trio.bits(call, shape, width, inputs, f));
  }
}
