/**
 * ONNX operators that change shapes.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { sizeOf } from "../../../ring/shape.ts";
import { Flatten } from "../../layers/basic.ts";
import { flag, integers, nodeName, number, numbers } from "../attributes.ts";
import { asFunction, type Binding, type Env, type Lowered, type OperatorTable } from "../operator.ts";

/** A shape that was written down for the declared batch means the batch that there is. */
function forBatch(to: readonly number[], from: readonly number[], batch: Env["batch"]): readonly number[] {
  const written = batch !== undefined && batch.declared !== batch.actual && to[0] === batch.declared &&
    from[0] === batch.actual;
  return written ? [batch.actual, ...to.slice(1)] : to;
}

/** Another shape: 0 keeps a side, -1 is what is left. */
function reshape(b: Binding): Lowered {
  const keepsZero = !flag(b, "allowzero");
  const known = b.constant(1);
  return {
    summary: known && `to ${Array.from<number | bigint>(known.data).join("x")}`,
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const to = integers(b, operands, 1, "shape");
      if (to === undefined) throw new RangeError(`Cannot compute ${nodeName(b)}: it has no shape`);
      const sides = to.map((side, i) => side === 0 && keepsZero ? x.shape[i] ?? 0 : side);
      return x.reshape(forBatch(sides, x.shape, env.batch));
    },
  };
}

function flatten(b: Binding): Lowered {
  const axis = number(b, "axis", 1);
  const layer = new Flatten(1);
  // A vector has no second axis to begin at.
  if (axis === 1) {
    return {
      layer,
      run([given], env) {
        const x = env.secret(given!);
        return x.ndim === 1 ? x.unsqueeze(1) : layer.forward(x);
      },
    };
  }
  return asFunction((x) => {
    const at = axis < 0 ? axis + x.ndim : axis;
    if (at < 0 || at > x.ndim) {
      throw new RangeError(`Cannot compute ${nodeName(b)}: [${x.shape}] has no axis ${axis}`);
    }
    return x.reshape([sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))]);
  }, `axis ${axis}`);
}

function transpose(b: Binding): Lowered {
  const order = numbers(b, "perm");
  return asFunction((x) => x.permute(order ?? x.shape.map((_, i) => x.ndim - 1 - i)), order?.join());
}

function squeeze(b: Binding): Lowered {
  return {
    run(operands, env) {
      const axes = integers(b, operands, 1, "axes");
      const x = env.secret(operands[0]!);
      return axes === undefined ? x.squeeze() : x.squeeze(axes);
    },
  };
}

function unsqueeze(b: Binding): Lowered {
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const axes = integers(b, operands, 1, "axes") ?? [];
      const rank = x.ndim + axes.length;
      const places = new Set(axes.map((axis) => axis < 0 ? axis + rank : axis));
      if (places.size !== axes.length || [...places].some((at) => at < 0 || at >= rank)) {
        throw new RangeError(`Cannot compute ${nodeName(b)}: [${x.shape}] cannot get the axes ${axes}`);
      }
      const sides = [...x.shape];
      return x.reshape(Array.from({ length: rank }, (_, at) => places.has(at) ? 1 : sides.shift()!));
    },
  };
}

/** Sizes of a tensor are public. */
function shape(b: Binding): Lowered {
  return {
    run([x]) {
      const sides = x!.shape;
      const clamp = (axis: number): number =>
        Math.max(0, Math.min(sides.length, axis < 0 ? axis + sides.length : axis));
      const part = sides.slice(clamp(number(b, "start", 0)), clamp(number(b, "end", sides.length)));
      return new Tensor([part.length], BigInt64Array.from(part, BigInt));
    },
  };
}

/** Several tensors one behind the other. */
function concat(b: Binding): Lowered {
  return {
    run(operands, env) {
      const [first, ...others] = operands.map((x) => env.secret(x!));
      return others.length === 0 ? first! : first!.cat(others, number(b, "axis", 1));
    },
  };
}

function expand(b: Binding): Lowered {
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const to = integers(b, operands, 1, "shape") ?? [];
      // Both shapes are broadcast: a side of 1 keeps what is there.
      const rank = Math.max(x.ndim, to.length);
      const from = [...new Array<number>(rank - x.ndim).fill(1), ...x.shape];
      const wanted = [...new Array<number>(rank - to.length).fill(1), ...to];
      return x.expand(from.map((side, i) => wanted[i] === 1 ? side : wanted[i]!));
    },
  };
}

/** Operators that change shapes. */
export const shapeOperators: OperatorTable = {
  Concat: [{ since: 1, lower: concat }],
  Expand: [{ since: 8, lower: expand }],
  Flatten: [{ since: 1, lower: flatten }],
  Reshape: [{ since: 1, lower: reshape }],
  Shape: [{ since: 1, lower: shape }],
  Size: [{
    since: 1,
    lower: () => ({ run: ([x]) => new Tensor([], BigInt64Array.of(BigInt(sizeOf(x!.shape)))) }),
  }],
  Squeeze: [{ since: 1, lower: squeeze }],
  Transpose: [{ since: 1, lower: transpose }],
  Unsqueeze: [{ since: 1, lower: unsqueeze }],
};
