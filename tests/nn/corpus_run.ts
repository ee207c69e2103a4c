/**
 * Runs cases of the corpus, and says how they end.
 *
 * @module
 */
import {
  type CrypTensor,
  nn,
  type Protocol,
  runLocal,
  type Session,
  type Tensor,
  UnsupportedOpError,
} from "../../mod.ts";
import type { Case } from "./corpus.ts";
import { feedingOf } from "./corpus_public.ts";
import { outOfScope } from "./corpus_scope.ts";
import { toleranceOf } from "./corpus_tolerance.ts";

/** How a case ended. */
export interface Outcome {
  /** "pass" for answers within tolerance. */
  readonly status: "pass" | "fails" | "unsupported" | "out of scope";
  /** What is wrong; empty for a pass. */
  readonly reason: string;
}

/** Who computes. */
export interface Backend {
  /** Number of parties. */
  readonly parties: number;
  /** How they share. */
  readonly protocol: Protocol;
}

const REALS = ["float32", "float64", "float16", "bfloat16"];

const isReal = (one: Case, name: string): boolean => REALS.includes(one.types[name] ?? "");

/** All answers of a case: its inputs are secrets of party 0, but those that are structure. */
async function answers(one: Case, mpc: Session): Promise<Record<string, Tensor>> {
  const { bytes, secret, open } = feedingOf(one);
  const net = await nn.fromOnnx(mpc, mpc.rank === 0 ? bytes : undefined, { src: 0 });
  const encrypted = secret.map((name) => {
    const value = one.inputs[name]!;
    const own = mpc.rank === 0 ? value : undefined;
    const scale = isReal(one, name) ? mpc.fractionBits : 0;
    return [name, mpc.encrypt(own, { src: 0, shape: value.shape, scale })] as const;
  });
  const fed: Record<string, CrypTensor | Tensor> = { ...open, ...Object.fromEntries(encrypted) };
  const results = Object.entries(net.run(fed));
  return Object.fromEntries(
    await Promise.all(results.map(async ([name, y]) => [name, await y.decrypt()] as const)),
  );
}

/** What is wrong with an output; undefined when nothing is. */
function defect(one: Case, name: string, got: Tensor | undefined): string | undefined {
  const want = one.outputs[name]!;
  if (got === undefined) return `output "${name}" is missing`;
  if (got.shape.join() !== want.shape.join()) {
    return `output "${name}" has shape [${got.shape}], [${want.shape}] is wanted`;
  }
  const allowed = isReal(one, name) ? toleranceOf(one, name) : () => 0;
  let worst = { excess: 1, got: 0, want: 0 };
  want.data.forEach((value: number | bigint, i: number) => {
    const [g, w] = [Number(got.data[i]), Number(value)];
    const off = Math.abs(g - w);
    const excess = off === 0 ? 0 : off / allowed(w);
    if (!(excess <= worst.excess)) worst = { excess, got: g, want: w };
  });
  if (worst.excess === 1) return undefined;
  const times = Number.isFinite(worst.excess) ? `, ${worst.excess.toPrecision(2)} times what is allowed` : "";
  return `output "${name}" is ${worst.got.toPrecision(6)} where ${
    worst.want.toPrecision(6)
  } is wanted${times}`;
}

/** The error that began it. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** What a case ends with, not looking at whether it should. */
async function tried(one: Case, { parties, protocol }: Backend): Promise<Outcome> {
  try {
    const [got] = await runLocal({ parties, protocol }, (mpc) => answers(one, mpc));
    const reason = Object.keys(one.outputs).map((name) => defect(one, name, got[name])).find((d) => d);
    return reason === undefined ? { status: "pass", reason: "" } : { status: "fails", reason };
  } catch (error) {
    const root = rootOf(error);
    const reason = root instanceof Error ? root.message : String(root);
    const unsupported = root instanceof UnsupportedOpError ||
      root instanceof RangeError && /unsupported|not supported/.test(reason);
    return { status: unsupported ? "unsupported" : "fails", reason };
  }
}

/** Runs a case. What does not pass and is out of scope counts as that. */
export async function runCase(one: Case, backend: Backend): Promise<Outcome> {
  const outcome = await tried(one, backend);
  const scope = outcome.status === "pass" ? undefined : outOfScope(one);
  return scope === undefined ? outcome : { status: "out of scope", reason: scope };
}
