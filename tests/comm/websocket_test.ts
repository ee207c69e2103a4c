import { TransportError } from "../../comm/errors.ts";
import { FRAME_HEADER, openFrame, sealFrame } from "../../comm/frame.ts";
import type { Transport } from "../../comm/transport.ts";
import { PART, websocket, type WebSocketOptions } from "../../comm/websocket.ts";
import { assert, assertEquals, assertInstanceOf, assertLess, assertThrows } from "../deps.ts";
import { frameOf, Recorder, websocketPair } from "./links.ts";

/** A listener whose first socket becomes a link. */
function listen(options: WebSocketOptions = {}) {
  const made = Promise.withResolvers<{ readonly link: Transport; readonly socket: WebSocket }>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.onopen = () => made.resolve({ link: websocket(socket, options), socket });
    return response;
  });
  return { port: server.addr.port, made: made.promise, stop: () => server.shutdown() };
}

/** A socket of which nothing is known, how it will close, and a link at its other end. */
async function stranger(options: WebSocketOptions = {}) {
  const { port, made, stop } = listen(options);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  const { link } = await made;
  if (socket.readyState !== WebSocket.OPEN) await new Promise((resolve) => socket.onopen = resolve);
  return { socket, closed, link, stop };
}

/** A connection that has become a WebSocket and will say what it likes, and a link at its other end. */
async function byHand() {
  const { port, made, stop } = listen();
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = [
    "GET / HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "\r\n",
  ];
  await conn.write(new TextEncoder().encode(head.join("\r\n")));
  return { conn, ...await made, stop };
}

/** The first message of a frame that claims so many bytes. */
function beginning(bytes: number): Uint8Array<ArrayBuffer> {
  const message = frameOf(0, PART - FRAME_HEADER - 24, 1)[0]!.slice();
  new DataView(message.buffer).setUint32(24, bytes, true);
  return message;
}

const refused: readonly [string, readonly (string | Uint8Array<ArrayBuffer>)[], string][] = [
  ["text", ["hello"], "it is text, bytes are wanted"],
  [
    "a message above the longest frame",
    [new Uint8Array(2000)],
    "it has 2000 bytes, 1024 at most are accepted",
  ],
];
const refusedParts: typeof refused = [
  ["a message above the longest", [new Uint8Array(PART + 8)], `it has ${PART + 8} bytes, ${PART} at most`],
  ["a beginning that is none", [new Uint8Array(PART)], "it does not begin as one"],
  [
    "a beginning that claims too much",
    [beginning(4 * PART)],
    `it claims ${4 * PART} bytes, 32 to ${3 * PART} are accepted`,
  ],
  [
    "a frame's end that is too short",
    [beginning(PART + 64), new Uint8Array(8)],
    "it has 8 bytes, 64 of its frame are",
  ],
  [
    "a frame's end that is too long",
    [beginning(PART + 64), new Uint8Array(72)],
    "it has 72 bytes, 64 of its frame are",
  ],
  [
    "a frame's middle that is cut",
    [beginning(3 * PART), new Uint8Array(PART - 8)],
    `${PART} of its frame are wanted`,
  ],
];
for (
  const [maxFrameBytes, what, messages, text] of [
    ...refused.map((row) => [1024, ...row] as const),
    ...refusedParts.map((row) => [3 * PART, ...row] as const),
  ]
) {
  Deno.test(`websocket: ${what} kills the link for good, and the peer is told why`, async () => {
    const { socket, closed, link, stop } = await stranger({ maxFrameBytes });
    const recorder = new Recorder(link);
    for (const message of messages) socket.send(message);
    const { code, reason, wasClean } = await closed;
    await recorder.closed();
    const cause = recorder.closings[0];
    assertInstanceOf(cause, TransportError);
    assert(cause.message.includes(text), cause.message);
    assertEquals([code, reason, wasClean], [4400, cause.message.slice(0, 123), true]);
    link.send(frameOf(0, 8, 1));
    await Promise.all([link.close(), link.close()]);
    assertEquals([recorder.frames.length, recorder.closings.length], [0, 1]);
    await stop();
  });
}

const endings: readonly [string, (socket: WebSocket) => void, string | undefined][] = [
  ["without a status", (socket) => socket.close(), undefined],
  ["normally", (socket) => socket.close(1000), undefined],
  [
    "with another status",
    (socket) => socket.close(4321, "no more"),
    'was closed with status 4321, "no more"',
  ],
  ["as links do", (socket) => socket.send(new Uint8Array(0)), undefined],
  ["as links do, but within a frame", (socket) => {
    socket.send(beginning(3 * PART));
    socket.send(new Uint8Array(0));
  }, "ended within a frame"],
  ["within a frame", (socket) => {
    socket.send(beginning(3 * PART));
    socket.close(1000);
  }, "ended within a frame"],
];
for (const [what, end, text] of endings) {
  Deno.test(`websocket: a peer that closes ${what} ${text === undefined ? "is done" : "is a cause"}`, async () => {
    const { socket, closed, link, stop } = await stranger();
    const recorder = new Recorder(link);
    end(socket);
    await recorder.closed();
    const cause = recorder.closings[0];
    if (text === undefined) assertEquals(cause, undefined);
    else assert(cause instanceof TransportError && cause.message.includes(text), cause?.message);
    await Promise.all([link.close(), closed]);
    assertEquals(recorder.closings.length, 1);
    await stop();
  });
}

Deno.test("websocket: a connection that breaks is named, also when nobody receives yet", async () => {
  const { conn, link, socket, stop } = await byHand();
  const gone = new Promise((resolve) => socket.addEventListener("close", resolve));
  conn.close();
  await gone;
  const recorder = new Recorder(link);
  await recorder.closed();
  assertInstanceOf(recorder.closings[0], TransportError);
  assertEquals(
    recorder.closings[0].message,
    "Cannot receive: the connection broke without a closing handshake",
  );
  await link.close();
  await stop();
});

Deno.test("websocket: what a peer does not read waits outside the socket, and is dropped when the connection breaks", async () => {
  const { conn, link, socket, stop } = await byHand();
  const recorder = new Recorder(link);
  for (let i = 0; i < 4; i++) link.send(frameOf(i, 32 << 20, i));
  assertLess(socket.bufferedAmount, 10 << 20);
  const closing = new Promise((resolve) => socket.addEventListener("close", resolve));
  await conn.read(new Uint8Array(1 << 16));
  assertLess(socket.bufferedAmount, 10 << 20);
  conn.close();
  await Promise.all([recorder.closed(), closing]);
  assertInstanceOf(recorder.closings[0], TransportError);
  await link.close();
  await stop();
});

Deno.test("websocket: no more is kept before receive() than a frame may have", async () => {
  const { socket, closed, link, stop } = await stranger({ maxFrameBytes: 1024 });
  for (let i = 0; i < 5; i++) socket.send(frameOf(i, 200, 1)[0]! as Uint8Array<ArrayBuffer>);
  assertEquals((await closed).reason, "Cannot keep more than 1024 bytes before anybody receives them");
  const recorder = new Recorder(link);
  await recorder.closed();
  assertInstanceOf(recorder.closings[0], TransportError);
  await link.close();
  await stop();
});

Deno.test("websocket: frames around the length of a message pass whole, whatever their segments, over IPv6 too", async () => {
  const [a, b] = await websocketPair("::1");
  const atB = new Recorder(b);
  let number = 0;
  for (const bytes of [PART - 8, PART, PART + 8, 2 * PART, 3 * PART + 16]) {
    for (const cuts of [[], [FRAME_HEADER + 24], [64, PART - 8], [40, PART / 2, PART - 16]]) {
      const [whole] = frameOf(number, bytes - FRAME_HEADER - 24, 7);
      whole!.set([1, 2, 3], bytes - 3);
      sealFrame([whole!], { messages: 1, session: new Uint8Array(8), number: number++, round: 0 });
      const ends = [0, ...cuts, bytes];
      a.send(cuts.map((cut, i) => whole!.slice(ends[i], cut)).concat([whole!.slice(ends.at(-2))]));
      await atB.count(number);
      const got = atB.frames[number - 1]!;
      assertEquals([got.length, got[0]!.length, [...got[0]!.subarray(-3)]], [1, bytes, [1, 2, 3]]);
      assertEquals(openFrame(got, 2 ** 30).header.number, number - 1);
    }
  }
  await Promise.all([a.close(), b.close()]);
});

Deno.test("websocket: a socket that is not open is no link", async () => {
  const { port, stop } = listen();
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  assertThrows(() => websocket(socket), TypeError, "the socket is not open");
  await new Promise((resolve) => socket.onopen = resolve);
  socket.close();
  await new Promise((resolve) => socket.onclose = resolve);
  assertThrows(() => websocket(socket), TypeError, "the socket is not open");
  await stop();
});
