import { type Counters, difference } from "../../comm/counters.ts";
import { FRAME_HEADER, MESSAGE_HEADER, padded } from "../../comm/frame.ts";
import { faulty } from "../../comm/testing.ts";
import { memoryMesh } from "../../comm/memory.ts";
import { sharedPool } from "../../comm/pool.ts";
import type { Scope } from "../../comm/scope.ts";
import type { Transport } from "../../comm/transport.ts";
import { assert, assertEquals, assertRejects, assertThrows, fc } from "../deps.ts";
import { closeAll, KINDS, parties, partiesOver, type Party, sum } from "./links.ts";

const runs = { seed: 14, numRuns: 30 };

Deno.test("exchange() gives each party the payloads of the others, in order of rank", async () => {
  for (const count of [1, 2, 3, 4, 5]) {
    const members = parties(count);
    const got = await Promise.all(members.map(async ({ comm, scope }) => {
      const replies = await comm.exchange(scope.take(), 0, 3, (dst) => dst.fill(comm.rank + 1), "hello");
      return replies.map(({ bytes }) => [...bytes]);
    }));
    got.forEach((replies, rank) => {
      const others = Array.from({ length: count }, (_, i) => i).filter((i) => i !== rank);
      assertEquals(replies, others.map((i) => [i + 1, i + 1, i + 1]));
    });
    await closeAll(members);
  }
});

Deno.test("receive() matches messages that come before and after it is called, in any order of tags", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([...Array(6).keys()], { minLength: 6 }),
      fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      async (order, early) => {
        const members = parties(2);
        const [a, b] = members as [Party, Party];
        const tags = Array.from(order, () => [a.scope.take(), b.scope.take()] as const);
        const late = tags.map(([, tag], i) => early[i] ? undefined : b.comm.receive(0, tag, i, 8, "x"));
        for (const i of order) a.comm.post(1, tags[i]![0], i, 8, (dst) => dst.fill(i));
        await a.comm.pause();
        await b.comm.pause();
        for (const [i, [, tag]] of tags.entries()) {
          const message = await (late[i] ?? b.comm.receive(0, tag, i, 8, "x"));
          assertEquals([message.bytes[0], message.bytes.byteOffset % 8], [i, 0]);
        }
        await closeAll(members);
      },
    ),
    runs,
  );
});

Deno.test("16 independent exchanges are one frame to each peer and one round", async () => {
  const members = parties(3);
  await Promise.all(members.map((party) => Promise.all(Array.from({ length: 16 }, () => sum(party, 1)))));
  for (const { comm } of members) {
    const { rounds, frames, messages } = comm.counters;
    assertEquals({ rounds, frames, messages }, { rounds: 1, frames: 2, messages: 32 });
  }
  await closeAll(members);
});

for (const [before, pauses] of [["a pause", 1], ["three pauses", 3], ["an exchange", 0]] as const) {
  for (const depth of [0, 1, 3, 5, 40]) {
    Deno.test(`independent exchanges are one frame after ${before}, also when each comes ${depth} microtasks later`, async () => {
      const members = parties(2);
      const frames = await Promise.all(members.map(async (party) => {
        for (let i = 0; i < pauses; i++) await party.comm.pause();
        if (pauses === 0) await sum(party, 1);
        const { frames } = party.comm.counters;
        await Promise.all(Array.from({ length: 16 }, async (_, i) => {
          const tag = party.scope.take();
          for (let turn = 0; turn < depth * i; turn++) await null;
          await sum(party, 1, tag);
        }));
        return party.comm.counters.frames - frames;
      }));
      assertEquals(frames, [1, 1]);
      await closeAll(members);
    });
  }
}

Deno.test("a chain of 5 exchanges is 5 rounds, and 5 frames to each peer", async () => {
  const members = parties(3);
  const results = await Promise.all(members.map(async (party) => {
    let value = party.comm.rank;
    for (let i = 0; i < 5; i++) value = await sum(party, value);
    return value;
  }));
  assertEquals(results, [243, 243, 243]);
  for (const { comm } of members) assertEquals([comm.counters.rounds, comm.counters.frames], [5, 10]);
  await closeAll(members);
});

Deno.test("rounds are those of the program, however late a party is", async () => {
  const members = parties(2);
  await Promise.all(members.map(async (party) => {
    for (let i = 0; i < 4; i++) {
      if (party.comm.rank === 1) { for (let turn = 0; turn < 10; turn++) await party.comm.pause(); }
      await Promise.all([sum(party, 1), sum(party, 2), sum(party, 3)]);
    }
  }));
  assertEquals(members.map(({ comm }) => comm.counters.rounds), [4, 4]);
  await closeAll(members);
});

Deno.test("sends without a receipt in between are one round, however many frames", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  for (let i = 0; i < 4; i++) {
    a.comm.post(1, a.scope.take(), 0, 8, (dst) => dst.fill(i));
    a.comm.flush();
  }
  for (let i = 0; i < 4; i++) await b.comm.receive(0, b.scope.take(), 0, 8, "x");
  assertEquals([a.comm.counters.frames, a.comm.counters.rounds, b.comm.counters.rounds], [4, 1, 1]);
  await closeAll(members);
});

Deno.test("a message that knows its own round counts for that, at both ends", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  await Promise.all(members.map((party) => sum(party, 1)));
  for (const [round, most] of [[7, 7], [3, 7]] as const) {
    a.comm.post(1, a.scope.take(), 0, 8, (dst) => dst.fill(0), round);
    const message = await b.comm.receive(0, b.scope.take(), 0, 8, "x");
    assertEquals([message.round, a.comm.counters.rounds, b.comm.counters.rounds], [round, most, most]);
  }
  a.comm.resetCounters();
  a.comm.post(1, a.scope.take(), 0, 8, (dst) => dst.fill(0), 9);
  assertEquals([a.comm.counters.rounds, a.comm.round], [2, 9]);
  await b.comm.receive(0, b.scope.take(), 0, 8, "x");
  await closeAll(members);
});

Deno.test("bytes are exactly headers, payloads and padding, and both ends agree", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(300), { minLength: 1, maxLength: 5 }), { maxLength: 4 }),
      async (steps) => {
        const members = parties(2);
        await Promise.all(members.map(async ({ comm, scope }) => {
          for (const sizes of steps) {
            await Promise.all(
              sizes.map((size) => comm.exchange(scope.take(), 0, size, (dst) => dst.fill(1), "x")),
            );
          }
        }));
        const sizes = steps.flat();
        const payloadBytes = sizes.reduce((a, b) => a + b, 0);
        const wireBytes = steps.length * FRAME_HEADER +
          sizes.reduce((n, size) => n + MESSAGE_HEADER + padded(size), 0);
        for (const { comm } of members) {
          assertEquals(comm.counters, {
            rounds: steps.length,
            frames: steps.length,
            messages: sizes.length,
            payloadBytes,
            wireBytes,
            controlBytes: 0,
            receivedPayloadBytes: payloadBytes,
            receivedWireBytes: wireBytes,
            receivedControlBytes: 0,
          });
        }
        await closeAll(members);
      },
    ),
    runs,
  );
});

Deno.test("counters hold what was posted, also when the reply came before it left", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  b.comm.post(0, b.scope.take(), 0, 8, (dst) => dst.fill(1));
  for (let i = 0; i < 4; i++) await b.comm.pause();
  await a.comm.exchange(a.scope.take(), 0, 8, (dst) => dst.fill(2), "x");
  assertEquals([a.comm.counters.payloadBytes, a.comm.counters.frames], [8, 1]);
  await closeAll(members);
});

Deno.test("control messages are counted apart, and a dealer's traffic is not in the totals", async () => {
  const members = partiesOver(memoryMesh(3), {}, 2);
  const [a, b, dealer] = members as [Party, Party, Party];
  const dealerTag = dealer.scope.take();
  const before = a.comm.snapshot();
  a.comm.postControl(1, "note", { text: "hello" });
  dealer.comm.post(0, dealerTag, 0, 100, (dst) => dst.fill(1));
  assertEquals(await b.comm.receiveControl(0, "note", "a note"), { text: "hello" });
  await a.comm.receive(2, a.scope.take(), 0, 100, "material");
  const { peers, ...totals } = difference(before, a.comm.snapshot());
  assert(totals.controlBytes > 0);
  assertEquals(totals.controlBytes, b.comm.counters.receivedControlBytes);
  assertEquals({ ...totals, controlBytes: 0 }, NOTHING);
  assertEquals([peers.get(2)!.receivedPayloadBytes, peers.get(2)!.receivedWireBytes], [100, 32 + 24 + 104]);
  assertEquals(dealer.comm.link(0).payloadBytes, 100);
  a.comm.resetCounters();
  assertEquals(a.comm.counters, NOTHING);
  await closeAll(members);
});

const NOTHING: Counters = {
  rounds: 0,
  frames: 0,
  messages: 0,
  payloadBytes: 0,
  wireBytes: 0,
  controlBytes: 0,
  receivedPayloadBytes: 0,
  receivedWireBytes: 0,
  receivedControlBytes: 0,
};

Deno.test("control messages of a channel come in order, to waiters or to a handler, before or after it is set", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  for (let i = 0; i < 3; i++) a.comm.postControl(1, "x", i);
  assertEquals([await b.comm.receiveControl(0, "x", "x"), await b.comm.receiveControl(0, "x", "x")], [0, 1]);
  const seen: unknown[] = [];
  b.comm.onControl("x", (from, value) => seen.push([from, value]));
  a.comm.postControl(1, "x", 3);
  a.comm.postControl(1, "y", "other");
  assertEquals(await b.comm.receiveControl(0, "y", "y"), "other");
  assertEquals(seen, [[0, 2], [0, 3]]);
  await closeAll(members);
});

for (const { name, pair } of KINDS) {
  Deno.test(`${name}: many large messages in one frame arrive whole`, async () => {
    const [p, q] = await pair();
    const members = partiesOver([new Map([[1, p]]), new Map([[0, q]])], { deadlineMs: 5000 });
    await Promise.all(members.map(async ({ comm, scope }) => {
      const sizes = [3, 100_000, 7, 1 << 20, 65_536, 0];
      for (let step = 0; step < 3; step++) {
        const replies = sizes.map((size) =>
          comm.exchange(scope.take(), 1, size, (dst) => dst.fill(size + comm.rank), "x")
        );
        for (const [i, reply] of replies.entries()) {
          const [message] = await reply;
          assert(
            message!.bytes.length === sizes[i] &&
              message!.bytes.every((byte) => byte === (sizes[i]! + 1 - comm.rank) % 256),
          );
          message!.release();
          message!.release();
        }
      }
    }));
    await closeAll(members);
  });
}

Deno.test("release() called twice does not hand out a buffer that is still read", async () => {
  const members = parties(2);
  const [kept] = await Promise.all(members.map(async ({ comm, scope }) => {
    const [x, y] = await Promise.all(
      [1, 2].map((v) => comm.exchange(scope.take(), 0, 8, (dst) => dst.fill(v), "x")),
    );
    x![0]!.release();
    x![0]!.release();
    return y![0]!;
  }));
  await Promise.all(
    members.map(({ comm, scope }) => comm.exchange(scope.take(), 0, 8, (dst) => dst.fill(9), "x")),
  );
  assertEquals([...kept!.bytes], new Array(8).fill(2));
  await closeAll(members);
});

Deno.test("a payload whose fill throws is not sent", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  const failed = a.scope.take();
  b.scope.take();
  assertThrows(() =>
    a.comm.post(1, failed, 0, 8, () => {
      throw new RangeError("no");
    }), RangeError);
  a.comm.post(1, a.scope.take(), 0, 8, (dst) => dst.fill(5));
  const message = await b.comm.receive(0, b.scope.take(), 0, 8, "x");
  assertEquals([message.bytes[0], b.comm.counters.receivedPayloadBytes], [5, 8]);
  await closeAll(members);
});

Deno.test("post() refuses a second payload under one name", async () => {
  const members = parties(2);
  const [a] = members as [Party, Party];
  const tag = a.scope.take();
  a.comm.post(1, tag, 0, 8, (dst) => dst.fill(0));
  a.comm.post(1, tag, 1, 8, (dst) => dst.fill(0));
  assertThrows(() => a.comm.post(1, tag, 0, 8, (dst) => dst.fill(0)), TypeError, "Cannot use a tag twice");
  assertThrows(() => a.comm.post(1, tag, 65536, 8, (dst) => dst.fill(0)), RangeError, "0 to 65535");
  assertThrows(() => a.comm.post(2, tag, 0, 8, (dst) => dst.fill(0)), RangeError, "no link");
  await closeAll(members);
});

Deno.test("frames are split at the limit, and a payload beyond it is refused", async () => {
  const members = parties(2, { maxFrameBytes: 1024 });
  const [a, b] = members as [Party, Party];
  const tags = Array.from({ length: 5 }, () => a.scope.take());
  for (const tag of tags) a.comm.post(1, tag, 0, 400, (dst) => dst.fill(tag.seq));
  for (const tag of tags) {
    assertEquals((await b.comm.receive(0, b.scope.take(), 0, 400, "x")).bytes[0], tag.seq);
  }
  assertEquals(a.comm.counters.frames, 3);
  assertThrows(
    () => a.comm.post(1, a.scope.take(), 0, 1000, (dst) => dst.fill(0)),
    RangeError,
    "exceed the 1024 bytes",
  );
  await closeAll(members);
});

Deno.test("members that close one after the other do not wait for each other", async () => {
  const members = parties(3);
  await Promise.all(members.map((party) => sum(party, 1)));
  for (const { comm } of members) {
    await comm.close();
    await comm.close();
    assertEquals(comm.failed, undefined);
    await comm.ended;
  }
});

Deno.test("receive() after close() is refused, and what arrives then is ignored", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  await a.comm.close();
  await assertRejects(() => a.comm.receive(1, a.scope.take(), 0, 8, "relu"), Error, "has closed the session");
  b.comm.post(0, b.scope.take(), 0, 8, (dst) => dst.fill(0));
  await b.comm.close();
  assertEquals([a.comm.failed, b.comm.failed], [undefined, undefined]);
});

/** A small program with chains, branches and large payloads; its value is the same for every schedule. */
async function program(party: Party): Promise<number[]> {
  const branch = async (scope: Scope, depth: number): Promise<number> => {
    let value = party.comm.rank + depth;
    for (let i = 0; i < 3; i++) value = await sum({ comm: party.comm, scope }, value % 1000);
    if (depth === 0) return value;
    const children = [scope.fork(), scope.fork()];
    const values = await Promise.all(children.map((child) => branch(child, depth - 1)));
    for (const child of children) scope.join(child);
    return values.reduce((a, b) => 31 * a + b, value);
  };
  const values = await Promise.all([
    branch(party.scope.fork(), 2),
    branch(party.scope.fork(), 1),
    sum(party, 5),
  ]);
  return [...values, ...party.scope.digest()];
}

function withFaults(mesh: readonly Map<number, Transport>[], seed: number): Map<number, Transport>[] {
  return mesh.map((links, rank) =>
    new Map([...links].map(([peer, link]) => {
      const faults = { seed: 1 + seed * 100 + rank * 10 + peer, delay: seed % 7, reorder: (seed % 5) / 5 };
      return [peer, faulty(link, faults)];
    }))
  );
}

Deno.test("100 schedules with delays and overtaking give the same results and the same traffic", async () => {
  let expected: unknown;
  for (let seed = 0; seed < 100; seed++) {
    const members = partiesOver(withFaults(memoryMesh(3), seed), { deadlineMs: 5000 });
    const results = await Promise.all(members.map(program));
    const traffic = members.map(({ comm }) => [comm.counters.messages, comm.counters.payloadBytes]);
    expected ??= { results, traffic };
    assertEquals({ results, traffic }, expected);
    assert(results.every((result) => result.join() === results[0]!.join()));
    await closeAll(members);
  }
});

Deno.test("buffers are used again: exchanges of one size take no new memory after the first few", async () => {
  for (const size of [8, 5000, 200_000]) {
    const members = parties(2);
    const step = (): Promise<void[]> =>
      Promise.all(members.map(async ({ comm, scope }) => {
        const [reply] = await comm.exchange(scope.take(), 0, size, (dst) => dst.fill(1), "x");
        reply!.release();
      }));
    for (let i = 0; i < 5; i++) await step();
    const before = sharedPool.bytes;
    for (let i = 0; i < 20; i++) {
      await step();
      assertEquals(sharedPool.bytes, before);
    }
    await closeAll(members);
  }
});

Deno.test("postControl() refuses what is not plain or too long, and the session goes on", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  assertThrows(() => a.comm.postControl(1, "note", new Map()), TypeError, "it is not plain data");
  assertThrows(() => a.comm.postControl(1, "note", new Uint8Array(1 << 26)), RangeError, "67108864 at most");
  assertThrows(() => a.comm.postControl(7, "note", 1), RangeError, "there is no link to it");
  a.comm.postControl(1, "note", 2);
  assertEquals(await b.comm.receiveControl(0, "note", "a note"), 2);
  await closeAll(members);
});
