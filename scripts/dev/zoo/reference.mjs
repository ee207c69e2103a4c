// A script for Node: onnxruntime needs it, and nobody else should have to fetch that.
// deno-lint-ignore-file no-console no-external-import tacit/outside-through-deps
// Writes onnxruntime's answers for the inputs of the zoo to tests/data/zoo.
//
//     cd <a folder with onnxruntime-node> && node <project>/scripts/dev/zoo/reference.mjs /tmp/zoo
//
// The argument is the folder of complete models that export.py has made.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import process from "node:process";

const ort = createRequire(`${process.cwd()}/`)("onnxruntime-node");
const stored = new URL("../../../tests/data/zoo/", import.meta.url);
const TYPES = { "<f4": ["float32", Float32Array], "<i8": ["int64", BigInt64Array] };

function decode(npy) {
  const header = npy.toString("latin1", 10, 10 + npy.readUInt16LE(8));
  const [type, Elements] = TYPES[/'descr': '(.*?)'/.exec(header)[1]];
  const dims = /\((.*?)\)/.exec(header)[1].split(",").filter((side) => side.trim()).map(Number);
  const data = new Uint8Array(npy.subarray(10 + header.length));
  return new ort.Tensor(type, new Elements(data.buffer), dims);
}

function encode({ type, dims, data }) {
  const [descr] = Object.entries(TYPES).find(([, [name]]) => name === type);
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${
    dims.map((d) => `${d},`).join("")
  }), }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + "\n";
  const start = Buffer.from([
    0x93,
    ..."NUMPY".split("").map((c) => c.charCodeAt(0)),
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ]);
  return Buffer.concat([
    start,
    Buffer.from(header, "latin1"),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

// As the graph says, in one order of summation: answers do not depend on the machine's cores.
const options = { graphOptimizationLevel: "disabled", intraOpNumThreads: 1 };
for (const file of readdirSync(process.argv[2]).filter((name) => name.endsWith(".onnx"))) {
  const name = basename(file, ".onnx");
  const session = await ort.InferenceSession.create(`${process.argv[2]}/${file}`, options);
  const read = (key) => decode(readFileSync(new URL(`${name}_${key}.npy`, stored)));
  const outputs = await session.run(Object.fromEntries(session.inputNames.map((key) => [key, read(key)])));
  for (const [key, tensor] of Object.entries(outputs)) {
    writeFileSync(new URL(`${name}_${key}.npy`, stored), encode(tensor));
    const most = tensor.data.reduce((a, x) => Math.max(a, Math.abs(Number(x))), 0);
    console.log(`${name} ${key} [${tensor.dims}], at most ${most.toPrecision(3)}`);
  }
}
