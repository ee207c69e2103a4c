/**
 * An invitation: a file with what all members of a session must know alike, and the secret that keeps others out.
 *
 * @module
 */
import { protocolFrom, type ProtocolSpec } from "../../run/registry.ts";
import { reasonOf } from "./failure.ts";
import type { Setting } from "./protocol.ts";

const VERSION = 1;
const TOKEN_BYTES = 16;

/** What members of a session know alike. */
export interface Invitation extends Setting {
  /** Where each member listens on this machine, by rank; the dealer is the last, if there is one. */
  readonly ports: readonly number[];
  /** The secret of the session. */
  readonly token: Uint8Array;
}

/** How a member is called. */
export function memberName(rank: number, parties: number): string {
  return rank < parties ? `party ${rank}` : "the dealer";
}

/** Members of a session: its parties, and the dealer if its protocol needs one. */
export function membersOf({ parties, protocol }: Setting): number {
  return parties + (protocol.provider?.needsDealer === true ? 1 : 0);
}

/** Ports that are free now. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

/** Writes an invitation that nobody but its owner can read. @throws {TypeError} when the file is there or cannot be written. */
export async function writeInvitation(
  file: string,
  setting: Setting,
  ports: readonly number[] = freePorts(membersOf(setting)),
): Promise<void> {
  const { parties, protocol } = setting;
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
  const { name, options } = protocol;
  const text = JSON.stringify({ tacit: VERSION, parties, protocol: { name, options }, ports, token });
  await Deno.writeTextFile(file, `${text}\n`, { createNew: true, mode: 0o600 }).catch((cause) => {
    const why = cause instanceof Deno.errors.AlreadyExists ? "it exists already" : reasonOf(cause);
    throw new TypeError(`Cannot write invitation ${file}: ${why}, a new file is wanted`, { cause });
  });
}

/** Reads an invitation. @throws {TypeError} when there is none at that path. */
export async function readInvitation(file: string): Promise<Invitation> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new TypeError(`Cannot read invitation ${file}: ${why}, a file of tacit invite is wanted`, {
      cause,
    });
  };
  const text = await Deno.readTextFile(file).catch((error) => refuse(reasonOf(error), error));
  let fields: Record<string, unknown>;
  try {
    fields = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch (cause) {
    return refuse("it is no JSON", cause);
  }
  const { tacit, parties, protocol: spec, ports, token } = fields;
  if (tacit !== VERSION) return refuse(tacit === undefined ? "it is none" : `it is of version ${tacit}`);
  const isPort = (x: unknown): x is number =>
    Number.isInteger(x) && (x as number) > 0 && (x as number) < 65536;
  if (
    typeof parties !== "number" || typeof token !== "string" || !/^[0-9a-f]{32}$/.test(token) ||
    !Array.isArray(ports) || !ports.every(isPort) || typeof spec !== "object" || spec === null
  ) return refuse("it is not complete");
  const { name, options } = spec as ProtocolSpec;
  const protocol = protocolFrom({ name, options: Object(options) });
  if (ports.length !== membersOf({ parties, protocol })) return refuse("it is not complete");
  return { parties, protocol, ports, token: Uint8Array.fromHex(token) };
}
