/**
 * The file that holds the test corpus: a gzip of the length of an index (32 bits, little-endian), the index as JSON, and the
 * bytes of all cases one after the other.
 *
 * @module
 */
import { joined } from "./onnx_writer.ts";

/** One case, undecoded. */
export interface PackedCase {
  /** Its name in the suite. */
  readonly name: string;
  /** The model. */
  readonly model: Uint8Array;
  /** TensorProtos of the inputs, in the order of the graph. */
  readonly inputs: readonly Uint8Array[];
  /** TensorProtos of the outputs, in the order of the graph. */
  readonly outputs: readonly Uint8Array[];
}

/** Lengths of the parts of a case. */
interface Entry {
  readonly name: string;
  readonly model: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

const through = async (bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream): Promise<Uint8Array> =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

/** Cases as one file. */
export function pack(cases: readonly PackedCase[]): Promise<Uint8Array> {
  const length = (bytes: Uint8Array): number => bytes.length;
  const index = cases.map(({ name, model, inputs, outputs }): Entry => ({
    name,
    model: model.length,
    inputs: inputs.map(length),
    outputs: outputs.map(length),
  }));
  const text = new TextEncoder().encode(JSON.stringify(index));
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, text.length, true);
  const parts = cases.flatMap(({ model, inputs, outputs }) => [model, ...inputs, ...outputs]);
  return through(Uint8Array.from(joined([head, text, ...parts])), new CompressionStream("gzip"));
}

/** The cases of a file. */
export async function unpack(file: Uint8Array): Promise<PackedCase[]> {
  const bytes = await through(Uint8Array.from(file), new DecompressionStream("gzip"));
  const size = new DataView(bytes.buffer).getUint32(0, true);
  let at = 4 + size;
  const next = (length: number): Uint8Array => bytes.subarray(at, at += length);
  const index: readonly Entry[] = JSON.parse(new TextDecoder().decode(bytes.subarray(4, at)));
  return index.map(({ name, model, inputs, outputs }) => ({
    name,
    model: next(model),
    inputs: inputs.map(next),
    outputs: outputs.map(next),
  }));
}
