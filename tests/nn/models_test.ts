import {
  additive,
  decodeNpy,
  nn,
  plain,
  type Protocol,
  runLocal,
  type Tensor,
  trustedFirstParty,
} from "../../mod.ts";
import { assert, assertEquals } from "../deps.ts";

const data = (name: string): Promise<Uint8Array> =>
  Deno.readFile(new URL(`../data/${name}`, import.meta.url));
const array = async (name: string): Promise<Tensor> => decodeNpy(await data(name));

/** A stored network with inputs and answers in double precision. */
interface Model {
  readonly name: string;
  readonly input: string;
  readonly labels?: string;
  /** Rows of the input that are tried. */
  readonly rows: number;
  /** Most that an answer may be off: some ten times what the rounding of weights and inputs to 2^-17 makes of it. */
  readonly error: number;
}

const models: readonly Model[] = [
  { name: "mlp_cancer", input: "cancer_test", labels: "cancer_test_labels", rows: 100, error: 2e-4 },
  { name: "lenet_digits", input: "digits_test", labels: "digits_test_labels", rows: 24, error: 5e-3 },
  { name: "alice_net2", input: "alice_net2_input", rows: 1, error: 5e-4 },
];

const backends: readonly (readonly [string, number, Protocol, boolean])[] = [
  ["plain", 1, plain(), true],
  ["additive, 2 parties", 2, additive({ provider: trustedFirstParty() }), true],
  ["additive, 3 parties", 3, additive({ provider: trustedFirstParty() }), true],
  ["additive with a dealer", 2, additive(), true],
  ["additive, minimal", 2, additive({ provider: trustedFirstParty() }), false],
];

for (const model of models) {
  for (const [backend, parties, protocol, fastPaths] of backends) {
    Deno.test(`${model.name} answers encrypted inputs as in the clear, ${backend}`, async () => {
      const [bytes, input, expected] = await Promise.all([
        data(`${model.name}.onnx`),
        array(`${model.input}.npy`),
        array(`${model.name}_expected.npy`),
      ]);
      const rows = fastPaths ? model.rows : Math.min(model.rows, 4);
      const each = input.size / input.shape[0]!;
      const shape = [rows, ...input.shape.slice(1)];
      const some = { shape, data: Float64Array.from(input.data.subarray(0, rows * each), Number) };
      const results = await runLocal({ parties, protocol, fastPaths }, async (mpc) => {
        const src = mpc.parties - 1;
        const net = await nn.fromOnnx(mpc, mpc.rank === 0 ? bytes : undefined, { src: 0 });
        const x = mpc.encrypt(mpc.rank === src ? some : undefined, { src, shape });
        return await net.forward(x).decrypt();
      });
      for (const answers of results) {
        assertEquals(answers.shape, [rows, expected.shape[1]!]);
        answers.data.forEach((value, i) => {
          const off = Math.abs(Number(value) - Number(expected.data[i]));
          assert(
            off < model.error,
            `answer ${i} is ${value}, ${expected.data[i]} is expected: off by ${off}`,
          );
        });
      }
      if (model.labels === undefined) return;
      const labels = await array(`${model.labels}.npy`);
      const classes = expected.shape[1]!;
      const chosen = Array.from({ length: rows }, (_, row) => {
        const logits = Array.from({ length: classes }, (_, k) => results[0]!.at(row, k));
        return classes === 1 ? Number(logits[0]! > 0.5) : logits.indexOf(Math.max(...logits));
      });
      const right = chosen.filter((k, row) => k === Number(labels.data[row])).length;
      assert(right >= 0.9 * rows, `${right} of ${rows} are right`);
    });
  }
}
