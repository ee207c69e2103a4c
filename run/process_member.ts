/**
 * The module that a member's process starts with. Deno only.
 *
 * @module
 */
import { acceptTcp, connectTcp } from "../comm/tcp_mesh.ts";
import { type Job, runMember } from "./member.ts";
import { readPacket, writePacket } from "./packets.ts";

/** The first line of standard input. */
async function readLine(): Promise<string> {
  let text = "";
  for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.includes("\n")) break;
  }
  return text;
}

if (import.meta.main) {
  const { port, token: hex, rank } = JSON.parse(await readLine()) as {
    port: number;
    token: string;
    rank: number;
  };
  const token = Uint8Array.fromHex(hex);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const control = await Deno.connect({ hostname: "127.0.0.1", port });
  await writePacket(control, { token: hex, rank, port: listener.addr.port });
  const order = await readPacket(control) as { job: Job; ports: number[] } | undefined;
  if (order === undefined) Deno.exit(1);
  const { job, ports } = order;
  const above = ports.map((_, peer) => peer).filter((peer) => peer > rank);
  const accepted = above.length > 0 ? acceptTcp(listener, token, above, job.deadline) : undefined;
  if (accepted === undefined) listener.close();
  const links = new Map(
    await Promise.all(
      ports.slice(0, rank).map(async (p, peer) => [peer, await connectTcp(p, token, rank)] as const),
    ),
  );
  for (const [peer, link] of await accepted ?? []) links.set(peer, link);
  // A parent that is gone leaves no members behind.
  const orphaned = readPacket(control).then(() => Deno.exit(1), () => Deno.exit(1));
  const outcome = await Promise.race([runMember(job, rank, links), orphaned]);
  await writePacket(control, outcome);
  Deno.exit(0);
}
