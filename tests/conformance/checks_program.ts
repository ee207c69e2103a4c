/**
 * Whole programs: under any schedule, from the minimal primitives, and when the parties do not run the same.
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import type { Session } from "../../ops/session.ts";
import { runLocal } from "../../run/local.ts";
import { type Check, ensure, rejection, type Subject } from "./check.ts";
import { parties, type Sent } from "./parties.ts";

const SCHEDULES = 15;
/** Number of the message in which parties send the hash of their trace. */
const TRACE_SUB = 64;

/** Sends what is ready in a frame of its own. */
async function leave(mpc: Session): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
  mpc.context.shared.env.comm.flush();
}

/** Products of products, of which either may arrive first. */
async function overtaken(mpc: Session, x: CrypTensor, y: CrypTensor): Promise<readonly CrypTensor[]> {
  const first = x.mul(y);
  await leave(mpc);
  const second = x.mul(y.add(1));
  await leave(mpc);
  return [first.mul(x), second.mul(y)];
}

/** Branches that run side by side, products of products, comparisons, and a value that is opened halfway. */
async function program(mpc: Session): Promise<number[]> {
  const x = mpc.encrypt([[1, -2], [3, 4]], { src: 0, scale: 0 });
  const y = mpc.encrypt([[5, 6], [-7, 8]], { src: mpc.parties - 1, scale: 0 });
  const branch = async (session: Session, k: number): Promise<number[]> => {
    const z = x.mul(y.add(k)).relu();
    const opened = await z.decrypt();
    const r = session.encrypt([k, k + 1], { src: 0, scale: 0 }).mul(opened.size);
    return [...Array.from(opened.data, Number), ...Array.from((await r.decrypt()).data, Number)];
  };
  const branches = await Promise.all([1, 2, 3].map((k) => branch(mpc.fork(), k)));
  const late = await overtaken(mpc, x, y);
  const rest = await Promise.all([
    ...late.map((t) => t.decrypt()),
    x.matmul(y).decrypt(),
    x.lt(y).decrypt(),
    x.eq(3).decrypt(),
    x.abs().decrypt(),
    x.square().decrypt(),
    x.gt(y).where(x, y).decrypt(),
    x.to("binary").to("arithmetic").decrypt(),
  ]);
  return [...branches.flat(), ...rest.flatMap((t) => Array.from(t.data, Number))];
}

/** What the program gives: x is [1, -2, 3, 4], y is [5, 6, -7, 8]. */
const EXPECTED = [
  ...[1, 2, 3].flatMap((k) => [5 + k, 0, 0, 4 * (8 + k), 4 * k, 4 * (k + 1)]),
  ...[5, 24, -63, 128],
  ...[30, -84, 126, 288],
  ...[19, -10, -13, 50],
  ...[1, 1, 0, 1],
  ...[0, 0, 1, 0],
  ...[1, 2, 3, 4],
  ...[1, 4, 9, 16],
  ...[5, 6, 3, 8],
  ...[1, -2, 3, 4],
];

const text = (values: readonly number[]): string => values.map((v) => v + 0).join(" ");

async function schedules({ make, parties: n }: Subject): Promise<void> {
  let traffic: string | undefined;
  for (let schedule = 0; schedule <= SCHEDULES; schedule++) {
    const log: Sent[] = [];
    const order = schedule === 0 ? {} : { schedule };
    const run = parties({ n, protocol: make(), log, deadline: 5000, ...order }, (p) => program(p.mpc));
    const results = await run.catch((error: Error) => {
      throw new Error(`under schedule ${schedule}: ${error.message}`);
    });
    for (const [rank, result] of results.entries()) {
      ensure(
        text(result) === text(EXPECTED),
        () => `under schedule ${schedule}, party ${rank} has ${text(result)}, ${text(EXPECTED)} is wanted`,
      );
    }
    // Masks differ from run to run; who sends how much under which position must not. A dealer chooses its receivers by the session.
    const positions = log.filter((s) => s.from < n && s.sub < 0x4000)
      .map((s) => `${s.from}>${s.to} ${s.key.split(":")[1]} ${s.bytes.length}`).sort().join();
    traffic ??= positions;
    ensure(
      positions === traffic,
      () => `under schedule ${schedule}, other messages are sent than without delays`,
    );
  }
}

async function minimal({ make, parties: n }: Subject): Promise<void> {
  for (const fastPaths of [true, false]) {
    const results = await runLocal({ parties: n, protocol: make(), fastPaths }, program);
    ensure(
      text(results[0]) === text(EXPECTED),
      () => `fast paths ${fastPaths ? "on" : "off"}: ${text(results[0])}, ${text(EXPECTED)} is wanted`,
    );
  }
}

/** What the last party does instead of adding 1 and opening. */
const DIFFERENCES: Readonly<Record<string, (x: CrypTensor) => Promise<unknown>>> = {
  "another operation": (x) => x.sub(1).decrypt(),
  "another public operand": (x) => x.add(2).decrypt(),
  "one operation more": (x) => x.add(1).neg().decrypt(),
  "one operation less": (x) => x.decrypt(),
};

async function desync({ make, parties: n }: Subject): Promise<void> {
  for (const [what, other] of Object.entries(DIFFERENCES)) {
    const log: Sent[] = [];
    const opened: number[] = [];
    const work = (): Promise<unknown> =>
      parties({ n, protocol: make(), log, deadline: 1000 }, async ({ mpc }) => {
        const x = mpc.encrypt([1, 2, 3], { src: 0 });
        if (mpc.rank === n - 1) await other(x);
        else await x.add(1).decrypt();
        opened.push(mpc.rank);
      });
    await rejection(work, `a party that runs ${what} is not noticed`);
    ensure(opened.length === 0, () => `party ${opened[0]} opens a value although a party runs ${what}`);
    // The input is the first call; what is sent later, other than traces, is a share.
    const shares = log.filter((s) => !s.call.endsWith(":0") && s.sub !== TRACE_SUB && s.bytes.length > 0);
    ensure(shares.length === 0, () => `party ${shares[0]!.from} sends a share although a party runs ${what}`);
  }
}

async function twice({ make, parties: n }: Subject): Promise<void> {
  const uses = {
    products: (p, call, x) => p.protocol.bilinear(call, { kind: "mul" }, x, x),
    resharings: (p, call, x) =>
      p.protocol.reshare?.(call, x) ?? p.protocol.bilinear(call, { kind: "mul" }, x, x),
    truncations: (p, call, x) => p.protocol.truncate(call, x, 16),
    signs: (p, call, x) => p.protocol.sign(call, x),
  } satisfies Record<string, Use>;
  for (const [what, use] of Object.entries<Use>(uses)) {
    const log: Sent[] = [];
    let before = -1;
    const work = (): Promise<unknown> =>
      parties({ n, protocol: make(), log, deadline: 1000 }, async (p) => {
        const x = await p.share([1n, 2n, 3n]);
        const call = p.call();
        await use(p, call, x);
        await p.protocol.settled?.();
        await p.together();
        before = Math.max(before, log.length);
        await use(p, { ...call, depth: 0 }, p.ready(p.protocol.linear(x.now!, (part) => part.clone())));
      });
    await rejection(work, `one tag serves two ${what}: their masks would be the same`);
    ensure(log.length <= before, () => `something is sent in the second of two ${what} under one tag`);
  }
}

type Witness = Parameters<Parameters<typeof parties>[1]>[0];
type Use = (
  p: Witness,
  call: ReturnType<Witness["call"]>,
  x: Awaited<ReturnType<Witness["share"]>>,
) => Promise<unknown>;

/** The checks. */
export const PROGRAM_CHECKS: readonly Check<Subject>[] = [
  {
    name: "results do not depend on the schedule",
    about:
      `A program with branches gives the same results and sends the same messages in ${SCHEDULES} random schedules of the network. ` +
      "Finds tags that are taken, and messages that are matched, in the order of arrival.",
    run: schedules,
  },
  {
    name: "fast paths make no difference",
    about: "The same program from the minimal primitives gives the same numbers, to the last bit.",
    run: minimal,
  },
  {
    name: "a party out of step stops all before a share is sent",
    about:
      "One party runs another operation, another public operand, one operation more, or one less: all stop, and nothing is opened. " +
      "Finds an opening that does not compare traces first.",
    run: desync,
  },
  {
    name: "a tag serves one call",
    about: "A second call under a used tag is refused before anything is sent.",
    run: twice,
  },
];
