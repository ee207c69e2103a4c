import { ProtocolError, TransportError } from "../../comm/errors.ts";
import { frameBytes, MAX_FRAME_BYTES, openFrame } from "../../comm/frame.ts";
import { memoryPair } from "../../comm/memory.ts";
import { type Faults, faulty, recording } from "../../comm/testing.ts";
import type { Transport } from "../../comm/transport.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertInstanceOf,
  assertLess,
  assertMatch,
  assertNotEquals,
} from "../deps.ts";
import { closeAll, frameOf, KINDS, type LinkKind, partiesOver, type Party, Recorder, sum } from "./links.ts";

const STEPS = 10;
/**
 * Places at which a frame may go wrong. A member is one exchange ahead at most, so that a frame carries two exchanges at most:
 * there are so many frames, and nobody can be done when one of them is missing.
 */
const PLACES = [0, 1, 2, 3];

/** Ten exchanges, each of what the one before gave. */
async function protocol(party: Party): Promise<number[]> {
  const values = [party.comm.rank + 1];
  for (let i = 0; i < STEPS; i++) values.push(await sum(party, values.at(-1)!, undefined, `step ${i}`));
  return values;
}

/** Links of one kind between all members; `wrap` may change what `from` sends to `to`. */
async function mesh(
  { pair }: LinkKind,
  count: number,
  wrap: (link: Transport, from: number, to: number) => Transport,
): Promise<Map<number, Transport>[]> {
  const out = Array.from({ length: count }, () => new Map<number, Transport>());
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const [p, q] = await pair();
      out[a]!.set(b, wrap(p, a, b));
      out[b]!.set(a, wrap(q, b, a));
    }
  }
  return out;
}

/** Members that have agreed on a session. */
function agreed(
  meshes: readonly Map<number, Transport>[],
  deadlineMs: (rank: number) => number,
): Party[] {
  const members = partiesOver(meshes, (rank) => ({ deadlineMs: deadlineMs(rank) }));
  for (const { comm } of members) comm.session(new Uint8Array(8).fill(9));
  return members;
}

/** Frames that left later than one of a higher number. */
function overtaken(log: readonly Uint8Array[]): number {
  let largest = -1;
  let count = 0;
  for (const frame of log) {
    const { number } = openFrame([frame], MAX_FRAME_BYTES, "beginning").header;
    if (number < largest) count++;
    largest = Math.max(largest, number);
  }
  return count;
}

for (const count of [2, 3]) {
  for (
    const [what, fault] of [["delays", { delay: 4 }], ["overtaking", { delay: 2, reorder: 0.5 }]] as const
  ) {
    Deno.test(`${what} change no result, ${count} members, 100 seeds`, async () => {
      // All add up what all have: 1 + 2 + ... at first, then as many times that as there are members.
      const expected = Array.from({ length: STEPS }, (_, i) => (count + 1) / 2 * count ** (i + 1));
      let late = 0;
      for (let seed = 1; seed <= 100; seed++) {
        const logs: Uint8Array[][] = [];
        const meshes = await mesh(KINDS[0]!, count, (link, from, to) => {
          const log: Uint8Array[] = [];
          logs.push(log);
          return faulty(recording(link, log), { ...fault, seed: 100 * seed + 10 * from + to });
        });
        const members = agreed(meshes, () => 5000);
        const results = await Promise.all(members.map(protocol));
        results.forEach((values, rank) => assertEquals(values, [rank + 1, ...expected]));
        for (const { comm } of members) {
          assertEquals([comm.counters.messages, comm.counters.rounds], [STEPS * (count - 1), STEPS]);
        }
        await closeAll(members);
        late += logs.reduce((n, log) => n + overtaken(log), 0);
      }
      if (what === "overtaking") assertGreater(late, 0);
      else assertEquals(late, 0);
    });
  }
}

const harms: readonly [string, Omit<Faults, "seed">][] = [
  ["lost", { drop: 1 }],
  ["sent twice", { duplicate: 1 }],
  ["cut short", { truncate: 1 }],
  ["damaged", { corrupt: 1 }],
  ["of another session", { foreign: 1 }],
];

/** Runs the protocol; one frame from member 1 to member 0 goes wrong. */
async function harmed(kind: LinkKind, count: number, fault: Omit<Faults, "seed">, at: number): Promise<void> {
  const meshes = await mesh(
    kind,
    count,
    (link, from, to) =>
      from === 1 && to === 0 ? faulty(link, { ...fault, seed: at + 1, after: at, until: at + 1 }) : link,
  );
  // The others are more patient, so that it is always member 0 that notices.
  const members = agreed(meshes, (rank) => rank === 0 ? 200 : 5000);
  const start = performance.now();
  const results = await Promise.allSettled(members.map(protocol));
  const errors = results.map((result) => result.status === "rejected" ? result.reason as unknown : undefined);
  const [first, ...others] = errors;
  assertInstanceOf(first, TransportError);
  assertEquals(first.party, 1);
  assert(first.message.startsWith("Party 1"), first.message);
  if (fault.drop === 1) {
    assertMatch(first.message, /^Party 1 sent nothing for "step \d" within 0.2 s$/);
  }
  for (const error of others) {
    // A byte stream has no frames any more after a bad length: its link dies, and the cause cannot be told.
    if (kind.name === "tcp" && error instanceof TransportError) {
      assertMatch(error.message, /^Party 0 is gone, its link closed while "step \d" waited for it/);
      assert(first.message.includes("is gone, its link closed"), first.message);
    } else {
      assertInstanceOf(error, ProtocolError);
      assert(
        error.message.startsWith("Party 0 stopped") && error.message.includes(first.message),
        error.message,
      );
    }
    assertEquals(error.party, 0);
  }
  // The others hear of it at once, and do not wait until their own deadline.
  assertLess(performance.now() - start, 3000);
  await closeAll(members);
}

for (const kind of KINDS) {
  for (const count of [2, 3]) {
    for (const [what, fault] of harms) {
      Deno.test(`${kind.name}: any frame that is ${what} is an error at each of ${count} members that names the sender`, async () => {
        await Promise.all(PLACES.map((at) => harmed(kind, count, fault, at)));
      });
    }
  }
}

Deno.test("faulty() does the same for the same seed, and something else for another", async () => {
  const outcome = async (seed: number): Promise<string> => {
    const [a, b] = memoryPair();
    const log: Uint8Array[] = [];
    const options = { seed, delay: 3, reorder: 0.3, drop: 0.2, duplicate: 0.2, truncate: 0.2, corrupt: 0.2 };
    const link = faulty(recording(a, log), { ...options, foreign: 0.2 });
    for (let i = 0; i < 40; i++) link.send(frameOf(i, 16, i));
    await Promise.all([link.close(), b.close()]);
    return log.map((frame) => frame.toHex()).join();
  };
  const first = await outcome(1);
  assertEquals(await outcome(1), first);
  for (const seed of [2, 3, 2 ** 31]) assertNotEquals(await outcome(seed), first);
});

Deno.test("faulty() alters copies, and only the frames that it is told to", async () => {
  for (const fault of [{ truncate: 1 }, { corrupt: 1 }, { foreign: 1 }, { duplicate: 1 }]) {
    const [a, b] = memoryPair();
    const before: Uint8Array[] = [];
    const after: Uint8Array[] = [];
    const link = recording(faulty(recording(a, after), { seed: 3, ...fault, after: 1, until: 3 }), before);
    assertEquals([link.kind, link.locality], ["memory", "isolate"]);
    const frames = Array.from({ length: 5 }, (_, i) => frameOf(i, 16, i));
    for (const frame of frames) link.send(frame);
    await Promise.all([link.close(), b.close()]);
    link.send(frameOf(5, 16, 5));
    assertEquals(frames.map(([segment]) => segment), before.slice(0, 5));
    if ("duplicate" in fault) {
      assertEquals(after, [0, 1, 1, 2, 2, 3, 4].map((i) => before[i]!));
    } else {
      const changed = after.map((frame, i) => frame.toHex() !== before[i]!.toHex());
      assertEquals(changed, [false, true, true, false, false]);
    }
  }
});

Deno.test("recording() notes exactly the bytes that are counted", async () => {
  const logs = new Map<number, Uint8Array[]>();
  const meshes = await mesh(KINDS[0]!, 3, (link, from) => {
    const log = logs.get(from) ?? [];
    logs.set(from, log);
    return recording(link, log);
  });
  const members = agreed(meshes, () => 5000);
  await Promise.all(members.map(async ({ comm, scope }) => {
    for (const size of [0, 1, 70_000, 8]) {
      await comm.exchange(scope.take(), 0, size, (dst) => dst.fill(1), "x");
      for (let peer = 0; peer < 3; peer++) if (peer !== comm.rank) comm.postControl(peer, "note", { size });
    }
  }));
  for (const { comm } of members) {
    const { wireBytes, controlBytes, frames, messages } = comm.counters;
    const log = logs.get(comm.rank)!;
    assertEquals(log.reduce((n, frame) => n + frame.length, 0), wireBytes + controlBytes);
    const opened = log.map((frame) => openFrame([frame], MAX_FRAME_BYTES, "beginning"));
    const payloads = opened.map((frame) => frame.messages.filter(({ kind }) => kind === 0));
    assertEquals(payloads.flat().length, messages);
    assertEquals(payloads.filter((list) => list.length > 0).length, frames);
    assert(log.every((frame) => frameBytes([frame]) % 8 === 0));
  }
  await closeAll(members);
});

Deno.test("after an abort nothing leaves but its notice, not even what was posted before or is posted later", async () => {
  const log: Uint8Array[] = [];
  const meshes = await mesh(KINDS[0]!, 2, (link, from) => from === 0 ? recording(link, log) : link);
  const members = agreed(meshes, () => 5000);
  const [a, b] = members as [Party, Party];
  const ended = b.comm.ended.catch((error: Error) => error.message);
  a.comm.post(1, a.scope.take(), 0, 64, (dst) => dst.fill(0x5e));
  a.comm.abort(new RangeError("Cannot go on: enough"), "relu");
  a.comm.post(1, a.scope.take(), 0, 64, (dst) => dst.fill(0x5e));
  a.comm.broadcast(a.scope.take(), 0, 64, (dst) => dst.fill(0x5e));
  a.comm.postControl(1, "note", "x");
  a.comm.flush();
  assertEquals(await ended, 'Party 0 stopped in "relu": RangeError: Cannot go on: enough');
  await closeAll(members);
  assertEquals(log.length, 1);
  const { messages } = openFrame([log[0]!], MAX_FRAME_BYTES, "beginning");
  assertEquals(messages.map(({ kind }) => kind), [2]);
  assert(!log[0]!.toHex().includes("5e5e5e5e"));
});

Deno.test("a faulty link that is closed lets go what it holds, and then ends", async () => {
  const [a, b] = memoryPair();
  const atB = new Recorder(b);
  const link = faulty(a, { seed: 7, delay: 50, reorder: 0.5 });
  for (let i = 0; i < 20; i++) link.send(frameOf(i, 8, i));
  await link.close();
  await link.close();
  await atB.closed();
  await b.close();
  const numbers = atB.frames.map((frame) => openFrame(frame, MAX_FRAME_BYTES).header.number);
  assertEquals(numbers.sort((x, y) => x - y), Array.from({ length: 20 }, (_, i) => i));
  assertEquals(atB.closings, [undefined]);
});
