import { TransportError } from "../../comm/errors.ts";
import { acceptTcp, connectTcp, listenTcp, tcpMesh } from "../../comm/tcp_mesh.ts";
import { assertEquals, assertRejects } from "../deps.ts";
import { closeAll, partiesOver, sum } from "./links.ts";

const token = new Uint8Array(16).fill(7);

Deno.test("tcpMesh() links every member with every other", async () => {
  const listeners = [listenTcp(), listenTcp(), listenTcp()];
  const ports = listeners.map(({ addr }) => addr.port);
  const meshes = await Promise.all(
    listeners.map((listener, rank) => tcpMesh({ rank, ports, listener, token, deadlineMs: 5000 })),
  );
  const members = partiesOver(meshes, { deadlineMs: 5000 });
  assertEquals(await Promise.all(members.map((party) => sum(party, party.comm.rank))), [3, 3, 3]);
  assertEquals(meshes[0]!.get(1)!.locality, "machine");
  await closeAll(members);
});

Deno.test("acceptTcp() drops strangers, also silent ones, and goes on waiting for members", async () => {
  const listener = listenTcp();
  const { port } = listener.addr;
  const accepting = acceptTcp(listener, token, [1], 5000);
  const silent = await Deno.connect({ hostname: "127.0.0.1", port });
  const stranger = await Deno.connect({ hostname: "127.0.0.1", port });
  await stranger.write(new Uint8Array(24));
  assertEquals(await stranger.read(new Uint8Array(1)).catch(() => null), null);
  const link = await connectTcp(port, token, 1, 0);
  silent.close();
  const links = await accepting;
  assertEquals([...links.keys()], [1]);
  stranger.close();
  for (const end of [link, links.get(1)!]) end.receive({ frame: () => {}, closed: () => {} });
  await Promise.all([link.close(), links.get(1)!.close()]);
});

Deno.test("tcpMesh() names a member that does not come", async () => {
  const listener = listenTcp();
  const ports = [listener.addr.port, 1];
  const error = await assertRejects(
    () => tcpMesh({ rank: 0, ports, listener, token, deadlineMs: 100 }),
    TransportError,
    "Party 1 did not connect within 0.1 s",
  );
  assertEquals(error.party, 1);
});

Deno.test("connectTcp() gives up when nobody answers", async () => {
  using listener = listenTcp();
  const { port } = listener.addr;
  await assertRejects(
    () => connectTcp(port, token, 1, 0, 100),
    TransportError,
    "did not answer within 0.1 s",
  );
});
