import { TransportError } from "../../comm/errors.ts";
import { messagePort } from "../../comm/message_port.ts";
import { tcp } from "../../comm/tcp.ts";
import { assert, assertEquals, assertInstanceOf } from "../deps.ts";
import { frameOf, KINDS, Recorder, tcpConnections } from "./links.ts";

for (const { name, pair } of KINDS.slice(2)) {
  for (const [who, turn] of [["connected", 0], ["accepted", 1]] as const) {
    Deno.test(`${name}: the peer still gets everything when it sends to a link that is closing, which ${who}`, async () => {
      const ends = await pair();
      const [a, b] = [ends[turn], ends[1 - turn]!];
      new Recorder(a);
      const atB = new Recorder(b);
      for (let i = 0; i < 20; i++) a.send(frameOf(i, 200_000, i));
      const closing = a.close();
      for (let i = 0; i < 20; i++) b.send(frameOf(i, 200_000, i));
      await atB.closed();
      assertEquals([atB.frames.length, atB.closings[0]], [20, undefined]);
      await Promise.all([closing, b.close()]);
    });
  }
}

const garbage: readonly [string, (frame: Uint8Array) => Uint8Array, string][] = [
  ["that do not begin a frame", () => new Uint8Array(64).fill(255), "it does not begin as one"],
  ["that end within a frame", (frame) => frame.subarray(0, 80), "ended within a frame"],
  ["that end within a header", (frame) => frame.subarray(0, 12), "ended within a frame"],
  ["that claim a longer frame than is accepted", (frame) => {
    new DataView(frame.buffer).setUint32(24, 4096, true);
    return frame;
  }, "4096 bytes, 32 to 1024 are accepted"],
  ["of another version", (frame) => {
    frame[2] = 9;
    return frame;
  }, "version 9, 1 is wanted"],
];
for (const [what, make, message] of garbage) {
  Deno.test(`tcp: bytes ${what} kill the link for good`, async () => {
    const [raw, conn] = await tcpConnections();
    const link = tcp(conn, { maxFrameBytes: 1024 });
    const recorder = new Recorder(link);
    const bytes = make(frameOf(0, 64, 1)[0]!);
    assertEquals(await raw.write(bytes), bytes.length);
    raw.closeWrite();
    await recorder.closed();
    const cause = recorder.closings[0];
    assertInstanceOf(cause, TransportError);
    assert(cause.message.includes(message), cause.message);
    link.send(frameOf(0, 8, 1));
    await link.close();
    raw.close();
    assertEquals([recorder.frames.length, recorder.closings.length], [0, 1]);
  });
}

for (
  const [what, packet] of [
    ["text", "hello"],
    ["a list of something else", [new Uint8Array(8), 1]],
    ["bytes that are no list", new Uint8Array(8)],
  ] as const
) {
  Deno.test(`message-port: ${what} from a port kills the link for good, and the other end hears of it`, async () => {
    const { port1, port2 } = new MessageChannel();
    const recorder = new Recorder(messagePort(port1));
    const said = Promise.withResolvers<unknown>();
    port2.onmessage = (event) => said.resolve(event.data);
    port2.postMessage(packet);
    port2.postMessage(frameOf(0, 8, 1));
    await recorder.closed();
    assertEquals(await said.promise, null);
    port2.close();
    const cause = recorder.closings[0];
    assertInstanceOf(cause, TransportError);
    assertEquals(cause.message, "Cannot read a frame: a port delivered something else");
    assertEquals([recorder.frames.length, recorder.closings.length], [0, 1]);
  });
}

Deno.test("message-port: a frame that cannot be transferred kills the link instead of being lost", async () => {
  const { port1, port2 } = new MessageChannel();
  const link = messagePort(port1);
  const atA = new Recorder(link);
  const atB = new Recorder(messagePort(port2));
  const frame = frameOf(0, 8, 1);
  link.send(frame);
  link.send(frame);
  await Promise.all([atA.closed(), atB.closed()]);
  assertInstanceOf(atA.closings[0], TransportError);
  assertEquals([atA.frames.length, atA.closings.length, atB.frames.length], [0, 1, 1]);
  assertEquals(atB.closings, [undefined]);
  await link.close();
});

Deno.test("tcp: a link that dies of what it reads tells the peer, who need not wait for its deadline", async () => {
  const [raw, conn] = await tcpConnections();
  const link = tcp(conn);
  const recorder = new Recorder(link);
  await raw.write(new Uint8Array(64).fill(255));
  assertEquals(await raw.read(new Uint8Array(1)), null);
  await recorder.closed();
  assertInstanceOf(recorder.closings[0], TransportError);
  await Promise.all([link.close(), link.close()]);
  raw.close();
});

Deno.test("tcp: a connection that breaks while a large frame leaves is a dead link, and close() returns", async () => {
  const [raw, conn] = await tcpConnections();
  const link = tcp(conn);
  const recorder = new Recorder(link);
  link.send(frameOf(0, 64 << 20, 1));
  const some = new Uint8Array(1 << 16);
  for (let got = 0; got < 1 << 18;) got += (await raw.read(some)) ?? 0;
  raw.close();
  await recorder.closed();
  link.send(frameOf(1, 8, 1));
  await link.close();
  assertInstanceOf(recorder.closings[0], TransportError);
  assertEquals([recorder.frames.length, recorder.closings.length], [0, 1]);
});
