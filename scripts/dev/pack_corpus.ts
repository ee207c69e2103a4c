/**
 * Writes `tests/data/onnx_corpus.bin.gz` from the backend test suite of the ONNX project, and says what is left out.
 *
 *     deno run -A scripts/dev/pack_corpus.ts /usr/share/libonnx-testdata/data
 *
 * @module
 */
// deno-lint-ignore-file no-console
import type { RawModel, RawValue } from "../../nn/onnx/types/onnx_proto.d.ts";
import { CORPUS, fedInputs, messages, nodesOf, operatorOf, typeOf } from "../../tests/nn/corpus.ts";
import { pack, type PackedCase } from "../../tests/nn/corpus_file.ts";

/** Folders of the suite that hold models beside data; `real` has addresses of large networks only. */
const FOLDERS = ["node", "pytorch-converted", "pytorch-operator", "simple"];

/** Most bytes of a case. Every operator has smaller cases. */
const LARGEST = 100_000;

/** Kinds of elements that no share can hold. */
const FOREIGN = ["string", "complex64", "complex128"];

/** Why a case is left out; undefined when it is taken. */
function reasonToLeaveOut(model: RawModel, bytes: number): string | undefined {
  const graph = model.graph!;
  const operators = nodesOf(graph).map(operatorOf);
  if (operators.some((name) => name.startsWith("ai.onnx.preview.training."))) return "training";
  const values: readonly RawValue[] = [...fedInputs(graph), ...(graph.output ?? [])];
  if (values.some((value) => FOREIGN.includes(typeOf(value)))) return "texts";
  const lists = /^(Sequence|Optional)|^(ConcatFrom|SplitTo)Sequence$/;
  if (values.some((value) => typeOf(value) === "") || operators.some((name) => lists.test(name))) {
    return "sequences and optional values";
  }
  return bytes > LARGEST ? `more than ${LARGEST / 1000} kB` : undefined;
}

/** A case of the suite; files are numbered. */
function readCase(folder: string, name: string): PackedCase {
  const read = (file: string): Uint8Array => Deno.readFileSync(`${folder}/${file}`);
  const data = [...Deno.readDirSync(folder)].filter((entry) => entry.isDirectory);
  if (data.length !== 1) {
    throw new RangeError(`Cannot pack ${name}: it has ${data.length} sets of data, 1 is wanted`);
  }
  const set = data[0]!.name;
  const files = [...Deno.readDirSync(`${folder}/${set}`)].map((entry) => entry.name);
  const numbered = (kind: string): Uint8Array[] => {
    const count = files.filter((file) => file.startsWith(`${kind}_`)).length;
    return Array.from({ length: count }, (_, i) => read(`${set}/${kind}_${i}.pb`));
  };
  return { name, model: read("model.onnx"), inputs: numbered("input"), outputs: numbered("output") };
}

function sizeOf({ model, inputs, outputs }: PackedCase): number {
  return [model, ...inputs, ...outputs].reduce((sum, file) => sum + file.length, 0);
}

/** Fails when the files of a case are not those that its graph wants. */
function checkCounts(one: PackedCase, { graph }: RawModel): void {
  const wanted = [fedInputs(graph!).length, (graph!.output ?? []).length];
  if (wanted[0] !== one.inputs.length || wanted[1] !== one.outputs.length) {
    throw new RangeError(
      `Cannot pack ${one.name}: it has ${one.inputs.length} inputs and ${one.outputs.length} \
outputs, ${wanted.join(" and ")} are wanted`,
    );
  }
}

if (import.meta.main) {
  const root = Deno.args[0];
  if (root === undefined) {
    console.error("Cannot pack the corpus: the suite's folder is wanted");
    Deno.exit(2);
  }
  const taken: PackedCase[] = [];
  const left = new Map<string, string[]>();
  for (const folder of FOLDERS) {
    for (const { name } of Deno.readDirSync(`${root}/${folder}`)) {
      const one = readCase(`${root}/${folder}/${name}`, name);
      const model = messages.ModelProto.decode(one.model);
      checkCounts(one, model);
      const reason = reasonToLeaveOut(model, sizeOf(one));
      if (reason === undefined) taken.push(one);
      else left.set(reason, [...(left.get(reason) ?? []), name]);
    }
  }
  taken.sort((a, b) => a.name < b.name ? -1 : 1);
  const file = await pack(taken);
  await Deno.writeFile(CORPUS, file);
  console.log(`${taken.length} cases in ${file.length} bytes`);
  for (const [reason, names] of left) {
    console.log(`left out, ${reason}: ${names.length} (${names.sort().join(" ")})`);
  }
}
