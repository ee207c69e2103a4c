/**
 * What a provider of correlated randomness is held to.
 *
 * @module
 */
import { defineProtocol } from "../../protocols/define.ts";
import { plain } from "../../protocols/plain.ts";
import type { Protocol } from "../../protocols/protocol.ts";
import {
  correctionBytes,
  type Demand,
  type Field,
  type Kinds,
  type Params,
  type Provider,
  type ProviderFactory,
} from "../../protocols/provider.ts";
import { runLocal } from "../../run/local.ts";
import { type Check, confirmed, ensure, rejection } from "./check.ts";
import { combined, expected, type Fields, opened, type Sample, sharesOf } from "./correlations.ts";
import { Party } from "./parties.ts";
import { uneven } from "./series.ts";

/** A provider under test. */
export interface ProviderSubject {
  /** Makes it. */
  readonly make: () => ProviderFactory;
  /** Number of parties. */
  readonly parties: number;
  /** What is asked for. */
  readonly samples: readonly Sample[];
}

/** A protocol that needs nothing but has the provider. */
function carrier({ make, samples }: ProviderSubject): Protocol {
  const provider = make();
  const kinds: Kinds = Object.fromEntries(samples.map(({ kind }) => [kind.name, kind]));
  return defineProtocol({ ...plain(), provider, kinds });
}

/** Runs a program with the provider at every party. */
async function dealt<T>(
  subject: ProviderSubject,
  program: (provider: Provider, p: Party) => Promise<T>,
  manifest?: readonly Demand[],
): Promise<T[]> {
  const ahead = manifest === undefined ? {} : { manifest };
  return await runLocal(
    { parties: subject.parties, protocol: carrier(subject), deadline: 3000, ...ahead },
    async (mpc) => {
      const p = new Party(mpc);
      const result = await program(p.env.provider!, p);
      // Nobody leaves while another still waits for the dealer.
      await p.together();
      return result;
    },
  );
}

/** Bits beyond the last element are arbitrary. */
function trimmed(field: Field, bytes: Uint8Array, elements: number): Uint8Array {
  return field.type === "bits" && elements % 128 !== 0 ? new Uint8Array() : bytes;
}

async function relations(subject: ProviderSubject): Promise<void> {
  for (const sample of subject.samples) {
    const { kind, params } = sample;
    const results = await dealt(
      subject,
      (provider, p) => sharesOf(sample, provider.take(kind, params, p.call().tag), p),
    );
    const values = opened(sample, results);
    const [wanted] = await dealt(subject, (_, p) => Promise.resolve(expected(sample, values, p)));
    const elements = kind.form === "block" ? kind.elements(params) : 128;
    for (const field of kind.fields(params)) {
      if (field.role !== "derived") continue;
      const got = trimmed(field, values.get(field.name)!, elements);
      const want = trimmed(field, wanted!.get(field.name)!, elements);
      ensure(
        got.every((byte, i) => byte === want[i]),
        () => `${kind.name}: field "${field.name}" is not what the kind makes of its masks`,
      );
    }
  }
}

/** All 8-byte words of a field. */
const wordsOf = (bytes: Uint8Array): BigUint64Array =>
  new BigUint64Array(bytes.slice(0, bytes.length - bytes.length % 8).buffer);

async function uniform(subject: ProviderSubject): Promise<void> {
  for (const sample of subject.samples) {
    const { kind, params } = sample;
    await confirmed(async () => {
      const results = await dealt(
        subject,
        (provider, p) => sharesOf(sample, provider.take(kind, params, p.call().tag), p),
      );
      const values = opened(sample, results);
      for (const field of kind.fields(params)) {
        if (field.of !== undefined) continue;
        const all = [...results.entries()].flatMap(([rank, r]) => {
          const own = r.get(field.name);
          return own === undefined ? [] : [{ what: `party ${rank}'s share of`, bytes: own }];
        });
        if (field.role === "mask") all.push({ what: "the mask", bytes: values.get(field.name)! });
        const shares = all.slice(0, results.length).map((s) => s.bytes);
        if (field.holder === undefined && shares.length > 2) {
          all.push({ what: "all shares but one of", bytes: combined(field, shares.slice(1)) });
        }
        for (const { what, bytes } of all) {
          const words = wordsOf(bytes);
          if (words.length < 1024) continue;
          const finding = uneven(`${kind.name}: ${what} "${field.name}"`, words);
          if (finding !== undefined) return finding;
        }
      }
      return undefined;
    });
  }
}

async function fresh(subject: ProviderSubject): Promise<void> {
  for (const sample of subject.samples) {
    const { kind, params } = sample;
    const results = await dealt(subject, async (provider, p) => {
      const tags = [p.call().tag, p.call().tag];
      // The same position as the second, in another branch.
      const branch = new Party(p.mpc.fork());
      branch.call();
      tags.push(branch.call().tag);
      const taken = tags.map((tag) => provider.take(kind, params, tag));
      return await Promise.all(taken.map((corr) => sharesOf(sample, corr, p)));
    });
    for (const [rank, calls] of results.entries()) {
      const seen = new Map<string, string>();
      calls.forEach((fields, call) => {
        for (const [field, bytes] of fields) {
          if (bytes.length < 64) continue;
          const text = bytes.subarray(0, 64).toHex();
          const other = seen.get(text);
          ensure(
            other === undefined,
            () => `${kind.name}: at party ${rank}, field "${field}" of call ${call} is that of ${other}`,
          );
          seen.set(text, `field "${field}" of call ${call}`);
        }
      });
    }
  }
}

async function once(subject: ProviderSubject): Promise<void> {
  const [{ kind, params }, other] = subject.samples as [Sample, Sample];
  for (const second of [{ kind, params }, { kind, params: { ...params, n: 64 } }, other]) {
    const work = (): Promise<unknown> =>
      dealt(subject, async (provider, p) => {
        const { tag } = p.call();
        await provider.take(kind, params, tag).ready();
        await provider.take(second.kind, second.params, tag).ready();
      });
    await rejection(
      work,
      `one tag is served twice: for ${kind.name} ${text(params)} and ${second.kind.name} ${
        text(second.params)
      }`,
    );
  }
}

const text = (params: Params): string => JSON.stringify(params);

async function agrees(subject: ProviderSubject): Promise<void> {
  const { kind, params } = subject.samples[0]!;
  const work = (): Promise<unknown> =>
    dealt(subject, async (provider, p) => {
      const own = p.env.rank === 0 ? params : { ...params, n: 64 };
      await provider.take(kind, own, p.call().tag).ready();
    });
  await rejection(work, `parties that ask for different sizes of ${kind.name} under one tag are served`);
}

async function ahead(subject: ProviderSubject): Promise<void> {
  const run = (manifest?: readonly Demand[]): Promise<{ demands: readonly Demand[]; fields: Fields[] }[]> =>
    dealt(subject, async (provider, p) => {
      const taken = subject.samples.map((sample) => ({
        sample,
        corr: provider.take(sample.kind, sample.params, p.call().tag),
      }));
      const fields = await Promise.all(taken.map(({ sample, corr }) => sharesOf(sample, corr, p)));
      return { demands: [...provider.demands], fields };
    }, manifest);
  const { demands } = (await run())[0]!;
  ensure(
    demands.map((d) => d.kind).join() === subject.samples.map((s) => s.kind.name).join(),
    () => `the manifest lists ${demands.map((d) => d.kind)}, not what was asked for`,
  );
  const again = await run(demands);
  for (const [i, sample] of subject.samples.entries()) {
    const values = opened(sample, again.map((r) => r.fields[i]!));
    const [wanted] = await dealt(subject, (_, p) => Promise.resolve(expected(sample, values, p)));
    for (const [name, bytes] of wanted!) {
      ensure(
        bytes.every((byte, k) => byte === values.get(name)![k]),
        () => `${sample.kind.name}, dealt ahead: field "${name}" is not what the kind makes of its masks`,
      );
    }
  }
  const other = demands.map((d, i) => i === 0 ? { ...d, params: { ...d.params, n: 64 } } : d);
  await rejection(() => run(other), "what was dealt ahead for one size is served for another");
}

async function counted(subject: ProviderSubject): Promise<void> {
  for (const { kind, params } of subject.samples) {
    const bytes = await dealt(subject, async (provider, p) => {
      await provider.take(kind, params, p.call().tag).ready();
      return provider.correctionBytes;
    });
    const sum = bytes.reduce((a, b) => a + b, 0);
    ensure(
      sum === correctionBytes(kind, params),
      () =>
        `${kind.name}: ${sum} bytes of corrections are counted, ${correctionBytes(kind, params)} are dealt`,
    );
  }
}

/** All checks of a provider. */
export const PROVIDER_CHECKS: readonly Check<ProviderSubject>[] = [
  {
    name: "shares add up to what the kind says",
    about:
      "The derived fields, put together, are what the kind's `deal` makes of the masks. Finds corrections of one side only.",
    run: relations,
  },
  {
    name: "masks and shares are uniform",
    about:
      "Masks over their full width, each party's shares, and all shares but one added up. Finds narrow and biased masks.",
    run: uniform,
  },
  {
    name: "nothing is dealt twice",
    about:
      "The fields of three calls, one in another branch at the same position, all differ at every party. Finds one stream for two.",
    run: fresh,
  },
  {
    name: "a tag is served once",
    about: "A second request under a tag is refused: the same, of another size, or of another kind.",
    run: once,
  },
  {
    name: "parties that ask for different things are not served",
    about: "One party asks for another size under a tag.",
    run: agrees,
  },
  {
    name: "a manifest is dealt ahead",
    about: "What was recorded in one run is dealt ahead in the next, and for nothing else.",
    run: ahead,
  },
  {
    name: "corrections are counted",
    about: "The bytes that the parties count are those of the derived fields.",
    run: counted,
  },
];
