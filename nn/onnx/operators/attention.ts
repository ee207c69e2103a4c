/**
 * ONNX operators of attention: the standard one, and those of ONNX Runtime.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor, Operand } from "../../../ops/tensor.ts";
import { additiveMask, attend, causalMask, repeatedHeads } from "../../layers/dot_attention.ts";
import { Linear, turned } from "../../layers/linear.ts";
import { reshaped } from "../../parameters.ts";
import { flag, number, numbers, unsupported } from "../attributes.ts";
import type { Binding, Lowered, Operands, OperatorTable, Value } from "../operator.ts";

/** [B, S, heads·E] as [B, heads, S, E]. */
function split(x: CrypTensor, heads: number): CrypTensor {
  const [batch, rows, side] = x.shape as [number, number, number];
  return x.reshape([batch, rows, heads, side / heads]).permute([0, 2, 1, 3]);
}

/** [B, heads, S, E] as [B, S, heads·E]. */
function merged(x: CrypTensor): CrypTensor {
  const [batch, heads, rows, side] = x.shape as [number, number, number, number];
  return x.permute([0, 2, 1, 3]).reshape([batch, rows, heads * side]);
}

/** Refuses operands and results by which a text is continued. */
function checkWhole(b: Binding, past: readonly number[]): void {
  if (past.some((index) => (b.node.inputs[index] ?? "") !== "")) {
    unsupported(b, "it continues past keys and values");
  }
  if (b.node.outputs.slice(1).some((name) => name !== "")) unsupported(b, "it gives more than one result");
}

/** A mask of ones for keys that count, [B, T] or [B, S, T], as numbers to add to [B, heads, S, T]. */
function keyMask(b: Binding, mask: Value): Operand {
  if (mask.ndim === 1) return unsupported(b, "its mask is one of lengths");
  const flags = isTensor(mask)
    ? mask
    : new Tensor(mask.shape, Uint8Array.from<number | bigint>(mask.data, (v) => Number(v) === 0 ? 0 : 1));
  const [batch, ...rest] = mask.shape as [number, ...number[]];
  return additiveMask(reshaped(flags, [batch, 1, ...(rest.length === 1 ? [1] : []), ...rest]), true);
}

/** How a node attends. */
interface Setting {
  readonly heads: number;
  readonly causal: boolean;
  readonly scale: number | undefined;
}

function settingOf(b: Binding): Setting {
  const scale = number(b, "scale", 0);
  return {
    heads: number(b, "num_heads", 1),
    causal: flag(b, "unidirectional"),
    scale: scale === 0 ? undefined : scale,
  };
}

/** The attention of heads side by side, with masks to add. */
function attended(
  [q, k, v]: readonly CrypTensor[],
  masks: readonly (Operand | undefined)[],
  { heads, causal, scale }: Setting,
): CrypTensor {
  const own: (Operand | undefined)[] = causal
    ? [causalMask(q!.shape[1]!, k!.shape[1]!), ...masks]
    : [...masks];
  const [a, c, d] = [q, k, v].map((x) => split(x!, heads));
  return merged(attend(a!, c!, d!, own.filter((mask) => mask !== undefined), { dropoutP: 0, scale }).output);
}

/** A projection of queries, keys and values side by side, and their attention. */
function selfAttention(b: Binding): Lowered {
  checkWhole(b, [4]);
  const setting = settingOf(b);
  const sizes = numbers(b, "qkv_hidden_sizes");
  const [weight, bias] = [b.weight(1), b.weight(2)];
  if (weight === undefined) return unsupported(b, "its weight is no constant");
  if (flag(b, "do_rotary")) return unsupported(b, "it turns by positions");
  const layer = Linear.of(turned(weight), bias);
  return {
    layer,
    run([x, , , mask, , added], env) {
      const y = layer.forward(env.secret(x!));
      const parts = y.split(sizes ?? y.shape[2]! / 3, 2);
      return attended(parts, [mask === undefined ? undefined : keyMask(b, mask), added], setting);
    },
  };
}

/** Attention of projections that are there. */
function ofProjections(b: Binding): Lowered {
  checkWhole(b, [6, 7]);
  const setting = settingOf(b);
  return {
    run([query, key, value, bias, mask, added], env) {
      if (key === undefined || value === undefined || query!.ndim !== 3 || key.ndim !== 3) {
        return unsupported(b, "keys or values are packed");
      }
      const biases = bias === undefined
        ? []
        : env.secret(bias).split([query!.shape[2]!, key.shape[2]!, value.shape[2]!]);
      const parts = [query!, key, value].map((x, i) => {
        const y = env.secret(x);
        return biases[i] === undefined ? y : y.add(biases[i]);
      });
      return attended(parts, [mask === undefined ? undefined : keyMask(b, mask), added], setting);
    },
  };
}

/** The standard operator: heads of [B, heads, S, E], or side by side; keys may have fewer. */
function attention(b: Binding): Lowered {
  checkWhole(b, [4, 5, 6]);
  const [queryHeads, keyHeads] = [number(b, "q_num_heads", 0), number(b, "kv_num_heads", 0)];
  const scale = number(b, "scale", 0);
  if (number(b, "softcap", 0) !== 0) return unsupported(b, "its scores are capped");
  return {
    run(operands: Operands, env) {
      const [q, k, v] = operands.slice(0, 3).map((x, i) => {
        const y = env.secret(x!);
        return y.ndim === 3 ? split(y, i === 0 ? queryHeads : keyHeads) : y;
      });
      const [rows, columns] = [q!.shape[2]!, k!.shape[2]!];
      const masks: Operand[] = flag(b, "is_causal") ? [causalMask(rows, columns)] : [];
      if (operands[3] !== undefined) masks.push(additiveMask(operands[3], true));
      const [keys, values] = [k!, v!].map((x) => repeatedHeads(x, q!.shape[1]!));
      const { output } = attend(q!, keys!, values!, masks, {
        dropoutP: 0,
        scale: scale === 0 ? undefined : scale,
      });
      return operands[0]!.ndim === 3 ? merged(output) : output;
    },
  };
}

/** Operators of attention. */
export const attentionOperators: OperatorTable = {
  Attention: [{ since: 23, lower: attention }],
  "com.microsoft.Attention": [{ since: 1, lower: selfAttention }],
  "com.microsoft.MultiHeadAttention": [{ since: 1, lower: ofProjections }],
};
