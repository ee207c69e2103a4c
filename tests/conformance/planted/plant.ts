/**
 * Ways to plant a bug in a protocol, a provider, or a link.
 *
 * @module
 */
import type { Env, Instance, Messages, Protocol, Seeds } from "../../../protocols/protocol.ts";
import type { Field, Provider, ProviderEnv, ProviderFactory } from "../../../protocols/provider.ts";
import type { Seed, StreamPosition } from "../../../ring/prg.ts";
import { RingTensor } from "../../../ring/tensor.ts";
import type { Subject } from "../check.ts";

/** A bug, and what has to notice it. */
export interface Planted {
  /** What is wrong. */
  readonly name: string;
  /** The check that must fail. */
  readonly fails: string;
  /** What it must say. */
  readonly says: string;
  /** Checks that do not see it. */
  readonly passes?: readonly string[];
}

/** A bug in a protocol. */
export interface PlantedProtocol extends Planted, Partial<Subject> {
  /** Makes the protocol with the bug. */
  readonly make: () => Protocol;
}

/** A protocol with some primitives replaced: for planted bugs. */
export function planted(
  protocol: Protocol,
  change: (good: Instance, env: Env) => Partial<Instance>,
): Protocol {
  return {
    ...protocol,
    bind(env) {
      const good = protocol.bind(env);
      return { ...good, ...change(good, env) };
    },
  };
}

/** Where a provider draws: which party's stream, and of what. */
export interface Drawn {
  /** The party whose stream it is. */
  readonly rank: number;
  /** Kind of correlation. */
  readonly kind: string;
  /** Field. */
  readonly field: string;
  /** First byte of the stream that is drawn. */
  readonly offset: number;
  /** What was drawn, to be changed in place. */
  readonly bytes: Uint8Array;
  /** Draws the same range of another field instead. */
  instead(field: string): void;
}

/**
 * A provider whose streams are spoilt, at the parties and at the dealer alike: what is dealt is consistent, results are right, and only what is
 * sent can show it.
 */
export function drawing(factory: ProviderFactory, spoil: (drawn: Drawn) => void): ProviderFactory {
  const known = new Map<string, { readonly kind: string; readonly fields: readonly Field[] }>();
  const nameOf = (position: StreamPosition): string => `${position.scope.id.toHex()}:${position.seq}`;
  const spoilt = (good: Seed, rank: number): Seed => {
    const fill: Seed["fill"] = (heap, position, index, ptr, offset, length) => {
      good.fill(heap, position, index, ptr, offset, length);
      const { kind, fields } = known.get(nameOf(position))!;
      const instead = (field: string): void =>
        good.fill(heap, position, fields.findIndex((f) => f.name === field), ptr, offset, length);
      spoil({ rank, kind, field: fields[index]!.name, offset, bytes: heap.u8(ptr, length), instead });
    };
    const tensor: Seed["tensor"] = (heap, position, index, shape) => {
      const out = RingTensor.empty(heap, shape);
      fill(heap, position, index, out.ptr, 0, out.byteLength);
      return out;
    };
    return { fill, tensor } as Pick<Seed, "fill" | "tensor"> as Seed;
  };
  return {
    ...factory,
    bind(env) {
      const good = factory.bind({
        ...env,
        seed: spoilt(env.seed, env.rank),
        allSeeds: env.allSeeds?.map((seed, rank) => spoilt(seed, rank)),
      });
      return {
        take(kind, params, tag) {
          known.set(nameOf(tag), { kind: kind.name, fields: kind.fields(params) });
          return good.take(kind, params, tag);
        },
        get demands() {
          return good.demands;
        },
        get correctionBytes() {
          return good.correctionBytes;
        },
        prefetch: (manifest, kinds) => good.prefetch(manifest, kinds),
        close: () => good.close(),
      };
    },
  };
}

/** A protocol that sees another environment. */
function inEnv(protocol: Protocol, change: (env: Env) => Env): Protocol {
  return { ...protocol, bind: (env) => protocol.bind(change(env)) };
}

/** A protocol that sends and receives in another way. */
export function messaging(
  protocol: Protocol,
  change: (good: Messages, env: Env) => Partial<Messages>,
): Protocol {
  return inEnv(protocol, (env) => {
    const { comm } = env;
    const messages: Messages = {
      post: (...message) => comm.post(...message),
      broadcast: (...message) => comm.broadcast(...message),
      receive: (...message) => comm.receive(...message),
      exchange: (...message) => comm.exchange(...message),
      flush: () => comm.flush(),
      pause: () => comm.pause(),
      abort: (error, op) => comm.abort(error, op),
      get failed() {
        return comm.failed;
      },
    };
    return { ...env, comm: Object.assign(messages, change(comm, env)) };
  });
}

/** A protocol that draws from other seeds. */
export function seeded(protocol: Protocol, pair: (good: Seed, purpose: string, env: Env) => Seed): Protocol {
  return inEnv(protocol, (env) => {
    const seeds: Seeds = {
      local: env.seeds.local,
      common: env.seeds.common,
      pair: (peer, purpose) => pair(env.seeds.pair(peer, purpose), purpose, env),
    };
    return { ...env, seeds };
  });
}

/** A seed of which every stream is zero. */
export const ZERO_SEED = {
  tensor: (heap, _position, _field, shape) => RingTensor.zeros(heap, shape),
  fill: (heap, _position, _field, ptr, _offset, length) => void heap.u8(ptr, length).fill(0),
} as Pick<Seed, "tensor" | "fill"> as Seed;

/** A provider that does something of its own. */
export function provides(
  factory: ProviderFactory,
  change: (good: Provider, env: ProviderEnv) => Partial<Provider>,
): ProviderFactory {
  return {
    ...factory,
    bind(env) {
      const good = factory.bind(env);
      const bad = change(good, env);
      return {
        take: bad.take ?? ((kind, params, tag) => good.take(kind, params, tag)),
        get demands() {
          return bad.demands ?? good.demands;
        },
        get correctionBytes() {
          return bad.correctionBytes ?? good.correctionBytes;
        },
        prefetch: (manifest, kinds) => good.prefetch(manifest, kinds),
        close: () => good.close(),
      };
    },
  };
}
