/**
 * What a secured link costs: frames between two ends in one isolate, open and encrypted. `deno bench -A scripts/bench/secure_bench.ts`
 *
 * @module
 */
import { Identity } from "../../comm/identity.ts";
import { memoryPair } from "../../comm/memory.ts";
import { secure } from "../../comm/secure.ts";
import type { Transport } from "../../comm/transport.ts";

const [alice, bob] = await Promise.all([Identity.generate(), Identity.generate()]);

async function securedPair(): Promise<[Transport, Transport]> {
  const [a, b] = memoryPair();
  const common = { prologue: { version: "1" } };
  return await Promise.all([
    secure(a, { ...common, identity: alice, peer: bob.publicKey, initiator: true }),
    secure(b, { ...common, identity: bob, peer: alice.publicKey, initiator: false }),
  ]);
}

/** Sends frames and waits until all have arrived. */
function sender([a, b]: [Transport, Transport], bytes: number, frames: number): () => Promise<void> {
  let left = 0;
  let all = Promise.withResolvers<void>();
  b.receive({
    frame() {
      if (--left === 0) all.resolve();
    },
    closed() {},
  });
  a.receive({ frame() {}, closed() {} });
  return async () => {
    left = frames;
    all = Promise.withResolvers<void>();
    for (let i = 0; i < frames; i++) a.send([new Uint8Array(bytes)]);
    await all.promise;
  };
}

for (
  const [name, bytes, frames] of [["1 kB", 1 << 10, 1], ["64 x 1 kB", 1 << 10, 64], ["1 MB", 1 << 20, 1], [
    "8 x 8 MB",
    8 << 20,
    8,
  ], ["64 MB", 1 << 26, 1]] as const
) {
  const open = sender(memoryPair(), bytes, frames);
  const secured = sender(await securedPair(), bytes, frames);
  Deno.bench(`open, ${name}`, { group: name, baseline: true }, open);
  Deno.bench(`secured, ${name}`, { group: name }, secured);
}

Deno.bench("handshake", async () => {
  for (const link of await securedPair()) await link.close();
});
