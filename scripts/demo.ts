/**
 * Alice owns a trained network, Bob owns a hundred rows. They compute the network's answers without showing each other
 * anything: two parties and a dealer, each in a worker of its own.
 *
 *     deno task demo
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { additive, decodeNpy, launch, nn, type Session, type Tensor } from "../mod.ts";

const ALICE = 0;
const BOB = 1;
const DATA = new URL("../examples/data/", import.meta.url);

/** One layer as a party saw it. */
interface LayerReport {
  readonly name: string;
  readonly kind: string;
  readonly rounds: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** What a party returns. */
interface PartyReport {
  readonly share: readonly string[];
  readonly logits: Tensor;
  readonly layers: readonly LayerReport[];
  readonly totals: Session["stats"]["totals"];
  readonly seconds: number;
}

async function read(name: string): Promise<Uint8Array> {
  return await Deno.readFile(new URL(name, DATA));
}

/** What each party runs. */
export async function main(mpc: Session): Promise<PartyReport> {
  const model = await nn.fromOnnx(mpc, mpc.rank === ALICE ? await read("alice_net.onnx") : undefined, {
    src: ALICE,
  });
  const rows = mpc.rank === BOB ? decodeNpy(await read("bob_data.npy")) : undefined;
  const x = mpc.encrypt(rows, { src: BOB, shape: [100, 50] });
  const share = Array.from((await x.share()).slice(0, 3), String);
  mpc.resetStats();
  const start = performance.now();
  const ends: Promise<LayerReport>[] = [];
  let last = start;
  model.onLayer = (name, layer, output): void => {
    ends.push(
      output.settled().then(() => {
        const now = performance.now();
        const seconds = (now - last) / 1000;
        last = now;
        if (mpc.rank === ALICE) {
          console.log(`  ${name.padEnd(6)} ${String(layer?.kind).padEnd(8)} [${output.shape}] done`);
        }
        const ops = mpc.stats.ops.filter((row) => row.layer === name);
        const add = (f: (row: typeof ops[number]) => number): number =>
          ops.reduce((sum, row) => sum + f(row), 0);
        return {
          name,
          kind: layer?.kind ?? "",
          rounds: add((r) => r.rounds),
          bytes: add((r) => r.bytesPerParty),
          seconds,
        };
      }),
    );
  };
  const logits = await model.forward(x).decrypt();
  const seconds = (performance.now() - start) / 1000;
  return { share, logits, layers: await Promise.all(ends), totals: mpc.stats.totals, seconds };
}

function argmax(tensor: Tensor, row: number): number {
  return tensor.at(row, 1) > tensor.at(row, 0) ? 1 : 0;
}

async function report(): Promise<void> {
  const protocol = additive();
  console.log("Encrypted inference: Alice's network on Bob's rows\n");
  console.log("  Alice (party 0)  alice_net.onnx: 50 -> 20 -> ReLU -> 2, trained; its weights stay secret");
  console.log("  Bob   (party 1)  bob_data.npy: 100 rows of 50 numbers; they stay secret");
  console.log("  dealer           makes correlated randomness; sees no input, message or result");
  console.log(`  protocol         ${protocol.name}: ${protocol.threatModel}\n`);
  const [alice, bob] = await launch<PartyReport>(import.meta.url, { parties: 2, protocol });
  if (bob === undefined) throw new Error("Bob returned nothing");

  console.log("\nShares of Bob's first three numbers (random on their own, different in every run)");
  console.log(`  Alice  ${alice.share.join("  ")}`);
  console.log(`  Bob    ${bob.share.join("  ")}`);

  const expected = decodeNpy(await read("alice_net_expected.npy"));
  const labels = decodeNpy(await read("bob_labels.npy"));
  const { logits } = bob;
  console.log("\nLogits            decrypted            computed in the clear");
  for (let row = 0; row < 4; row++) {
    const show = (t: Tensor): string => [0, 1].map((i) => t.at(row, i).toFixed(5).padStart(9)).join(" ");
    console.log(`  row ${row}   ${show(logits)}   ${show(expected)}`);
  }
  let right = 0;
  let error = 0;
  for (let row = 0; row < 100; row++) {
    if (argmax(logits, row) === Number(labels.data[row])) right++;
    for (const i of [0, 1]) error = Math.max(error, Math.abs(logits.at(row, i) - expected.at(row, i)));
  }
  console.log(`\n  accuracy on Bob's labels  ${right} of 100`);
  console.log(
    `  largest error             ${error.toExponential(2)}  (${
      (error * 65536).toFixed(1)
    } units of the last place, 2^-16)`,
  );

  console.log("\nCost             rounds   bytes per party   seconds");
  for (const { name, kind, rounds, bytes, seconds } of alice.layers) {
    const label = `${name} (${kind})`.padEnd(15);
    console.log(
      `  ${label}${String(rounds).padStart(6)}${String(bytes).padStart(18)}${
        seconds.toFixed(4).padStart(10)
      }`,
    );
  }
  const { rounds, payloadBytes } = alice.totals;
  console.log(
    `  ${"all".padEnd(15)}${String(rounds).padStart(6)}${String(payloadBytes).padStart(18)}${
      alice.seconds.toFixed(4).padStart(10)
    }`,
  );
  console.log(
    '\n  Independent work shares rounds; "all" counts what passed between the parties, opening the result included.',
  );
}

if (import.meta.main) await report();
