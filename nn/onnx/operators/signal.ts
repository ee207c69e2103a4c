/**
 * ONNX transforms of signals: products with public matrices. So they cost a truncation, and no more is sent.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { normalAxis } from "../../../ring/shape.ts";
import { flag, integers, nodeName, number, unsupported } from "../attributes.ts";
import { MOST } from "../clear/gather.ts";
import type { Binding, Lowered, Operands, OperatorTable, Value } from "../operator.ts";

/** What is transformed into what. */
interface Transform {
  /** Entries that are there; those up to the length are 0. */
  readonly entries: number;
  /** Parts of an entry: 1 of real ones, 2 of complex ones. */
  readonly parts: number;
  /** Length of the transform. */
  readonly length: number;
  /** Frequencies that are wanted, from 0. */
  readonly bins: number;
  /** From frequencies back. */
  readonly inverse: boolean;
}

/** The matrix [entries·parts, bins·2] of a transform. */
function fourier({ entries, parts, length, bins, inverse }: Transform): Tensor {
  const data = new Float64Array(entries * parts * bins * 2);
  const factor = inverse ? 1 / length : 1;
  for (let i = 0; i < entries; i++) {
    for (let k = 0; k < bins; k++) {
      // The product is reduced first: cosines of large angles are less exact.
      const angle = (inverse ? 2 : -2) * Math.PI * ((i * k) % length) / length;
      const [re, im] = [factor * Math.cos(angle), factor * Math.sin(angle)];
      const at = (part: number): number => (i * parts + part) * bins * 2 + 2 * k;
      data.set([re, im], at(0));
      if (parts === 2) data.set([-im, re], at(1));
    }
  }
  return new Tensor([entries * parts, bins * 2], data);
}

/** The transform of the entries [..., entries, parts], as [..., bins, 2]. */
function transformed(
  b: Binding,
  x: CrypTensor,
  length: number,
  inverse: boolean,
  onesided: boolean,
): CrypTensor {
  const [entries, parts] = x.shape.slice(-2) as [number, number];
  if (parts !== 1 && parts !== 2) unsupported(b, `its entries have ${parts} parts`);
  if (length < 1) {
    throw new RangeError(`Cannot compute ${nodeName(b)}: its length is ${length}, 1 or more is wanted`);
  }
  if (onesided && (inverse || parts === 2)) {
    unsupported(b, "it has one side, and is inverse or of complex numbers");
  }
  const bins = onesided ? Math.floor(length / 2) + 1 : length;
  if (entries * parts * bins * 2 > MOST) {
    unsupported(b, `its matrix for ${entries} entries has more than 2^26 elements`);
  }
  const matrix = fourier({ entries, parts, length, bins, inverse });
  const lead = x.shape.slice(0, -2);
  return x.reshape([...lead, entries * parts]).matmul(matrix).reshape([...lead, bins, 2]);
}

/** An integer that is an operand; undefined when it is absent. */
function integer(b: Binding, operands: Operands, index: number, name: string): number | undefined {
  return operands[index] === undefined ? undefined : integers(b, operands, index, name)?.[0];
}

/** The axis is an attribute, since version 20 an operand. */
function dft(b: Binding): Lowered {
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const axis = normalAxis(
        b.opset < 20 ? number(b, "axis", 1) : integer(b, operands, 2, "axis") ?? -2,
        x.ndim,
      );
      if (axis === x.ndim - 1) unsupported(b, "its axis is that of the parts of a complex number");
      const side = x.shape[axis]!;
      const length = integer(b, operands, 1, "dft_length") ?? side;
      const used = side > length ? x.narrow(axis, 0, length) : x;
      const y = transformed(b, used.movedim(axis, -2), length, flag(b, "inverse"), flag(b, "onesided"));
      return y.movedim(-2, axis);
    },
  };
}

/** Frames times a window, which may be secret. */
function windowed(b: Binding, frames: CrypTensor, window: Value | undefined): CrypTensor {
  if (window === undefined) return frames;
  if (window.size !== frames.shape.at(-1)) {
    return unsupported(b, `its window has ${window.size} entries, and its frames ${frames.shape.at(-1)}`);
  }
  return frames.mul(window);
}

/** The transforms of frames of a signal [batch, length] or [batch, length, parts], as [batch, frames, bins, 2]. */
function stft(b: Binding): Lowered {
  return {
    run(operands, env) {
      const given = env.secret(operands[0]!);
      const x = given.ndim === 2 ? given.unsqueeze(-1) : given;
      const window = operands[2];
      const [step, length] = [
        integer(b, operands, 1, "frame_step"),
        integer(b, operands, 3, "frame_length") ?? window?.size,
      ];
      if (step === undefined || length === undefined) {
        throw new RangeError(
          `Cannot compute ${nodeName(b)}: it has no frame_step, or neither a window nor a frame_length`,
        );
      }
      // [batch, frames, parts, length]
      const frames = windowed(b, x.unfold(1, length, step), window);
      return transformed(b, frames.transpose(-1, -2), length, false, flag(b, "onesided", true));
    },
  };
}

/** Transforms of signals. */
export const signalOperators: OperatorTable = {
  DFT: [{ since: 17, lower: dft }],
  // The filters of public bands are evaluated in the clear.
  MelWeightMatrix: [{
    since: 17,
    structural: [3, 4],
    lower: (b) => ({ run: () => unsupported(b, "its number of bands, length, rate or an edge is secret") }),
  }],
  STFT: [{ since: 17, structural: [2], lower: stft }],
};
