import { TransportError } from "../../comm/errors.ts";
import { RateLimit } from "../../comm/rate_limit.ts";
import { connectWebSocket } from "../../comm/websocket_connect.ts";
import { seatName, SUBPROTOCOL, type WebSocketSeat } from "../../comm/websocket_seat.ts";
import { acceptWebSockets } from "../../comm/websocket_server.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";
import { closeAll, partiesOver, sum } from "./links.ts";

const token = new Uint8Array(16).fill(7);
const seat: WebSocketSeat = { token, from: 1, to: 0, locality: "network" };

/** The status that a server answers an attempt with. */
async function status(port: number, protocols: string | undefined): Promise<number> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = [
    "GET / HTTP/1.1",
    "Host: x",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ...protocols === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocols}`],
    "\r\n",
  ];
  await conn.write(new TextEncoder().encode(head.join("\r\n")));
  const answer = new Uint8Array(64);
  await conn.read(answer);
  conn.close();
  return Number(new TextDecoder().decode(answer).split(" ")[1]);
}

Deno.test("acceptWebSockets() links members over IPv4 and IPv6, and ends with the last link", async () => {
  const server = acceptWebSockets({ token, hostname: "::", rank: 0, ranks: [1, 2] });
  const one = acceptWebSockets({ token, rank: 1, ranks: [2] });
  const to = (host: string, port: number, rank: number, peer: number) =>
    connectWebSocket(`ws://${host}:${port}`, { token, rank, peer });
  const [ten, twenty, twentyOne] = await Promise.all([
    to("127.0.0.1", server.port, 1, 0),
    to("[::1]", server.port, 2, 0),
    to("127.0.0.1", one.port, 2, 1),
  ]);
  const meshes = [
    await server.links,
    new Map([[0, ten], [2, (await one.links).get(2)!]]),
    new Map([[0, twenty], [1, twentyOne]]),
  ];
  assertEquals(meshes[1]!.get(0)!.locality, "network");
  const members = partiesOver(meshes, { deadlineMs: 5000 });
  assertEquals(await Promise.all(members.map((party) => sum(party, party.comm.rank))), [3, 3, 3]);
  assertEquals(await status(server.port, `${SUBPROTOCOL}, ${seatName(seat)}`), 403);
  await closeAll(members);
  await Promise.all([server.finished, one.finished]);
});

Deno.test("acceptWebSockets() gives strangers no socket, and a seat to one only", async () => {
  const attempts = { burst: 9, perSecond: 1e-6 };
  await using server = acceptWebSockets({ token, rank: 0, ranks: [1, 2], deadlineMs: 5000, attempts });
  const { port } = server;
  const other = new Uint8Array(16).fill(8);
  const refused: (string | undefined)[] = [
    undefined,
    SUBPROTOCOL,
    seatName(seat),
    `${SUBPROTOCOL}, ${seatName({ ...seat, token: other })}`,
    `${SUBPROTOCOL}, ${seatName({ ...seat, from: 3 })}`,
    `${SUBPROTOCOL}, ${seatName({ ...seat, to: 4 })}`,
    `${SUBPROTOCOL}, ${seatName({ ...seat, locality: "machine" })}`,
  ];
  for (const protocols of refused) assertEquals(await status(port, protocols), 403);
  const link = await connectWebSocket(`ws://127.0.0.1:${port}`, { token, rank: 1, peer: 0 });
  assertEquals(await status(port, `${SUBPROTOCOL}, ${seatName(seat)}`), 409);
  // The burst is over, even for those who know the secret.
  assertEquals(await status(port, `${SUBPROTOCOL}, ${seatName({ ...seat, from: 2 })}`), 429);
  const links = server.links;
  await Promise.all([server.close(), server.close()]);
  await assertRejects(() => links, TransportError, "Cannot accept members: the server was closed");
  await link.close();
});

Deno.test("acceptWebSockets() lets a member that lost its connection come again until all are here", async () => {
  await using server = acceptWebSockets({ token, rank: 0, ranks: [1, 2], deadlineMs: 5000 });
  const connect = (rank: number) =>
    connectWebSocket(`ws://127.0.0.1:${server.port}`, { token, rank, peer: 0 });
  const first = await connect(1);
  await first.close();
  const [again, two] = await Promise.all([connect(1), connect(2)]);
  const links = await server.links;
  const members = partiesOver([links, new Map([[0, again]])], {}, 2);
  assertEquals(await Promise.all(members.map((party) => sum(party, party.comm.rank))), [1, 1]);
  await closeAll(members);
  await two.close();
});

Deno.test("acceptWebSockets() names a member that does not come, connectWebSocket() one that does not accept", async () => {
  const server = acceptWebSockets({ token, rank: 0, ranks: [1, 2], deadlineMs: 100 });
  const error = await assertRejects(
    () => server.links,
    TransportError,
    "Party 1 and party 2 did not connect within 0.1 s",
  );
  assertEquals(error.party, 1);
  await server.finished;
  const url = `ws://127.0.0.1:${server.port}/?secret`;
  const failed = await assertRejects(
    () => connectWebSocket(url, { token, rank: 1, peer: 0, deadlineMs: 100 }),
    TransportError,
    `Party 0 at 127.0.0.1:${server.port} did not accept within 0.1 s`,
  );
  assertEquals(failed.party, 0);
  await assertRejects(
    () => connectWebSocket(url, { token: new Uint8Array(3), rank: 1, peer: 0 }),
    RangeError,
    "the token has 3 bytes, 16 are wanted",
  );
});

Deno.test("connectWebSocket() waits for a listener that is not there yet", async () => {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const connecting = connectWebSocket(`ws://127.0.0.1:${port}`, {
    token,
    rank: 1,
    peer: 0,
    deadlineMs: 5000,
  });
  await using server = acceptWebSockets({ token, port, rank: 0, ranks: [1], deadlineMs: 5000 });
  const links = await server.links;
  await Promise.all([(await connecting).close(), links.get(1)!.close()]);
});

Deno.test("RateLimit counts each IPv4 address and each 64 bits of IPv6, fills up again, and forgets", () => {
  const limit = new RateLimit(2, 1);
  const take = (address: string, at: number): boolean => limit.take(address, at);
  assertEquals([take("10.0.0.1", 0), take("::ffff:10.0.0.1", 0), take("10.0.0.1", 0)], [true, true, false]);
  assertEquals([take("10.0.0.2", 0), take("10.0.0.1", 900), take("10.0.0.1", 1000)], [true, false, true]);
  assertEquals([take("10.0.0.1", 1000), take("10.0.0.1", 60_000)], [false, true]);
  const addresses = ["2001:db8::1", "2001:db8:0:0:5::", "2001:db8:0:0:1:2:3:4", "2001:db8:0:1::1", "::1"];
  assertEquals(addresses.map((address) => take(address, 0)), [true, true, false, true, true]);
  for (let i = 0; i < 5000; i++) assert(take(`10.1.${i >> 8}.${i & 255}`, 0));
  assert(take("2001:db8::7", 0));
});
