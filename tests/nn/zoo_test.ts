import {
  additive,
  nn,
  plain,
  type Protocol,
  replicated,
  runLocal,
  type Tensor,
  trustedFirstParty,
} from "../../mod.ts";
import { readOnnx } from "../../nn/onnx/reader.ts";
import { assert, assertEquals } from "../deps.ts";
import { zooModel } from "./zoo.ts";

/** A network of `tests/data/zoo`. */
interface Row {
  readonly name: string;
  /**
   * Most that an answer may be off: three times what was measured, on the backend that is further off. Integers must be met
   * exactly. Nearly all of it is what the rounding of weights to multiples of 2^-16 makes of the answers: onnxruntime with
   * such weights is off by 6.7e-4 for `resnet18_11` and by 1.4e-3 for `resnet18_13`.
   */
  readonly error: number;
  /** Takes so much memory that only the reference backend runs it. */
  readonly large?: true;
}

const rows: readonly Row[] = [
  { name: "resnet18_11", error: 1.2e-3 },
  { name: "resnet18_13", error: 4.3e-3, large: true },
  { name: "mobilenet_v2", error: 1.7e-3 },
  { name: "lstm", error: 2.3e-4 },
  { name: "lstm_fixed", error: 2.1e-4 },
  { name: "lstm_unfolded", error: 1.8e-4 },
  { name: "gru", error: 3.0e-4 },
  { name: "gru_unfolded", error: 3.0e-4 },
  { name: "encoder", error: 4.9e-4 },
  { name: "encoder_fixed", error: 4.5e-4 },
  { name: "encoder_unfolded", error: 6.6e-4 },
  { name: "gpt", error: 1.6e-3 },
  { name: "gpt_fixed", error: 1.6e-3 },
  { name: "gpt_17", error: 1.4e-3 },
  { name: "unet_transpose", error: 3.5e-3 },
  { name: "unet_bilinear", error: 8.8e-4 },
  { name: "unet_nearest", error: 9.3e-4 },
  { name: "scaler_classifier", error: 6.5e-5 },
  { name: "sklearn_mlp", error: 7.8e-5 },
  { name: "norms", error: 1.8e-4 },
  { name: "any_size", error: 6.1e-4 },
];

/** With TACIT_ZOO set, all rows run on all backends. */
const all = Deno.env.get("TACIT_ZOO") !== undefined;

const backends: readonly (readonly [string, number, Protocol])[] = [
  ["plain", 1, plain()],
  ["additive, 2 parties", 2, additive({ provider: trustedFirstParty() })],
  ["replicated", 3, replicated()],
];

type Tensors = Readonly<Record<string, Tensor>>;

/** What an encrypted network answers: party 0 has it, the last party has the inputs. Integers go in as integers. */
async function answers(bytes: Uint8Array, inputs: Tensors, parties: number, protocol: Protocol) {
  const results = await runLocal({ parties, protocol }, async (mpc) => {
    const src = mpc.parties - 1;
    const model = await nn.fromOnnx(mpc, mpc.rank === 0 ? bytes : undefined, { src: 0 });
    const encrypted = Object.entries(inputs).map(([name, value]) => {
      const scale = value.dtype === "int64" ? 0 : undefined;
      const own = mpc.rank === src ? value : undefined;
      return [name, mpc.encrypt(own, { src, shape: value.shape, scale })] as const;
    });
    const outputs = Object.entries(model.run(Object.fromEntries(encrypted)));
    return Object.fromEntries(
      await Promise.all(outputs.map(async ([name, y]) => [name, await y.decrypt()] as const)),
    );
  });
  return results;
}

for (const { name } of rows) {
  Deno.test(`${name} is read with all its weights`, async () => {
    const { bytes, inputs, outputs } = await zooModel(name);
    const { graph } = readOnnx(bytes);
    for (const [weight, { data }] of graph.initializers) {
      assert(data.length > 0 && data.every((x: number | bigint) => Math.abs(Number(x)) < 10), weight);
    }
    for (const [declared, stored] of [[graph.inputs, inputs], [graph.outputs, outputs]] as const) {
      assertEquals(declared.map((value) => value.name), Object.keys(stored));
      for (const value of declared) {
        const shape = [...stored[value.name]!.shape];
        assertEquals(value.shape.map((side, axis) => typeof side === "number" ? side : shape[axis]), shape);
      }
    }
  });
}

for (const { name, error, large = false } of rows) {
  for (const [backend, parties, protocol] of backends) {
    const ignore = !all && large && parties > 1;
    Deno.test({ name: `${name} answers as onnxruntime does, ${backend}`, ignore }, async () => {
      const { bytes, inputs, outputs } = await zooModel(name);
      for (const result of await answers(bytes, inputs, parties, protocol)) {
        for (const [output, expected] of Object.entries(outputs)) {
          const answer = result[output]!;
          assertEquals(answer.shape, expected.shape);
          const off = Array.from<number | bigint, number>(
            expected.data,
            (x, i) => Math.abs(Number(x) - Number(answer.data[i])),
          );
          const allowed = expected.dtype === "int64" ? 0 : error;
          assert(Math.max(...off) <= allowed, `${output} is off by ${Math.max(...off)}`);
        }
      }
    });
  }
}
