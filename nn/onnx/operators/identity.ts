/**
 * ONNX operators that give what they get.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { sizeOf } from "../../../ring/shape.ts";
import { flag, structure, unsupported } from "../attributes.ts";
import { isReal, numbersOf } from "../kinds.ts";
import type { Binding, Lowered, Operands, OperatorTable, Value } from "../operator.ts";

const identity: Lowered = { run: ([x]) => x! };

/** Whether elements are dropped: by an attribute before version 7 of the operator set, by operands since version 12. */
function drops(b: Binding, operands: Operands): boolean {
  if (b.opset < 7) return !flag(b, "is_test");
  if (b.opset < 12) return false;
  const [ratio, training] = [structure(b, operands, 1, "ratio"), structure(b, operands, 2, "mode")];
  return training !== undefined && numbersOf(training)[0] !== 0 &&
    (ratio === undefined || numbersOf(ratio)[0] !== 0);
}

/** What was not dropped: everything. Before version 10 of the operator set the mask has the operand's type. */
function mask(b: Binding, x: Value): Tensor {
  const ones = b.opset < 10 && isReal(x)
    ? new Float32Array(sizeOf(x.shape))
    : new Uint8Array(sizeOf(x.shape));
  return new Tensor(x.shape, ones.fill(1));
}

/** Nothing is dropped in inference. */
function dropout(b: Binding): Lowered {
  return {
    run(operands) {
      if (drops(b, operands)) unsupported(b, "it drops elements, as in training");
      const [x] = operands as [Value];
      return (b.node.outputs[1] ?? "") === "" ? x : [x, mask(b, x)];
    },
  };
}

/** Operators that give what they get. */
export const identityOperators: OperatorTable = {
  Dropout: [{ since: 1, structural: [1, 2], lower: dropout }],
  Identity: [{ since: 1, lower: () => identity }],
};
