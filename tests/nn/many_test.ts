import { additive, nn, runLocal, trustedFirstParty } from "../../mod.ts";
import { DATA, openFrame } from "../../comm/frame.ts";
import type { Transport } from "../../comm/transport.ts";
import { assert, assertEquals } from "../deps.ts";

const MODEL = Deno.readFileSync(new URL("../../examples/data/alice_net.onnx", import.meta.url));

/** Collects what is opened on each link: everything of at least eight bytes that one party sends to the other. */
function listener(): { links: string[][]; wrap: (link: Transport) => Transport } {
  const links: string[][] = [];
  const wrap = (link: Transport): Transport => {
    const seen: string[] = [];
    links.push(seen);
    return listening(link, seen);
  };
  return { links, wrap };
}

function listening(link: Transport, seen: string[]): Transport {
  return {
    kind: link.kind,
    locality: link.locality,
    receive: (handler) => link.receive(handler),
    close: () => link.close(),
    send(frame): void {
      for (const { kind, payload } of openFrame(frame, 2 ** 31).messages) {
        if (kind === DATA && payload.length >= 8) seen.push(payload.toString());
      }
      link.send(frame);
    },
  };
}

Deno.test("a thousand inferences of one input: memory stays, and no opening is like another", async () => {
  const { links, wrap } = listener();
  const protocol = additive({ provider: trustedFirstParty() });
  const counts = await runLocal({ parties: 2, protocol, wrap }, async (mpc) => {
    const model = await nn.fromOnnx(mpc, mpc.rank === 0 ? MODEL : undefined, { src: 0 });
    const row = Array.from({ length: 50 }, (_, i) => Math.sin(i));
    const { heap } = mpc.context.shared.env;
    const answers = new Set<string>();
    const infer = async (): Promise<void> => {
      using x = mpc.encrypt(mpc.rank === 1 ? [row] : undefined, { src: 1, shape: [1, 50] });
      using y = model.forward(x);
      const { data } = await y.decrypt();
      // Truncation is off by one unit at most, which way differs.
      answers.add(Array.from(data as Float64Array, (value) => Math.round(value * 256)).join());
    };
    for (let i = 0; i < 50; i++) await infer();
    const before = [heap.liveBytes, heap.liveBlocks];
    for (let i = 0; i < 950; i++) await infer();
    assertEquals([heap.liveBytes, heap.liveBlocks], before);
    return answers.size;
  });
  for (const count of counts) assert(count <= 4, `${count} different answers`);
  // Masks that were used twice would open one secret to the same bytes twice.
  for (const seen of links) {
    assert(seen.length > 1000, `${seen.length} openings`);
    assertEquals(seen.length - new Set(seen).size, 0);
  }
});
