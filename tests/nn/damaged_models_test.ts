import { fromOnnx } from "../../nn/onnx/graph.ts";
import { plain, ProtocolError, RunError, runLocal, Tensor } from "../../mod.ts";
import { nn } from "../../mod.ts";
import { buildProgram, checkSupported } from "../../nn/onnx/build.ts";
import { Graph } from "../../nn/onnx/graph.ts";
import { readOnnx } from "../../nn/onnx/reader.ts";
import { rewrites } from "../../nn/onnx/rewrite/rewrite.ts";
import { checkSkeleton, type Skeleton, splitModel, writeSkeleton } from "../../nn/onnx/skeleton.ts";
import { sizeOf } from "../../ring/shape.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertInstanceOf, assertStringIncludes, fc } from "../deps.ts";
import {
  attributeProto,
  bytes,
  graphProto,
  int,
  modelBytes,
  nodeProto,
  raw,
  tensorProto,
  valueProto,
} from "./onnx_writer.ts";

const floats = (name: string, ...shape: readonly number[]) =>
  tensorProto(name, 1, shape, raw(Float32Array.from({ length: sizeOf(shape) }, (_, i) => i / 8)));
const longs = (name: string, ...values: readonly number[]) =>
  tensorProto(name, 7, [values.length], raw(BigInt64Array.from(values, BigInt)));

/** A small model of many kinds: windows, shapes, joins, branches, a weight and structure. */
const SMALL = modelBytes({
  opset: 18,
  inputs: [valueProto("x", ["n", 1, 6, 6])],
  tensors: [
    ...[
      floats("kernel", 2, 1, 3, 3),
      floats("w", 8, 4),
      longs("to", 0, -1),
      longs("pads", 0, 0, 0, 1, 0, 0, 0, 1),
    ],
    ...[
      longs("from", 0),
      longs("end", 3),
      longs("axis", 1),
      tensorProto("yes", 9, [], raw(Uint8Array.of(1))),
    ],
  ],
  nodes: [
    nodeProto("Pad", ["x", "pads"], ["p"]),
    nodeProto("Conv", ["p", "kernel"], ["c"], {
      attributes: [attributeProto("strides", 7, int(8, 2), int(8, 2))],
    }),
    nodeProto("MaxPool", ["c"], ["m"], {
      attributes: [
        attributeProto("kernel_shape", 7, int(8, 1), int(8, 2)),
        attributeProto("strides", 7, int(8, 1), int(8, 1)),
      ],
    }),
    nodeProto("Reshape", ["m", "to"], ["f"]),
    nodeProto("MatMul", ["f", "w"], ["g"]),
    nodeProto("Slice", ["g", "from", "end", "axis"], ["s"]),
    nodeProto("Concat", ["g", "s"], ["k"], { attributes: [attributeProto("axis", 2, int(3, -1))] }),
    nodeProto("If", ["yes"], ["y"], {
      attributes: ["then_branch", "else_branch"].map((name) =>
        attributeProto(
          name,
          5,
          bytes(
            6,
            graphProto({ nodes: [nodeProto("Relu", ["k"], ["r"])], inputs: [], outputs: [valueProto("r")] }),
          ),
        )
      ),
    }),
  ],
});

/** Loads and runs a model at two parties; the error of the party that failed first. */
async function outcome(model: Uint8Array): Promise<unknown> {
  try {
    await runLocal({ parties: 2, protocol: plain(), deadline: 30_000 }, async (mpc) => {
      const graph = await fromOnnx(mpc, mpc.rank === 0 ? model : undefined, { src: 0 });
      const x = mpc.encrypt(mpc.rank === 1 ? new Tensor([1, 1, 6, 6], new Float32Array(36)) : undefined, {
        src: 1,
        shape: [1, 1, 6, 6],
      });
      await graph.forward(x).decrypt();
    });
    return undefined;
  } catch (error) {
    assertInstanceOf(error, RunError);
    return error.failures[0]!.error;
  }
}

/** An error that this project made, in one line. */
function assertClear(error: unknown, what: string): void {
  assertInstanceOf(error, Error);
  assert(/^Cannot [^\n]+$/.test(error.message), `${what}: ${error.stack}`);
}

Deno.test("the model that is damaged below is whole", async () => {
  const error = await outcome(SMALL);
  assert(error === undefined, String(error));
  assert(believed(HONEST) !== undefined);
});

Deno.test("a model cut short anywhere is refused at its owner", async () => {
  for (let length = 0; length < SMALL.length; length += 7) {
    const error = await outcome(SMALL.subarray(0, length));
    assertClear(error, `${length} bytes`);
    assertStringIncludes((error as Error).message, "Cannot read ONNX model");
  }
});

Deno.test("a model with damaged bytes runs, or is refused in one line", async () => {
  const change = fc.tuple(fc.nat(SMALL.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const damaged = SMALL.slice();
      for (const [at, byte] of changes) damaged[at] = byte;
      const error = await outcome(damaged);
      if (error !== undefined) assertClear(error, JSON.stringify(changes));
    }),
    runs(400),
  );
});

const HONEST = writeSkeleton(
  splitModel(readOnnx(SMALL), { operators: nn.operators, passes: rewrites, open: false }).skeleton,
);

/** Everything within plain data, as paths. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

/** Plain data with something else at a place. */
function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const inner = replaced((value as Record<string, unknown>)[key], rest, by);
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...value as object, [key]: inner };
}

/** What stands for the model at an honest party; undefined where it is refused. */
function believed(announced: unknown): Skeleton | undefined {
  try {
    return checkSkeleton(announced, 0);
  } catch (error) {
    assertInstanceOf(error, ProtocolError);
    assertStringIncludes(error.message, "of party 0");
    assert(!error.message.includes("\n"));
    return undefined;
  }
}

Deno.test("an announced architecture with anything in place of any part is refused by name, or runs, or is refused in one line", async () => {
  const junk = fc.constantFrom<unknown>(
    ...[
      undefined,
      null,
      true,
      -1,
      0.5,
      2 ** 40,
      NaN,
      "",
      "x",
      "y\x1b[2J",
      "constructor",
      "a".repeat(10_000),
      [],
      [null],
    ],
    ...[[-1], [2 ** 40, 0], ["x"], {}, { tensor: null }, { graph: {} }, new Uint8Array(3), {
      shape: [2],
      dtype: "int64",
    }],
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places(HONEST)), junk, async (place, by) => {
      const skeleton = believed(replaced(HONEST, place, by));
      if (skeleton === undefined) return;
      const error = await runLocal({ parties: 1, protocol: plain() }, async (mpc) => {
        checkSupported(skeleton, nn.operators);
        const weights = new Map(
          Object.entries(skeleton.weights).map(([name, shape]) => [name, mpc.rand(shape)]),
        );
        const graph = new Graph(mpc, skeleton, buildProgram(skeleton, weights, nn.operators), weights);
        const fed = graph.inputs.map(({ name }) => [name, mpc.rand([1, 1, 6, 6])]);
        for (const y of Object.values(graph.run(Object.fromEntries(fed)))) await y.decrypt();
      }).then(() => undefined, (error) => error.failures[0].error);
      if (error !== undefined) assertClear(error, `${place} = ${JSON.stringify(by)}`);
    }),
    runs(600),
  );
});
