/**
 * Runs primitives of a protocol at all parties of one isolate, with everything that is sent on record.
 *
 * @module
 */
import { DATA, openFrame } from "../../comm/frame.ts";
import type { Frame, Transport } from "../../comm/transport.ts";
import { Cell } from "../../ops/cell.ts";
import type { Session } from "../../ops/session.ts";
import type {
  AShare,
  BShare,
  Call,
  Instance,
  Pending,
  Protocol,
  SessionEnv,
} from "../../protocols/protocol.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runLocal } from "../../run/local.ts";

/** A payload that one party sent to another. */
export interface Sent {
  /** Sender. */
  readonly from: number;
  /** Receiver. */
  readonly to: number;
  /** Scope, position and number of the message. */
  readonly key: string;
  /** Scope and position: the call. */
  readonly call: string;
  /** Number of the message within its call. */
  readonly sub: number;
  /** The payload. */
  readonly bytes: Uint8Array;
}

/** One party's end: primitives on words, without the operations above them. */
export class Party {
  /** The session. */
  readonly mpc: Session;
  constructor(mpc: Session) {
    this.mpc = mpc;
  }
  /** The protocol. */
  get protocol(): Instance {
    return this.mpc.context.protocol;
  }
  /** The environment. */
  get env(): SessionEnv {
    return this.mpc.context.shared.env;
  }
  /** A call of its own. */
  call(what = "test"): Call {
    return { tag: this.mpc.context.scope.take(), what, depth: 0 };
  }
  /** Waits until all parties are here, without payload messages. */
  async together(): Promise<void> {
    for (let src = 0; src < this.env.parties; src++) {
      const said = this.mpc.announce(0, { src });
      this.env.comm.flush();
      await said;
    }
  }
  /** Words of an owner, shared. */
  async share(
    words: ArrayLike<bigint>,
    owner = 0,
    shape: readonly number[] = [words.length],
  ): Promise<Pending<AShare>> {
    const own = this.mpc.rank === owner ? RingTensor.from(this.env.heap, shape, words) : undefined;
    const share = await this.protocol.share(this.call(), own, owner, shape);
    own?.free();
    return Cell.ready(shape, share);
  }
  /** A share that is here, as an operand. */
  ready<S extends AShare | BShare>(share: S): Pending<S> {
    return Cell.ready(share.parts[0]!.shape, share);
  }
  /** Opens words to all, as signed integers. */
  async open(x: Pending<AShare> | AShare): Promise<BigInt64Array> {
    const pending = "parts" in x ? this.ready(x) : x;
    using opened = await this.protocol.reveal(this.call(), pending, "all");
    return opened!.toSigned();
  }
  /** Opens bits to all, as words. */
  async openBits(b: BShare, width: number): Promise<BigUint64Array> {
    using opened = await this.protocol.revealBits(this.call(), this.ready(b), width, "all");
    using words = opened!.toWords();
    return words.toWords();
  }
}

/** Options of {@link parties}. */
export interface PartiesOptions {
  /** Number of parties. */
  readonly n: number;
  /** Protocol. */
  readonly protocol: Protocol;
  /** Where to record what is sent between parties. */
  readonly log?: Sent[];
  /** Delivers frames late and out of order, by this seed. */
  readonly schedule?: number;
  /** Deadline in milliseconds. */
  readonly deadline?: number;
}

/** Runs `program` at every party. */
export async function parties<T>(options: PartiesOptions, program: (p: Party) => Promise<T>): Promise<T[]> {
  const { n, protocol, log, schedule, deadline = 20_000 } = options;
  return await runLocal({
    parties: n,
    protocol,
    deadline,
    wrap(link, from, to) {
      let out = link;
      if (log !== undefined && to < n) out = recordData(out, from, to, log);
      if (schedule !== undefined) out = shuffled(out, schedule * 64 + from * 8 + to + 1);
      return out;
    },
  }, (mpc) => program(new Party(mpc)));
}

function recordData(link: Transport, from: number, to: number, log: Sent[]): Transport {
  return {
    ...forward(link),
    send(frame: Frame): void {
      for (const message of openFrame(frame, 2 ** 31, "beginning").messages) {
        if (message.kind !== DATA) continue;
        const call = `${message.scope.toHex()}:${message.seq}`;
        const { sub } = message;
        log.push({ from, to, key: `${call}.${sub}`, call, sub, bytes: message.payload.slice() });
      }
      link.send(frame);
    },
  };
}

function forward(link: Transport): Transport {
  return {
    kind: link.kind,
    locality: link.locality,
    send: (frame) => link.send(frame),
    receive: (handler) => link.receive(handler),
    close: () => link.close(),
  };
}

/** A link that holds each frame for a few turns of the event loop and lets later ones overtake. */
function shuffled(link: Transport, seed: number): Transport {
  let state = seed * 2654435761 | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const held: Frame[] = [];
  const hop = (turns: number): Promise<void> =>
    turns === 0
      ? Promise.resolve()
      : new Promise<void>((resolve) => queueMicrotask(resolve)).then(() => hop(turns - 1));
  let last = Promise.resolve();
  return {
    ...forward(link),
    send(frame: Frame): void {
      held.push(frame);
      last = Promise.all([last, hop(next() % 40)]).then(() => {
        const [chosen] = held.splice(next() % held.length, 1);
        link.send(chosen!);
      });
    },
    async close(): Promise<void> {
      await last;
      await link.close();
    },
  };
}

/** Words of a secret that is the same everywhere. */
export function constantWords(n: number, word: bigint): BigUint64Array {
  return new BigUint64Array(n).fill(BigInt.asUintN(64, word));
}

/** Uniform words. */
export function randomWords(n: number): BigUint64Array {
  const out = new BigUint64Array(n);
  const bytes = new Uint8Array(out.buffer);
  for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return out;
}
