/**
 * ONNX operators that run graphs: branches and loops, with public conditions.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import { stackAll } from "../../../ops/join.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { nodeName, number, numbers, structure, unsupported } from "../attributes.ts";
import { evaluateClear } from "../clear/evaluate.ts";
import type { Binding, Env, Lowered, OperatorTable, Value } from "../operator.ts";

const integer = (value: number): Tensor => new Tensor([], BigInt64Array.of(BigInt(value)));
const boolean = (value: boolean): Tensor => new Tensor([], Uint8Array.of(value ? 1 : 0));

/** A public truth value; `otherwise` when it is absent. */
function truth(b: Binding, value: Value | undefined, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (isTensor(value)) unsupported(b, "its condition is secret");
  if (value.size !== 1) {
    throw new RangeError(`Cannot compute ${nodeName(b)}: its condition has shape [${value.shape}]`);
  }
  return Number(value.data[0]) !== 0;
}

/** Values one behind the other, along a new axis or an old one. */
function joined(b: Binding, parts: readonly Value[], env: Env, axis: number): Value {
  if (parts.length === 0) unsupported(b, "it collects the results of no iteration");
  if (parts.some(isTensor)) {
    return stackAll(parts.map((part) => env.secret(part)) as [CrypTensor, ...CrypTensor[]], axis);
  }
  const node = { ...b.node, domain: "", opType: "Concat", outputs: [""], attributes: { axis } };
  const wide = (parts as Tensor[]).map((part) => {
    const at = axis < 0 ? axis + part.ndim + 1 : axis;
    return new Tensor([...part.shape.slice(0, at), 1, ...part.shape.slice(at)], part.data);
  });
  return evaluateClear(node, wide, b.opset)![0]!;
}

function branch(b: Binding): Lowered {
  return {
    run: ([condition], env) => env.graph(truth(b, condition, false) ? "then_branch" : "else_branch", []),
  };
}

/** Refuses a body that has too few results. */
function checkResults(b: Binding, results: readonly Value[], carried: number): void {
  const wanted = Math.max(carried, b.node.outputs.length);
  if (results.length >= wanted) return;
  throw new RangeError(
    `Cannot compute ${nodeName(b)}: its body gives ${results.length} values, ${wanted} are wanted`,
  );
}

/** Returns the memory of what an iteration no longer needs. */
function release(values: readonly Value[], kept: readonly (Value | undefined)[]): void {
  for (const value of values) if (isTensor(value) && !kept.includes(value)) value.dispose();
}

function loop(b: Binding): Lowered {
  return {
    run(operands, env) {
      const [limit, start, ...initial] = operands;
      const bound = structure(b, [limit], 0, "number of iterations");
      const most = bound === undefined ? Infinity : Number(bound.data[0]);
      let going = truth(b, start, true);
      let carried = initial as Value[];
      const collected: Value[][] = [];
      for (let i = 0; going && i < most; i++) {
        const [condition, ...results] = env.graph("body", [integer(i), boolean(going), ...carried]);
        checkResults(b, results, carried.length);
        going = truth(b, condition, true);
        const next = results.slice(0, carried.length);
        release(carried, [...initial, ...next]);
        carried = next;
        results.slice(carried.length).forEach((value, k) => (collected[k] ??= []).push(value));
      }
      const scans = Math.max(0, b.node.outputs.length - carried.length);
      return [...carried, ...Array.from({ length: scans }, (_, k) => joined(b, collected[k] ?? [], env, 0))];
    },
  };
}

/** One position of a value along an axis. */
function sliceOf(b: Binding, value: Value, axis: number, at: number): Value {
  const dim = axis < 0 ? axis + value.ndim : axis;
  if (isTensor(value)) return value.narrow(dim, at, 1).squeeze(dim);
  const node = { ...b.node, domain: "", opType: "Gather", outputs: [""], attributes: { axis: dim } };
  return evaluateClear(node, [value, integer(at)], 11)![0]!;
}

function scan(b: Binding): Lowered {
  return {
    run(operands, env) {
      const count = number(b, "num_scan_inputs", 0);
      const states = operands.length - count;
      if (count < 1 || states < 0) {
        throw new RangeError(
          `Cannot compute ${nodeName(b)}: ${count} of its ${operands.length} inputs are scanned`,
        );
      }
      const inputs = operands.slice(states) as Value[];
      const axes = numbers(b, "scan_input_axes") ?? inputs.map(() => 0);
      const backwards = numbers(b, "scan_input_directions") ?? inputs.map(() => 0);
      const lengths = inputs.map((x, k) => x.shape.at(axes[k]!)!);
      const length = lengths[0];
      if (length === undefined || lengths.some((n) => n !== length)) {
        throw new RangeError(`Cannot compute ${nodeName(b)}: its inputs have ${lengths} positions to scan`);
      }
      const initial = operands.slice(0, states) as Value[];
      let carried = initial;
      const collected: Value[][] = [];
      for (let i = 0; i < length; i++) {
        const slices = inputs.map((x, k) => sliceOf(b, x, axes[k]!, backwards[k] === 1 ? length - 1 - i : i));
        const results = env.graph("body", [...carried, ...slices]);
        checkResults(b, results, states);
        const next = results.slice(0, states);
        release([...carried, ...slices], [...initial, ...next]);
        carried = next;
        results.slice(states).forEach((value, k) => (collected[k] ??= []).push(value));
      }
      const outAxes = numbers(b, "scan_output_axes") ?? [];
      const outBackwards = numbers(b, "scan_output_directions") ?? [];
      return [
        ...carried,
        ...collected.map((parts, k) =>
          joined(b, outBackwards[k] === 1 ? parts.toReversed() : parts, env, outAxes[k] ?? 0)
        ),
      ];
    },
  };
}

/** Operators that run graphs. */
export const controlOperators: OperatorTable = {
  If: [{ since: 1, lower: branch }],
  Loop: [{ since: 1, lower: loop }],
  Scan: [{ since: 9, lower: scan }],
};
