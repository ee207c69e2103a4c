/**
 * Under the hood of encrypted networks: a tutorial to run and read from top to bottom. It is also a notebook,
 * `examples/tutorial.ipynb`, which `scripts/dev/notebook.ts` makes of this file: `// %%` begins a cell.
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
// Alice has a trained network, Bob has data. They want the network's answers to Bob's data; neither shows the other what
// they have. This tutorial does it, and looks at what each party holds on the way.
//
// Every step compares what was computed on secrets with the same in the clear, and fails when the two differ by more than
// the tolerance that it states. Nothing is written to disk, and a step needs no files of an earlier one.

// %%
import {
  additive,
  CrypTensor,
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
// Parties are numbered. Alice and Bob are two; others may help, and hold shares like these two. `runLocal` runs all of them
// in this program, as tasks that exchange nothing but messages; the same program runs with a worker, a process or a machine
// for each party.
//
// With `additive()`, a secret is the sum of the parties' shares modulo 2^64. Each share alone is uniformly random.

// %%
const ALICE = 0;
const BOB = 1;

function option(name: string, otherwise: string): string {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Deno.args[at + 1] ?? "";
}

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

const nameOf = (rank: number): string => ["Alice", "Bob"][rank] ?? `party ${rank}`;
const folder = new URL("../examples/data/", import.meta.url);
const read = (name: string): Promise<Uint8Array> => Deno.readFile(new URL(name, folder));

/** Prints a line for each party, in the order of ranks. */
async function tell(mpc: Session, text: string): Promise<void> {
  await mpc.print([`  ${nameOf(mpc.rank).padEnd(7)} ${text}`], { inOrder: true });
}

/** This party's first shares of a secret. */
async function firstShares(x: CrypTensor, count = 3): Promise<string> {
  return [...(await x.share()).slice(0, count)].map((share) => `${share}`.padStart(20)).join(" ");
}

const numbers = (x: Tensor): number[] => Array.from(x.data, Number);

const firstRows = (x: Tensor, count: number): Tensor =>
  tensor(Float64Array.from(numbers(x).slice(0, count * x.shape[1]!)), [count, x.shape[1]!]);

function largestError(got: Tensor, want: Tensor): number {
  if (got.shape.join() !== want.shape.join()) {
    throw new Error(`the result is [${got.shape}], not [${want.shape}]`);
  }
  const [g, w] = [numbers(got), numbers(want)];
  return g.reduce((most, x, i) => Math.max(most, Math.abs(x - w[i]!)), 0);
}

/** Holds a result to what was computed in the clear. */
function check(what: string, got: Tensor, want: Tensor, tolerance: number): void {
  const error = largestError(got, want);
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
  console.log(`  Alice's ${name}\n${value}`.replaceAll("\n", "\n    "));
}

// %% [markdown]
// Every party runs the same program. All know the architecture and make the layer; only Alice puts her weights in. After
// `encrypt` each party holds a share of them. `forward` computes on shares, and `decrypt` is the only door out.
//
// Numbers are integers modulo 2^64 with 16 fraction bits. Rounding an input or weight to them moves it by 2^-17 at most, a
// truncated product is within 2^-16 of the true one: with four terms of this size the result is well within 1e-3.

// %%
const [product] = await runLocal(options, async (mpc) => {
  const layer = new nn.Linear(4, 2);
  if (mpc.rank === ALICE) layer.loadStateDict(aliceLayer.stateDict());
  layer.encrypt(mpc, { src: ALICE });
  const x = mpc.encrypt(mpc.rank === BOB ? bobRows : undefined, { src: BOB, shape: [3, 4] });
  for (const [name, value] of layer.namedParameters()) {
    if (isEncryptedTensor(value)) {
      await tell(mpc, `share of ${name.padEnd(6)} ${await firstShares(value, 2)}`);
    }
  }
  await tell(mpc, `share of Bob's   ${await firstShares(x, 2)}`);
  return await layer.forward(x).decrypt();
});

/** x·Wᵀ + b in the clear. */
function linear(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const [rows, inputs, outputs] = [x.shape[0]!, x.shape[1]!, weight.shape[0]!];
  const y = new Float64Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias.at(o);
      for (let i = 0; i < inputs; i++) sum += x.at(r, i) * weight.at(o, i);
      y[r * outputs + o] = sum;
    }
  }
  return tensor(y, [rows, outputs]);
}

console.log(`  decrypted\n${product}`.replaceAll("\n", "\n    "));
const { weight, bias } = aliceLayer.stateDict() as Record<string, Tensor>;
check("against x·Wᵀ + b in the clear", product, linear(bobRows, weight!, bias!), 1e-3);

// %% [markdown]
// ## A layer that scales
//
// The weight is five times the identity and the data is all ones, so that the result is plain to see. Whole numbers lose
// nothing: the tolerance is 0.

// %%
console.log("\nA layer that multiplies by five");
const [fives] = await runLocal(options, async (mpc) => {
  const layer = new nn.Linear(3, 3);
  if (mpc.rank === ALICE) {
    layer.loadStateDict({ weight: [[5, 0, 0], [0, 5, 0], [0, 0, 5]], bias: [0, 0, 0] });
  }
  layer.encrypt(mpc, { src: ALICE });
  const x = mpc.encrypt(mpc.rank === BOB ? nn.init.constant([2, 3], 1) : undefined, {
    src: BOB,
    shape: [2, 3],
  });
  return await layer.forward(x).decrypt();
});
console.log(`  decrypted\n${fives}`.replaceAll("\n", "\n    "));
check("against fives", fives, nn.init.constant([2, 3], 5), 0);

// %% [markdown]
// ## Data
//
// A thousand random samples of 50 features, labelled by the side of a random hyperplane on which they lie (seed 1 of
// PyTorch). Alice has 900 of them to train on, Bob has 100.

// %%
console.log("\nData");
const [aliceData, aliceLabels, bobData, bobLabels] = await Promise.all(
  ["alice_data", "alice_labels", "bob_data", "bob_labels"].map(async (name) =>
    decodeNpy(await read(`${name}.npy`))
  ),
) as [Tensor, Tensor, Tensor, Tensor];
console.log(`  Alice [${aliceData.shape}] and labels [${aliceLabels.shape}], Bob [${bobData.shape}]`);

// %% [markdown]
// ## Alice trains in the clear
//
// This is plain TypeScript that Alice runs alone, on her own data: 50-20-2 with ReLU, cross-entropy, 500 steps of gradient
// descent on all her samples with rate 0.1. It begins with the weights that PyTorch draws for it after seed 1, so the losses
// can be compared with PyTorch's.

// %%
type Weights = Record<"fc1.weight" | "fc1.bias" | "fc2.weight" | "fc2.bias", Float64Array>;
const [INPUTS, HIDDEN, CLASSES] = [50, 20, 2];

/** out = matrix·x + bias. */
function affine(out: Float64Array, matrix: Float64Array, x: Float64Array, bias: Float64Array): void {
  for (let o = 0; o < out.length; o++) {
    let sum = bias[o]!;
    for (let i = 0; i < x.length; i++) sum += matrix[o * x.length + i]! * x[i]!;
    out[o] = sum;
  }
}

/** Adds one sample's part of the gradient; returns its loss. */
function backpropagate(w: Weights, x: Float64Array, label: number, gradient: Weights): number {
  const hidden = new Float64Array(HIDDEN);
  const logits = new Float64Array(CLASSES);
  affine(hidden, w["fc1.weight"], x, w["fc1.bias"]);
  hidden.forEach((h, j) => hidden[j] = Math.max(h, 0));
  affine(logits, w["fc2.weight"], hidden, w["fc2.bias"]);
  const logSum = Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
  const dHidden = new Float64Array(HIDDEN);
  for (let k = 0; k < CLASSES; k++) {
    const dLogit = Math.exp(logits[k]! - logSum) - (k === label ? 1 : 0);
    gradient["fc2.bias"][k]! += dLogit;
    for (let j = 0; j < HIDDEN; j++) {
      gradient["fc2.weight"][k * HIDDEN + j]! += dLogit * hidden[j]!;
      dHidden[j]! += dLogit * w["fc2.weight"][k * HIDDEN + j]!;
    }
  }
  for (let j = 0; j < HIDDEN; j++) {
    if (hidden[j] === 0) continue;
    gradient["fc1.bias"][j]! += dHidden[j]!;
    for (let i = 0; i < INPUTS; i++) gradient["fc1.weight"][j * INPUTS + i]! += dHidden[j]! * x[i]!;
  }
  return logSum - logits[label]!;
}

console.log("\nAlice trains in the clear");
const names = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"] as const;
const start = await decodeNpz(await read("alice_start.npz"));
const fresh = (of: (name: string) => ArrayLike<number>): Weights =>
  Object.fromEntries(names.map((name) => [name, Float64Array.from(of(name))])) as Weights;
const trained = fresh((name) => numbers(start[name]!));
const samples = Array.from(
  { length: aliceData.shape[0]! },
  (_, r) => Float64Array.from(numbers(aliceData).slice(r * INPUTS, (r + 1) * INPUTS)),
);
const losses: number[] = [];
for (let epoch = 0; epoch < 500; epoch++) {
  const gradient = fresh((name) => new Float64Array(trained[name as keyof Weights].length));
  const loss = samples.reduce((sum, x, r) => sum + backpropagate(trained, x, aliceLabels.at(r), gradient), 0);
  if (epoch % 100 === 99) {
    losses.push(loss / samples.length);
    console.log(`  epoch ${epoch}  loss ${losses.at(-1)!.toFixed(4)}`);
  }
  for (const name of names) {
    gradient[name].forEach((g, i) => trained[name][i]! -= 0.1 * g / samples.length);
  }
}
// PyTorch computes in 24 bits, this in 53: a thousandth is far more than five hundred steps make of that.
check("losses against PyTorch's", tensor(losses), tensor([0.2470, 0.0897, 0.0517, 0.0351, 0.0261]), 1e-3);

// %% [markdown]
// ## Her network on Bob's rows
//
// The weights go into layers. All parties make the network; Alice's holds the trained weights, and after `encrypt` all hold
// shares of these. `toString` says for every weight whether it is secret. The reference is the same network that PyTorch
// trained, in double precision.

// %%
console.log("\nThe network that Alice has just trained, on Bob's rows");
const expected = decodeNpy(await read("alice_net_expected.npy"));
const aliceNet = (): nn.Sequential =>
  new nn.Sequential({ fc1: new nn.Linear(50, 20), relu: new nn.ReLU(), fc2: new nn.Linear(20, 2) });
const shapes = { "fc1.weight": [20, 50], "fc1.bias": [20], "fc2.weight": [2, 20], "fc2.bias": [2] };

const [ownLogits] = await runLocal(options, async (mpc) => {
  const model = aliceNet().eval();
  if (mpc.rank === ALICE) {
    model.loadStateDict(Object.fromEntries(names.map((name) => [name, tensor(trained[name], shapes[name])])));
  }
  await mpc.print(`before: ${model}`, { dst: BOB });
  model.encrypt(mpc, { src: ALICE });
  await mpc.print(`after:  ${model}`, { dst: BOB });
  const x = mpc.encrypt(mpc.rank === BOB ? bobData : undefined, { src: BOB, shape: [100, 50] });
  return await model.forward(x).decrypt();
});
// Rounding 50 inputs and weights to 2^-17 moves a logit by some 1e-4, the truncations by 16·2^-16 at most.
check("against PyTorch's network in the clear", ownLogits, expected, 1e-3);
const accuracy = (y: Tensor): number =>
  numbers(bobLabels).filter((label, row) => Number(y.at(row, 1) > y.at(row, 0)) === label).length;
ensure(
  accuracy(ownLogits) === accuracy(expected),
  `${accuracy(ownLogits)} of Bob's 100 rows are classified right`,
);

// %% [markdown]
// ## The same from an ONNX file, layer by layer
//
// `nn.fromOnnx` takes the file at its owner: `src` says who that is, and the others pass nothing. Layers have the names that
// they had in PyTorch. They are modules like any other: `get` finds one, `forward` runs it.
//
// After every layer each party tells whether what it holds is encrypted, and its shares of the first row. Three rows are
// computed; the result is decrypted at the end only.

// %%
console.log("\nAlice's ONNX file, layer by layer, on three of Bob's rows");
const threeRows = firstRows(bobData, 3);
const [logits] = await runLocal(options, async (mpc) => {
  const model = await nn.fromOnnx(mpc, mpc.rank === ALICE ? await read("alice_net.onnx") : undefined, {
    src: ALICE,
  });
  await mpc.print(`  ${model}`.replaceAll("\n", "\n  "), { dst: ALICE });
  let y = mpc.encrypt(mpc.rank === BOB ? threeRows : undefined, { src: BOB, shape: [3, 50] });
  for (const name of ["fc1", "relu", "fc2"]) {
    const layer = model.get(name) as nn.Module;
    y = layer.forward(y);
    const encrypted = isEncryptedTensor(y);
    await tell(
      mpc,
      `after ${name.padEnd(4)} [${y.shape}] encrypted: ${encrypted}  ${await firstShares(y, 2)}`,
    );
  }
  return await y.decrypt();
});
console.log(`  decrypted\n${logits}`.replaceAll("\n", "\n    "));
check(
  "against PyTorch's printed logits",
  logits,
  tensor([[-2.6351, 2.5862], [2.1366, -1.3115], [4.3660, -3.4084]]),
  1e-3,
);
check(
  "against those of double precision",
  logits,
  firstRows(expected, 3),
  1e-3,
);

// %% [markdown]
// ## A convolutional network
//
// Two convolutions with batch norms and average pools, two linear layers with another batch norm. PyTorch's exporter has
// merged the first two batch norms into the convolutions. The third one is merged by its owner before anything is shared,
// and so are the constants that shapes are computed of: what the file has beyond layers is architecture, and public.
//
// `onLayer` is told of every layer's result; `mpc.stats` has what each layer cost.

// %%
console.log("\nA convolutional network on one image");
const image = decodeNpy(await read("../../tests/data/alice_net2_input.npy"));
const layerCosts = (ops: readonly OpStats[]): string[] =>
  [...new Set(ops.map(({ layer }) => layer))].map((layer) => {
    const rows = ops.filter((row) => row.layer === layer);
    const total = (of: (row: OpStats) => number): string => `${rows.reduce((sum, row) => sum + of(row), 0)}`;
    const figures = [total((r) => r.rounds), total((r) => r.bytesPerPeer), total((r) => r.correlationBytes)];
    return `  ${(layer || "(opening)").padEnd(15)} ${figures.map((figure) => figure.padStart(10)).join("")}`;
  });

const [scores] = await runLocal(options, async (mpc) => {
  const model = await nn.fromOnnx(
    mpc,
    mpc.rank === ALICE ? await read("../../tests/data/alice_net2.onnx") : undefined,
    {
      src: ALICE,
    },
  );
  const x = mpc.encrypt(mpc.rank === BOB ? image : undefined, { src: BOB, shape: [1, 1, 28, 28] });
  const outputs: string[] = [];
  model.onLayer = (name, layer, y): void => {
    const kind = layer?.kind ?? "";
    outputs.push(
      `  ${name.padEnd(15)} ${kind.padEnd(12)} [${y.shape}] ${isEncryptedTensor(y) ? "secret" : "public"}`,
    );
  };
  mpc.resetStats();
  const y = await model.forward(x).decrypt();
  const costs = ["  layer               rounds     bytes    dealer", ...layerCosts(mpc.stats.ops)];
  await mpc.print([`  ${model}`, ...outputs, ...costs].join("\n").replace(/\n(?=  \w+: )/g, "\n  "), {
    dst: ALICE,
  });
  return y;
});
// The image's pixels are within 1 and the rounding errors of 25 to 256 terms add up: the same reasons as above.
check(
  "against the network in the clear",
  scores,
  decodeNpy(await read("../../tests/data/alice_net2_expected.npy")),
  1e-3,
);
