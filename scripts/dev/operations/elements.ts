/**
 * Operations on elements.
 *
 * @module
 */
import { where } from "../../../mod.ts";
import { type Family, op } from "./row.ts";

const PRODUCT = { domain: "|result| < 2^30", error: "1 ulp" };
const PUBLIC_FACTOR = { domain: "|result| < 2^30", error: "2 ulp + 2^-16·|result|" };
const DIVIDEND = { domain: "|x| < 2^14" };
const QUOTIENT = { domain: "|x| < 2^22, |y| < 2^21, |x/y| < 2^21" };

/** Arithmetic. */
export const arithmetic: Family = {
  title: "Arithmetic",
  rows: [
    op("add", "x + y", ({ x, y }) => x.add(y)),
    op("sub", "x - y", ({ x, y }) => x.sub(y)),
    op("neg", "-x", ({ x }) => x.neg()),
    op("mul", "x·y", ({ x, y }) => x.mul(y), { ...PRODUCT, crypten: { rounds: 1, bytes: 16 } }),
    op("mul (public factor)", "x·c", ({ x }) => x.mul(1.3), PUBLIC_FACTOR),
    op("square", "x²", ({ x }) => x.square(), { ...PRODUCT, crypten: { rounds: 1, bytes: 8 } }),
    op("div (public divisor)", "x/c", ({ x }) => x.div(3), PUBLIC_FACTOR),
    op("ldexp", "x·2^n", ({ x }) => x.ldexp(3), { error: "1 ulp when bits fall off" }),
    op("abs", "absolute value", ({ x }) => x.abs()),
    op("pow", "x^n for an integer n, here 5", ({ x }) => x.pow(5), {
      domain: "|x^n| < 2^30",
      error: "n·max(1, |x|)^(n-2) ulp",
    }),
    op("floor", "the largest integer that is not above x", ({ x }) => x.floor()),
    op("ceil", "the smallest integer that is not below x", ({ x }) => x.ceil()),
    op("trunc", "x without its fraction", ({ x }) => x.trunc(), { domain: "|x| < 2^45" }),
    op("round", "the nearest integer, of two the even one", ({ x }) => x.round(), { domain: "|x| < 2^45" }),
    op("truncDivide (public divisor)", "x/c without its fraction", ({ x }) => x.truncDivide(3), DIVIDEND),
    op("truncDivide", "x/y without its fraction", ({ x, y }) => x.truncDivide(y), QUOTIENT),
    op("fmod (public divisor)", "what that leaves over", ({ x }) => x.fmod(3), DIVIDEND),
    op("fmod", "what that leaves over", ({ x, y }) => x.fmod(y), QUOTIENT),
    op("remainder (public divisor)", "x - floor(x/c)·c", ({ x }) => x.remainder(3), DIVIDEND),
    op("remainder", "x - floor(x/y)·y", ({ x, y }) => x.remainder(y), QUOTIENT),
    op("polynomial", "public coefficients, here of degree 4", ({ x }) => x.polynomial([1, 0.5, 2, 1, 3]), {
      domain: "terms below 2^30",
      error: "by coefficients, see the method",
    }),
  ],
};

/** Comparison and choice. */
export const comparison: Family = {
  title: "Comparison and choice",
  rows: [
    op("lt", "x < y", ({ x, y }) => x.lt(y), { crypten: { rounds: 8, bytes: 224 } }),
    op("le", "x ≤ y", ({ x, y }) => x.le(y)),
    op("gt", "x > y", ({ x, y }) => x.gt(y)),
    op("ge", "x ≥ y", ({ x, y }) => x.ge(y)),
    op("eq", "x = y", ({ x, y }) => x.eq(y), { crypten: { rounds: 7, bytes: 104 } }),
    op("ne", "x ≠ y", ({ x, y }) => x.ne(y)),
    op("sign", "-1 below 0, else 1", ({ x }) => x.sign()),
    op("relu", "max(x, 0)", ({ x }) => x.relu(), { crypten: { rounds: 9, bytes: 240 } }),
    op("leakyRelu", "x, or slope·x below 0", ({ x }) => x.leakyRelu(), {
      domain: "|x| < 2^30",
      error: "2 ulp + 2^-16·|result| below 0",
    }),
    op("prelu", "x, or y·x below 0", ({ x, y }) => x.prelu(y), {
      domain: "|x·y| < 2^30",
      error: "1 ulp below 0",
    }),
    op("thresholdedRelu", "x, or 0 up to a limit", ({ x }) => x.thresholdedRelu(1)),
    op("hardshrink", "x, or 0 between ±limit", ({ x }) => x.hardshrink(0.5)),
    op("softshrink", "x nearer to 0 by a limit", ({ x }) => x.softshrink(0.5)),
    op("maximum", "the larger of two", ({ x, y }) => x.maximum(y)),
    op("minimum", "the smaller of two", ({ x, y }) => x.minimum(y)),
    op("clamp", "between two bounds", ({ x }) => x.clamp(-1, 1)),
    op("hardtanh", "between -1 and 1", ({ x }) => x.hardtanh()),
    op("relu6", "between 0 and 6", ({ x }) => x.relu6()),
    op("threshold", "x, or a value up to a limit", ({ x }) => x.threshold(1, 0.5)),
    op("where", "one of two, by integers 0 and 1", ({ flags, x, y }) => flags.where(x, y)),
    op("where (public condition)", "one of two", ({ x, y }) => where(x.shape.map(() => 1), x, y)),
    op("maskedFill", "a value where a mask is 1", ({ x, flags }) => x.maskedFill(flags, 7)),
  ],
};

/** Bits and logic. */
export const logic: Family = {
  title: "Bits and logic",
  rows: [
    op("to", "words as 64 bits each", ({ x }) => x.to("binary")),
    op(
      "xor",
      "of bits, here with their making of both words",
      ({ x, y }) => x.to("binary").xor(y.to("binary")),
    ),
    op(
      "and",
      "of bits, here with their making of both words",
      ({ x, y }) => x.to("binary").and(y.to("binary")),
    ),
    op(
      "or",
      "of bits, here with their making of both words",
      ({ x, y }) => x.to("binary").or(y.to("binary")),
    ),
    op("not", "of bits, here with their making", ({ x }) => x.to("binary").not()),
    op("shiftLeft", "of bits, here with their making", ({ x }) => x.to("binary").shiftLeft(3)),
    op(
      "shiftRight",
      "of bits, here with their making, with the sign",
      ({ x }) => x.to("binary").shiftRight(3),
    ),
    op(
      "shiftRightLogical",
      "of bits, here with their making, with zeros",
      ({ x }) => x.to("binary").shiftRightLogical(3),
    ),
    op("logicalAnd", "of zeros and ones", ({ flags }) => flags.logicalAnd(flags.neg().add(1))),
    op("logicalOr", "of zeros and ones", ({ flags }) => flags.logicalOr(flags.neg().add(1))),
    op("logicalXor", "of zeros and ones", ({ flags }) => flags.logicalXor(flags.neg().add(1))),
    op("logicalNot", "of zeros and ones", ({ flags }) => flags.logicalNot()),
  ],
};
