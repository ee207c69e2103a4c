/**
 * Networks as PyTorch exports them, with inputs and the answers of another implementation. Their large weights are not
 * stored but generated: `tests/data/zoo/README.md` says how.
 *
 * @module
 */
import { proto } from "../../nn/onnx/deps.ts";
import { decodeNpy } from "../../ops/npy.ts";
import type { Tensor } from "../../ops/plaintext.ts";

/** A network of the zoo. */
export interface ZooModel {
  /** The complete model. */
  readonly bytes: Uint8Array;
  /** What is fed, by name. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** What onnxruntime answers, by name. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** What is changed in a stored model, or read from it; the rest stays as it is. */
interface StoredTensor {
  readonly name: string;
  readonly dims: readonly unknown[];
  docString: string;
  rawData: Uint8Array;
}
interface StoredModel {
  readonly graph: {
    readonly initializer: readonly StoredTensor[];
    readonly input: readonly { readonly name: string }[];
    readonly output: readonly { readonly name: string }[];
  };
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
}
interface ModelCodec {
  decode(bytes: Uint8Array): StoredModel;
  encode(model: StoredModel): { finish(): Uint8Array };
}
const codec = proto.onnx.ModelProto as unknown as ModelCodec;

const RECIPE = /^uniform (\S+) (\S+)$/;
const DIGEST = "generated weights, SHA-256";

/** 32-bit FNV-1a. */
function fnv1a(text: string): number {
  return new TextEncoder().encode(text).reduce((h, byte) => Math.imul(h ^ byte, 0x01000193), 0x811c9dc5);
}

/** Numbers of an interval that a name makes: mulberry32, seeded by the name. The twin of `generated` in `weights.py`. */
export function generated(name: string, count: number, low: number, high: number): Float32Array {
  let state = fnv1a(name);
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ state >>> 15, state | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return low + (high - low) * (((t ^ t >>> 14) >>> 0) / 2 ** 32);
  });
}

/** Fills the weights that are not stored. @throws {Error} when they are not those that the answers were computed with. */
async function complete(model: StoredModel): Promise<void> {
  const made: Uint8Array[] = [];
  for (const tensor of model.graph.initializer) {
    const recipe = RECIPE.exec(tensor.docString);
    if (recipe === null) continue;
    const count = tensor.dims.reduce<number>((product, side) => product * Number(side), 1);
    const values = generated(tensor.name, count, Number(recipe[1]), Number(recipe[2]));
    tensor.rawData = new Uint8Array(values.buffer);
    made.push(tensor.rawData);
  }
  const all = new Uint8Array(await new Blob(made as BlobPart[]).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", all)).toHex();
  const wanted = model.metadataProps.find(({ key }) => key === DIGEST)?.value;
  if (digest !== wanted) throw new Error(`Cannot complete the model: its weights have digest ${digest}`);
}

/** A network of the zoo, with its weights. */
export async function zooModel(name: string): Promise<ZooModel> {
  const read = (file: string) => Deno.readFile(new URL(`../data/zoo/${name}${file}`, import.meta.url));
  const model = codec.decode(await read(".onnx"));
  await complete(model);
  const arrays = async (values: readonly { readonly name: string }[]) =>
    Object.fromEntries(
      await Promise.all(values.map(async (v) => [v.name, decodeNpy(await read(`_${v.name}.npy`))] as const)),
    );
  const { input, output } = model.graph;
  return { bytes: codec.encode(model).finish(), inputs: await arrays(input), outputs: await arrays(output) };
}
