import { Communicator } from "../../comm/communicator.ts";
import { encodeControl } from "../../comm/control.ts";
import { ProtocolError, TransportError } from "../../comm/errors.ts";
import {
  ABORT,
  BYE,
  CONTROL,
  DATA,
  FRAME_HEADER,
  MAX_FRAME_BYTES,
  MESSAGE_HEADER,
  openFrame,
  padded,
  sealFrame,
  writeMessageHeader,
} from "../../comm/frame.ts";
import { memoryPair } from "../../comm/memory.ts";
import { encodeNotice } from "../../comm/notice.ts";
import { Scope } from "../../comm/scope.ts";
import type { Frame } from "../../comm/transport.ts";
import { assert, assertEquals, assertInstanceOf } from "../deps.ts";

interface Crafted {
  readonly kind?: number;
  readonly payload?: Uint8Array;
  /** Length that the header claims. */
  readonly bytes?: number;
}

/** A frame whose checksum is right, whatever it says. */
function craft(
  messages: readonly Crafted[],
  { number = 0, count = messages.length, session = 0, cut = 0 } = {},
): Frame {
  const parts = messages.map(({ kind = DATA, payload = new Uint8Array(8), bytes = payload.length }, seq) => {
    const out = new Uint8Array(MESSAGE_HEADER + padded(payload.length));
    writeMessageHeader(out, 0, { scope: new Uint8Array(8).fill(7), seq, sub: 0, kind, bytes, round: 1 });
    out.set(payload, MESSAGE_HEADER);
    return out;
  });
  const body = new Uint8Array(FRAME_HEADER + parts.reduce((n, part) => n + part.length, 0));
  let at = FRAME_HEADER;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  const frame = [body.subarray(0, body.length - cut)];
  sealFrame(
    frame,
    { messages: count, session: new Uint8Array(8).fill(session), number, round: 1 },
    "beginning",
  );
  return frame;
}

/** How member 0 ends after member 1 has sent these frames, and whether it tells; it waits for a message that does not come. */
async function verdict(frames: readonly Frame[], session = 0): Promise<{ error: Error; told: boolean }> {
  const [p, q] = memoryPair();
  const comm = new Communicator({ rank: 0, parties: 2, links: new Map([[1, p]]), deadlineMs: 200 });
  if (session > 0) comm.session(new Uint8Array(8).fill(session));
  const answers: Frame[] = [];
  const ended = Promise.withResolvers<void>();
  q.receive({ frame: (frame) => answers.push(frame), closed: () => ended.resolve() });
  for (const frame of frames) q.send(frame);
  const scope = Scope.root(new Uint8Array(16).fill(9));
  const error: unknown = await comm.receive(1, scope.take(), 0, 8, "relu").catch((error) => error);
  assertInstanceOf(error, Error);
  assertEquals(comm.failed, error);
  await comm.close();
  await ended.promise;
  await q.close();
  const kinds = answers.map((frame) => openFrame(frame, MAX_FRAME_BYTES, "beginning").messages[0]!.kind);
  return { error, told: kinds.join() === `${ABORT}` };
}

const text = (value: unknown): Uint8Array => encodeControl(value);
const attacks: readonly [string, readonly Frame[], string][] = [
  ["a message of an unknown kind", [craft([{ kind: 4 }])], "it has a message of unknown kind 4"],
  ["more messages than there are", [craft([{}], { count: 2 })], "it has 1 messages, its header claims 2"],
  [
    "fewer messages than there are",
    [craft([{}, {}], { count: 1 })],
    "it has 2 messages, its header claims 1",
  ],
  ["no messages where there is one", [craft([{}], { count: 0 })], "it has 1 messages, its header claims 0"],
  ["a message that is longer than its frame", [craft([{ bytes: 9 }])], "a message is cut short"],
  ["a message of 4 GiB", [craft([{ bytes: 2 ** 32 - 1 }])], "a message is cut short"],
  ["half a message's header", [craft([{}, {}], { cut: 16 + 8 })], "a message's header is cut short"],
  ["a length that is no multiple of 8", [craft([{}], { cut: 3 })], "a multiple of 8 is wanted"],
  ["one number for two frames", [craft([{}]), craft([{}])], "number 0 has arrived before"],
  ["an earlier number", [craft([]), craft([], { number: 1 }), craft([{}])], "number 0 has arrived before"],
  [
    "a number ahead twice",
    [craft([], { number: 5 }), craft([{}], { number: 5 })],
    "number 5 has arrived before",
  ],
  [
    "two messages of one name",
    [craft([{}]), craft([{}], { number: 1 })],
    "another one arrived under the same tag",
  ],
  [
    "plain data that names no channel",
    [craft([{ kind: CONTROL, payload: text({ a: 1 }) }])],
    "names no channel",
  ],
  [
    "plain data of a numbered channel",
    [craft([{ kind: CONTROL, payload: text([1, 2]) }])],
    "names no channel",
  ],
  [
    "plain data that is none",
    [craft([{ kind: CONTROL, payload: new Uint8Array([0xc1]) }])],
    "not well formed",
  ],
  [
    "an abort notice without fields",
    [craft([{ kind: ABORT, payload: text([]) }])],
    "Cannot read an abort notice",
  ],
  [
    "an abort notice of no member",
    [craft([{ kind: ABORT, payload: text([0.5, "", ""]) }])],
    "an abort notice",
  ],
  ["an abort notice that is an object", [craft([{ kind: ABORT, payload: text({}) }])], "an abort notice"],
  ["an abort notice of a megabyte", [
    craft([{ kind: ABORT, payload: text([1, "", "x".repeat(1 << 20)]) }]),
  ], "65536 at most are accepted"],
];
for (const [what, frames, message] of attacks) {
  Deno.test(`a peer that sends ${what} ends the session and is named`, async () => {
    const { error, told } = await verdict(frames);
    assert(error instanceof TransportError || error instanceof ProtocolError);
    assert(error.message.startsWith("Party 1: Cannot ") && error.message.includes(message), error.message);
    assertEquals([error.party, told], [1, true]);
  });
}

Deno.test("payloads that name no session are refused once there is one; plain data is not", async () => {
  const late = await verdict([craft([{}])], 3);
  assert(late.error.message.includes("it has payloads and names no session"), late.error.message);
  const plain = await verdict([craft([{ kind: CONTROL, payload: text(["x", 1]) }])], 3);
  assert(plain.error.message.includes('sent nothing for "relu"'), plain.error.message);
  const other = await verdict([craft([{}], { session: 4 })], 3);
  assert(other.error.message.includes("it belongs to another session"), other.error.message);
});

Deno.test("a good-bye that comes before frames of lower number counts when they have come", async () => {
  const bye = craft([{ kind: BYE, payload: new Uint8Array(0) }], { number: 1 });
  const { error } = await verdict([bye]);
  assertEquals(error.message, 'Party 1 sent nothing for "relu" within 0.2 s');
  const both = await verdict([bye, craft([{}])]);
  assertEquals(both.error.message, 'Party 1 has ended its program, "relu" still waits for it');
});

Deno.test("a notice names the member that stopped first, whoever brings it, and no more text than is allowed", async () => {
  const notice = encodeNotice({ origin: 5, op: "conv", message: "RangeError: Cannot go on" });
  const { error } = await verdict([craft([{ kind: ABORT, payload: notice }])]);
  assertInstanceOf(error, ProtocolError);
  assertEquals(error.message, 'Party 5 stopped in "conv": RangeError: Cannot go on');
  assertEquals([error.party, error.op], [5, "conv"]);
});

Deno.test("what comes after the end of a session is ignored", async () => {
  const notice = encodeNotice({ origin: 1, op: "", message: "first" });
  const second = encodeNotice({ origin: 1, op: "", message: "second" });
  const { error } = await verdict([
    craft([{ kind: ABORT, payload: notice }]),
    craft([{ kind: ABORT, payload: second }], { number: 1 }),
    [new Uint8Array(3)],
  ]);
  assertEquals(error.message, "Party 1 stopped: first");
});
