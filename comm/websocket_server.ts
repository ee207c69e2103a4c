/**
 * The accepting end of WebSockets. Deno only.
 *
 * What a connection can make this member keep before it is known is the head of one HTTP request: whoever does not know the
 * run's secret is refused by a status and gets no socket.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import { RateLimit } from "./rate_limit.ts";
import { completed } from "./tcp_mesh.ts";
import type { Transport } from "./transport.ts";
import { websocket, type WebSocketOptions } from "./websocket.ts";
import { isSeat, seatName, SUBPROTOCOL } from "./websocket_seat.ts";

/** Options of {@link acceptWebSockets}. */
export interface AcceptWebSocketsOptions extends WebSocketOptions {
  /** Port to listen at; 0, the default, is one of the system's choice. */
  readonly port?: number | undefined;
  /** Address to listen at: "127.0.0.1" by default, "::" for all of this machine, of IPv4 and IPv6. */
  readonly hostname?: string | undefined;
  /** Certificate chain and private key, as PEM, for `wss:`; without them, that is a proxy's to do. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** 16 secret bytes of the run, which all members know. */
  readonly token: Uint8Array;
  /** This member. */
  readonly rank: number;
  /** The members that will connect. */
  readonly ranks: readonly number[];
  /** How long to wait for them, in milliseconds; 30 000 by default. */
  readonly deadlineMs?: number | undefined;
  /**
   * How often one address (of IPv6: 64 bits of it) may try: at once, and again per second; 20 and 2 by default. Behind a
   * proxy all have its address.
   */
  readonly attempts?: { readonly burst: number; readonly perSecond: number } | undefined;
  /** How to name a member in errors; "party 1" by default. */
  readonly name?: ((rank: number) => string) | undefined;
}

/** A member that listens. */
export interface WebSocketServer extends AsyncDisposable {
  /** The port that it listens at. */
  readonly port: number;
  /** The links, by rank, once all have connected; rejects with a {@link TransportError} that names those who have not. */
  readonly links: Promise<Map<number, Transport>>;
  /** Resolves when it listens no more: by itself when the last of all links has closed, or those waited for did not come. */
  readonly finished: Promise<void>;
  /** Ends it now, and the links that are open. Safe to call twice. */
  close(): Promise<void>;
}

/** Status of the closing handshake when the server ends before its links. */
const SERVER_ENDED = 4410;

class Server implements WebSocketServer {
  readonly links: Promise<Map<number, Transport>>;
  readonly #options: AcceptWebSocketsOptions;
  /** What each member says. */
  readonly #seats: ReadonlyMap<number, string>;
  readonly #limit: RateLimit;
  readonly #sockets = new Map<number, WebSocket>();
  readonly #links = new Map<number, Transport>();
  readonly #waited = Promise.withResolvers<void>();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #complete = false;

  constructor(options: AcceptWebSocketsOptions) {
    const { token, rank: to, ranks, deadlineMs = 30_000, locality = "network", name } = options;
    const { burst, perSecond } = options.attempts ?? { burst: 20, perSecond: 2 };
    this.#options = options;
    this.#seats = new Map(ranks.map((from) => [from, seatName({ token, from, to, locality })]));
    this.#limit = new RateLimit(burst, perSecond);
    this.#timer = setTimeout(() => this.#waited.resolve(), deadlineMs);
    this.#server = Deno.serve({
      port: options.port ?? 0,
      hostname: options.hostname ?? "127.0.0.1",
      ...options.tls,
      onListen: () => {},
    }, (request, { remoteAddr }) => this.#answer(request, remoteAddr.hostname));
    this.links = this.#all(ranks, deadlineMs, name);
    // Whoever asks for them hears of it.
    this.links.catch(() => {});
    this.#settle();
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get finished(): Promise<void> {
    return this.#server.finished;
  }

  async close(): Promise<void> {
    this.#waited.reject(new TransportError("Cannot accept members: the server was closed"));
    for (const socket of this.#sockets.values()) socket.close(SERVER_ENDED);
    await this.#server.shutdown();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #all(
    ranks: readonly number[],
    deadlineMs: number,
    name: ((rank: number) => string) | undefined,
  ): Promise<Map<number, Transport>> {
    try {
      await this.#waited.promise;
      this.#complete = true;
      return await completed(this.#links, ranks, deadlineMs, name);
    } catch (error) {
      this.#server.shutdown();
      throw error;
    } finally {
      clearTimeout(this.#timer);
    }
  }

  #answer(request: Request, address: string): Response {
    if (!this.#limit.take(address)) return new Response("too many attempts", { status: 429 });
    const from = this.#complete ? undefined : this.#who(request);
    if (from === undefined) return new Response("not invited", { status: 403 });
    if (this.#sockets.has(from)) return new Response("here already", { status: 409 });
    try {
      // No pings: a member that computes for a while does not answer, and waits have deadlines of their own.
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: SUBPROTOCOL, idleTimeout: 0 });
      this.#welcome(from, socket);
      return response;
    } catch {
      return new Response("not a WebSocket", { status: 400 });
    }
  }

  /** The member that a request is of. */
  #who(request: Request): number | undefined {
    const said = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((text) => text.trim());
    if (!said.includes(SUBPROTOCOL)) return undefined;
    for (const [from, wanted] of this.#seats) {
      if (said.some((name) => isSeat(name, wanted))) return from;
    }
    return undefined;
  }

  #welcome(from: number, socket: WebSocket): void {
    this.#sockets.set(from, socket);
    socket.addEventListener("open", () => {
      this.#links.set(from, websocket(socket, this.#options));
      this.#settle();
    });
    socket.addEventListener("close", () => {
      this.#sockets.delete(from);
      // Until all are here, who lost its connection may come again.
      if (!this.#complete) this.#links.delete(from);
      else if (this.#sockets.size === 0) this.#server.shutdown();
    });
  }

  #settle(): void {
    if (this.#links.size === this.#seats.size) this.#waited.resolve();
  }
}

/**
 * Listens for the given members and accepts one connection of each; see `connectWebSocket`.
 *
 * `ws:` unless `tls` is given: on a network, put a proxy before it that speaks `wss:`, and let its timeouts exceed the longest
 * silence of the program.
 *
 * @example One link
 * ```ts
 * import { connectWebSocket } from "https://tacit.example/mod.ts";
 *
 * const token = crypto.getRandomValues(new Uint8Array(16));
 * const server = acceptWebSockets({ token, rank: 0, ranks: [1] });
 * const link = await connectWebSocket(`ws://localhost:${server.port}`, { token, rank: 1, peer: 0 });
 * const links = await server.links; // for connect({ rank: 0, links, … })
 * await Promise.all([link.close(), links.get(1)!.close()]);
 * await server.finished;
 * ```
 *
 * @throws {RangeError} when the token is not one.
 */
export function acceptWebSockets(options: AcceptWebSocketsOptions): WebSocketServer {
  return new Server(options);
}
