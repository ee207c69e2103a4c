/**
 * Links of every kind, and parties over them, for tests.
 *
 * @module
 */
import { Communicator, type CommunicatorOptions } from "../../comm/communicator.ts";
import { FRAME_HEADER, MESSAGE_HEADER, padded, sealFrame, writeMessageHeader } from "../../comm/frame.ts";
import { memoryMesh, memoryPair } from "../../comm/memory.ts";
import { messagePort } from "../../comm/message_port.ts";
import { Scope } from "../../comm/scope.ts";
import { tcp } from "../../comm/tcp.ts";
import type { Frame, Transport } from "../../comm/transport.ts";
import { connectWebSocket } from "../../comm/websocket_connect.ts";
import { acceptWebSockets } from "../../comm/websocket_server.ts";

/** A way to make a pair of links. */
export interface LinkKind {
  readonly name: string;
  readonly pair: () => Promise<[Transport, Transport]>;
}

export async function tcpConnections(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
}

/** Both ends of a WebSocket on loopback; the server ends with the accepting one. */
export async function websocketPair(hostname: string): Promise<[Transport, Transport]> {
  const token = new Uint8Array(16).fill(5);
  const common = { token, locality: "machine" } as const;
  const server = acceptWebSockets({ ...common, hostname, rank: 0, ranks: [1] });
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const connecting = connectWebSocket(`ws://${host}:${server.port}`, { ...common, rank: 1, peer: 0 });
  const accepted = (await server.links).get(1)!;
  const { kind, locality } = accepted;
  return [await connecting, {
    kind,
    locality,
    send: (frame) => accepted.send(frame),
    receive: (handler) => accepted.receive(handler),
    close: () => accepted.close().then(() => server.close()),
  }];
}

/** Every kind of link. */
export const KINDS: readonly LinkKind[] = [
  { name: "memory", pair: () => Promise.resolve(memoryPair()) },
  {
    name: "message-port",
    pair: () => {
      const { port1, port2 } = new MessageChannel();
      return Promise.resolve([messagePort(port1), messagePort(port2)]);
    },
  },
  {
    name: "tcp",
    pair: async () => {
      const [a, b] = await tcpConnections();
      return [tcp(a), tcp(b)];
    },
  },
  { name: "websocket", pair: () => websocketPair("127.0.0.1") },
];

/** A valid frame with one message of so many bytes, all equal to `fill`. */
export function frameOf(number: number, bytes: number, fill: number): Frame {
  const out = new Uint8Array(FRAME_HEADER + MESSAGE_HEADER + padded(bytes));
  writeMessageHeader(out, FRAME_HEADER, {
    scope: new Uint8Array(8),
    seq: number,
    sub: 0,
    kind: 0,
    bytes,
    round: 0,
  });
  out.fill(fill, FRAME_HEADER + MESSAGE_HEADER, FRAME_HEADER + MESSAGE_HEADER + bytes);
  const frame = [out];
  sealFrame(frame, { messages: 1, session: new Uint8Array(8), number, round: 0 });
  return frame;
}

/** What a link has delivered. */
export class Recorder {
  readonly frames: Frame[] = [];
  readonly closings: (Error | undefined)[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(link: Transport) {
    link.receive({
      frame: (frame) => this.#note(() => this.frames.push(frame)),
      closed: (cause) => this.#note(() => this.closings.push(cause)),
    });
  }
  #note(action: () => void): void {
    action();
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
  /** Resolves when so many frames have come. */
  async count(frames: number): Promise<void> {
    while (this.frames.length < frames) await this.#wake.promise;
  }
  /** Resolves when the link has closed. */
  async closed(): Promise<void> {
    while (this.closings.length === 0) await this.#wake.promise;
  }
}

/** A party: its messages and its program counter. */
export interface Party {
  readonly comm: Communicator;
  readonly scope: Scope;
}

/** Parties over links, with a short deadline. */
export function partiesOver(
  meshes: readonly Map<number, Transport>[],
  options: Partial<CommunicatorOptions> | ((rank: number) => Partial<CommunicatorOptions>) = {},
  parties = meshes.length,
): Party[] {
  return meshes.map((links, rank) => ({
    comm: new Communicator({
      deadlineMs: 200,
      ...(typeof options === "function" ? options(rank) : options),
      rank,
      parties,
      links,
    }),
    scope: Scope.root(new Uint8Array(16).fill(7)),
  }));
}

/** Parties of one isolate. */
export function parties(count: number, options: Partial<CommunicatorOptions> = {}): Party[] {
  return partiesOver(memoryMesh(count), options);
}

/** Closes all. */
export async function closeAll(members: readonly Party[]): Promise<void> {
  await Promise.all(members.map(({ comm }) => comm.close()));
}

/** Exchanges one number with all others and returns the sum. */
export async function sum(
  party: Party,
  value: number,
  tag = party.scope.take(),
  what = "sum",
): Promise<number> {
  const fill = (dst: Uint8Array): void => new DataView(dst.buffer, dst.byteOffset).setFloat64(0, value);
  let total = value;
  for (const message of await party.comm.exchange(tag, 0, 8, fill, what)) {
    total += new DataView(message.bytes.buffer, message.bytes.byteOffset).getFloat64(0);
    message.release();
  }
  return total;
}
