/**
 * Members as operating system processes of this machine, linked by TCP on loopback. Deno only.
 *
 * @module
 */
import type { Host } from "./launch.ts";
import type { Job, Outcome } from "./member.ts";
import { readPacket, writePacket } from "./packets.ts";

/** Options of {@link processes}. */
export interface ProcessesOptions {
  /** Flags of `deno run` for the members, permissions among them; all permissions by default. */
  readonly flags?: readonly string[];
}

/** What a member's process is told on its standard input. */
export interface ProcessOrder {
  /** Port of the parent's control connection. */
  readonly port: number;
  /** Secret of this run. */
  readonly token: Uint8Array;
  /** Which member it is. */
  readonly rank: number;
}

/** Runs members as processes of this machine. Each needs to listen and connect on 127.0.0.1 and to read the program. */
export function processes(options: ProcessesOptions = {}): Host {
  const flags = options.flags ?? ["-A"];
  const entry = new URL("./process_member.ts", import.meta.url).href;
  return {
    name: "processes",
    start(job, members) {
      const token = crypto.getRandomValues(new Uint8Array(16));
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = listener.addr;
      const children = Array.from(
        { length: members },
        (_, rank) => spawn(entry, flags, { port, token, rank }),
      );
      const outcomes = children.map(() => Promise.withResolvers<Outcome>());
      const control = new Control(listener, token, job, members, outcomes.map((o) => o.resolve));
      children.forEach((child, rank) => {
        child.status.then(async (status) => {
          // What it said before it ended counts.
          await control.finished(rank);
          // A process that ends without a word has died; links to it close, so the others end too.
          const how = status.signal ?? `exit code ${status.code}`;
          outcomes[rank]!.resolve({
            ok: false,
            name: "TransportError",
            message: `its process died (${how})`,
            stack: "",
          });
        });
      });
      return {
        outcomes: outcomes.map((o) => o.promise),
        async stop(): Promise<void> {
          control.close();
          await Promise.all(children.map(async (child) => {
            const timer = setTimeout(() => kill(child), 3000);
            await child.status;
            clearTimeout(timer);
          }));
        },
      };
    },
  };
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

function spawn(entry: string, flags: readonly string[], order: ProcessOrder): Deno.ChildProcess {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...flags, entry],
    stdin: "piped",
    stdout: "inherit",
    stderr: "inherit",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  const line = JSON.stringify({ ...order, token: order.token.toHex() });
  writer.write(new TextEncoder().encode(`${line}\n`)).then(() => writer.close()).catch(() => {});
  return child;
}

/** The parent's side: tells the members the job and each other's ports, and collects how they ended. */
class Control {
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #ports: number[] = [];
  readonly #waiting: Deno.TcpConn[] = [];
  readonly #finished = new Map<number, Promise<void>>();

  constructor(
    listener: Deno.TcpListener,
    token: Uint8Array,
    job: Job,
    members: number,
    resolve: readonly ((outcome: Outcome) => void)[],
  ) {
    this.#listener = listener;
    this.#accept(token.toHex(), job, members, resolve).catch(() => {});
  }

  async #accept(
    token: string,
    job: Job,
    members: number,
    resolve: readonly ((outcome: Outcome) => void)[],
  ): Promise<void> {
    for await (const conn of this.#listener) {
      this.#connections.add(conn);
      this.#serve(conn, token, job, members, resolve).catch(() => {});
    }
  }

  async #serve(
    conn: Deno.TcpConn,
    token: string,
    job: Job,
    members: number,
    resolve: readonly ((outcome: Outcome) => void)[],
  ): Promise<void> {
    const hello = await readPacket(conn) as { token?: unknown; rank?: unknown; port?: unknown } | undefined;
    const { rank, port } = hello ?? {};
    if (
      hello?.token !== token || typeof rank !== "number" || typeof port !== "number" || !(rank in resolve)
    ) {
      conn.close();
      this.#connections.delete(conn);
      return;
    }
    this.#ports[rank] = port;
    this.#waiting[rank] = conn;
    const last = readPacket(conn).then((outcome) => {
      if (outcome !== undefined) resolve[rank]!(outcome as Outcome);
    }).catch(() => {});
    this.#finished.set(rank, last);
    if (this.#waiting.filter((c) => c !== undefined).length === members) {
      await Promise.all(this.#waiting.map((c) => writePacket(c, { job, ports: this.#ports })));
    }
    await last;
  }

  /** Resolves when a member has said how it ended, or its connection has ended. */
  finished(rank: number): Promise<void> {
    return this.#finished.get(rank) ?? Promise.resolve();
  }

  close(): void {
    this.#listener.close();
    for (const conn of this.#connections) conn.close();
    this.#connections.clear();
  }
}
