import { TransportError } from "../../comm/errors.ts";
import { Identity } from "../../comm/identity.ts";
import { secureMesh } from "../../comm/tcp_secure.ts";
import { connectRoster, dealRoster } from "../../run/connect_roster.ts";
import { type Roster, rosterPrologue } from "../../run/roster.ts";
import { memoryPair } from "../../comm/memory.ts";
import { secure } from "../../comm/secure.ts";
import type { Transport } from "../../comm/transport.ts";
import { additive, plain, type Session, trustedFirstParty } from "../../mod.ts";
import { connect, deal } from "../../run/connect.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "../deps.ts";
import { type Company, company } from "./rosters.ts";

/** The product of all parties' numbers, which are 2, 3, and so on. */
async function product(mpc: Session): Promise<number> {
  const inputs = Array.from(
    { length: mpc.parties },
    (_, src) => mpc.encrypt(mpc.rank === src ? [src + 2] : undefined, { src, shape: [1] }),
  );
  return (await inputs.reduce((x, y) => x.mul(y)).decrypt()).at(0);
}

/** One party of a company runs the program. */
async function party({ roster, identities, listeners }: Company, rank: number): Promise<number> {
  const session = await connectRoster({
    roster,
    rank,
    identity: identities[rank]!,
    listener: listeners[rank]!,
    program: roster.program,
  });
  try {
    return await product(session);
  } finally {
    await session.close();
  }
}

async function dealer({ roster, identities, listeners }: Company): Promise<void> {
  const running = await dealRoster({ roster, identity: identities.at(-1)!, listener: listeners.at(-1)! });
  await running.done;
  await running.close();
}

for (const parties of [2, 3]) {
  Deno.test(`${parties} parties and a dealer with keys of their own compute over TCP`, async () => {
    using members = await company(parties, parties + 1);
    const dealing = dealer(members);
    const results = await Promise.all(Array.from({ length: parties }, (_, rank) => party(members, rank)));
    await dealing;
    const wanted = parties === 2 ? 6 : 24;
    // Each product is off by a unit of 2^-16 at most, which the next one multiplies by 4.
    for (const result of results) assertAlmostEquals(result, wanted, 8 * 2 ** -16);
  });
}

Deno.test("three parties of replicated sharing compute over TCP, without a dealer", async () => {
  using members = await company(3, 3, { protocol: "replicated", provider: undefined });
  const results = await Promise.all([0, 1, 2].map((rank) => party(members, rank)));
  for (const result of results) assertAlmostEquals(result, 24, 8 * 2 ** -16);
});

/** Why each member does not come to a session: the dealer's reason is the last. */
async function reasons(
  { roster, identities, listeners }: Company,
  differently: (rank: number) => { readonly roster?: Roster; readonly identity?: Identity },
): Promise<TransportError[]> {
  const members = [...roster.parties, roster.dealer!];
  const results = await Promise.allSettled(members.map((_, rank) => {
    const options = { roster, identity: identities[rank]!, listener: listeners[rank]!, ...differently(rank) };
    return rank === 2 ? dealRoster(options) : connectRoster({ ...options, rank });
  }));
  return results.map((result) => {
    assert(result.status === "rejected" && result.reason instanceof TransportError, String(result.status));
    return result.reason;
  });
}

const SHORT = { deadlines: { join: 500, silence: 500 } };

Deno.test("a party that has another program is refused, and both are told", async () => {
  using members = await company(2, 3, SHORT);
  const other = { ...members.roster, program: "cd".repeat(32) };
  const [zero, one, dealer] = await reasons(members, (rank) => rank === 1 ? { roster: other } : {});
  assertEquals(one!.message, "Cannot secure the link to party 0: its program is another");
  assertEquals([one!.party, zero!.party], [0, 1]);
  assertStringIncludes(zero!.message, "Party 1");
  assertStringIncludes(
    zero!.message,
    "did not connect within 0.5 s; a caller was turned away: Cannot secure the link to 127.0.0.1: its program is another",
  );
  assertStringIncludes(dealer!.message, "arty 1");
});

Deno.test("a party with a key that is not the roster's is refused", async () => {
  using members = await company(2, 3, SHORT);
  const eve = await Identity.generate();
  const parties = members.roster.parties.map((p, rank) => rank === 1 ? { ...p, key: eve.publicKey } : p);
  const own = { ...members.roster, parties };
  const [zero, one] = await reasons(members, (rank) => rank === 1 ? { roster: own, identity: eve } : {});
  assertEquals(one!.message, "Cannot secure the link to party 0: it does not know this party's key");
  assertStringIncludes(zero!.message, "it is a stranger: its key is none of those that are expected");
});

Deno.test("who answers at a member's address with another key is not taken for it", async () => {
  using members = await company(2, 3, SHORT);
  const eve = await Identity.generate();
  const { roster, listeners } = members;
  const prologue = rosterPrologue(roster);
  const places = [{ ...roster.parties[0]!, key: eve.publicKey }, roster.parties[1]!];
  const impostor = secureMesh({
    rank: 0,
    identity: eve,
    members: places,
    prologue,
    listener: listeners[0]!,
    deadlineMs: 500,
    name: (rank) => `party ${rank}`,
  });
  const failed = assertRejects(() => impostor, TransportError, "it calls another key than this party's");
  const joining = connectRoster({
    roster,
    rank: 1,
    identity: members.identities[1]!,
    listener: listeners[1]!,
  });
  await assertRejects(() => joining, TransportError, "its key is not the one that was called");
  await failed;
});

Deno.test("strangers that are silent, talk nonsense or hang up do not keep members from meeting", async () => {
  using members = await company(2, 3);
  const { port } = members.listeners[0]!.addr;
  const strangers = await Promise.all([0, 1, 2].map(() => Deno.connect({ hostname: "127.0.0.1", port })));
  await strangers[1]!.write(new Uint8Array(100).fill(7));
  strangers[2]!.close();
  const dealing = dealer(members);
  const [a, b] = await Promise.all([party(members, 0), party(members, 1), dealing]);
  assertEquals(a, b);
  strangers[0]!.close();
  strangers[1]!.close();
});

Deno.test("many silent strangers do not keep members from meeting", async () => {
  // Strangers are given 10 s, members 5: those that wait longest have to make room.
  using members = await company(2, 3);
  const { port } = members.listeners[0]!.addr;
  const meeting = [dealer(members), party(members, 0)];
  const strangers = await Promise.all(
    Array.from({ length: 100 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  await Promise.all([...meeting, party(members, 1)]);
  for (const stranger of strangers) stranger.close();
});

Deno.test("members that do not come are named", async () => {
  using members = await company(2, 3, { deadlines: { join: 100, silence: 100 } });
  const { roster, identities, listeners } = members;
  listeners[0]!.close();
  const error = await assertRejects(
    () => connectRoster({ roster, rank: 1, identity: identities[1]!, listener: listeners[1]! }),
    TransportError,
    "Party 0 and the dealer did not connect within 0.1 s",
  );
  assertEquals(error.party, 0);
});

Deno.test("a member's own mistakes are told before it listens", async () => {
  using members = await company(2, 3);
  const { roster, identities } = members;
  const identity = identities[0]!;
  const join = (more: object) => connectRoster({ roster, rank: 0, identity, ...more });
  await assertRejects(() => join({ rank: 2 }), RangeError, "Cannot join as party 2: 0 to 1 are wanted");
  await assertRejects(
    () => join({ identity: identities[1]! }),
    TypeError,
    "Cannot join as party 0: the identity's public key is",
  );
  await assertRejects(
    () => join({ program: "ef".repeat(32) }),
    TypeError,
    "Cannot join as party 0: the program's digest is",
  );
  await assertRejects(
    () => dealRoster({ roster: { ...roster, dealer: undefined }, identity }),
    TypeError,
    "the roster has no dealer",
  );
  await assertRejects(() => join({}), TransportError, "another program has it, a free port is wanted");
});

/** A link that says that its peer is on another machine. */
function remote(link: Transport): Transport {
  return {
    kind: link.kind,
    locality: "network",
    send: (frame) => link.send(frame),
    receive: (handler) => link.receive(handler),
    close: () => link.close(),
  };
}

Deno.test("what leaves the machine is a secured link of a protocol that hides something, or is refused", async () => {
  const [a, b] = await Promise.all([Identity.generate(), Identity.generate()]);
  const tfp = trustedFirstParty();
  // Taken for one that sees nothing: this is about links.
  const honest = additive({ provider: { ...tfp, insecure: false } });
  const [x, y] = memoryPair().map(remote);
  const open = { rank: 0, parties: 2, links: new Map([[1, x!]]) };
  await assertRejects(
    () => connect({ ...open, protocol: additive() }),
    TypeError,
    "Cannot run additive with party 1 on another machine: the memory link to it is open, a secured link is wanted",
  );
  await assertRejects(
    () => deal({ ...open, protocol: additive() }),
    TypeError,
    "the memory link to it is open",
  );
  const common = { prologue: { version: "1" } };
  const [toB, toA] = await Promise.all([
    secure(x!, { ...common, identity: a, peer: b.publicKey, initiator: true }),
    secure(y!, { ...common, identity: b, peer: a.publicKey, initiator: false }),
  ]);
  const secured = { ...open, links: new Map([[1, toB]]) };
  await assertRejects(() => connect({ ...secured, protocol: plain() }), TypeError, "INSECURE");
  await assertRejects(
    () => connect({ ...secured, protocol: additive({ provider: tfp }) }),
    TypeError,
    "on another machine",
  );
  const sessions = await Promise.all([
    connect({ ...secured, protocol: honest }),
    connect({ rank: 1, parties: 2, links: new Map([[0, toA]]), protocol: honest }),
  ]);
  const results = await Promise.all(sessions.map(product));
  assertAlmostEquals(results[0]!, 6, 2 ** -15);
  await Promise.all(sessions.map((session) => session.close()));
});
