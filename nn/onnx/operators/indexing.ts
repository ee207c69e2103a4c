/**
 * ONNX operators that read at indices.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor, Operand } from "../../../ops/tensor.ts";
import { normalAxis, sizeOf } from "../../../ring/shape.ts";
import { integers, nodeName, number } from "../attributes.ts";
import { checkSides } from "../kinds.ts";
import type { Binding, Env, Lowered, OperatorTable, Value } from "../operator.ts";
import { moving, publicPlaces } from "./places.ts";

/** Secret indices that count from the start; negative ones count from the end. *Cost*: one comparison each. */
function fromStart(index: CrypTensor, side: number): CrypTensor {
  return index.add(index.lt(0).mul(side));
}

/** Entries at public indices; at secret ones without anyone learning which. */
function gather(b: Binding): Lowered {
  return {
    run([x, at], env) {
      const data = env.secret(x!);
      const axis = normalAxis(number(b, "axis", 0), data.ndim);
      if (!isTensor(at)) return data.take(at!, axis);
      // A table that is public stays so: looking up in it is local but for the indices.
      const table = data.movedim(axis, 0);
      const [side = 0, ...rest] = table.shape;
      const index = fromStart(at.flatten(), side);
      const rows = index.embedding(table.reshape([side, sizeOf(rest)]));
      const lead = at.shape.map((_, i) => i);
      return rows.reshape([...at.shape, ...rest]).movedim(lead, lead.map((i) => i + axis));
    },
  };
}

/** Elements at indices along an axis. */
function gatherElements(b: Binding): Lowered {
  const plainly = moving("indices")(b);
  return {
    run(operands, env) {
      const at = operands[1];
      if (!isTensor(at)) return plainly.run(operands, env);
      const x = env.secret(operands[0]!);
      const axis = normalAxis(number(b, "axis", 0), x.ndim);
      const part = x.slice(x.shape.map((side, i) => ({ start: 0, stop: i === axis ? side : at.shape[i]! })));
      return part.gather(axis, fromStart(at, x.shape[axis]!));
    },
  };
}

/** The entries where a public condition holds; without an axis those of the flattened tensor. */
function compress(b: Binding): Lowered {
  return {
    run([data, given], env) {
      const condition = publicPlaces(b, given, "condition")!;
      const whole = b.node.attributes["axis"] === undefined;
      const x = whole ? env.secret(data!).flatten() : env.secret(data!);
      const kept = Array.from<number | bigint, number>(condition.data, Number)
        .flatMap((holds, i) => holds === 0 ? [] : [i]);
      return x.indexSelect(number(b, "axis", 0), new Tensor([kept.length], Int32Array.from(kept)));
    },
  };
}

/** Bits on a new last axis: 1 where an index is that place, from the start or from the end; no 1 for what is outside. */
function hotOf(index: Value, depth: number, env: Env): Operand {
  if (!isTensor(index)) {
    const hot = new Uint8Array(index.size * depth);
    index.data.forEach((value: number | bigint, i: number) => {
      const at = Number(value) < 0 ? Number(value) + depth : Number(value);
      if (at >= 0 && at < depth) hot[i * depth + Math.trunc(at)] = 1;
    });
    return new Tensor([...index.shape, depth], Int32Array.from(hot));
  }
  if (index.scale > 0) {
    const places = (from: number): Tensor =>
      new Tensor([depth], Float64Array.from({ length: depth }, (_, i) => i + from));
    const wide = index.unsqueeze(-1);
    return wide.eq(places(0)).add(wide.eq(places(-depth)));
  }
  // Among -depth - 1 to depth both ends stand for all that is outside.
  const whole = (value: number): CrypTensor => env.secret(new Tensor([], Int32Array.of(value)));
  const hot = index.maximum(whole(-depth - 1)).minimum(whole(depth)).add(depth + 1).oneHot(2 * depth + 2);
  return hot.narrow(-1, depth + 1, depth).add(hot.narrow(-1, 1, depth));
}

/** off + (on - off)·bit; one of the three is secret. */
function between(bits: Operand, off: Value, on: Value, env: Env): CrypTensor {
  if (!isTensor(bits)) return env.secret(on).sub(off).mul(bits).add(off);
  const step = isTensor(off) || isTensor(on)
    ? env.secret(on).sub(off)
    : Number(on.data[0]) - Number(off.data[0]);
  return bits.mul(step).add(off);
}

/** Vectors with one value at an index, and another elsewhere. */
function oneHot(b: Binding): Lowered {
  return {
    run(operands, env) {
      const [index, , values] = operands as readonly [Value, Value, Value];
      const depth = integers(b, operands, 1, "depth")?.[0];
      if (depth === undefined || depth < 1) {
        throw new RangeError(`Cannot compute ${nodeName(b)}: its depth is ${depth}, 1 or more is wanted`);
      }
      checkSides(b, [...index.shape, depth]);
      const [off, on]: readonly [Value, Value] = isTensor(values)
        ? [values.get(0), values.get(1)]
        : [new Tensor([], values.data.slice(0, 1)), new Tensor([], values.data.slice(1, 2))];
      const spread = between(hotOf(index, depth, env), off, on, env);
      const axis = number(b, "axis", -1);
      return spread.movedim(-1, axis < 0 ? axis + spread.ndim : axis);
    },
  };
}

/** Operators that read at indices. */
export const indexingOperators: OperatorTable = {
  Compress: [{ since: 9, lower: compress }],
  Gather: [{ since: 1, lower: gather }],
  GatherElements: [{ since: 11, lower: gatherElements }],
  GatherND: [{ since: 11, lower: moving("indices") }],
  OneHot: [{ since: 9, structural: [1], lower: oneHot }],
};
