import type { Communicator } from "../../comm/communicator.ts";
import { ProtocolError, TransportError } from "../../comm/errors.ts";
import { memoryMesh } from "../../comm/memory.ts";
import { type Faults, faulty } from "../../comm/testing.ts";
import type { Transport } from "../../comm/transport.ts";
import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects } from "../deps.ts";
import { closeAll, KINDS, parties, partiesOver, type Party, sum } from "./links.ts";

/** What each member's program ends with. */
async function outcomes(
  members: readonly Party[],
  program: (party: Party) => Promise<unknown>,
): Promise<unknown[]> {
  const results = await Promise.allSettled(members.map((party) => program(party)));
  return results.map((result) => result.status === "rejected" ? result.reason : result.value);
}

function chain(party: Party): Promise<unknown> {
  return (async () => {
    for (let i = 0; i < 30; i++) await sum(party, i, party.scope.take(), "relu [3,4]");
    return "done";
  })();
}

/** Three members; what member 1 sends to member 0 goes wrong. */
function faultyMesh(faults: Faults): Map<number, Transport>[] {
  const mesh = memoryMesh(3);
  mesh[1]!.set(0, faulty(mesh[1]!.get(0)!, faults));
  return mesh;
}

const faults: readonly [string, Omit<Faults, "seed">, RegExp][] = [
  ["lost", { drop: 1 }, /Party 1 sent nothing for "relu \[3,4\]" within 0.2 s/],
  ["sent twice", { duplicate: 1 }, /Party 1: Cannot accept a frame: number 3 has arrived before/],
  ["cut short", { truncate: 1 }, /Party 1: Cannot read a frame/],
  ["damaged", { corrupt: 1 }, /Party 1: Cannot read a frame/],
];
for (const [what, fault, message] of faults) {
  Deno.test(`a frame that is ${what} ends the session at every party with an error that names the party`, async () => {
    for (let seed = 1; seed <= (fault.drop === 1 ? 1 : 20); seed++) {
      // The others are more patient, so that it is member 0 that notices.
      const members = partiesOver(
        faultyMesh({ ...fault, seed, after: 3 }),
        (rank) => ({ deadlineMs: rank === 0 ? 200 : 5000 }),
      );
      const errors = await outcomes(members, chain);
      assertInstanceOf(errors[0], TransportError);
      assertMatch(errors[0].message, message);
      assertEquals(errors[0].party, 1);
      for (const error of errors.slice(1)) {
        assertInstanceOf(error, ProtocolError);
        assertEquals(error.party, 0);
        assert(
          error.message.startsWith("Party 0 stopped") && error.message.includes(errors[0].message),
          error.message,
        );
      }
      await closeAll(members);
    }
  });
}

Deno.test("a large frame with one flipped bit is never accepted", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const mesh = memoryMesh(2);
    mesh[1]!.set(0, faulty(mesh[1]!.get(0)!, { corrupt: 1, seed }));
    const members = partiesOver(mesh);
    const [error] = await outcomes(
      members,
      ({ comm, scope }) => comm.exchange(scope.take(), 0, 50_000, (dst) => dst.fill(1), "matmul"),
    );
    assertInstanceOf(error, TransportError);
    await closeAll(members);
  }
});

Deno.test("delays and overtaking are no failures", async () => {
  const members = partiesOver(faultyMesh({ seed: 5, delay: 4, reorder: 0.5 }), { deadlineMs: 5000 });
  assertEquals(await outcomes(members, chain), ["done", "done", "done"]);
  await closeAll(members);
});

Deno.test("abort() reaches everyone, and the first cause counts", async () => {
  const members = parties(4);
  const [a, b] = members as [Party, Party];
  const calls: Error[] = [];
  for (const { comm } of members) comm.onFail((error) => calls.push(error));
  const cause = new RangeError("Cannot reshape: 3 elements, 4 are wanted");
  const waits = outcomes(
    members,
    ({ comm, scope }) => comm.receive((comm.rank + 1) % 4, scope.take(), 0, 8, "mul"),
  );
  a.comm.abort(cause, "relu");
  a.comm.abort(new Error("second"));
  b.comm.onFail(() => b.comm.abort(new Error("third")));
  const errors = await waits;
  assertEquals(errors[0], cause);
  for (const error of errors.slice(1)) {
    assertInstanceOf(error, ProtocolError);
    assertEquals(
      error.message,
      'Party 0 stopped in "relu": RangeError: Cannot reshape: 3 elements, 4 are wanted',
    );
    assertEquals([error.party, error.op], [0, "relu"]);
  }
  assertEquals(calls.length, 4);
  for (const { comm, scope } of members) {
    assertEquals(
      await comm.receive((comm.rank + 1) % 4, scope.take(), 0, 8, "later").catch((error) => error),
      comm.failed,
    );
  }
  await closeAll(members);
});

Deno.test("abort() tells the first cause also to those who hear of it from another first", async () => {
  const mesh = memoryMesh(3);
  mesh[0]!.set(2, faulty(mesh[0]!.get(2)!, { seed: 1, drop: 1 }));
  const members = partiesOver(mesh);
  const waits = outcomes(
    members,
    ({ comm, scope }) => comm.receive((comm.rank + 1) % 3, scope.take(), 0, 8, "mul"),
  );
  members[0]!.comm.abort(new RangeError("Cannot go on: bad"), "relu");
  const messages = (await waits).map((error) => (error as Error).message);
  assertEquals(messages.slice(1), [
    'Party 0 stopped in "relu": RangeError: Cannot go on: bad',
    'Party 0 stopped in "relu": RangeError: Cannot go on: bad',
  ]);
  await closeAll(members);
});

Deno.test("abort() sends the text of no other error than our own, RangeError and TypeError", async () => {
  class Secret extends Error {}
  const told: readonly [Error, string][] = [
    [new Secret("salary 4711"), "Secret"],
    [new SyntaxError("salary 4711"), "SyntaxError"],
    [new TypeError("Cannot add: text"), "TypeError: Cannot add: text"],
    [new TransportError("Party 2 is gone"), "TransportError: Party 2 is gone"],
    [new ProtocolError("differs"), "ProtocolError: differs"],
  ];
  for (const [error, text] of told) {
    const members = parties(2);
    const wait = outcomes(members.slice(1), ({ comm, scope }) => comm.receive(0, scope.take(), 0, 8, "x"));
    members[0]!.comm.abort(error);
    assertEquals(((await wait)[0] as Error).message, `Party 0 stopped: ${text}`);
    await closeAll(members);
  }
});

Deno.test("abort() does not send what was posted before and has not left", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  a.comm.post(1, a.scope.take(), 0, 8, (dst) => dst.fill(1));
  a.comm.abort(new RangeError("stop"));
  await assertRejects(() => b.comm.receive(0, b.scope.take(), 0, 8, "reveal"), ProtocolError, "stop");
  assertEquals([a.comm.counters.payloadBytes, b.comm.counters.receivedPayloadBytes], [0, 0]);
  await closeAll(members);
});

Deno.test("a message of another length ends the session at both", async () => {
  for (const early of [false, true]) {
    const members = parties(2);
    const [a, b] = members as [Party, Party];
    const tag = b.scope.take();
    a.comm.post(1, a.scope.take(), 0, 16, (dst) => dst.fill(0));
    if (early) { for (let i = 0; i < 4; i++) await b.comm.pause(); }
    const errors = await outcomes(
      members,
      ({ comm, scope }) =>
        comm === b.comm ? comm.receive(0, tag, 0, 24, "add [3]") : comm.receive(1, scope.take(), 0, 8, "mul"),
    );
    const text =
      'Cannot receive "add [3]": 16 bytes came, 24 are wanted, the programs or their shapes differ';
    assertEquals((errors[1] as Error).message, `Party 0: ${text}`);
    assertInstanceOf(errors[1], ProtocolError);
    assertEquals(
      (errors[0] as Error).message,
      `Party 1 stopped in "add [3]": ProtocolError: Party 0: ${text}`,
    );
    await closeAll(members);
  }
});

Deno.test("a second message under one tag ends the session", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  const { scope, seq } = a.scope.take();
  const Twin = a.scope.take().constructor as new (
    s: typeof scope,
    n: number,
  ) => ReturnType<typeof scope.take>;
  for (let i = 0; i < 2; i++) a.comm.post(1, new Twin(scope, seq), 0, 8, (dst) => dst.fill(i));
  const error = await new Promise<Error>((resolve) => b.comm.onFail(resolve));
  assertEquals(error.message, "Party 0: Cannot match a message: another one arrived under the same tag");
  await closeAll(members);
});

Deno.test("a party that has ended its program is named by those who still wait for it", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  a.comm.post(1, a.scope.take(), 0, 8, (dst) => dst.fill(3));
  const first = b.scope.take();
  const wait = b.comm.receive(0, b.scope.take(), 0, 8, "softmax").catch((error) => error);
  await a.comm.close();
  const error = await wait;
  assertEquals(error.message, 'Party 0 has ended its program, "softmax" still waits for it');
  assert(error instanceof ProtocolError && first.seq === 0);
  await closeAll(members);
});

for (const { name, pair } of KINDS) {
  Deno.test(`${name}: a link that closes without good-bye is a TransportError that names the party`, async () => {
    const [p, q] = await pair();
    const members = partiesOver([new Map([[1, p]])], {}, 2);
    const wait = sum(members[0]!, 1, undefined, "conv").catch((error) => error);
    q.receive({ frame: () => {}, closed: () => {} });
    const closing = q.close();
    const error = await wait;
    assertInstanceOf(error, TransportError);
    assertMatch(error.message, /^Party 1 is gone, its link closed while "conv" waited for it/);
    assertEquals([error.party, error.op], [1, "conv"]);
    await Promise.all([closing, closeAll(members)]);
  });

  Deno.test(`${name}: members end in peace after a program, whoever is first`, async () => {
    for (const first of [0, 1]) {
      const [p, q] = await pair();
      const members = partiesOver([new Map([[1, p]]), new Map([[0, q]])], { deadlineMs: 5000 });
      assertEquals(await outcomes(members, chain), ["done", "done"]);
      const closing = members[first]!.comm.close();
      await members[1 - first]!.comm.ended;
      await Promise.all([closing, closeAll(members)]);
      assertEquals(members.map(({ comm }) => comm.failed), [undefined, undefined]);
    }
  });
}

Deno.test("the deadline counts from the last frame of the peer, and covers control messages", async () => {
  const members = parties(2);
  const error = await members[0]!.comm.receiveControl(1, "hello", "the handshake").catch((error) => error);
  assertInstanceOf(error, TransportError);
  assertEquals(error.message, 'Party 1 sent nothing for "the handshake" within 0.2 s');
  await closeAll(members);
});

Deno.test("a long computation here is not the peer's delay", async () => {
  const members = parties(2, { deadlineMs: 100 });
  const [a, b] = members as [Party, Party];
  const wait = a.comm.receive(1, a.scope.take(), 0, 8, "x");
  b.comm.post(0, b.scope.take(), 0, 8, (dst) => dst.fill(4));
  const end = performance.now() + 250;
  while (performance.now() < end);
  assertEquals((await wait).bytes[0], 4);
  await closeAll(members);
});

function session(comm: Communicator, byte: number): void {
  comm.session(new Uint8Array(8).fill(byte));
}

Deno.test("frames of another session are refused, those of the handshake are not", async () => {
  const same = parties(2);
  same[0]!.comm.postControl(1, "hello", 1);
  same.forEach(({ comm }) => session(comm, 1));
  assertEquals(await same[1]!.comm.receiveControl(0, "hello", "x"), 1);
  assertEquals(await outcomes(same, (party) => sum(party, 1)), [2, 2]);
  await closeAll(same);

  for (const late of [false, true]) {
    const members = parties(2);
    const [a, b] = members as [Party, Party];
    session(a.comm, 1);
    if (!late) session(b.comm, 2);
    a.comm.post(1, a.scope.take(), 0, 8, (dst) => dst.fill(0));
    const failure = new Promise<Error>((resolve) => b.comm.onFail(resolve));
    for (let i = 0; i < 4; i++) await a.comm.pause();
    if (late) session(b.comm, 2);
    assertEquals((await failure).message, "Party 0: Cannot accept a frame: it belongs to another session");
    await closeAll(members);
  }
});

Deno.test("more than may wait to be asked for ends the session, payloads and control messages alike", async () => {
  for (const control of [false, true]) {
    const members = parties(2, { maxEarlyBytes: 5000 });
    const [a, b] = members as [Party, Party];
    const failure = new Promise<Error>((resolve) => b.comm.onFail(resolve));
    for (let i = 0; i < 60; i++) {
      if (control) a.comm.postControl(1, "x", new Uint8Array(100));
      else a.comm.post(1, a.scope.take(), 0, 100, (dst) => dst.fill(0));
    }
    assertEquals(
      (await failure).message,
      "Party 0: Cannot keep more than 5000 bytes that nobody has asked for",
    );
    await closeAll(members);
  }
});

Deno.test("an error in a control handler ends the session", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  b.comm.onControl("x", () => {
    throw new RangeError("Cannot serve: bad request");
  });
  a.comm.postControl(1, "x", 1);
  await assertRejects(
    () => a.comm.receive(1, a.scope.take(), 0, 8, "material"),
    ProtocolError,
    "Party 1 stopped: RangeError: Cannot serve: bad request",
  );
  await closeAll(members);
});

Deno.test("two waits for one message end the session", async () => {
  const members = parties(2);
  const [a, b] = members as [Party, Party];
  const tag = a.scope.take();
  const first = a.comm.receive(1, tag, 0, 8, "mul").catch((error) => error);
  await assertRejects(() => a.comm.receive(1, tag, 0, 8, "add"), ProtocolError, "is waited for already");
  assertEquals(await first, a.comm.failed);
  await assertRejects(() => b.comm.receive(0, b.scope.take(), 0, 8, "mul"), ProtocolError, "Party 0 stopped");
  await closeAll(members);
});

Deno.test("a wait for a member that has ended is an error at once, and what it sent before is still there", async () => {
  const members = parties(2, { deadlineMs: 60_000 });
  const [a, b] = members as [Party, Party];
  a.comm.post(1, a.scope.take(), 0, 8, (dst) => dst.fill(3));
  a.comm.postControl(1, "note", "last words");
  await a.comm.close();
  await b.comm.ended;
  assertEquals((await b.comm.receive(0, b.scope.take(), 0, 8, "mul")).bytes[0], 3);
  assertEquals(await b.comm.receiveControl(0, "note", "a note"), "last words");
  const message = 'Party 0 has ended its program, "relu" still waits for it';
  const error = await assertRejects(
    () => b.comm.receive(0, b.scope.take(), 0, 8, "relu"),
    ProtocolError,
    message,
  );
  assertEquals([error.party, error.op], [0, "relu"]);
  await assertRejects(() => b.comm.receiveControl(0, "note", "a note"), ProtocolError, message);
  await closeAll(members);
});

Deno.test("a missing message is an error that names party and operation where it is waited for, and an abort elsewhere", async () => {
  const members = partiesOver(memoryMesh(3), (rank) => ({
    deadlineMs: rank === 0 ? 200 : 60_000,
    name: (peer) => ["Alice", "Bob", "Carol"][peer]!,
  }));
  const errors = await Promise.all(
    members.map(({ comm, scope }) =>
      comm.receive((comm.rank + 1) % 3, scope.take(), 0, 8, "relu [3,4]").catch((error) => error)
    ),
  );
  const late = 'Bob sent nothing for "relu [3,4]" within 0.2 s';
  const told = `Alice stopped in "relu [3,4]": TransportError: ${late}`;
  assertEquals(errors.map(({ name, message }) => [name, message]), [
    ["TransportError", late],
    ["ProtocolError", told],
    ["ProtocolError", told],
  ]);
  assertEquals(errors.map(({ party, op }) => [party, op]), [1, 0, 0].map((party) => [party, "relu [3,4]"]));
  await closeAll(members);
});

Deno.test("after a failure, everything that is asked for fails alike and nothing is sent", async () => {
  const members = parties(2);
  const [a] = members as [Party, Party];
  const cause = new RangeError("Cannot go on");
  a.comm.abort(cause);
  const seen: Error[] = [];
  a.comm.onFail((error) => seen.push(error));
  assertEquals(seen, [cause]);
  const failures = [
    a.comm.receive(1, a.scope.take(), 0, 8, "x"),
    a.comm.receiveControl(1, "note", "x"),
    a.comm.exchange(a.scope.take(), 0, 8, (dst) => dst.fill(1), "x"),
    a.comm.ended,
  ];
  for (const failure of failures) assertEquals(await failure.catch((error: unknown) => error), cause);
  a.comm.postControl(1, "note", "x");
  await a.comm.pause();
  assertEquals(a.comm.counters.messages, 0);
  await closeAll(members);
});

Deno.test("pause() and receiveControl() do not outlive close()", async () => {
  const members = parties(2);
  const [a] = members as [Party, Party];
  const pending = [
    a.comm.pause(),
    a.comm.receiveControl(1, "note", "a note").catch((error) => error.message),
  ];
  await a.comm.close();
  assertEquals(await Promise.all(pending), [undefined, "Cannot receive: this member has closed the session"]);
  await a.comm.pause();
  await assertRejects(() => a.comm.receiveControl(1, "note", "a note"), TransportError, '"a note"');
  await closeAll(members);
});
