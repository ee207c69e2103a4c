/**
 * Links between machines: each member listens, connects to those of lower rank, and secures every connection. Deno only.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import { LinkRefused, type Prologue, secure, type SecuredLink, type SecureOptions } from "./secure.ts";
import { tcp } from "./tcp.ts";
import type { Transport } from "./transport.ts";

/** How long one handshake may take, and how long to wait before another attempt, in milliseconds. */
const HANDSHAKE_MS = 10_000;
const RETRY_MS = 50;
/** Callers that are heard at a time: one more, and the one that has kept us longest has to go. */
const MOST_CALLERS = 64;

/** Where a member is, and how it is known. */
export interface SecureMember {
  /** Its public key. */
  readonly key: string;
  /** Its host: a name or an address, IPv6 without brackets. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
}

/** A member's place among others. */
export interface SecureMeshOptions {
  /** This member. */
  readonly rank: number;
  /** This member's long-term keys. */
  readonly identity: Identity;
  /** All members, by rank. */
  readonly members: readonly SecureMember[];
  /** What all must have alike. */
  readonly prologue: Prologue;
  /** This member's listener; it is closed when all have connected. */
  readonly listener: Deno.TcpListener;
  /** How long to wait for the others, in milliseconds. */
  readonly deadlineMs: number;
  /** How to name a member in errors. */
  readonly name: (rank: number) => string;
}

function sentence(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

function closeQuietly(what: { close(): void }): void {
  try {
    what.close();
  } catch {
    // Closed already.
  }
}

/** The meeting of one member with all others. */
class Meeting {
  readonly #options: SecureMeshOptions;
  readonly #end: number;
  readonly #links = new Map<number, Transport>();
  /** Connections whose handshake is not done: of this member's calls, and of callers, the oldest first. */
  readonly #calls = new Set<Deno.TcpConn>();
  readonly #callers = new Set<Deno.TcpConn>();
  readonly #hearings = new Set<Promise<void>>();
  readonly #complete = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  /** Why attempts have failed, the last of each kind. */
  readonly #reasons = new Map<string, string>();

  constructor(options: SecureMeshOptions) {
    this.#options = options;
    this.#end = performance.now() + options.deadlineMs;
  }

  get #others(): number[] {
    return this.#options.members.map((_, peer) => peer).filter((peer) => peer !== this.#options.rank);
  }

  /** Milliseconds that a handshake may take from now on. */
  #patience(): number {
    return Math.max(1, Math.min(HANDSHAKE_MS, this.#end - performance.now()));
  }

  async meet(): Promise<Map<number, Transport>> {
    const { rank, listener, deadlineMs } = this.#options;
    const timer = setTimeout(() => this.#complete.resolve(), deadlineMs);
    const accepting = this.#accept().catch((cause) => this.#complete.reject(cause));
    const calling = this.#others.filter((peer) => peer < rank).map((peer) =>
      this.#call(peer).catch((cause) => this.#complete.reject(cause))
    );
    try {
      await this.#complete.promise;
      return this.#met();
    } catch (error) {
      this.#stop();
      await Promise.all(calling);
      await Promise.all([...this.#links.values()].map((link) => link.close()));
      throw error;
    } finally {
      clearTimeout(timer);
      this.#stop();
      closeQuietly(listener);
      await Promise.all([accepting, ...calling, ...this.#hearings]);
    }
  }

  /** Ends all attempts. */
  #stop(): void {
    this.#over.abort();
    for (const conn of [...this.#calls, ...this.#callers]) closeQuietly(conn);
  }

  #met(): Map<number, Transport> {
    const { name, deadlineMs } = this.#options;
    const missing = this.#others.filter((peer) => !this.#links.has(peer));
    if (missing.length === 0) return this.#links;
    const who = new Intl.ListFormat("en").format(missing.map(name));
    const what = `${sentence(who)} did not connect within ${deadlineMs / 1000} s`;
    throw new TransportError([what, ...this.#reasons.values()].join("; "), { party: missing[0] });
  }

  #add(peer: number, link: Transport): void {
    // Who calls again has lost its first connection.
    this.#links.get(peer)?.close().catch(() => {});
    this.#links.set(peer, link);
    if (this.#links.size === this.#options.members.length - 1) this.#complete.resolve();
  }

  async #accept(): Promise<void> {
    if (this.#others.length === 0) this.#complete.resolve();
    for await (const conn of this.#options.listener) {
      if (this.#callers.size >= MOST_CALLERS) {
        const [oldest] = this.#callers;
        this.#callers.delete(oldest!);
        closeQuietly(oldest!);
      }
      const hearing: Promise<void> = this.#hear(conn).catch((cause) => {
        // Others have hung up, or said nothing.
        if (cause instanceof LinkRefused) this.#reasons.set("", `a caller was turned away: ${cause.message}`);
      }).finally(() => this.#hearings.delete(hearing));
      this.#hearings.add(hearing);
    }
  }

  /** Secures a connection; when that fails, or it is too late, the connection is closed. */
  async #secured(
    conn: Deno.TcpConn,
    open: Set<Deno.TcpConn>,
    options: Pick<SecureOptions, "peer" | "initiator" | "name">,
    add: (link: SecuredLink) => void,
  ): Promise<void> {
    const { identity, prologue } = this.#options;
    open.add(conn);
    try {
      const link = await secure(tcp(conn), { ...options, identity, prologue, deadlineMs: this.#patience() });
      if (this.#over.signal.aborted) await link.close();
      else add(link);
    } catch (cause) {
      closeQuietly(conn);
      throw cause;
    } finally {
      open.delete(conn);
    }
  }

  async #hear(conn: Deno.TcpConn): Promise<void> {
    const { rank, members } = this.#options;
    const peer = members.slice(rank + 1).map(({ key }) => key);
    const name = conn.remoteAddr.hostname;
    await this.#secured(conn, this.#callers, { peer, initiator: false, name }, (link) => {
      this.#add(members.findIndex(({ key }) => key === link.peer), link);
    });
  }

  async #call(peer: number): Promise<void> {
    const { members, name } = this.#options;
    const { key, host, port } = members[peer]!;
    while (!this.#over.signal.aborted) {
      const conn = await Deno.connect({ hostname: host, port, signal: this.#over.signal }).catch(() =>
        undefined
      );
      if (conn !== undefined) {
        try {
          const options = { peer: key, initiator: true, name: name(peer) };
          return await this.#secured(conn, this.#calls, options, (link) => this.#add(peer, link));
        } catch (cause) {
          if (cause instanceof LinkRefused) throw new TransportError(cause.message, { party: peer, cause });
          if (!(cause instanceof TransportError)) throw cause;
          this.#reasons.set(name(peer), cause.message);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/**
 * Secured links of one member to all others. Strangers are turned away, and neither they nor members that are late keep the others from
 * meeting; a member that refuses this one ends it.
 *
 * @throws {TransportError} when some of them are missing after the deadline, or one of them refuses; it names them.
 */
export async function secureMesh(options: SecureMeshOptions): Promise<Map<number, Transport>> {
  return await new Meeting(options).meet();
}
