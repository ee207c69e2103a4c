/**
 * Operators that only give elements other places, which are public: the rule for public tensors is applied to the places of the
 * elements, and the elements follow. So both kinds of tensors move by the same rule, and nothing is sent.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { type Shape, sizeOf } from "../../../ring/shape.ts";
import { unsupported } from "../attributes.ts";
import { evaluateClear } from "../clear/evaluate.ts";
import type { OnnxNode } from "../model.ts";
import type { Binding, Lowered, Value } from "../operator.ts";

/** The places of a tensor's elements, in its shape. */
function placesIn(shape: Shape): Tensor {
  return new Tensor(shape, Int32Array.from({ length: sizeOf(shape) }, (_, i) => i));
}

/** A public operand. @throws {RangeError} when it is secret: then so is where elements go. */
export function publicPlaces(b: Binding, value: Value | undefined, what: string): Tensor | undefined {
  return isTensor(value) ? unsupported(b, `its ${what} is secret, so places would be`) : value;
}

/** Where the elements of a node's results come from, by the places of its first operand's elements. */
export function placesOf(
  b: Binding,
  shape: Shape,
  others: readonly (Tensor | undefined)[],
  node: OnnxNode = b.node,
): readonly Tensor[] {
  return evaluateClear(node, [placesIn(shape), ...others], b.opset) ?? unsupported(b, "its form is unknown");
}

/** The elements at given places. Local. */
export function elementsAt(x: CrypTensor, places: Tensor): CrypTensor {
  return x.flatten().take(places);
}

/** An operator that moves elements of its first operand as the others, named here and public, say. */
export function moving(...names: readonly string[]): (b: Binding) => Lowered {
  return (b) => {
    // The places of one call are mostly those of the next.
    let last: { key: readonly unknown[]; places: readonly Tensor[] } | undefined;
    return {
      run([first, ...rest], env) {
        const x = env.secret(first!);
        const others = rest.map((value, i) => publicPlaces(b, value, names[i] ?? "operand"));
        const key = [x.shape.join(), ...others];
        if (last === undefined || key.some((part, i) => part !== last!.key[i])) {
          last = { key, places: placesOf(b, x.shape, others) };
        }
        return last.places.map((places) => elementsAt(x, places));
      },
    };
  };
}
