/**
 * ONNX operators that change the type of elements. Secret numbers are real, integers or truth values, without a width: integers
 * that a narrow type does not hold keep their values, and floats their 16 fraction bits.
 *
 * @module
 */
import { asReal } from "../../../ops/functions/scale.ts";
import { isBits } from "../../../ops/compare.ts";
import { isTensor } from "../../../ops/op.ts";
import type { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { number, unsupported } from "../attributes.ts";
import { cast as castClear } from "../clear/cast.ts";
import { isReal, numbersOf } from "../kinds.ts";
import { asFunction, type Binding, type Lowered, type OperatorTable, type Value } from "../operator.ts";
import { typeName } from "../tensors.ts";

/** What elements can be. */
type Kind = "real" | "integer" | "boolean";

const KINDS: Readonly<Record<string, Kind>> = {
  bfloat16: "real",
  bool: "boolean",
  float16: "real",
  float32: "real",
  float64: "real",
  int16: "integer",
  int32: "integer",
  int64: "integer",
  int8: "integer",
  uint16: "integer",
  uint32: "integer",
  uint64: "integer",
  uint8: "integer",
};

/** Real numbers become integers towards zero, and everything but 0 is true. */
function converted(x: CrypTensor, kind: Kind): CrypTensor {
  switch (kind) {
    case "real":
      return asReal(x.context, x);
    case "integer":
      return x.trunc();
    case "boolean":
      return isBits(x) ? x : x.ne(0);
    default:
      return kind satisfies never;
  }
}

/** The oldest files name types. */
function typeOf(b: Binding): string {
  const to = b.node.attributes["to"];
  if (typeof to !== "string") return typeName(number(b, "to", 0));
  const name = to.toLowerCase();
  return name === "float" ? "float32" : name === "double" ? "float64" : name;
}

function cast(b: Binding): Lowered {
  const type = typeOf(b);
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type]! : undefined;
  if (kind === undefined) return { run: () => unsupported(b, `secret elements of type ${type} are wanted`) };
  return asFunction((x) => converted(x, kind), `to ${type}`);
}

/** The kind of a value; undefined for what is integers or truth values. */
function kindOf(value: Value): Kind | undefined {
  if (isReal(value)) return "real";
  if (isTensor(value)) return isBits(value) ? "boolean" : undefined;
  return value.dtype === "uint8" ? undefined : "integer";
}

/** Elements as integers or truth values, where both are the same. */
function narrow(b: Binding, x: Value): Value {
  if (isTensor(x)) {
    return isBits(x) ? x : unsupported(b, "its second operand is of integers or of truth values");
  }
  const same = numbersOf(x).every((v) => v === 0 || v === 1);
  return same
    ? castClear(x, "uint8")
    : unsupported(b, "its second operand is of integers or of truth values");
}

/** The type of the second operand, of which the elements do not matter. */
function castLike(b: Binding): Lowered {
  return {
    run([x, like]) {
      const kind = kindOf(like!);
      if (kind === undefined) return narrow(b, x!);
      if (isTensor(x)) return converted(x, kind);
      const value = x as Tensor;
      return castClear(value, kind === "real" ? "float64" : kind === "integer" ? "int64" : "bool");
    },
  };
}

/** Operators that change the type of elements. */
export const castOperators: OperatorTable = {
  Cast: [{ since: 1, lower: cast }],
  CastLike: [{ since: 15, lower: castLike }],
};
