import {
  additive,
  type CrypTensor,
  einsum,
  matmul,
  runLocal,
  type Session,
  Tensor,
  trustedFirstParty,
  where,
} from "../../mod.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../deps.ts";

const protocol = additive({ provider: trustedFirstParty() });

function matrix(mpc: Session): CrypTensor {
  return mpc.encrypt(mpc.rank === 0 ? [[1, 2, 3], [4, 5, 6]] : undefined, { src: 0, shape: [2, 3] });
}

type Misfits = Readonly<Record<string, [(x: CrypTensor, mpc: Session) => unknown, ...string[]]>>;

const order: Misfits = {
  "max of nothing": [(x) => x.narrow(0, 0, 0).max(), "max of [0,3]", "no elements"],
  "min along an axis without entries": [
    (x) => x.narrow(1, 0, 0).min({ dim: 1 }),
    "min of [2,0]",
    "no elements",
  ],
  "argmax of nothing": [(x) => x.narrow(0, 0, 0).argmax({ dim: 0 }), "argmax of [0,3]", "no elements"],
  "argmin along an axis that does not exist": [(x) => x.argmin({ dim: 2 }), "argmin of [2,3]", "axis 2"],
  "max along half an axis": [(x) => x.max({ dim: 0.5 }), "max of [2,3]", "axis 0.5"],
  "max with index along an axis that does not exist": [
    (x) => x.maxWithIndex({ dim: -3 }),
    "maxWithIndex of [2,3]",
    "axis -3",
  ],
  "min with index of nothing": [
    (x) => x.narrow(0, 0, 0).minWithIndex(),
    "minWithIndex of [0,3]",
    "no elements",
  ],
  "sort along an axis that does not exist": [(x) => x.sort({ dim: 2 }), "sort of [2,3]", "axis 2"],
  "sort of a scalar along an axis": [(x) => x.sum().sort({ dim: 1 }), "sort of []", "axis 1"],
  "argsort along an axis that does not exist": [(x) => x.argsort({ dim: -3 }), "sort of [2,3]", "axis -3"],
  "sort of numbers that leave no room for the index": [
    (_, mpc) => mpc.encrypt([1, 2, 3], { src: 0, shape: [3], bound: 2 ** 45 }).sort(),
    "sort of [3]",
    "order of 3 elements",
  ],
  "topk of too many": [(x) => x.topk(4), "topk of [2,3]", "k is 4", "0 to 3"],
  "topk of half": [(x) => x.topk(1.5), "topk of [2,3]", "k is 1.5"],
  "topk of fewer than none": [(x) => x.topk(-1), "topk of [2,3]", "k is -1"],
  "topk along an axis that does not exist": [(x) => x.topk(1, { dim: 2 }), "topk of [2,3]", "axis 2"],
  "kthvalue of the 0th": [(x) => x.kthvalue(0, { dim: 0 }), "kthvalue of [2,3]", "k is 0", "1 to 2"],
  "kthvalue of too many": [(x) => x.kthvalue(7), "kthvalue of [2,3]", "k is 7", "1 to 6"],
  "median of nothing": [(x) => x.narrow(0, 0, 0).median(), "median of [0,3]", "no elements"],
  "median along an axis that does not exist": [(x) => x.median({ dim: 5 }), "median of [2,3]", "axis 5"],
};

const limits: Misfits = {
  "clamp by bounds that cross": [(x) => x.clamp(2, 1), "clamp of [2,3]", "above the upper"],
  "clamp by tensors of bounds that cross somewhere": [
    (x) => x.clamp([0, 0, 2], [[1], [1]]),
    "clamp of [2,3]",
    "above the upper",
  ],
  "clamp by bounds of another shape": [(x) => x.clamp([1, 2]), "clamp", "[2,3]", "[2]"],
  "hardtanh by bounds that cross": [(x) => x.hardtanh(1, -1), "clamp of [2,3]", "above the upper"],
  "leakyRelu with no slope": [(x) => x.leakyRelu(NaN), "leakyRelu of [2,3]", "NaN"],
  "threshold of another shape": [(x) => x.threshold([1, 2], 0), "threshold", "[2,3]", "[2]"],
};

const logic: Misfits = {
  "logicalAnd by numbers that are no bits": [
    (x) => x.lt(2).logicalAnd([0, 1, 2]),
    "logicalAnd of [2,3]",
    "is 2",
  ],
  "logicalOr of binary tensors": [(x) => x.to("binary").logicalOr(x), "logicalOr of [2,3]", "64 bits"],
  "logicalNot of a binary tensor": [(x) => x.to("binary").logicalNot(), "logicalNot of [2,3]", "64 bits"],
  "logicalXor of other shapes": [(x) => x.logicalXor([1, 0]), "logicalXor", "[2,3]", "[2]"],
  "or of words": [(x) => x.or(x), "of [2,3]", "binary"],
  "and of a comparison by a number that is no bit": [(x) => x.lt(2).and(3), "and of [2,3]", "single bits"],
  "a shift of words": [(x) => x.shiftLeft(1), "shiftLeft of [2,3]", "binary"],
  "a shift of single bits": [(x) => x.lt(0).shiftRight(0), "shiftRight of [2,3]", "binary"],
  "a shift by too many bits": [(x) => x.to("binary").shiftRight(64), "shiftRight of [2,3]", "64, 0 to 63"],
  "a shift by fewer than no bits": [
    (x) => x.to("binary").shiftRightLogical(-1),
    "shiftRightLogical of [2,3]",
    "-1, 0 to 63",
  ],
  "a shift by half a bit": [(x) => x.to("binary").shiftLeft(0.5), "shiftLeft of [2,3]", "0.5"],
  "where without a secret": [() => where(1, 2, 3), "where", "public"],
  "where by a public condition that is none": [(x) => where([0, 0.5, 1], x, 0), "where of [2,3]", "is 0.5"],
  "where by a public condition of another shape": [(x) => where([0, 1], x, 0), "where", "[2]", "[2,3]"],
  "maskedFill by a larger mask": [
    (x) => x.sum({ dim: 0 }).maskedFill(x.lt(0), 0),
    "maskedFill of [3]",
    "[2,3]",
  ],
  "maskedFill by another shape": [(x) => x.maskedFill([1, 0], 0), "maskedFill", "[2,3]", "[2]"],
};

const algebra: Misfits = {
  "pow of infinity": [(x) => x.pow(Infinity), "pow of [2,3]", "Infinity"],
  "polynomial of nothing": [(x) => x.polynomial([]), "polynomial of [2,3]", "coefficients []"],
  "polynomial with no number": [(x) => x.polynomial([1, NaN]), "polynomial of [2,3]", "NaN"],
  "prod along an axis that does not exist": [(x) => x.prod({ dim: 2 }), "prod of [2,3]", "axis 2"],
  "cumprod along an axis that does not exist": [(x) => x.cumprod(2), "cumprod of [2,3]", "axis 2"],
  "outer of matrices": [(x) => x.outer([1, 2]), "outer of [2,3]", "two vectors"],
  "matmul of public values": [() => matmul([1], [1]), "matmul", "public"],
  "matmul by a public left operand of another size": [
    (x) => matmul([[1, 2, 3]], x),
    "matmul",
    "[1,3]",
    "[2,3]",
  ],
  "matmul of a public scalar": [(x) => matmul(2, x), "matmul of [2,3]", "[]"],
  "einsum of public values": [() => einsum("i,i->", [1], [1]), "einsum", "public"],
  "einsum with too few operands": [
    (x) => einsum("ij,jk->ik", x),
    "einsum of [2,3]",
    "2 terms for 1 operands",
  ],
  "einsum with too few axes": [(x) => einsum("ijk->i", x), "einsum of [2,3]", "names 3 axes", "[2,3]"],
  "einsum with too many axes": [(x) => einsum("i->i", x), "einsum of [2,3]", "names 1 axes"],
  "einsum with ellipses of too few axes": [(x) => einsum("...ijk->i", x), "einsum of [2,3]", "names 3 axes"],
  "einsum of sizes that differ": [(x) => einsum("ij,jk->ik", x, x), "einsum of [2,3]", '"j"', "3 and 2"],
  "einsum of a diagonal that is none": [(x) => einsum("ii->i", x), "einsum of [2,3]", '"i"', "2 and 3"],
  "einsum of leading axes that differ": [
    (x) => einsum("...,...j->...j", x, x.unsqueeze(0)),
    "einsum of [2,3]",
    'axis -1 of "..."',
  ],
  "einsum to a label that is nowhere": [(x) => einsum("ij->k", x), "einsum of [2,3]", '"k"', "no operand"],
  "einsum to a label twice": [(x) => einsum("ij->ii", x), "einsum of [2,3]", "twice"],
  "einsum of other characters": [(x) => einsum("i1->i", x), "einsum of [2,3]", "letters"],
  "einsum with two ellipses": [(x) => einsum("...i...->i", x), "einsum of [2,3]", "at most one"],
  "einsum with two arrows": [(x) => einsum("ij->i->j", x), "einsum of [2,3]", "terms"],
  "einsum of four operands": [(x) => einsum("ij,ij,ij,ij->", x, x, x, x), "einsum of [2,3]", "at most 3"],
  "var of one element": [(x) => x.get(0, 0).var(), "var of []", "correction of 1"],
  "var of nothing": [(x) => x.narrow(0, 0, 0).var({ dim: 0, correction: 0 }), "var of [0,3]", "0 elements"],
  "var over an axis twice": [(x) => x.var({ dim: [0, -2] }), "var of [2,3]", "not distinct"],
  "var over an axis that does not exist": [(x) => x.var({ dim: 2 }), "var of [2,3]", "axis 2"],
  "var with no correction": [(x) => x.var({ correction: NaN }), "var of [2,3]", "NaN"],
  "norm of another kind": [(x) => x.norm({ p: -1 }), "norm of [2,3]", "p is -1"],
  "largest norm of nothing": [(x) => x.narrow(0, 0, 0).norm({ p: Infinity }), "norm of [0,3]", "no elements"],
  "norm along an axis that does not exist": [(x) => x.norm({ p: 1, dim: 2 }), "norm of [2,3]", "axis 2"],
};

function thrownBy(what: string, call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error(`${what} was accepted`);
}

for (const [family, misfits] of Object.entries({ order, limits, logic, algebra })) {
  Deno.test(`operands that do not fit throw at the call and leave the session usable: ${family}`, async () => {
    const results = await runLocal({ parties: 2, protocol }, async (mpc) => {
      const x = matrix(mpc);
      for (const [what, [call, ...words]] of Object.entries(misfits)) {
        const error = thrownBy(what, () => call(x, mpc));
        assert(error instanceof RangeError || error instanceof TypeError, `${what}: ${error}`);
        for (const word of words) assertStringIncludes(error.message, word, `${what}: ${error.message}`);
      }
      return await x.max().decrypt();
    });
    assertEquals(results.map((t) => t.at()), [6, 6]);
  });
}

Deno.test("operands of another session are refused by choices, bounds and equations", async () => {
  const other: CrypTensor[] = [];
  await runLocal({ parties: 2, protocol }, (mpc) => {
    other[mpc.rank] = matrix(mpc);
  });
  await runLocal({ parties: 2, protocol }, (mpc) => {
    const [x, y] = [matrix(mpc), other[mpc.rank]!];
    assertThrows(() => einsum("ij,ij->", x, y), TypeError, "different sessions");
    assertThrows(() => x.clamp(y, 7), TypeError, "different sessions");
    assertThrows(() => where(new Tensor([1], new Float64Array(1)), x, y), TypeError, "different sessions");
  });
});
