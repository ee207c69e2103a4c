import { Tensor } from "../../ops/plaintext.ts";
import { assertEquals, assertThrows } from "../deps.ts";
import { byte, evaluate, int, long, type NodeOptions, real } from "./clear_node.ts";

type Case = readonly [string, readonly (Tensor | undefined)[], NodeOptions["attributes"], string];

const x = real([1, 2, 3, 4, 5, 6], [2, 3]);
const huge = long([2 ** 14, 2 ** 13]);

/** What would have more than 2^26 elements. */
const HUGE: readonly (readonly [string, readonly Tensor[], NodeOptions["attributes"]?])[] = [
  ["ConstantOfShape", [huge]],
  ["ConstantOfShape", [long([0, 2 ** 40])]],
  ["Expand", [real([1]), huge]],
  ["Expand", [real([1]), long([2n ** 62n])]],
  ["Tile", [x, huge]],
  ["Range", [long([0], []), long([2n ** 63n - 1n], []), long([1], [])]],
  ["Range", [real([0], []), real([1], []), real([1e-9], [])]],
  ["Range", [real([0], []), real([1], []), real([0], [])]],
  ["Pad", [x, long([0, 2 ** 40, 0, 0])]],
  ["OneHot", [x, long([2 ** 60], []), real([0, 1])]],
  ["OneHot", [x, real([Infinity], []), real([0, 1])]],
  ["Gather", [new Tensor([1, 8192], new Uint8Array(8192)), new Tensor([8193], new Uint8Array(8193))]],
  ["Add", [new Tensor([8193, 1], new Uint8Array(8193)), new Tensor([8192], new Uint8Array(8192))]],
  ["MatMul", [new Tensor([8193, 1], new Uint8Array(8193)), new Tensor([1, 8192], new Uint8Array(8192))]],
];

for (const [i, [op, operands, attributes = {}]] of HUGE.entries()) {
  Deno.test(`${op} refuses results of absurd size (${i})`, () => {
    assertThrows(
      () => evaluate(op, operands, { attributes, name: "big" }),
      RangeError,
      `Cannot evaluate ${op} "big": the result would have shape [`,
    );
  });
}

const MISFITS: readonly Case[] = [
  ["Add", [x], {}, "operand 1 is missing"],
  ["Clip", [x], { min: "low" }, 'attribute "min" is no number'],
  ["Compress", [x, byte([1, 1, 1])], { axis: 0 }, "3 conditions for 2 entries"],
  ["Concat", [x, real([1], [1, 1])], { axis: 0 }, "differ beside axis 0"],
  ["Constant", [], { value: 1 }, 'attribute "value" is no tensor'],
  ["CumSum", [x], {}, "it has no axis"],
  ["DepthToSpace", [x], { blocksize: 2 }, "in blocks of 2"],
  ["Expand", [x, long([4])], {}, "cannot broadcast"],
  ["Expand", [x, long([-1, 1])], {}, "the result would have shape"],
  ["EyeLike", [real([1])], {}, "[1] is no matrix"],
  ["Flatten", [x], { axis: 3 }, "axis 3 of 2 axes"],
  ["Gather", [x, long([2])], {}, "index 2 of 2 entries"],
  ["Gather", [x, real([0.5])], {}, "index 0.5 of 2 entries"],
  ["Gather", [x, long([0])], { axis: 2 }, "axis 2 of 2 axes"],
  ["Gather", [x, long([0])], { axis: 0.5 }, 'attribute "axis" is 0.5, an integer is wanted'],
  ["GatherElements", [x, long([0])], {}, "indices of shape [1] along axis 0 of [2,3]"],
  ["GatherND", [x, long([0, 0, 0], [1, 3])], {}, "indices of shape [1,3] into [2,3]"],
  ["Pad", [x, long([1])], {}, "1 pads for 2 axes"],
  ["Pad", [x, long([-3, 0, 0, 0])], {}, "the result would have shape [-1,3]"],
  ["Pad", [real([]), long([1, 1])], { mode: "edge" }, "there is nothing to repeat"],
  ["ReduceSum", [x, long([0, -2])], {}, "name an axis twice"],
  ["Reshape", [x, long([4])], {}, "[2,3] does not fit into [4]"],
  ["Reshape", [x, long([-1, 4])], {}, "[2,3] does not fit into [-1,4]"],
  ["Reshape", [x, long([-1, -1])], {}, "[2,3] does not fit into [-1,-1]"],
  ["Reshape", [x, long([2, 3, 0])], {}, "keeps a side"],
  ["Reshape", [x, real([1.5])], {}, "operand 1 is no list of integers"],
  ["Reshape", [x, long([6], [1, 1])], {}, "operand 1 has shape [1,1], a list is wanted"],
  ["ReverseSequence", [x, long([3, 0, 0])], {}, "lengths [3,0,0] of sequences in [2,3]"],
  ["ScatterElements", [x, long([0], [1, 1]), real([1])], {}, "for updates of shape [1]"],
  ["ScatterND", [x, long([0], [1, 1]), real([1])], {}, "updates of shape [1], [1,3] is wanted"],
  ["Slice", [x, long([0]), long([1]), long([0]), long([0])], {}, "a step is 0"],
  ["Slice", [x, long([0]), long([1, 2])], {}, "1 starts, 2 ends"],
  ["SpaceToDepth", [real([1, 2], [1, 1, 1, 2])], { blocksize: 2 }, "in blocks of 2"],
  ["Split", [x, long([1, 2])], {}, "parts [1,2] of 2 entries for 1 results"],
  ["Squeeze", [x, long([0])], {}, "are not all 1"],
  ["Tile", [x, long([1])], {}, "1 repeats for 2 axes"],
  ["TopK", [x, long([4])], {}, "4 of 3 elements"],
  ["Transpose", [x], { perm: [0] }, "[0] is no order of 2 axes"],
  ["Trilu", [real([1])], {}, "holds no matrices"],
  ["Unsqueeze", [x], {}, "it has no axes"],
];

for (const [op, operands, attributes, why] of MISFITS) {
  Deno.test(`${op} refuses what does not fit: ${why}`, () => {
    const run = (): unknown => evaluate(op, operands, { attributes: attributes ?? {}, name: "node" });
    const error = assertThrows(run, RangeError, why);
    assertEquals(error.message.startsWith(`Cannot evaluate ${op} "node": `), true, error.message);
  });
}

Deno.test("what has no clear evaluation is undefined", () => {
  const cases: readonly (readonly [string, readonly Tensor[], NodeOptions])[] = [
    ["Conv", [x, x], {}],
    ["toString", [x], {}],
    ["Add", [x, x], { domain: "com.microsoft" }],
    ["Cast", [x], { attributes: { to: 8 } }],
    ["Cast", [x], { attributes: { to: 14 } }],
    ["Cast", [x], { attributes: { to: 17 } }],
    ["Cast", [x], { attributes: { to: "STRING" } }],
    // Bytes are truth values or integers, which differ here.
    ["CastLike", [x, byte([1])], {}],
    ["Pad", [x, long([0, 0, 0, 0])], { attributes: { mode: "other" } }],
    ["ScatterElements", [int([1]), long([0]), int([1])], { attributes: { reduction: "other" } }],
    ["Einsum", [x, x, x, x], { attributes: { equation: "ij,ij,ij,ij->" } }],
    ["Add", [x, x], { outputs: 2 }],
  ];
  for (const [op, operands, options] of cases) assertEquals(evaluate(op, operands, options), undefined, op);
});
