import { additive, launch, plain, runLocal, trustedFirstParty, workers } from "../../mod.ts";
import { connectWebSocket } from "../../comm/websocket_connect.ts";
import { acceptWebSockets } from "../../comm/websocket_server.ts";
import { connect, deal } from "../../run/connect.ts";
import { processes } from "../../run/processes.ts";
import { assertEquals, assertRejects } from "../deps.ts";
import { main } from "./all_ops.ts";

const PROGRAM = new URL("./all_ops.ts", import.meta.url);
const [expected] = await runLocal({ parties: 2, protocol: plain() }, main);

for (const parties of [2, 3, 4, 5]) {
  Deno.test(`every kind of exchange is exact with ${parties} parties in one isolate`, async () => {
    for (
      const protocol of [plain(), additive(), additive({ provider: trustedFirstParty(), comparison: "wide" })]
    ) {
      for (const result of await runLocal({ parties, protocol }, main)) assertEquals(result, expected);
      for (const result of await runLocal({ parties, protocol, fastPaths: false }, main)) {
        assertEquals(result, expected);
      }
    }
  });
}

for (const [name, host] of [["message ports", workers()], ["TCP", processes()]] as const) {
  for (
    const [parties, protocol] of [[2, additive()], [3, additive({ comparison: "wide" })], [
      5,
      additive({ provider: trustedFirstParty() }),
    ]] as const
  ) {
    Deno.test(`every kind of exchange is exact with ${parties} parties over ${name}, ${protocol.options["provider"]}`, async () => {
      for (const result of await launch<number[][]>(PROGRAM, { parties, protocol, host })) {
        assertEquals(result, expected);
      }
    });
  }
}

for (const parties of [2, 3]) {
  Deno.test(`every kind of exchange is exact with ${parties} parties and a dealer over WebSockets`, async () => {
    // Nobody counts as near: what must not leave a machine would be refused.
    const token = crypto.getRandomValues(new Uint8Array(16));
    const members = Array.from({ length: parties + 1 }, (_, rank) => rank);
    const servers = members.slice(0, -1).map((rank) =>
      acceptWebSockets({ token, rank, ranks: members.slice(rank + 1) })
    );
    const protocol = additive();
    const run = async (rank: number): Promise<number[][] | undefined> => {
      const below = servers.slice(0, rank).map(async ({ port }, peer) =>
        [peer, await connectWebSocket(`ws://127.0.0.1:${port}`, { token, rank, peer })] as const
      );
      const links = new Map([...await Promise.all(below), ...await servers[rank]?.links ?? []]);
      if (rank < parties) {
        const mpc = await connect({ rank, parties, protocol, links });
        const result = await main(mpc);
        await mpc.close();
        return result;
      }
      const dealer = await deal({ parties, protocol, links });
      await dealer.done;
      await dealer.close();
      return undefined;
    };
    const results = await Promise.all(members.map(run));
    for (const result of results.slice(0, parties)) assertEquals(result, expected);
    await Promise.all(servers.map((server) => server.finished));
  });
}

Deno.test("what must not leave the machine is refused over WebSockets, unless they are said to be on it", async () => {
  const token = new Uint8Array(16);
  for (const locality of ["network", "machine"] as const) {
    const server = acceptWebSockets({ token, rank: 0, ranks: [1], locality });
    const link = await connectWebSocket(`ws://127.0.0.1:${server.port}`, {
      token,
      rank: 1,
      peer: 0,
      locality,
    });
    const ends = [(await server.links).get(1)!, link];
    const sessions = ends.map(async (end, rank) => {
      const mpc = await connect({ rank, parties: 2, protocol: plain(), links: new Map([[1 - rank, end]]) });
      await mpc.close();
    });
    for (const result of await Promise.allSettled(sessions)) {
      if (locality === "machine") assertEquals(result.status, "fulfilled");
      else {await assertRejects(
          () => Promise.reject((result as PromiseRejectedResult).reason),
          TypeError,
          "on another machine",
        );}
    }
    await Promise.all(ends.map((end) => end.close()));
    await server.finished;
  }
});
