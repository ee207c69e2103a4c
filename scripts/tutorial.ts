/**
 * Under the hood of encrypted networks, to run and read from top to bottom. `scripts/dev/notebook.ts` makes a notebook of this
 * file, `examples/tutorial.ipynb`: `// %%` begins a cell.
 *
 *     deno task tutorial
 *     deno run --allow-read scripts/tutorial.ts --parties 3 --backend wide
 *
 * @module
 */
// deno-lint-ignore-file no-console

// %% [markdown]
// # Under the hood of encrypted networks
//
// Alice has a trained network, Bob has data. They want the network's answers to Bob's data; neither shows the
// other what they have. This tutorial does it, and looks at what each party holds on the way.
//
// Every step compares what was computed on secrets with the same in the clear, and fails when the two differ by
// more than the tolerance that it states. Nothing is written to disk.

// %%
import {
  additive,
  type CrypTensor,
  decodeNpy,
  decodeNpz,
  isEncryptedTensor,
  type LocalOptions,
  matmul,
  nn,
  type OpStats,
  plain,
  RunError,
  runLocal,
  type Session,
  type Tensor,
  tensor,
  trustedFirstParty,
} from "../mod.ts";

// %% [markdown]
// ## The parties
//
// Parties are numbered. Alice and Bob are two; others may help, and hold shares like these two. `runLocal` runs
// all of them in this program, as tasks that exchange nothing but messages; the same program runs with a worker,
// a process or a machine for each party.
//
// With `additive()`, a secret is the sum of the parties' shares modulo 2^64. Each share alone is uniformly
// random.

// %%
const ALICE = 0;
const BOB = 1;

const option = (name: string, otherwise: string): string =>
  Deno.args.find((_, i) => Deno.args[i - 1] === `--${name}`) ?? otherwise;

const backends: Record<string, LocalOptions["protocol"]> = {
  "additive": additive(), // a dealer who sees no input makes the correlated randomness
  "wide": additive({ comparison: "wide" }), // fewer rounds in comparisons, more bytes from the dealer
  "exact": additive({ truncation: "exact" }),
  "first-party": additive({ provider: trustedFirstParty() }), // for tests: party 0 deals, and could know everything
  "plain": plain(), // for tests: hides nothing
};
const backend = option("backend", "additive");
const protocol = backends[backend];
if (protocol === undefined) throw new Error(`--backend is one of ${Object.keys(backends).join(", ")}`);
const options = { parties: Number(option("parties", "2")), protocol };

const nameOf = (rank: number): string =>
  rank === options.parties ? "dealer" : ["Alice", "Bob"][rank] ?? `party ${rank}`;
const folder = new URL("../examples/data/", import.meta.url);
const read = (name: string): Promise<Uint8Array> => Deno.readFile(new URL(name, folder));

const indent = (x: unknown): string => `  ${x}`.replaceAll("\n", "\n  ");
const numbers = (x: Tensor): number[] => Array.from(x.data, Number);
const rowsOf = (x: Tensor): number[][] => x.toNested() as number[][];

/** Prints a line for each party, in the order of ranks. */
const tell = (mpc: Session, text: string): Promise<void> =>
  mpc.print(`  ${nameOf(mpc.rank).padEnd(7)} ${text}`, { inOrder: true });

/** This party's first shares of a secret. */
const firstShares = async (x: CrypTensor): Promise<string> =>
  [...(await x.share()).slice(0, 2)].map((share) => `${share}`.padStart(20)).join(" ");

/** Holds a result to what was computed in the clear. */
function check(what: string, got: Tensor, want: Tensor, tolerance: number): void {
  if (`${got.shape}` !== `${want.shape}`) throw new Error(`${what}: [${got.shape}] is not [${want.shape}]`);
  const wanted = numbers(want);
  const error = numbers(got).reduce((most, x, i) => Math.max(most, Math.abs(x - wanted[i]!)), 0);
  console.log(`  ${what}: largest error ${error.toExponential(1)}, tolerance ${tolerance}`);
  if (!(error <= tolerance)) throw new Error(`${what}: the error is ${error}, ${tolerance} is the tolerance`);
}

function ensure(condition: boolean, what: string): void {
  if (!condition) throw new Error(`This does not hold: ${what}`);
  console.log(`  ok: ${what}`);
}

console.log(`Under the hood of encrypted networks: ${options.parties} parties, backend ${backend}`);
console.log(`  ${protocol.name}: ${protocol.threatModel}`);

// %% [markdown]
// ## A linear layer, encrypted
//
// Alice has a linear layer with weights of her own, Bob has three rows of four numbers.

// %%
console.log("\nA linear layer: Alice's weights, Bob's rows");
const aliceLayer = new nn.Linear(4, 2); // random weights, as PyTorch's start
const bobRows = nn.init.normal([3, 4]);
for (const [name, value] of Object.entries(aliceLayer.stateDict())) {
  console.log(`  Alice's ${name}\n${indent(value)}`);
}

// %% [markdown]
// Every party runs the same program. All know the architecture and make the layer; only Alice puts her weights
// in. After `encrypt` each party holds a share of them. `forward` computes on shares, and `decrypt` is the only
// door out.
//
// Numbers are integers modulo 2^64 with 16 fraction bits. Rounding an input or weight to them moves it by 2^-17
// at most, a truncated product is within 2^-16 of the true one: with four terms of this size the result is well
// within 1e-3.

// %%
const [product] = await runLocal(options, async (mpc) => {
  const layer = new nn.Linear(4, 2);
  if (mpc.rank === ALICE) layer.loadStateDict(aliceLayer.stateDict());
  layer.encrypt(mpc, { src: ALICE });
  const x = mpc.encrypt(mpc.rank === BOB ? bobRows : undefined, { src: BOB, shape: [3, 4] });
  for (const [name, value] of layer.namedParameters()) {
    if (!isEncryptedTensor(value)) throw new Error(`${name} is not encrypted`);
    await tell(mpc, `share of ${name.padEnd(6)} ${await firstShares(value)}`);
  }
  await tell(mpc, `share of rows   ${await firstShares(x)}`);
  return await layer.forward(x).decrypt();
});

/** W·x + b in the clear, with the rows of W one after the other. */
function affine(weight: Float64Array, bias: Float64Array, x: Float64Array): Float64Array {
  return bias.map((sum, o) => {
    for (let i = 0; i < x.length; i++) sum += weight[o * x.length + i]! * x[i]!;
    return sum;
  });
}

console.log(`  decrypted\n${indent(product)}`);
const [weight, bias] = ["weight", "bias"].map((name) =>
  Float64Array.from(numbers(aliceLayer.stateDict()[name] as Tensor))
);
const inTheClear = rowsOf(bobRows).map((row) => [...affine(weight!, bias!, Float64Array.from(row))]);
check("against W·x + b in the clear", product, tensor(inTheClear), 1e-3);

// %% [markdown]
// ## A layer that scales
//
// The weight is five times the identity and the data is all ones, so that the result is plain to see. Whole
// numbers lose nothing: the tolerance is 0.

// %%
console.log("\nA layer that multiplies by five");
const [fives] = await runLocal(options, async (mpc) => {
  const layer = new nn.Linear(3, 3);
  if (mpc.rank === ALICE) {
    layer.loadStateDict({ weight: [[5, 0, 0], [0, 5, 0], [0, 0, 5]], bias: [0, 0, 0] });
  }
  layer.encrypt(mpc, { src: ALICE });
  const ones = mpc.rank === BOB ? nn.init.constant([2, 3], 1) : undefined;
  const x = mpc.encrypt(ones, { src: BOB, shape: [2, 3] });
  return await layer.forward(x).decrypt();
});
console.log(`  decrypted\n${indent(fives)}`);
check("against fives", fives, nn.init.constant([2, 3], 5), 0);

// %% [markdown]
// ## Data and a network
//
// A thousand random samples of 50 features, labelled by the side of a random hyperplane on which they lie (seed
// 1 of PyTorch). Alice has 900 of them to train on, Bob has 100. Alice's network has 20 hidden units and two
// outputs; `expected` is what it answers to Bob's rows once PyTorch has trained it, in double precision.

// %%
console.log("\nData");
const aliceData = decodeNpy(await read("alice_data.npy"));
const aliceLabels = decodeNpy(await read("alice_labels.npy"));
const bobData = decodeNpy(await read("bob_data.npy"));
const bobLabels = decodeNpy(await read("bob_labels.npy"));
const expected = decodeNpy(await read("alice_net_expected.npy"));
const aliceNet = (): nn.Sequential =>
  new nn.Sequential({ fc1: new nn.Linear(50, 20), relu: new nn.ReLU(), fc2: new nn.Linear(20, 2) });
console.log(`  Alice [${aliceData.shape}] and labels [${aliceLabels.shape}], Bob [${bobData.shape}]`);

// %% [markdown]
// ## Alice trains in the clear
//
// Plain TypeScript that Alice runs alone: cross-entropy, 500 steps of gradient descent on all her samples, rate
// 0.1, from the weights that PyTorch draws after seed 1, so that the losses can be compared with PyTorch's.

// %%
const shapes = { "fc1.weight": [20, 50], "fc1.bias": [20], "fc2.weight": [2, 20], "fc2.bias": [2] };
const names = Object.keys(shapes) as (keyof typeof shapes)[];
type Weights = Record<keyof typeof shapes, Float64Array>;

/** y += a·x, at an offset of y. */
function addTo(y: Float64Array, offset: number, a: number, x: Float64Array): void {
  for (let i = 0; i < x.length; i++) y[offset + i]! += a * x[i]!;
}

/** Adds what one sample gives to the gradient; returns its loss. */
function backpropagate(w: Weights, x: Float64Array, label: number, gradient: Weights): number {
  const hidden = affine(w["fc1.weight"], w["fc1.bias"], x).map((h) => Math.max(h, 0));
  const logits = affine(w["fc2.weight"], w["fc2.bias"], hidden);
  const logSum = Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
  const dHidden = new Float64Array(hidden.length);
  logits.forEach((z, k) => {
    const dLogit = Math.exp(z - logSum) - (k === label ? 1 : 0);
    const row = k * hidden.length;
    gradient["fc2.bias"][k]! += dLogit;
    addTo(gradient["fc2.weight"], row, dLogit, hidden);
    addTo(dHidden, 0, dLogit, w["fc2.weight"].subarray(row, row + hidden.length));
  });
  hidden.forEach((h, j) => {
    if (h === 0) return;
    gradient["fc1.bias"][j]! += dHidden[j]!;
    addTo(gradient["fc1.weight"], j * x.length, dHidden[j]!, x);
  });
  return logSum - logits[label]!;
}

console.log("\nAlice trains in the clear");
const collect = (of: (name: keyof Weights) => Float64Array): Weights =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as Weights;
const start = await decodeNpz(await read("alice_start.npz"));
const trained = collect((name) => Float64Array.from(numbers(start[name]!)));
const samples = rowsOf(aliceData).map((row) => Float64Array.from(row));
const losses: number[] = [];
for (let epoch = 0; epoch < 500; epoch++) {
  const gradient = collect((name) => new Float64Array(trained[name].length));
  let loss = 0;
  samples.forEach((x, row) => loss += backpropagate(trained, x, aliceLabels.at(row), gradient));
  for (const name of names) gradient[name].forEach((g, i) => trained[name][i]! -= 0.1 * g / samples.length);
  if (epoch % 100 !== 99) continue;
  losses.push(loss / samples.length);
  console.log(`  epoch ${epoch}  loss ${losses.at(-1)!.toFixed(4)}`);
}
// PyTorch computes in 24 bits, this in 53: a thousandth is far more than five hundred steps make of that.
check("losses against PyTorch's", tensor(losses), tensor([0.2470, 0.0897, 0.0517, 0.0351, 0.0261]), 1e-3);

// %% [markdown]
// ## Her network on Bob's rows
//
// All parties make the network; Alice's holds the trained weights, and after `encrypt` all hold shares of these.
// `toString` says for every weight whether it is secret.

// %%
console.log("\nThe network that Alice has just trained, on Bob's rows");
const [ownLogits] = await runLocal(options, async (mpc) => {
  const model = aliceNet().eval();
  if (mpc.rank === ALICE) {
    model.loadStateDict(Object.fromEntries(names.map((name) => [name, tensor(trained[name], shapes[name])])));
  }
  await mpc.print(`  before\n${indent(model)}`, { dst: BOB });
  model.encrypt(mpc, { src: ALICE });
  await mpc.print(`  after\n${indent(model)}`, { dst: BOB });
  const x = mpc.encrypt(mpc.rank === BOB ? bobData : undefined, { src: BOB, shape: [100, 50] });
  return await model.forward(x).decrypt();
});
// Rounding 50 inputs and weights to 2^-17 moves a logit by some 1e-4, the truncations by 16·2^-16 at most.
check("against PyTorch's network in the clear", ownLogits, expected, 1e-3);
const accuracy = (y: Tensor): number =>
  numbers(bobLabels).filter((label, row) => Number(y.at(row, 1) > y.at(row, 0)) === label).length;
const right = accuracy(ownLogits);
ensure(right === accuracy(expected), `${right} of Bob's 100 rows are classified right, as in the clear`);

// %% [markdown]
// ## The same from an ONNX file, layer by layer
//
// `nn.fromOnnx` takes the file at its owner: `src` says who that is, and the others pass nothing. Layers have
// the names that they had in PyTorch. They are modules like any other: `get` finds one, `forward` runs it.
//
// After every layer each party tells whether what it holds is encrypted, and its shares of the first row. Three
// rows are computed; the result is decrypted at the end only.

// %%
console.log("\nAlice's ONNX file, layer by layer, on three of Bob's rows");
const load = async (mpc: Session, file: string): Promise<nn.Graph> =>
  await nn.fromOnnx(mpc, mpc.rank === ALICE ? await read(file) : undefined, { src: ALICE });
const threeRows = tensor(rowsOf(bobData).slice(0, 3));
const [logits] = await runLocal(options, async (mpc) => {
  const model = await load(mpc, "alice_net.onnx");
  await mpc.print(indent(model), { dst: ALICE });
  let y = mpc.encrypt(mpc.rank === BOB ? threeRows : undefined, { src: BOB, shape: [3, 50] });
  for (const name of ["fc1", "relu", "fc2"]) {
    y = (model.get(name) as nn.Module).forward(y);
    await tell(mpc, `after ${name.padEnd(4)} encrypted: ${isEncryptedTensor(y)} ${await firstShares(y)}`);
  }
  return await y.decrypt();
});
console.log(`  decrypted\n${indent(logits)}`);
const printed = tensor([[-2.6351, 2.5862], [2.1366, -1.3115], [4.3660, -3.4084]]);
check("against what PyTorch printed", logits, printed, 1e-3);
check("against double precision", logits, tensor(rowsOf(expected).slice(0, 3)), 1e-3);

// %% [markdown]
// ## A convolutional network
//
// Two convolutions with batch norms and average pools, two linear layers with another batch norm. PyTorch's
// exporter has merged the first two norms into the convolutions, Alice's side merges the third into the linear
// layer before anything is shared. Shapes and constants are architecture: they are public, and no layers.
//
// `onLayer` sees every layer's result; `mpc.stats` has its rounds, bytes to each peer and bytes from the dealer.

// %%
console.log("\nA convolutional network on one image");
const image = decodeNpy(await read("../../tests/data/alice_net2_input.npy"));
const [scores] = await runLocal(options, async (mpc) => {
  const model = await load(mpc, "../../tests/data/alice_net2.onnx");
  const x = mpc.encrypt(mpc.rank === BOB ? image : undefined, { src: BOB, shape: [1, 1, 28, 28] });
  const results: [name: string, what: string][] = [];
  model.onLayer = (name, layer, y): void => {
    results.push([
      name,
      `${layer?.kind.padEnd(12)} ${isEncryptedTensor(y) ? "secret" : "public"} [${y.shape}]`,
    ]);
  };
  mpc.resetStats();
  const y = await model.forward(x).decrypt();
  const costs = [...results, ["", "rounding and opening the result"] as const].map(([name, what]) => {
    const rows = mpc.stats.ops.filter(({ layer }) => layer === name);
    const total = (of: (row: OpStats) => number): string =>
      `${rows.reduce((sum, row) => sum + of(row), 0)}`.padStart(8);
    const figures = total((r) => r.rounds) + total((r) => r.bytesPerParty) + total((r) => r.correlationBytes);
    return name.padEnd(14) + what.padEnd(36) + figures;
  });
  const head = `${"layer, kind and result".padEnd(52)}rounds   bytes  dealer`;
  await mpc.print(indent([model, "", head, ...costs].join("\n")), { dst: ALICE });
  return y;
});
// The image's pixels are within 1 and the rounding errors of 25 to 256 terms add up: the same reasons as above.
const inClear = decodeNpy(await read("../../tests/data/alice_net2_expected.npy"));
check("against the network in the clear", scores, inClear, 1e-3);

// %% [markdown]
// ## Secret, public, and mistakes
//
// Secrets mix with public numbers in either order; a product with a public matrix costs nothing. Plain data is
// not taken for a secret by mistake: the compiler refuses it, and so does the model when it runs, before
// anything is sent.

// %%
console.log("\nSecret, public, and mistakes");
const refusals = await runLocal(options, async (mpc) => {
  const square = tensor([[1, 2], [3, 4]]);
  const x = mpc.encrypt(mpc.rank === BOB ? [[10, 20], [30, 40]] : undefined, { src: BOB, shape: [2, 2] });
  const [left, right] = await Promise.all([matmul(square, x).decrypt(), matmul(x, square).decrypt()]);
  if (mpc.rank === ALICE) {
    check("public times secret", left, tensor([[70, 100], [150, 220]]), 0);
    check("secret times public", right, tensor([[70, 100], [150, 220]]), 0);
  }
  const model = await load(mpc, "alice_net.onnx");
  try {
    // @ts-expect-error a plain tensor is not an encrypted one
    model.forward(threeRows);
  } catch (error) {
    return error;
  }
});
ensure(refusals.every((error) => error instanceof TypeError), "plain rows are refused at every party");
console.log(`  ${refusals[ALICE]}`);

// %% [markdown]
// ## When a party fails
//
// A run that fails at one party ends at all of them, with one error: who failed first, why, and in which layer
// and operation. The others say for whom they stopped.

// %%
async function failing(what: string, program: (mpc: Session) => Promise<unknown>): Promise<void> {
  const began = performance.now();
  const error = await runLocal(options, program).then(() => undefined, (reason) => reason);
  console.log(`  ${what}`);
  if (!(error instanceof RunError)) throw new Error(`the run did not fail: ${what}`, { cause: error });
  for (const { rank, error: own } of error.failures) console.log(`    ${nameOf(rank).padEnd(7)} ${own}`);
  ensure(error.failures.length >= options.parties, "every party ended");
  ensure(performance.now() - began < 2000, "within two seconds");
}

/** Alice's network on the first columns of Bob's rows. */
async function infer(mpc: Session, file: string, columns = 50): Promise<CrypTensor> {
  const model = await load(mpc, "alice_net.onnx");
  const rows = mpc.rank === BOB ? rowsOf(decodeNpy(await read(file))) : undefined;
  const own = rows?.map((row) => row.slice(0, columns));
  return model.forward(mpc.encrypt(own, { src: BOB, shape: [100, columns] }));
}

console.log("\nWhen a party fails");
await failing("Bob's file is missing", (mpc) => infer(mpc, "no_such_file.npy"));
await failing("Bob's rows have 49 columns", (mpc) => infer(mpc, "bob_data.npy", 49));
await failing("layers do not fit each other", async (mpc) => {
  const model = new nn.Sequential({ fc1: new nn.Linear(50, 20), fc2: new nn.Linear(21, 2) });
  model.encrypt(mpc, { src: ALICE });
  return await model.forward(mpc.rand([3, 50])).decrypt();
});
await failing("Bob stops after the first layer", async (mpc) => {
  const model = aliceNet().encrypt(mpc, { src: ALICE });
  const hidden = (model.get("fc1") as nn.Module).forward(mpc.rand([3, 50]));
  await hidden.settled();
  if (mpc.rank === BOB) throw new Error("out of battery");
  return await hidden.relu().decrypt();
});

// %% [markdown]
// ## What a share tells
//
// That shares look random proves little. So: shares of the same rows are others in every run, and the bytes of
// each party's shares are as evenly spread as random bytes (chi-square of the 256 byte values, in standard
// deviations; beyond 6 a random sample gets once in millions). The same test finds the rows themselves at once.

// %%
const rounder = 1.5 * 2 ** 52; // adding it and taking it away rounds to whole numbers, ties to even
const encoded = BigInt64Array.from(numbers(bobData), (x) => BigInt(x * 2 ** 16 + rounder - rounder));

function unevenness(words: BigInt64Array): number {
  const counts = new Array<number>(256).fill(0);
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  for (const byte of bytes) counts[byte]!++;
  const each = bytes.length / 256;
  return (counts.reduce((sum, n) => sum + (n - each) ** 2 / each, 0) - 255) / Math.sqrt(2 * 255);
}

const sharing = (): Promise<BigInt64Array[]> =>
  runLocal(options, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === BOB ? bobData : undefined, { src: BOB, shape: [100, 50] });
    return await x.share();
  });

console.log("\nWhat a share tells");
const clear = unevenness(encoded);
ensure(clear > 100, `Bob's rows themselves are ${clear.toFixed(0)} deviations from even`);
if (backend === "plain") console.log("  plain shares nothing: every party has the rows");
else {
  const [one, other] = [await sharing(), await sharing()];
  one.forEach((share, rank) => {
    const z = unevenness(share);
    ensure(Math.abs(z) < 6, `${nameOf(rank)}'s shares are even (${z.toFixed(1)} deviations)`);
    const differ = share.every((word, i) => word !== other[rank]![i]);
    ensure(differ, `${nameOf(rank)}'s shares are others in another run`);
  });
  const sums = encoded.map((_, i) => one.reduce((sum, share) => BigInt.asIntN(64, sum + share[i]!), 0n));
  ensure(sums.every((sum, i) => sum === encoded[i]), "the sum of all shares is the secret");
}

// %% [markdown]
// ## What crosses the boundary
//
// An audit of a whole inference. `mpc.stats` lists what ran: one thing was opened, the result, and to Bob only.
// And in all that Bob sent, to Alice or the dealer, none of his 5000 numbers is seen with the one before it. (A
// single one can be: messages end in padded words, and some of these are as short as his numbers.) The control
// is the backend that hides nothing: there, all of them are seen.

// %%
/** How many of Bob's numbers are sent after the one before them, and what the program ran. */
async function audit(protocol: LocalOptions["protocol"]): Promise<{ seen: number; ops: readonly OpStats[] }> {
  const sent = new Set<string>();
  const wrap: LocalOptions["wrap"] = (link, from) => ({
    kind: link.kind,
    locality: link.locality,
    receive: (handler) => link.receive(handler),
    close: () => link.close(),
    send(frame): void {
      for (const part of from === BOB ? frame : []) {
        const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
        for (let at = 8; at + 8 <= part.length; at += 8) {
          sent.add(`${view.getBigInt64(at - 8, true)} ${view.getBigInt64(at, true)}`);
        }
      }
      link.send(frame);
    },
  });
  const [ops] = await runLocal({ ...options, protocol, wrap }, async (mpc) => {
    const result = await (await infer(mpc, "bob_data.npy")).decrypt({ dst: BOB });
    if ((result !== undefined) !== (mpc.rank === BOB)) throw new Error("the result is Bob's alone");
    return mpc.stats.ops;
  });
  return { seen: encoded.filter((x, i) => sent.has(`${encoded[i - 1]} ${x}`)).length, ops };
}

console.log("\nWhat crosses the boundary");
const { seen, ops } = await audit(protocol);
for (const { layer, op, calls } of ops) {
  const what = op === "decrypt" ? "opened to Bob" : op === "encrypt" ? "shared" : "masked";
  console.log(`  ${layer.padEnd(5)} ${op.padEnd(10)} ${calls} call${calls > 1 ? "s" : " "}  ${what}`);
}
const opened = ops.filter(({ op }) => op === "decrypt").map(({ calls }) => calls);
ensure(`${opened}` === "1", "one value was opened");
const control = await audit(plain());
ensure(control.seen === encoded.length - 1, `the control sees ${control.seen} of Bob's numbers`);
if (backend !== "plain") ensure(seen === 0, `with ${backend}, ${seen} of them are seen`);
console.log("\nAll steps hold.");
