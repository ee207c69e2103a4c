/**
 * Layers against the answers of PyTorch 1.13, in `tests/data/torch_layers.npz`.
 *
 * @module
 */
import { type CrypTensor, decodeNpz, nn, runLocal, type Session, type Tensor } from "../../mod.ts";
import { assert, assertEquals } from "../deps.ts";
import { type LayerBackend, PLAIN, TWO } from "./layer_check.ts";

const file = await Deno.readFile(new URL("../data/torch_layers.npz", import.meta.url));
const saved = await decodeNpz(file);

/** What is saved of a case under one heading. */
function savedOf(name: string, heading: string): Record<string, Tensor> {
  const prefix = `${name}/${heading}/`;
  return Object.fromEntries(
    Object.entries(saved).filter(([path]) => path.startsWith(prefix))
      .map(([path, value]) => [path.slice(prefix.length), value]),
  );
}

/** Inputs of a case: real numbers are encrypted; masks and indices are as the case has them. */
type Inputs = Readonly<Record<string, CrypTensor>>;
type Open = Readonly<Record<string, Tensor>>;

/** A layer, and how it is called. */
interface Row<M extends nn.AnyModule> {
  make(): M;
  /** Its results; integers and booleans are secret in `x` and public in `open`. */
  run(layer: M, x: Inputs, open: Open): CrypTensor | readonly (CrypTensor | undefined)[];
  /** Most that a result may be off, relative to 1 + |wanted|. */
  readonly error: number;
}

const row = <M extends nn.AnyModule>(
  make: () => M,
  error: number,
  run: Row<M>["run"] = (layer, x) => (layer as unknown as nn.Module).forward(x[0]!),
): Row<nn.AnyModule> => ({ make, run, error } as unknown as Row<nn.AnyModule>);

/** Statistics of few numbers, of which the deviation may be small. */
const NORM = 5e-4;
/** Scores, weights and sums one after the other; weights are rounded to 2^-17. */
const ATTENTION = 5e-4;
/** Several of them, with norms of sums. */
const STACK = 2e-3;

const bothModes = (name: string, make: () => nn.Module): [string, Row<nn.AnyModule>][] =>
  ["train", "eval"].map((mode) => [`${name}_${mode}`, row(() => make().train(mode === "train"), NORM)]);

const sizes = { dimFeedforward: 5, dropout: 0 };

const rows: Readonly<Record<string, Row<nn.AnyModule>>> = {
  ...Object.fromEntries([
    ...bothModes("batch1d", () => new nn.BatchNorm1d(3)),
    ...bothModes("batch2d", () => new nn.BatchNorm2d(3, { momentum: 0.3, eps: 1e-3 })),
    ...bothModes("batch_cumulative", () => new nn.BatchNorm1d(2, { momentum: null, affine: false })),
    ...bothModes("batch_untracked", () => new nn.BatchNorm3d(2, { trackRunningStats: false })),
    ...bothModes("instance", () => new nn.InstanceNorm2d(2)),
    ...bothModes(
      "instance_tracked",
      () => new nn.InstanceNorm1d(3, { affine: true, trackRunningStats: true }),
    ),
  ]),
  layer_norm: row(() => new nn.LayerNorm([2, 3]), NORM),
  layer_norm_plain: row(() => new nn.LayerNorm(5, { elementwiseAffine: false, eps: 0.1 }), NORM),
  group_norm: row(() => new nn.GroupNorm(2, 6), NORM),
  local_response: row(() => new nn.LocalResponseNorm(3), 1e-4),
  local_response_even: row(() => new nn.LocalResponseNorm(4, { alpha: 0.5, beta: 0.6, k: 2 }), 1e-4),
  embedding: row(() => new nn.Embedding(5, 3, { paddingIdx: -1 }), 2 ** -16),
  bag_mean: row(() => new nn.EmbeddingBag(5, 3, { paddingIdx: 2 }), 4 * 2 ** -16),
  bag_max: row(() => new nn.EmbeddingBag(5, 3, { mode: "max" }), 2 ** -16),
  bag_sum: row(
    () => new nn.EmbeddingBag(5, 3, { mode: "sum" }),
    8 * 2 ** -16,
    (layer, x, { offsets }) =>
      layer.forward(x[0]!, {
        offsets: Array.from(offsets!.data, Number),
        perSampleWeights: x["per_sample_weights"],
      }),
  ),
  attention: row(() => new nn.MultiheadAttention(6, 2), ATTENTION, (layer, x) => {
    const { output, weights } = layer.forward(x[0]!, x[1]!, x[2]!);
    return [output, weights];
  }),
  attention_masked: row(
    () => new nn.MultiheadAttention(6, 3, { kdim: 4, vdim: 5, batchFirst: true, bias: false }),
    ATTENTION,
    (layer, x) => {
      const { output, weights } = layer.forward(x[0]!, x[1]!, x[2]!, {
        keyPaddingMask: x["key_padding_mask"],
        attnMask: x["attn_mask"],
        averageAttnWeights: false,
      });
      return [output, weights];
    },
  ),
  attention_extended: row(
    () => new nn.MultiheadAttention(4, 2, { addBiasKv: true, addZeroAttn: true }),
    ATTENTION,
    (layer, x, open) => {
      const { output, weights } = layer.forward(x[0]!, x[1]!, x[2]!, { attnMask: open["attn_mask"] });
      return [output, weights];
    },
  ),
  encoder_layer: row(
    () => new nn.TransformerEncoderLayer(6, 2, sizes),
    STACK,
    (layer, x) => layer.forward(x[0]!),
  ),
  encoder: row(
    () =>
      new nn.TransformerEncoder(
        new nn.TransformerEncoderLayer(6, 2, {
          ...sizes,
          activation: "gelu",
          normFirst: true,
          batchFirst: true,
        }),
        2,
        { norm: new nn.LayerNorm(6) },
      ),
    STACK,
    (layer, x, open) =>
      layer.forward(x[0]!, { srcMask: open["mask"], srcKeyPaddingMask: x["src_key_padding_mask"] }),
  ),
  decoder_layer: row(
    () => new nn.TransformerDecoderLayer(6, 2, { ...sizes, normFirst: true }),
    STACK,
    (layer, x) => layer.forward(x[0]!, x[1]!),
  ),
  decoder: row(
    () => new nn.TransformerDecoder(new nn.TransformerDecoderLayer(6, 2, sizes), 2),
    STACK,
    (layer, x) => layer.forward(x[0]!, x[1]!, { tgtIsCausal: true }),
  ),
};

const names = new Set(Object.keys(saved).map((path) => path.split("/")[0]!));

/** Encrypts inputs: integers and booleans without fraction bits. */
function encrypted(mpc: Session, open: Open): Inputs {
  return Object.fromEntries(
    Object.entries(open).map(([name, value]) => {
      const scale = value.dtype === "float32" ? mpc.fractionBits : 0;
      const own = mpc.rank === 0 ? value : undefined;
      return [name, mpc.encrypt(own, { src: 0, shape: value.shape, scale })];
    }),
  );
}

interface Found {
  readonly results: readonly Tensor[];
  readonly state: Readonly<Record<string, Tensor>>;
}

async function run(mpc: Session, name: string, secret: boolean): Promise<Found> {
  const { make, run } = rows[name]!;
  const layer = make();
  if (!name.endsWith("_train")) layer.eval();
  layer.loadStateDict(savedOf(name, "state"));
  if (secret) layer.encrypt(mpc, { src: 0 });
  const open = savedOf(name, "in");
  const outputs = [run(layer, encrypted(mpc, open), open)].flat();
  const results = await Promise.all(outputs.map((y) => y!.decrypt()));
  await layer.decrypt();
  return { results, state: layer.stateDict() as Record<string, Tensor> };
}

function compare(got: Tensor, want: Tensor, error: number, what: string): void {
  assertEquals(got.shape, want.shape, what);
  want.data.forEach((value: number | bigint, i: number) => {
    const off = Math.abs(Number(got.data[i]) - Number(value));
    assert(
      off <= error * (1 + Math.abs(Number(value))),
      `${what} ${i} is ${got.data[i]}, PyTorch has ${value}`,
    );
  });
}

async function check(
  { parties, protocol, fastPaths }: LayerBackend,
  name: string,
  secret: boolean,
): Promise<void> {
  const { error } = rows[name]!;
  for (
    const { results, state } of await runLocal(
      { parties, protocol, fastPaths },
      (mpc) => run(mpc, name, secret),
    )
  ) {
    const wanted = Object.values(savedOf(name, "out"));
    assertEquals(results.length, wanted.length);
    wanted.forEach((want, i) => compare(results[i]!, want, error, `result ${i}`));
    for (const [path, want] of Object.entries(savedOf(name, "after"))) {
      compare(state[path]!, want, error, path);
    }
  }
}

for (const name of names) {
  for (const secret of [true, false]) {
    for (const backend of [PLAIN, TWO]) {
      Deno.test(`${name} is as in PyTorch, ${secret ? "secret" : "public"} weights, ${backend.name}`, () =>
        check(backend, name, secret));
    }
  }
}
