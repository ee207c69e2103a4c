/**
 * Rosters of members with real keys, for tests.
 *
 * @module
 */
import { Identity } from "../../comm/identity.ts";
import { readRoster, type Roster } from "../../run/roster.ts";

/** SHA-256 of some program. */
export const PROGRAM = "ab".repeat(32);

/** The fields of a roster's file; members are at ports from 7000 on. */
export function rosterFields(
  keys: readonly string[],
  parties: number,
  more: object = {},
): Record<string, unknown> {
  const place = (i: number) => ({ key: keys[i], address: `127.0.0.1:${7000 + i}` });
  return {
    kind: "tacit roster",
    version: 1,
    protocol: "additive",
    provider: "trustedThirdParty",
    ring: { bits: 64, fractionBits: 16 },
    program: PROGRAM,
    deadlines: { join: 5000, silence: 5000 },
    parties: Array.from({ length: parties }, (_, rank) => ({ rank, ...place(rank) })),
    ...(keys.length > parties ? { dealer: place(parties) } : {}),
    ...more,
  };
}

/** Members on loopback, who listen already. */
export interface Company extends Disposable {
  readonly identities: readonly Identity[];
  readonly listeners: readonly Deno.TcpListener[];
  /** The roster that all have. */
  readonly roster: Roster;
}

/** Members with fresh keys at free ports. */
export async function company(parties: number, members: number, more: object = {}): Promise<Company> {
  const identities = await Promise.all(Array.from({ length: members }, () => Identity.generate()));
  const listeners = identities.map(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const read = readRoster(
    JSON.stringify(rosterFields(identities.map(({ publicKey }) => publicKey), parties, more)),
  );
  const at = <T extends object>(member: T, i: number): T => ({ ...member, port: listeners[i]!.addr.port });
  const roster = {
    ...read,
    parties: read.parties.map(at),
    dealer: read.dealer === undefined ? undefined : at(read.dealer, parties),
  };
  return {
    identities,
    listeners,
    roster,
    [Symbol.dispose](): void {
      for (const listener of listeners) {
        try {
          listener.close();
        } catch {
          // Closed by the member.
        }
      }
    },
  };
}
