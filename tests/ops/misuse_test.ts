import {
  additive,
  type CrypTensor,
  plain,
  ProtocolError,
  RunError,
  runLocal,
  type Session,
  Tensor,
  trustedFirstParty,
} from "../../mod.ts";
import { DATA, openFrame } from "../../comm/frame.ts";
import type { Transport } from "../../comm/transport.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../deps.ts";

const protocol = additive({ provider: trustedFirstParty() });

/** A matrix [2, 3] of party 0. */
function matrix(mpc: Session): CrypTensor {
  return mpc.encrypt(mpc.rank === 0 ? [[1, 2, 3], [4, 5, 6]] : undefined, { src: 0, shape: [2, 3] });
}

/** Something that no type allows. */
const wrong = (x: unknown): never => x as never;

/** Calls that do not fit a matrix [2, 3], and what their messages must name. */
const misfits: Readonly<Record<string, [(x: CrypTensor, mpc: Session) => unknown, ...string[]]>> = {
  "add of other shapes": [(x) => x.add([1, 2]), "add", "[2,3]", "[2]"],
  "sub of a secret of another shape": [(x) => x.sub(x.t()), "sub", "[2,3]", "[3,2]"],
  "mul of other shapes": [(x) => x.mul([[1], [2], [3]]), "mul", "[2,3]", "[3,1]"],
  "lt of other shapes": [(x) => x.lt(x.sum({ dim: 1 })), "lt", "[2,3]", "[2]"],
  "eq of other shapes": [(x) => x.eq([0, 0]), "eq", "[2,3]", "[2]"],
  "maximum of other shapes": [(x) => x.maximum([0, 0]), "maximum", "[2,3]", "[2]"],
  "where of other shapes": [(x) => x.where([1, 2], 0), "where", "[2,3]", "[2]"],
  "div by another shape": [(x) => x.div([1, 2]), "div", "[2,3]", "[2]"],
  "div by zero": [(x) => x.div(0), "div of [2,3]", "divisor is 0"],
  "div by a zero among others": [(x) => x.div([1, 0, 2]), "div of [2,3]", "divisor is 0"],
  "matmul of other inner sizes": [(x) => x.matmul(x), "matmul", "[2,3]"],
  "matmul by a scalar": [(x) => x.matmul(3), "matmul", "[2,3]", "[]"],
  "dot of matrices": [(x) => x.dot(x), "dot", "[2,3]", "two vectors"],
  "conv1d of a matrix": [(x) => x.conv1d([[[1]]]), "conv", "[2,3]", "[1,1,1]"],
  "conv1d with a window that is too large": [
    (x) => x.unsqueeze(0).conv1d(new Tensor([1, 2, 4], new Float64Array(8))),
    "conv",
    "[1,2,3]",
    "[1,2,4]",
  ],
  "conv1d with a stride of 0": [
    (x) => x.unsqueeze(0).conv1d(new Tensor([1, 2, 2], new Float64Array(4)), { stride: [0] }),
    "conv",
    "stride is [0]",
  ],
  "conv2d with groups that do not divide": [
    (x) => x.reshape([1, 2, 3, 1]).conv2d(new Tensor([2, 1, 1, 1], new Float64Array(2)), { groups: 3 }),
    "conv",
    "3 groups",
    "[1,2,3,1]",
  ],
  "convTranspose1d of other channels": [
    (x) => x.unsqueeze(0).convTranspose1d(new Tensor([3, 1, 2], new Float64Array(6))),
    "convTranspose",
    "[1,2,3]",
    "[3,1,2]",
  ],
  "convTranspose2d with nothing left": [
    (x) => x.reshape([1, 1, 2, 3]).convTranspose2d([[[[1]]]], { pads: [1, 1, 1, 1] }),
    "convTranspose",
    "[1,1,2,3]",
  ],
  "sum over an axis that does not exist": [(x) => x.sum({ dim: 2 }), "sum of [2,3]", "axis 2"],
  "sum over half an axis": [(x) => x.sum({ dim: 0.5 }), "sum of [2,3]", "axis 0.5"],
  "sum over an axis twice": [(x) => x.sum({ dim: [1, -1] }), "sum of [2,3]", "not distinct"],
  "mean of nothing": [(x) => x.narrow(0, 0, 0).mean(), "mean of [0,3]", "no elements"],
  "cumsum along an axis that does not exist": [(x) => x.cumsum(-3), "cumsum of [2,3]", "axis -3"],
  "trace of a vector": [(x) => x.flatten().trace(), "trace of [6]", "1 axes"],
  "diagonal of a scalar": [(x) => x.sum().diagonal(), "diagonal of []", "0 axes"],
  "reshape to another size": [(x) => x.reshape([4, 2]), "reshape of [2,3]", "[4,2]"],
  "reshape to a fraction": [(x) => x.reshape([1.5, 4]), "reshape of [2,3]", "[1.5,4]"],
  "reshape to negative sides": [(x) => x.reshape([-2, -3]), "reshape of [2,3]", "[-2,-3]"],
  "permute by too few axes": [(x) => x.permute([0]), "permute of [2,3]", "[0]"],
  "permute by an axis twice": [(x) => x.permute([1, 1]), "permute of [2,3]", "[1,1]"],
  "permute by an axis that does not exist": [(x) => x.permute([0, 2]), "permute", "axis 2", "2 axes"],
  "transpose of an axis that does not exist": [(x) => x.transpose(0, 3), "transpose", "axis 3", "2 axes"],
  "expand to a smaller shape": [(x) => x.expand([3]), "expand of [2,3]", "[3]"],
  "expand of a side": [(x) => x.expand([4, 3]), "expand", "[2,3]", "[4,3]"],
  "repeat with too few counts": [(x) => x.repeat([2]), "repeat of [2,3]", "[2]"],
  "repeat with a negative count": [(x) => x.repeat([2, -1]), "repeat of [2,3]", "[2,-1]"],
  "squeeze of an axis that does not exist": [(x) => x.squeeze(2), "squeeze", "axis 2", "2 axes"],
  "unsqueeze at an axis that does not exist": [(x) => x.unsqueeze(4), "unsqueeze", "axis 4"],
  "flip of an axis that does not exist": [(x) => x.flip([0, 2]), "flip", "axis 2", "2 axes"],
  "roll along an axis that does not exist": [(x) => x.roll(1, 2), "roll", "axis 2", "2 axes"],
  "roll by half": [(x) => x.roll(0.5, 0), "roll of [2,3]", "0.5"],
  "slice of too many axes": [(x) => x.slice([{}, {}, {}]), "slice of [2,3]", "3 ranges"],
  "slice with a step of 0": [(x) => x.slice([{ step: 0 }]), "slice of [2,3]", "step 0"],
  "narrow beyond the end": [(x) => x.narrow(1, 2, 2), "narrow of [2,3]", "axis 1"],
  "narrow from before the beginning": [(x) => x.narrow(0, -1, 1), "narrow of [2,3]", "axis 0"],
  "get beyond the end": [(x) => x.get(2), "get of [2,3]", "index 2"],
  "split into pieces of 0": [(x) => x.split(0), "split [2,3]", "pieces of 0"],
  "split along an axis that does not exist": [(x) => x.split(1, 2), "split [2,3]", "axis 2"],
  "chunk along an axis that does not exist": [(x) => x.chunk(2, 2), "cut [2,3]", "axis 2"],
  "unbind of an axis that does not exist": [(x) => x.unbind(2), "split [2,3]", "axis 2"],
  "pad of too few axes": [(x) => x.pad([1], [1]), "pad of [2,3]", "2 pads"],
  "pad by negative widths": [(x) => x.pad([-1, 0], [0, 0]), "pad of [2,3]", "non-negative"],
  "pad with no number": [(x) => x.pad([1, 0], [0, 0], NaN), "[3,3]", "not a number"],
  "indexSelect beyond the end": [(x) => x.indexSelect(1, [0, 3]), "indexSelect of [2,3]", "index 3"],
  "indexSelect by a fraction": [(x) => x.indexSelect(0, [0.5]), "indexSelect of [2,3]", "index 0.5"],
  "gather by fewer axes": [(x) => x.gather(0, [0]), "gather of [2,3]", "[1]"],
  "gather by a larger shape": [(x) => x.gather(1, [[0], [0], [0]]), "gather of [2,3]", "[3,1]"],
  "gather beyond the end": [(x) => x.gather(0, [[0, 2, 1]]), "gather of [2,3]", "index 2"],
  "cat of another rank": [(x) => x.cat([x.sum()]), "cat of [2,3]", "[]"],
  "cat of another side": [(x) => x.cat([x.t()]), "cat of [2,3]", "[3,2]"],
  "cat along an axis that does not exist": [(x) => x.cat([x], 2), "cat of [2,3]", "axis 2"],
  "stack of another shape": [(x) => x.stack([x.t()]), "stack of [2,3]", "[3,2]"],
  "stack along an axis that does not exist": [(x) => x.stack([x], 3), "stack along axis 3"],
  "xor of words": [(x) => x.xor(x), "xor of [2,3]", "binary"],
  "and of bits of other widths": [(x) => x.to("binary").and(x.lt(0)), "and of [2,3]", "one width"],
  "and of other shapes": [(x) => x.lt(0).and(x.t().lt(0)), "and of [2,3]", "[3,2]"],
  "not of words": [(x) => x.not(), "not of [2,3]", "binary"],
  "ldexp by half": [(x) => x.ldexp(0.5), "ldexp of [2,3]", "0.5"],
  "ldexp to more bits than there are": [(x) => x.ldexp(-46), "ldexp", "62 fraction bits"],
  "ldexp beyond the range": [(x) => x.ldexp(62), "ldexp of [2,3]", "62 fraction bits"],
  "ragged arrays": [(x) => x.add([[1, 2, 3], [4, 5]]), "add of [2,3]", "element [1] has 2 entries"],
  "arrays of unequal depth": [(x) => x.add([[1], wrong(2)]), "add of [2,3]", "element [1]"],
  "arrays of text": [(x) => x.mul(wrong([["a"]])), "mul of [2,3]", "element [0][0] is a string"],
  "text": [(x) => x.add(wrong("1")), "add of [2,3]", "a string was given"],
  "nothing": [(x) => x.add(wrong(undefined)), "add of [2,3]", "undefined was given"],
  "null": [(x) => x.where(wrong(null), 1), "where of [2,3]", "null was given"],
  "data without a shape": [(x) => x.add(wrong({ data: [1] })), "add of [2,3]", "no shape"],
  "a public operand that is no number": [(x) => x.add([1, NaN, 3]), "add of [2,3]", "element [1] of [3]"],
  "an infinite factor": [(x) => x.mul(Infinity), "mul of [2,3]", "element []"],
  "an operand out of range": [(x) => x.sub([[1], [2 ** 46]]), "sub of [2,3]", "element [1,0] of [2,1]"],
  "a threshold out of range": [(x) => x.gt(-(2 ** 46)), "of [2,3]", "element []"],
  "public values out of range": [(_, mpc) => mpc.public([0, 1e300]), "element [1] of [2]"],
  "rand of no shape": [(_, mpc) => mpc.rand([2, -1]), "[2,-1]"],
};

Deno.test("operands that do not fit throw at the call, name operation and shapes, and leave the session usable", async () => {
  const results = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = matrix(mpc);
    for (const [what, [call, ...words]] of Object.entries(misfits)) {
      const error = assertThrows(() => call(x, mpc)) as Error;
      assert(error instanceof RangeError || error instanceof TypeError, `${what}: ${error}`);
      for (const word of words) assertStringIncludes(error.message, word, `${what}: ${error.message}`);
    }
    return await x.sum().decrypt();
  });
  assertEquals(results.map((t) => t.at()), [21, 21]);
});

/** Calls with a shape that makes no sense, or with axes that do not exist. */
const accepted: Readonly<Record<string, (x: CrypTensor) => unknown>> = {
  "flatten to an axis that does not exist": (x) => x.flatten(0, 5),
  "flatten from an axis that does not exist": (x) => x.flatten(-5),
  "flatten of axes in reverse": (x) => x.flatten(1, 0),
  "slice from half an index": (x) => x.slice([{ start: 0.5 }]),
  "slice from no number": (x) => x.slice([{ start: NaN }]),
  "get of half an index": (x) => x.get(0.5),
  "get beyond the end of a tensor without elements": (x) => x.narrow(1, 0, 0).get(7),
  "expand to a negative side": (x) => x.sum().reshape([1]).expand([-2]),
  "expand to half a side": (x) => x.sum().expand([0.5]),
  "reshape with two open sides": (x) => x.sum().reshape([-1, -1]),
  "conversion to a kind that does not exist": (x) => x.to(wrong("ternary")),
};

Deno.test({
  name: "arguments that make no sense are refused at the call",
  async fn() {
    await runLocal({ parties: 1, protocol: plain() }, (mpc) => {
      for (const [what, call] of Object.entries(accepted)) {
        const error = assertThrows(() => call(matrix(mpc))) as Error;
        assert(error instanceof RangeError || error instanceof TypeError, `${what}: ${error}`);
      }
    });
  },
});

Deno.test("an encrypted tensor refuses to become a number, a text, a condition's operand or JSON", async () => {
  await runLocal({ parties: 2, protocol }, (mpc) => {
    const x = matrix(mpc);
    const uses: (() => unknown)[] = [
      () => `${x}`,
      () => wrong(x) + 1,
      () => Number(x),
      () => (x as unknown as number) > 1,
      () => (x as unknown as number) <= 1,
      () => -(x as unknown as number),
      () => [x].join(),
      () => Math.max(x as unknown as number, 1),
    ];
    for (const use of uses) assertThrows(use, TypeError, "encrypted tensor of shape [2,3]");
    assertThrows(() => JSON.stringify({ x }), TypeError, "it is secret");
  });
});

/** The message of what the first failing party threw. */
async function failure(
  program: (mpc: Session) => unknown,
  parties = 2,
): Promise<{ rank: number; error: Error }> {
  const run = runLocal({ parties, protocol, deadline: 5000 }, async (mpc) => {
    await program(mpc);
  });
  const { failures } = await assertRejects(() => run, RunError);
  const { rank, error } = failures[0]!;
  assert(error instanceof Error);
  assert(failures.length <= parties);
  return { rank, error };
}

Deno.test("values that cannot be encoded are refused by position, and the message does not tell them", async () => {
  const bad = [NaN, Infinity, -Infinity, 2 ** 46, -(2 ** 46), 123456789012345678];
  for (const value of bad) {
    const { rank, error } = await failure((mpc) => {
      mpc.encrypt(mpc.rank === 1 ? [[0, 0], [0, value]] : undefined, { src: 1, shape: [2, 2] });
    });
    assertEquals(rank, 1);
    assertInstanceOf(error, RangeError);
    assertStringIncludes(error.message, "element [1,1] of [2,2]");
    assert(!error.message.includes(String(value)), error.message);
    assert(!error.message.includes("123456"), error.message);
  }
});

const encryptions: Readonly<Record<string, [(mpc: Session) => unknown, number, ...string[]]>> = {
  "no value at the source": [
    (mpc) => mpc.encrypt(undefined, { src: 1, shape: [2] }),
    1,
    "party 1",
    "no value",
  ],
  "no shape at the others": [
    (mpc) => mpc.encrypt(mpc.rank === 0 ? [1] : undefined, { src: 0 }),
    1,
    "party 1",
    "shape is wanted",
  ],
  "another shape than announced": [
    (mpc) => mpc.encrypt(mpc.rank === 0 ? [1, 2] : undefined, { src: 0, shape: [3] }),
    0,
    "[2]",
    "[3]",
  ],
  "a source that does not exist": [(mpc) => mpc.encrypt([1], { src: 2 }), 0, "party 2", "0 to 1"],
  "a source that is no number": [(mpc) => mpc.encrypt([1], { src: 0.5 }), 0, "party 0.5"],
  "a negative side": [(mpc) => mpc.encrypt(undefined, { src: 1 - mpc.rank, shape: [-1] }), 0, "[-1]"],
  "too many fraction bits": [(mpc) => mpc.encrypt([1], { src: 0, scale: 62 }), 0, "62 fraction bits"],
  "half a fraction bit": [(mpc) => mpc.encrypt([1], { src: 0, scale: 0.5 }), 0, "0.5 fraction bits"],
  "a value above the announced bound": [
    (mpc) => mpc.encrypt(mpc.rank === 0 ? [1, -5] : undefined, { src: 0, shape: [2], bound: 4 }),
    0,
    "bound 4",
  ],
  "ragged arrays": [(mpc) => mpc.encrypt([[1, 2], [3]], { src: 0 }), 0, "element [1] has 1 entries"],
  "text": [(mpc) => mpc.encrypt(wrong(["1"]), { src: 0 }), 0, "element [0] is a string"],
  "an encrypted tensor": [(mpc) => mpc.encrypt(wrong(matrix(mpc)), { src: 0 }), 0, "a plain one is wanted"],
  "encryptFrom without a value": [
    (mpc) => mpc.encryptFrom(undefined, { src: 1 }),
    1,
    "party 1",
    "no value",
  ],
  "encryptFrom a party that does not exist": [(mpc) => mpc.encryptFrom([1], { src: -1 }), 0, "party -1"],
  "announce from a party that does not exist": [(mpc) => mpc.announce(1, { src: 9 }), 0, "party 9"],
};

for (const [what, [program, culprit, ...words]] of Object.entries(encryptions)) {
  Deno.test(`inputs: refuses ${what}`, async () => {
    const { rank, error } = await failure(program);
    assertEquals(rank, culprit, error.message);
    for (const word of words) assertStringIncludes(error.message, word);
  });
}

Deno.test("tensors of two sessions, or of two parties, do not mix", async () => {
  const options = { parties: 2, protocol };
  const [other, another] = await runLocal(options, (mpc) => matrix(mpc));
  assertThrows(() => other!.add(another!), TypeError, "different sessions");
  await runLocal(options, (mpc) => {
    const x = matrix(mpc);
    const calls = [
      () => x.add(other!),
      () => x.mul(other!),
      () => x.lt(0).where(x, other!),
      () => x.cat([x, other!]),
      () => x.stack([other!]),
      () => other!.matmul(x.t()),
    ];
    for (const call of calls) assertThrows(call, TypeError, "different sessions");
  });
});

Deno.test("a disposed tensor is refused at the call; what was called before still gives its result", async () => {
  const [square] = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = matrix(mpc);
    const y = x.mul(x);
    x.dispose();
    const uses = [
      () => x.add(1),
      () => x.relu(),
      () => x.t(),
      () => x.lt(0),
      () => x.sum(),
      () => x.to("binary"),
    ];
    for (const use of uses) assertThrows(use, TypeError);
    await assertRejects(() => x.decrypt(), TypeError);
    await assertRejects(() => x.share(), TypeError);
    x.dispose();
    return (await y.decrypt()).toNested();
  });
  assertEquals(square, [[1, 4, 9], [16, 25, 36]]);
});

Deno.test({
  name: "the refusal of a disposed tensor says that it was disposed",
  async fn() {
    await runLocal({ parties: 2, protocol }, (mpc) => {
      const x = matrix(mpc);
      x.dispose();
      assertThrows(() => x.add(1), TypeError, "it was disposed");
      const b = matrix(mpc).lt(0);
      b.dispose();
      assertThrows(() => b.not(), TypeError, "it was disposed");
    });
  },
});

Deno.test("fraction bits that cannot fit are refused: a session's, and a product's at the call", async () => {
  const program = (mpc: Session): unknown => mpc.rank;
  for (const fractionBits of [31, -1, 1.5]) {
    await assertRejects(
      () => runLocal({ parties: 2, protocol, fractionBits }, program),
      RangeError,
      `${fractionBits} fraction bits`,
    );
  }
  await runLocal({ parties: 2, protocol }, (mpc) => {
    const x = mpc.encrypt([1], { src: 0, bound: 2 ** 16 });
    assertThrows(() => x.square(), RangeError, "Cannot compute square: 32 fraction bits");
    assertThrows(() => x.mul(x.add(0)), RangeError, "Cannot compute mul: 32 fraction bits");
    assertThrows(() => x.mul([2 ** 15 + 0.5]), RangeError, "Cannot compute mul: 32 fraction bits");
    assertThrows(() => x.matmul(x.add(0)), RangeError, "Cannot compute matmul: 32 fraction bits");
    assertEquals(x.mul([2 ** 14 - 0.5]).bound, 2 ** 16 * (2 ** 14 - 0.5));
    const y = mpc.encrypt([1, 1, 1], { src: 0, bound: 2 ** 15 });
    assertThrows(() => y.dot(y.neg()), RangeError, "Cannot compute dot: 32 fraction bits");
    const z = mpc.encrypt([1, 1, 1], { src: 0, bound: 2 ** 45 });
    assertThrows(() => z.sum(), RangeError, "Cannot compute sum: 16 fraction bits");
    assertThrows(() => z.add(z).add(z), RangeError, "Cannot compute add: 16 fraction bits");
  });
  const [exact] = await runLocal({ parties: 2, protocol, fractionBits: 30 }, async (mpc) => {
    const x = mpc.encrypt([1.5], { src: 0, bound: 2 });
    assertThrows(() => x.square().mul(x), RangeError, "Cannot compute mul: 60 fraction bits");
    return (await x.square().decrypt()).at(0);
  });
  assert(Math.abs(exact! - 2.25) <= 2 ** -30);
});

Deno.test("numbers of parties and options that a protocol does not have are refused", async () => {
  const program = (): number => 0;
  await assertRejects(() => runLocal({ parties: 1, protocol }, program), RangeError, "1 parties");
  await assertRejects(() => runLocal({ parties: 65, protocol: plain() }, program), RangeError, "65 parties");
  await assertRejects(() => runLocal({ parties: 0, protocol: plain() }, program), RangeError, "0 parties");
  const local = additive({ provider: trustedFirstParty(), truncation: "local" });
  await assertRejects(() => runLocal({ parties: 3, protocol: local }, program), RangeError, "3 parties");
  assertThrows(() => additive(wrong({ truncate: "exact" })), TypeError, 'option "truncate" is unknown');
  assertThrows(() => additive({ truncation: wrong("nearest") }), TypeError, '"nearest" is unknown');
  assertThrows(() => additive({ comparison: wrong("deep") }), TypeError, '"deep" is unknown');
});

Deno.test("decrypting to a party that does not exist is refused", async () => {
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = matrix(mpc);
    for (const dst of [2, -1, 0.5, NaN]) {
      await assertRejects(() => x.decrypt({ dst }), RangeError, `Cannot decrypt [2,3] to party ${dst}`);
    }
  });
});

/** Two programs that differ, both of which end with a decrypt. */
const pairs: Readonly<Record<string, [(x: CrypTensor) => CrypTensor, (x: CrypTensor) => CrypTensor]>> = {
  "another operation": [(x) => x.add(1), (x) => x.sub(1)],
  "another operation that communicates": [(x) => x.square(), (x) => x.relu()],
  "another shape": [(x) => x.sum({ dim: 0 }), (x) => x.sum({ dim: 0, keepdim: true })],
  "another public operand": [(x) => x.mul(2), (x) => x.mul(3)],
  "one local operation less": [(x) => x.neg().neg(), (x) => x.neg()],
  "one product less": [(x) => x.mul(x).mul(x), (x) => x.mul(x)],
};

for (const [what, programs] of Object.entries(pairs)) {
  for (const parties of [2, 3]) {
    Deno.test(`parties whose programs differ by ${what} stop before the value is revealed, ${parties} parties`, async () => {
      let opened = 0;
      const { error } = await failure(async (mpc) => {
        await programs[mpc.rank === parties - 1 ? 1 : 0]!(matrix(mpc)).decrypt();
        opened++;
      }, parties);
      assertInstanceOf(error, ProtocolError);
      assertStringIncludes(error.message, "different program");
      assertEquals(opened, 0);
    });
  }
}

Deno.test("a party that ends early stops the others", async () => {
  const { rank, error } = await failure(async (mpc) => mpc.rank === 0 ? 0 : await matrix(mpc).decrypt());
  assertEquals(rank, 1);
  assertStringIncludes(error.message, "has ended");
});

/** Programs with the same names and shapes, and other arguments. */
const unnoticed: typeof pairs = {
  "the direction of a flip": [(x) => x.flip([0]), (x) => x.flip([1])],
  "the axis of a roll": [(x) => x.roll(1, 0), (x) => x.roll(1, 1)],
  "the order of equal axes": [(x) => x.matmul(x.t()).permute([0, 1]), (x) => x.matmul(x.t()).permute([1, 0])],
  "selected indices": [(x) => x.indexSelect(1, [0, 1]), (x) => x.indexSelect(1, [2, 1])],
  "a range": [(x) => x.narrow(1, 0, 1), (x) => x.narrow(1, 1, 1)],
  "the exponent of ldexp": [(x) => x.ldexp(1), (x) => x.ldexp(2)],
  "a power of two that divides": [(x) => x.div(2), (x) => x.div(4)],
};

for (const [what, programs] of Object.entries(unnoticed)) {
  Deno.test({
    name: `parties whose programs differ by ${what} stop`,
    async fn() {
      const { error } = await failure(async (mpc) => await programs[mpc.rank]!(matrix(mpc)).decrypt());
      assertStringIncludes(error.message, "different program");
    },
  });
}

Deno.test({
  name: "parties that name different receivers stop",
  async fn() {
    const { error } = await failure(async (mpc) =>
      await matrix(mpc).decrypt(mpc.rank === 0 ? {} : { dst: 0 })
    );
    assertStringIncludes(error.message, "different program");
  },
});

/** Sizes of the payloads that members sent to each other. */
function recorder(): { sizes: number[]; wrap: (link: Transport) => Transport } {
  const sizes: number[] = [];
  const wrap = (link: Transport): Transport => ({
    kind: link.kind,
    locality: link.locality,
    receive: (handler) => link.receive(handler),
    close: () => link.close(),
    send(frame): void {
      for (const { kind, payload } of openFrame(frame, 2 ** 31).messages) {
        if (kind === DATA) sizes.push(payload.length);
      }
      link.send(frame);
    },
  });
  return { sizes, wrap };
}

for (const parties of [2, 3]) {
  Deno.test(`no share leaves a party once the programs differ, ${parties} parties`, async () => {
    const shareBytes = 8 * 6;
    const sent = async (differs: boolean): Promise<number[]> => {
      const { sizes, wrap } = recorder();
      const run = runLocal({ parties, protocol, wrap }, async (mpc) => {
        // Sharing an input sends nothing, so all that could leave is the share of the sum.
        await matrix(mpc).add(differs && mpc.rank === 1 ? 2 : 1).decrypt();
      });
      await run.catch((error) => assertInstanceOf(error, RunError));
      return sizes;
    };
    const links = parties * (parties - 1);
    const same = await sent(false);
    assertEquals(same.filter((bytes) => bytes === shareBytes).length, links);
    assertEquals(same.length, 2 * links);
    const different = await sent(true);
    assert(different.length > 0);
    assertEquals(different.filter((bytes) => bytes !== 32), []);
  });
}
