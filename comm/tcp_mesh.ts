/**
 * Links between processes of one machine: each member listens on loopback and connects to those of lower rank. Deno only.
 *
 * Who connects says 16 secret bytes of the run and its rank, and is told the same. This keeps strangers out that cannot read
 * the traffic of the machine; it is no encryption.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import { tcp } from "./tcp.ts";
import type { Transport } from "./transport.ts";

const TOKEN_BYTES = 16;
const HELLO_BYTES = 24;
/** How long a stranger may take to say hello, and how long to wait before another attempt, in milliseconds. */
const HELLO_MS = 2000;
const RETRY_MS = 20;

function hello(token: Uint8Array, rank: number): Uint8Array {
  if (token.length !== TOKEN_BYTES) {
    throw new RangeError(`Cannot say hello: the token has ${token.length} bytes, ${TOKEN_BYTES} are wanted`);
  }
  const out = new Uint8Array(HELLO_BYTES);
  out.set(token);
  new DataView(out.buffer).setUint32(TOKEN_BYTES, rank, true);
  return out;
}

async function writeHello(conn: Deno.TcpConn, token: Uint8Array, rank: number): Promise<void> {
  const bytes = hello(token, rank);
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** The rank of who is at the other end; nothing when it does not know the token, or says nothing in time. */
async function readHello(conn: Deno.TcpConn, token: Uint8Array, ms: number): Promise<number | undefined> {
  const bytes = new Uint8Array(HELLO_BYTES);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    conn.close();
  }, ms);
  try {
    for (let at = 0; at < bytes.length;) {
      const got = await conn.read(bytes.subarray(at));
      if (got === null) return undefined;
      at += got;
    }
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    if (late) await Promise.resolve();
  }
  let difference = 0;
  for (let i = 0; i < TOKEN_BYTES; i++) difference |= bytes[i]! ^ token[i]!;
  return difference === 0 ? new DataView(bytes.buffer).getUint32(TOKEN_BYTES, true) : undefined;
}

function closeQuietly(conn: { close(): void }): void {
  try {
    conn.close();
  } catch {
    // Closed already, by its deadline.
  }
}

/**
 * Connects to member `peer`, which listens or soon will, and says who we are.
 *
 * @throws {TransportError} when it does not answer in time.
 */
export async function connectTcp(
  port: number,
  token: Uint8Array,
  rank: number,
  peer?: number,
  deadlineMs: number = 30_000,
): Promise<Transport> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
    if (conn !== undefined) {
      const answer = await writeHello(conn, token, rank).then(
        () => readHello(conn, token, Math.max(1, end - performance.now())),
        () => undefined,
      );
      if (answer !== undefined && (peer === undefined || answer === peer)) return tcp(conn);
      closeQuietly(conn);
    }
    if (performance.now() + RETRY_MS >= end) {
      const who = peer === undefined ? "The member" : `Party ${peer}`;
      throw new TransportError(`${who} at port ${port} did not answer within ${deadlineMs / 1000} s`, {
        party: peer,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Connections of those of the given members that connect in time. Closes the listener. */
async function acceptSome(
  listener: Deno.TcpListener,
  token: Uint8Array,
  ranks: readonly number[],
  deadlineMs: number,
  rank: number,
): Promise<Map<number, Transport>> {
  const links = new Map<number, Transport>();
  const greetings = new Set<Promise<void>>();
  const complete = Promise.withResolvers<void>();
  const timer = setTimeout(() => complete.resolve(), deadlineMs);
  if (ranks.length === 0) complete.resolve();
  const greet = async (conn: Deno.TcpConn): Promise<void> => {
    const peer = await readHello(conn, token, HELLO_MS);
    if (peer === undefined || !ranks.includes(peer) || links.has(peer)) return closeQuietly(conn);
    links.set(peer, tcp(conn));
    await writeHello(conn, token, rank);
    if (links.size === ranks.length) complete.resolve();
  };
  const accepting = (async () => {
    // One stranger that says nothing does not hold up the members.
    for await (const conn of listener) {
      const greeting: Promise<void> = greet(conn).catch(() => closeQuietly(conn)).finally(() =>
        greetings.delete(greeting)
      );
      greetings.add(greeting);
    }
  })().catch((cause) => complete.reject(cause));
  try {
    await complete.promise;
  } finally {
    clearTimeout(timer);
    closeQuietly(listener);
    await accepting;
    await Promise.all(greetings);
  }
  return links;
}

/** Gives the links of all given members, or closes them and names those that are missing. */
export async function completed(
  links: Map<number, Transport>,
  ranks: readonly number[],
  deadlineMs: number,
  name: (rank: number) => string = (rank) => `party ${rank}`,
): Promise<Map<number, Transport>> {
  const missing = ranks.filter((peer) => !links.has(peer));
  if (missing.length === 0) return links;
  await Promise.all([...links.values()].map((link) => link.close()));
  const who = new Intl.ListFormat("en").format(missing.map(name));
  throw new TransportError(
    `${who[0]!.toUpperCase()}${who.slice(1)} did not connect within ${deadlineMs / 1000} s`,
    { party: missing[0] },
  );
}

/**
 * Accepts connections of the given members; those without the run's token are dropped. Closes the listener.
 *
 * @throws {TransportError} when one of them does not connect in time.
 */
export async function acceptTcp(
  listener: Deno.TcpListener,
  token: Uint8Array,
  ranks: readonly number[],
  deadlineMs: number,
  rank: number = 0,
): Promise<Map<number, Transport>> {
  return await completed(await acceptSome(listener, token, ranks, deadlineMs, rank), ranks, deadlineMs);
}

/** A listener on loopback, at a port of the system's choice. */
export function listenTcp(): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

/** A member's place in a mesh. */
export interface MeshOptions {
  /** This member. */
  readonly rank: number;
  /** Port of each member, by rank. */
  readonly ports: readonly number[];
  /** This member's listener; it is closed when all have connected. */
  readonly listener: Deno.TcpListener;
  /** 16 secret bytes of the run. */
  readonly token: Uint8Array;
  /** How long to wait for the others, in milliseconds. */
  readonly deadlineMs: number;
  /** How to name a member in errors; "party 1" by default. */
  readonly name?: ((rank: number) => string) | undefined;
}

/**
 * Links of one member to all others.
 *
 * @throws {TransportError} when some of them are missing after the deadline; it names all of them.
 */
export async function tcpMesh(options: MeshOptions): Promise<Map<number, Transport>> {
  const { rank, ports, listener, token, deadlineMs, name } = options;
  const others = ports.map((_, peer) => peer).filter((peer) => peer !== rank);
  const higher = others.filter((peer) => peer > rank);
  const lower = others.filter((peer) => peer < rank);
  const [accepted, ...connected] = await Promise.allSettled([
    acceptSome(listener, token, higher, deadlineMs, rank),
    ...lower.map((peer) => connectTcp(ports[peer]!, token, rank, peer, deadlineMs)),
  ]);
  const links = new Map(accepted.status === "fulfilled" ? accepted.value : []);
  connected.forEach((result, i) => {
    if (result.status === "fulfilled") links.set(lower[i]!, result.value);
  });
  if (accepted.status === "fulfilled") return await completed(links, others, deadlineMs, name);
  await Promise.all([...links.values()].map((link) => link.close()));
  throw accepted.reason;
}
