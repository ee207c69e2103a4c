import { envelope, HELLO, REFUSAL, REPLY, SEALED } from "../../comm/envelope.ts";
import { TransportError } from "../../comm/errors.ts";
import { FRAME_HEADER, frameBytes } from "../../comm/frame.ts";
import { Identity, publicKeyText } from "../../comm/identity.ts";
import { memoryPair } from "../../comm/memory.ts";
import { LinkRefused, secure, type SecuredLink, type SecureOptions } from "../../comm/secure.ts";
import { tcp } from "../../comm/tcp.ts";
import { recording } from "../../comm/testing.ts";
import type { Frame, Transport, TransportHandler } from "../../comm/transport.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects, fc } from "../deps.ts";
import { closeAll, frameOf, KINDS, partiesOver, Recorder, sum, tcpConnections } from "./links.ts";

const prologue = { version: "1", protocol: "additive", program: "abc" };
const [ALICE, BOB, EVE] = await Promise.all([Identity.generate(), Identity.generate(), Identity.generate()]);

type Overrides = Partial<SecureOptions>;

/** Both ends' attempts over a pair of links. */
function attempts(
  [a, b]: readonly [Transport, Transport],
  atA: Overrides = {},
  atB: Overrides = {},
): [Promise<SecuredLink>, Promise<SecuredLink>] {
  const common = { prologue, deadlineMs: 5000 };
  return [
    secure(a, { ...common, identity: ALICE, peer: BOB.publicKey, initiator: true, ...atA }),
    secure(b, { ...common, identity: BOB, peer: ALICE.publicKey, initiator: false, ...atB }),
  ];
}

async function securedPair(
  links: readonly [Transport, Transport] = memoryPair(),
): Promise<[SecuredLink, SecuredLink]> {
  return await Promise.all(attempts(links));
}

/** What both ends say when they do not come together. */
async function complaints(atA: Overrides, atB: Overrides = {}): Promise<[string, string]> {
  const [a, b] = await Promise.allSettled(attempts(memoryPair(), atA, atB));
  assert(a.status === "rejected" && b.status === "rejected");
  for (const { reason } of [a, b]) assertInstanceOf(reason, TransportError);
  return [(a.reason as Error).message, (b.reason as Error).message];
}

/** A link whose sent frames pass through a function, which gives those that are sent instead. */
function altering(link: Transport, alter: (frame: Uint8Array, number: number) => Uint8Array[]): Transport {
  let number = 0;
  return {
    kind: link.kind,
    locality: link.locality,
    receive: (handler: TransportHandler) => link.receive(handler),
    close: () => link.close(),
    send(frame: Frame): void {
      const whole = new Uint8Array(frameBytes(frame));
      let at = 0;
      for (const segment of frame) {
        whole.set(segment, at);
        at += segment.length;
      }
      for (const bytes of alter(whole, number++)) link.send([bytes]);
    },
  };
}

for (const { name, pair } of KINDS) {
  Deno.test(`secure: frames arrive whole, in order, both ways, over ${name}`, async () => {
    const [a, b] = await securedPair(await pair());
    assertEquals([a.peer, b.peer, a.secured, a.kind], [BOB.publicKey, ALICE.publicKey, true, name]);
    const [atA, atB] = [new Recorder(a), new Recorder(b)];
    for (let i = 0; i < 200; i++) {
      a.send(frameOf(i, i * 37, i));
      b.send(frameOf(i, 8, 255 - i));
    }
    a.send(frameOf(200, 5 << 20, 3));
    await Promise.all([atA.count(200), atB.count(201)]);
    atB.frames.forEach((frame, i) =>
      assertEquals(frame, frameOf(i, i === 200 ? 5 << 20 : i * 37, i === 200 ? 3 : i))
    );
    atA.frames.forEach((frame, i) => assertEquals(frame, frameOf(i, 8, 255 - i)));
    const closing = a.close();
    await atB.closed();
    assertEquals(atB.closings, [undefined]);
    await Promise.all([closing, b.close()]);
  });
}

Deno.test("secure: frames of any size and any cut arrive as they were sent", async () => {
  const [a, b] = await securedPair();
  const recorder = new Recorder(b);
  let sent = 0;
  const words = fc.array(fc.nat(600), { minLength: 1, maxLength: 4 });
  await fc.assert(fc.asyncProperty(words, fc.nat(255), async (segments, fill) => {
    const frame = segments.map((length) => new Uint8Array(8 * length).fill(fill));
    a.send(frame.map((segment) => segment.slice()));
    await recorder.count(++sent);
    const got = recorder.frames.at(-1)!;
    assertEquals([got.length, frameBytes(got)], [1, frameBytes(frame)]);
    assert(got[0]!.every((byte) => byte === fill));
  }));
  await Promise.all([a.close(), b.close()]);
});

Deno.test("secure: the same frame looks different each time, and nothing of it is on the wire", async () => {
  const [x, y] = memoryPair();
  const log: Uint8Array[] = [];
  const [a, b] = await securedPair([recording(x, log), y]);
  const recorder = new Recorder(b);
  const before = log.length;
  for (let i = 0; i < 3; i++) a.send(frameOf(0, 64, 0x5a));
  await recorder.count(3);
  const sent = log.slice(before).map((bytes) => bytes.toHex());
  assertEquals(new Set(sent).size, 3);
  for (const text of sent) assert(!text.includes("5a5a5a5a"));
  assertEquals(log[before]!.length, frameBytes(frameOf(0, 64, 0)) + 48);
  await Promise.all([a.close(), b.close()]);
});

/** How the receiving end of a link fails when the second of three frames is altered on its way. */
async function harmed(alter: (frames: readonly Uint8Array[]) => readonly Uint8Array[]): Promise<Recorder> {
  const [x, y] = memoryPair();
  const kept: Uint8Array[] = [];
  let session = false;
  const wire = altering(x, (frame) => {
    if (!session) return [frame];
    kept.push(frame);
    return kept.length < 3 ? [] : [...alter(kept)];
  });
  const [a, b] = await securedPair([wire, y]);
  session = true;
  const [atA, atB] = [new Recorder(a), new Recorder(b)];
  for (let i = 0; i < 3; i++) a.send(frameOf(i, 64, i));
  await Promise.all([atB.closed(), atA.closed()]);
  assertInstanceOf(atB.closings[0], TransportError);
  assertEquals([atB.closings.length, atA.closings.length], [1, 1]);
  await Promise.all([a.close(), b.close()]);
  return atB;
}

Deno.test("secure: a flipped bit, wherever it is, ends the link before its frame", async () => {
  const bits = 8 * (frameBytes(frameOf(0, 64, 0)) + 48);
  await fc.assert(fc.asyncProperty(fc.nat(bits - 1), async (bit) => {
    const { frames } = await harmed(([a, b, c]) => {
      b![bit >> 3]! ^= 1 << (bit & 7);
      return [a!, b!, c!];
    });
    assertEquals(frames, [frameOf(0, 64, 0)]);
  }));
});

Deno.test("secure: frames that are cut, left out, moved, sent twice or made up end the link", async () => {
  const cases: Readonly<Record<string, (frames: readonly Uint8Array[]) => readonly Uint8Array[]>> = {
    cut: ([a, b, c]) => [a!, b!.slice(0, -8), c!],
    "cut to a header": ([a, b, c]) => [a!, b!.slice(0, FRAME_HEADER), c!],
    "cut within a header": ([a, b, c]) => [a!, b!.slice(0, 8), c!],
    longer: ([a, b, c]) => [a!, new Uint8Array([...b!, ...new Uint8Array(8)]), c!],
    "left out": ([a, , c]) => [a!, c!],
    moved: ([a, b, c]) => [a!, c!, b!],
    "sent twice": ([a, b, c]) => [a!, a!.slice(), b!, c!],
    "made up": (
      [a],
    ) => [a!, new Uint8Array(envelope(SEALED, new Uint8Array(64)).flatMap((part) => [...part]))],
    "not encrypted": ([a]) => [a!, frameOf(1, 8, 0)[0]!],
  };
  for (const [name, alter] of Object.entries(cases)) {
    const { frames } = await harmed(alter);
    assertEquals(frames, [frameOf(0, 64, 0)], name);
  }
});

Deno.test("secure: frames of one link do not open on another one between the same two", async () => {
  const log: Uint8Array[] = [];
  const [x, y] = memoryPair();
  const [a, b] = await securedPair([recording(x, log), y]);
  const before = log.length;
  a.send(frameOf(0, 64, 1));
  await a.close();
  await b.close();
  const [u, v] = memoryPair();
  const [c, d] = await securedPair([u, v]);
  const recorder = new Recorder(d);
  u.send([log[before]!]);
  await recorder.closed();
  assertEquals(recorder.frames, []);
  await Promise.all([c.close(), d.close()]);
});

Deno.test("secure: each end is told what does not fit", async () => {
  const cases: readonly [Overrides, Overrides, string, string][] = [
    [{ identity: EVE }, {}, "it does not know this party's key", "it is a stranger"],
    [
      { peer: EVE.publicKey },
      {},
      "its key is not the one that was called",
      "it calls another key than this party's",
    ],
    [{}, { identity: EVE }, "its key is not the one that was called", "it calls another key"],
    [{}, { peer: EVE.publicKey }, "it does not know this party's key", "it is a stranger"],
    [{ prologue: { ...prologue, program: "x" } }, {}, "its program is another", "its program is another"],
    [{ prologue: { ...prologue, version: "2" } }, {}, "its version is another", "its version is another"],
    [{ prologue: {} }, {}, "it wants another greeting", "its greeting is of another version"],
  ];
  for (const [atA, atB, caller, called] of cases) {
    const [a, b] = await complaints(atA, atB);
    assert(a.startsWith("Cannot secure the link to the peer: ") && a.includes(caller), a);
    assert(b.startsWith("Cannot secure the link to the peer: ") && b.includes(called), b);
  }
});

Deno.test("secure: a responder finds the caller among those it expects", async () => {
  const peer = [EVE.publicKey, ALICE.publicKey];
  const [a, b] = await Promise.all(attempts(memoryPair(), {}, { peer }));
  assertEquals(b.peer, ALICE.publicKey);
  await Promise.all([a.close(), b.close()]);
});

Deno.test("secure: two initiators refuse each other, and two responders wait in vain", async () => {
  const both = await complaints({}, { initiator: true });
  assertEquals(both, Array(2).fill("Cannot secure the link to the peer: its answer is none of a handshake"));
  const none = await complaints({ initiator: false, deadlineMs: 30 }, { deadlineMs: 60_000 });
  assertEquals(none, [
    "Cannot secure the link to the peer: it did not complete the handshake within 0.03 s",
    "Cannot secure the link to the peer: it closed the link",
  ]);
});

// Mallory has no private key, but all that is public, and has listened to an earlier handshake.
Deno.test("secure: a replayed greeting is not enough, and neither is a proof of another key", async () => {
  const log: Uint8Array[] = [];
  const [x, y] = memoryPair();
  const [a, b] = await securedPair([recording(x, log), y]);
  await Promise.all([a.close(), b.close()]);
  const options = { identity: BOB, peer: ALICE.publicKey, prologue, initiator: false, deadlineMs: 5000 };
  for (const confirmation of [log[1]!, envelope(SEALED, new Uint8Array(16))[1]!, undefined]) {
    const [mallory, end] = memoryPair();
    const replies: Frame[] = [];
    mallory.receive({
      frame(frame) {
        replies.push(frame);
        if (confirmation !== undefined) mallory.send([confirmation.slice()]);
        mallory.close();
      },
      closed() {},
    });
    const attempt = secure(end, options);
    mallory.send([log[0]!.slice()]);
    await assertRejects(() => attempt, TransportError, "Cannot secure the link");
    assertEquals(replies.length, 1);
  }
  // The tag of the first message is wrong: it was made without Alice's key.
  const forged = log[0]!.slice();
  forged[forged.length - 1]! ^= 1;
  const [mallory, end] = memoryPair();
  const recorder = new Recorder(mallory);
  const attempt = secure(end, options);
  mallory.send([forged]);
  await assertRejects(() => attempt, LinkRefused, "it has not proved that it holds its private key");
  await recorder.closed();
  assertEquals(recorder.frames, [envelope(REFUSAL, new Uint8Array([3, 0, 0, 0, 0, 0, 0, 0]))]);
  await mallory.close();
});

Deno.test("secure: no garbage makes a link, at either end", async () => {
  const word = fc.uint8Array({ minLength: 0, maxLength: 40 }).map((bytes) => {
    const out = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    out.set(bytes);
    return out;
  });
  const framed = fc.tuple(fc.constantFrom(HELLO, REPLY, SEALED, REFUSAL, 0, 77), word)
    .map(([kind, body]) => envelope(kind, body));
  const greetingSized = fc.uint8Array({ minLength: 88, maxLength: 88 }).map((body) => envelope(HELLO, body));
  const replySized = fc.uint8Array({ minLength: 48, maxLength: 48 }).map((body) => envelope(REPLY, body));
  const raw = fc.uint8Array({ maxLength: 1100 }).map((bytes) => [bytes]);
  const frames = fc.array(fc.oneof(framed, greetingSized, replySized, raw), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(frames, fc.boolean(), async (garbage, initiator) => {
      const [mallory, end] = memoryPair();
      mallory.receive({ frame() {}, closed() {} });
      const attempt = secure(end, {
        identity: BOB,
        peer: ALICE.publicKey,
        prologue,
        initiator,
        deadlineMs: 5000,
      });
      for (const frame of garbage) mallory.send(frame);
      await mallory.close();
      await assertRejects(() => attempt, TransportError, "Cannot secure the link to the peer: ");
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("secure: over TCP, a stranger cannot make this end take memory for a large frame", async () => {
  const [raw, conn] = await tcpConnections();
  const attempt = secure(tcp(conn), { identity: BOB, peer: ALICE.publicKey, prologue, initiator: false });
  const [head] = envelope(HELLO, new Uint8Array(1 << 20));
  await raw.write(head!);
  await assertRejects(() => attempt, TransportError, "it claims 1048608 bytes, 32 to 1024 are accepted");
  raw.close();
});

Deno.test("secure: a peer that says nothing is given up, and its connection closed", async () => {
  const [raw, conn] = await tcpConnections();
  const attempt = secure(tcp(conn), {
    identity: BOB,
    peer: ALICE.publicKey,
    prologue,
    initiator: false,
    deadlineMs: 30,
    name: "party 1",
  });
  const failed = assertRejects(
    () => attempt,
    TransportError,
    "link to party 1: it did not complete the handshake within 0.03 s",
  );
  assertEquals(await raw.read(new Uint8Array(1)), null);
  raw.close();
  await failed;
});

Deno.test("secure: what cannot be a key or prologue is an error at the caller, and the link is closed", async () => {
  const [x, y] = memoryPair();
  const recorder = new Recorder(y);
  const options = { identity: ALICE, prologue, initiator: true };
  await assertRejects(() => secure(x, { ...options, peer: "tacit1" }), TypeError, "Cannot read a public key");
  await recorder.closed();
  await assertRejects(() => secure(memoryPair()[0], { ...options, peer: [] }), TypeError, "one is wanted");
  const weak = publicKeyText(new Uint8Array(32));
  await assertRejects(() => secure(memoryPair()[0], { ...options, peer: weak }), TypeError, "small order");
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`part ${i}`, ""]));
  await assertRejects(
    () => secure(memoryPair()[0], { ...options, peer: BOB.publicKey, prologue: many }),
    RangeError,
    "its prologue has 33 parts, 32 at most are wanted",
  );
});

Deno.test("secure: parties compute over secured links", async () => {
  const [a, b] = await securedPair(await KINDS[2]!.pair());
  const members = partiesOver([new Map([[1, a]]), new Map([[0, b]])], { deadlineMs: 5000 });
  assertEquals(await Promise.all(members.map((party) => sum(party, party.comm.rank + 1))), [3, 3]);
  await closeAll(members);
});
