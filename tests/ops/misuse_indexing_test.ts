import {
  additive,
  type CrypTensor,
  plain,
  RunError,
  runLocal,
  type Session,
  Tensor,
  trustedFirstParty,
} from "../../mod.ts";
import { catAll, stackAll } from "../../ops/join.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "../deps.ts";

const protocol = additive({ provider: trustedFirstParty() });

/** A matrix [2, 3] of party 0. */
function matrix(mpc: Session): CrypTensor {
  return mpc.encrypt(mpc.rank === 0 ? [[1, 2, 3], [4, 5, 6]] : undefined, { src: 0, shape: [2, 3] });
}

/** Something that no type allows. */
const wrong = (x: unknown): never => x as never;

const none = new Tensor([0], new Int32Array(0));

/** Calls that do not fit a matrix [2, 3], and what their messages must name. */
const misfits: Readonly<Record<string, [(x: CrypTensor, mpc: Session) => unknown, ...string[]]>> = {
  "unflatten of an axis that does not exist": [(x) => x.unflatten(2, [1]), "unflatten", "axis 2", "2 axes"],
  "unflatten to another size": [(x) => x.unflatten(1, [2, 2]), "unflatten of [2,3]", "3 elements", "[2,2]"],
  "unflatten with two open sides": [(x) => x.unflatten(1, [-1, -1]), "unflatten of [2,3]", "one side"],
  "t of three axes": [(x) => x.unsqueeze(0).t(), "t of [1,2,3]", "3 axes, at most 2 are wanted"],
  "movedim to fewer places": [(x) => x.movedim([0, 1], [0]), "movedim of [2,3]", "[0,1]", "[0]"],
  "movedim of an axis twice": [(x) => x.movedim([0, 0], [0, 1]), "movedim", "[2,3]", "given twice"],
  "movedim to a place twice": [(x) => x.movedim([0, 1], [1, -1]), "movedim", "[2,3]", "given twice"],
  "movedim of an axis that does not exist": [(x) => x.movedim(2, 0), "move axis 2", "-2 to 1 are wanted"],
  "expand of a new axis by -1": [(x) => x.expand([-1, 2, 3]), "expand", "[-1,2,3]"],
  "expand by -2": [(x) => x.expand([-2, 3]), "expand", "[-2,3]"],
  "repeat to too many elements": [(x) => x.repeat([2 ** 20, 2 ** 20]), "repeat", "[2,3]", "2^29"],
  "tile with a negative count": [(x) => x.tile([-1]), "tile of [2,3]", "[-1]", "non-negative"],
  "tile by half": [(x) => x.tile([0.5]), "tile of [2,3]", "[0.5]", "non-negative"],
  "squeeze of an axis twice": [(x) => x.squeeze([0, -2]), "squeeze", "[2,3]", "given twice"],
  "flip of an axis twice": [(x) => x.flip([1, -1]), "flip", "[2,3]", "given twice"],
  "roll with too few shifts": [(x) => x.roll(1, [0, 1]), "roll of [2,3]", "1 shifts", "2 are wanted"],
  "roll by several shifts without axes": [(x) => x.roll([1, 2]), "roll of [2,3]", "2 shifts", "1 are wanted"],
  "diagonal of an axis with itself": [(x) => x.diagonal(0, 1, -1), "diagonal", "[2,3]", "given twice"],
  "diagonal of half an offset": [(x) => x.diagonal(0.5), "diagonal", "[2,3]", "0.5", "an integer"],
  "diagonal of an axis that does not exist": [(x) => x.diagonal(0, 0, 2), "diagonal", "axis 2", "-2 to 1"],
  "diagEmbed of a scalar": [(x) => x.sum().diagEmbed(), "diagEmbed", "[]", "0 axes"],
  "diagEmbed beyond the axes": [(x) => x.diagEmbed(0, 0, 3), "diagEmbed of [2,3]", "axis 3", "-3 to 2"],
  "diag of three axes": [(x) => x.unsqueeze(0).diag(), "diag of [1,2,3]", "3 axes, 1 or 2 are wanted"],
  "diag of a scalar": [(x) => x.sum().diag(), "diag of []", "0 axes"],
  "tril of a vector": [(x) => x.get(0).tril(), "tril", "[3]", "1 axes", "at least 2 axes"],
  "triu of half a diagonal": [(x) => x.triu(0.5), "triu", "[2,3]", "0.5", "an integer"],
  "unfold with a window that is too large": [(x) => x.unfold(1, 4, 1), "unfold", "[2,3]", "4", "0 to 3"],
  "unfold with a step of 0": [(x) => x.unfold(1, 2, 0), "unfold", "[2,3]", "step is 0", "positive"],
  "unfold of an axis that does not exist": [(x) => x.unfold(2, 1, 1), "unfold axis 2", "-2 to 1"],
  "pad by reflection of a whole side": [
    (x) => x.pad([0, 3], [0, 0], { mode: "reflect" }),
    "pad of [2,3]",
    "axis 1 has 3 entries",
    "at most 2",
    "reflect",
  ],
  "pad of nothing by its edge": [
    (x) => x.narrow(0, 0, 0).pad([1, 0], [0, 0], { mode: "edge" }),
    "pad of [0,3]",
    "axis 0 has no entries",
    "edge",
  ],
  "pad of nothing by its other end": [
    (x) => x.narrow(0, 0, 0).pad([1, 0], [0, 0], { mode: "wrap" }),
    "pad of [0,3]",
    "wrap",
  ],
  "pad in a mode that does not exist": [
    (x) => x.pad([1, 0], [0, 0], { mode: wrong("replicate") }),
    "pad of [2,3]",
    '"replicate" is not known',
    '"edge"',
  ],
  "pad in a mode that every object has": [
    (x) => x.pad([1, 0], [0, 0], { mode: wrong("toString") }),
    "pad of [2,3]",
    "not known",
  ],
  "pad with a vector": [
    (x) => x.pad([1, 0], [0, 0], { value: [1, 2, 3] }),
    "pad of [2,3]",
    "shape [3]",
    "without axes",
  ],
  "pad with an encrypted vector": [(x) => x.pad([1, 0], [0, 0], { value: x.get(0) }), "pad of [2,3]", "[3]"],
  "pad by negative widths in another mode": [
    (x) => x.pad([-1, 0], [0, 0], { mode: "wrap" }),
    "pad of [2,3]",
    "non-negative",
  ],
  "slice beyond the end": [(x) => x.slice([2]), "slice of [2,3]", "index 2", "-2 to 1"],
  "slice at half an index": [(x) => x.slice([{}, 0.5]), "slice of [2,3]", "index 0.5", "-3 to 2"],
  "get from nothing": [(x) => x.narrow(0, 0, 0).get(0), "get of [0,3]", "index 0", "there are no entries"],
  "split into sizes of another sum": [(x) => x.split([1, 1], 1), "split [2,3]", "[1,1]", "a sum of 3"],
  "split into negative sizes": [(x) => x.split([4, -1], 1), "split [2,3]", "[4,-1]", "non-negative"],
  "split into half pieces": [(x) => x.split(0.5), "split [2,3]", "pieces of 0.5", "positive integer"],
  "split along half an axis": [(x) => x.split(1, 0.5), "split [2,3]", "axis 0.5", "-2 to 1"],
  "split of a scalar": [(x) => x.sum().split(1), "split []", "no axes"],
  "chunk into none": [(x) => x.chunk(0), "cut [2,3]", "0 chunks", "positive integer"],
  "unbind of an axis that does not exist": [(x) => x.unbind(-3), "split [2,3]", "unbind", "-2 to 1"],
  "indexSelect by a matrix": [(x) => x.indexSelect(0, [[0]]), "indexSelect of [2,3]", "[1,1]", "list"],
  "indexSelect by one index": [(x) => x.indexSelect(0, 0), "indexSelect of [2,3]", "shape []", "list"],
  "indexSelect before the beginning": [(x) => x.indexSelect(0, [-3]), "indexSelect", "index -3", "-2 to 1"],
  "indexSelect by no number": [(x) => x.indexSelect(0, [NaN]), "indexSelect of [2,3]", "index NaN"],
  "take beyond the end": [(x) => x.take([6]), "take of [2,3]", "index 6", "-6 to 5"],
  "take along an axis beyond the end": [(x) => x.take([[3]], 1), "take of [2,3]", "index 3", "-3 to 2"],
  "take along an axis that does not exist": [(x) => x.take([0], 2), "take along axis 2", "-2 to 1"],
  "take of text": [(x) => x.take(wrong(["a"])), "take of [2,3]", "string"],
  "gather by a larger shape on another axis": [
    (x) => x.gather(1, [[0], [0], [0]]),
    "gather of [2,3]",
    "[3,1]",
    "axis 0",
    "at most 2",
  ],
  "takeAlongDim by fewer axes": [(x) => x.takeAlongDim([0], 0), "takeAlongDim of [2,3]", "[1]", "2 axes"],
  "takeAlongDim of sides that differ": [(x) => x.takeAlongDim([[0, 0]], 0), "takeAlongDim", "[1,3]", "[1,2]"],
  "takeAlongDim beyond the end": [(x) => x.takeAlongDim([[3]], 1), "takeAlongDim of [2,3]", "index 3"],
  "scatter by fewer axes": [(x) => x.scatter(0, [0], 1), "scatter of [2,3]", "[1]", "2 axes"],
  "scatter of a smaller source": [
    (x) => x.scatter(0, [[0, 1]], [[1]]),
    "scatter of [2,3]",
    "[1,1]",
    "[1,2]",
  ],
  "scatter of another rank": [(x) => x.scatter(0, [[0, 1]], [1, 2]), "scatter of [2,3]", "[2]", "[1,2]"],
  "scatter beyond the end": [(x) => x.scatter(0, [[2]], 1), "scatter of [2,3]", "index 2", "-2 to 1"],
  "scatter on an axis that does not exist": [
    (x) => x.scatter(2, [[0]], 1),
    "scatter along axis 2",
    "-2 to 1",
  ],
  "scatter of more than there is": [(x) => x.scatter(0, [[0, 0, 0, 0]], 1), "scatter", "[1,4]", "at most 3"],
  "scatter of no number": [(x) => x.scatter(0, [[0]], NaN), "scatter of [2,3]", "not a number"],
  "scatterAdd beyond the end": [
    (x) => x.scatterAdd(1, [[3]], x),
    "scatterAdd of [2,3]",
    "index 3",
    "-3 to 2",
  ],
  "scatterAdd of a smaller source": [
    (x) => x.scatterAdd(0, [[0], [0]], x.narrow(0, 0, 1)),
    "scatterAdd of [2,3]",
    "[1,3]",
    "[2,1]",
  ],
  "scatterAdd beyond the range": [
    (_, mpc) => mpc.public([[1, 2 ** 45, 3]]).scatterAdd(0, [[0], [0]], 2 ** 45),
    "scatterAdd",
    "[1,3]",
    "62 bits",
  ],
  "indexAdd of another shape": [(x) => x.indexAdd(0, [0], x), "indexAdd of [2,3]", "[2,3]", "[1,3]"],
  "indexAdd of one number": [(x) => x.indexAdd(0, [0], 1), "indexAdd of [2,3]", "shape []", "[1,3]"],
  "indexAdd of no factor": [(x) => x.indexAdd(0, [0, 1], x, NaN), "indexAdd of [2,3]", "alpha is NaN"],
  "indexAdd beyond the end": [(x) => x.indexAdd(0, [0, 2], x), "indexAdd of [2,3]", "index 2", "-2 to 1"],
  "indexAdd at a matrix of indices": [(x) => x.indexAdd(0, [[0, 1]], x), "indexAdd of [2,3]", "list"],
  "indexCopy of another shape": [(x) => x.indexCopy(1, [0], x), "indexCopy of [2,3]", "[2,3]", "[2,1]"],
  "indexCopy beyond the end": [(x) => x.indexCopy(1, [3], [[0], [0]]), "indexCopy", "index 3", "-3 to 2"],
  "indexFill with a vector": [(x) => x.indexFill(0, [0], [1, 2, 3]), "indexFill of [2,3]", "[3]", "without"],
  "indexFill beyond the end": [(x) => x.indexFill(0, [5], 1), "indexFill of [2,3]", "index 5", "-2 to 1"],
  "assign of what does not broadcast": [(x) => x.assign([0], [1, 2]), "assign", "[2,3]", "[2]", "[3]"],
  "assign of more than the part": [(x) => x.assign([0], x), "assign of [2,3]", "[2,3]", "part of shape [3]"],
  "assign beyond the end": [(x) => x.assign([-3], 0), "assign of [2,3]", "index -3", "-2 to 1"],
  "assign to too many axes": [(x) => x.assign([0, 0, 0], 0), "assign of [2,3]", "3 ranges", "2 axes"],
  "assign with a step of 0": [(x) => x.assign([{ step: 0 }], 0), "assign of [2,3]", "step 0", "non-zero"],
  "cat with a public tensor of another side": [(x) => x.cat([[[1, 2]]]), "cat of [2,3]", "[1,2]"],
  "cat of a list without an encrypted one": [() => catAll([[1], [2]]), "join 2 tensors", "none is encrypted"],
  "cat of no list": [() => catAll([]), "join 0 tensors", "none is encrypted"],
  "stack of a list without an encrypted one": [
    () => stackAll([none]),
    "stack 1 tensors",
    "none is encrypted",
  ],
  "stack of another public shape": [(x) => stackAll([[1], x]), "stack of [2,3]", "[1]"],
};

/** What a call throws. */
function thrown(what: string, call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error(`${what} is accepted`);
}

Deno.test("indices and movements that do not fit throw at the call, name what is wanted, and leave the session usable", async () => {
  const results = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = matrix(mpc);
    for (const [what, [call, ...words]] of Object.entries(misfits)) {
      const error = thrown(what, () => call(x, mpc));
      assert(error instanceof RangeError || error instanceof TypeError, `${what}: ${error}`);
      assert(error.message.startsWith("Cannot "), `${what}: ${error.message}`);
      for (const word of words) assertStringIncludes(error.message, word, `${what}: ${error.message}`);
    }
    return await x.sum().decrypt();
  });
  assertEquals(results.map((t) => t.at()), [21, 21]);
});

const long = (last: number): number[] => [...new Array<number>(5000).fill(0), last];

/** Programs with the same names and shapes, and other public arguments. */
const unnoticed: Readonly<Record<string, readonly ((x: CrypTensor) => CrypTensor)[]>> = {
  "a gathered index": [(x) => x.gather(0, [[0, 1, 0]]), (x) => x.gather(0, [[0, 0, 0]])],
  "an index of a typed array": [
    (x) => x.gather(0, { shape: [1, 2], data: Int32Array.of(0, 1) }),
    (x) => x.gather(0, { shape: [1, 2], data: Int32Array.of(1, 0) }),
  ],
  "an index of a tensor": [
    (x) => x.indexSelect(1, new Tensor([2], Int32Array.of(0, 1))),
    (x) => x.indexSelect(1, new Tensor([2], Int32Array.of(1, 0))),
  ],
  "one index of a long list": [(x) => x.indexSelect(1, long(1)), (x) => x.indexSelect(1, long(2))],
  "the order of a long list": [
    (x) => x.indexSelect(1, [1, ...long(0)]),
    (x) => x.indexSelect(1, [0, 1, ...long(0).slice(1)]),
  ],
  "a taken index": [(x) => x.take(Int32Array.of(0, 1)), (x) => x.take(Int32Array.of(0, 2))],
  "an index that is scattered to": [
    (x) => x.scatter(0, new Tensor([1, 1], Int32Array.of(0)), 1),
    (x) => x.scatter(0, new Tensor([1, 1], Int32Array.of(1)), 1),
  ],
  "a value that is scattered": [(x) => x.scatter(0, [[0]], 1), (x) => x.scatter(0, [[0]], 2)],
  "an index that is added to": [
    (x) => x.indexAdd(1, Int32Array.of(0), [[1], [1]]),
    (x) => x.indexAdd(1, Int32Array.of(1), [[1], [1]]),
  ],
  "a factor of what is added": [(x) => x.indexAdd(0, [0, 1], x, 2), (x) => x.indexAdd(0, [0, 1], x, 3)],
  "an assigned part": [(x) => x.assign([0, { stop: 2 }], 1), (x) => x.assign([0, { start: 1 }], 1)],
  "an assigned value": [(x) => x.assign([0], [1, 2, 3]), (x) => x.assign([0], [3, 2, 1])],
  "a mode of padding": [
    (x) => x.pad([1, 0], [0, 0], { mode: "edge" }),
    (x) => x.pad([1, 0], [0, 0], { mode: "wrap" }),
  ],
  "a triangle's diagonal": [(x) => x.tril(0), (x) => x.tril(1)],
  "the order of a list": [(x) => catAll([[[1, 2, 3]], x]), (x) => catAll([x, [[1, 2, 3]]])],
  "a joined public tensor": [(x) => x.cat([[[1, 2, 3]]]), (x) => x.cat([[[3, 2, 1]]])],
};

for (const [what, programs] of Object.entries(unnoticed)) {
  Deno.test(`parties whose programs differ by ${what} stop`, async () => {
    const run = runLocal({ parties: 2, protocol, deadline: 5000 }, async (mpc) => {
      await programs[mpc.rank]!(matrix(mpc)).decrypt();
    });
    const { error } = (await assertRejects(() => run, RunError)).failures[0]!;
    assertInstanceOf(error, Error);
    assertStringIncludes(error.message, "different program");
  });
}

Deno.test("arguments are read at the call, whatever their owner does before the share is there", async () => {
  const [rows] = await runLocal({ parties: 2, protocol }, async (mpc) => {
    // A comparison takes rounds, so nothing below runs before the arrays change.
    const x = matrix(mpc).gt(2).mul(matrix(mpc));
    const [list, pads] = [[0, 1], [1, 0]];
    const index = { shape: [1, 2], data: Int32Array.of(1, 0) };
    const range = { start: 0, stop: 1 };
    const results = [
      x.permute(list),
      x.flip(list),
      x.roll(list, [0, 1]),
      x.repeat(pads),
      x.pad(pads, [0, 0]),
      x.pad(pads, [0, 0], { mode: "edge" }),
      x.slice([range]),
      x.assign([range], 7),
      x.indexSelect(1, list),
      x.gather(0, index),
      x.scatter(0, index, 9),
    ];
    list.reverse();
    pads.fill(0);
    range.stop = 2;
    index.data.fill(0);
    return (await Promise.all(results.map((r) => r.decrypt()))).map((r) => r.toNested());
  });
  assertEquals(rows, [
    [[0, 0, 3], [4, 5, 6]],
    [[6, 5, 4], [3, 0, 0]],
    [[3, 0, 0], [6, 4, 5]],
    [[], []],
    [[0, 0, 0], [0, 0, 3], [4, 5, 6]],
    [[0, 0, 3], [0, 0, 3], [4, 5, 6]],
    [[0, 0, 3]],
    [[7, 7, 7], [4, 5, 6]],
    [[0, 0], [4, 5]],
    [[4, 0]],
    [[0, 9, 3], [9, 5, 6]],
  ]);
});

Deno.test("bounds: what is replaced counts once, what is added as often as it is added", async () => {
  await runLocal({ parties: 1, protocol: plain() }, (mpc) => {
    const [x, y] = [10, 3].map((bound) => mpc.encrypt([[1, 2, 3], [1, 2, 3]], { src: 0, bound }));
    const bounds = [
      y!.assign([{}], x!),
      x!.assign([0], 5),
      x!.scatter(0, [[0, 1, 1]], 12),
      x!.pad([1, 0], [0, 0], 20),
      x!.pad([1, 0], [0, 0], 2),
      y!.cat([[[4, 0, 0]]]),
      // No place is met twice, one is met twice, one three times.
      x!.scatterAdd(0, [[0, 1, 1]], y!),
      x!.scatterAdd(0, [[0, 1, 1], [1, 1, 0]], y!),
      x!.indexAdd(1, [0, 2, 0], y!),
      x!.scatterAdd(1, [[2, 2, 2]], -1),
      x!.indexAdd(1, [0, 1, 2], y!, -4),
      x!.scatterAdd(1, new Tensor([0, 0], new Int32Array(0)), y!),
    ].map((tensor) => tensor.bound);
    assertEquals(bounds, [10, 10, 12, 20, 10, 4, 13, 16, 16, 13, 22, 10]);
  });
});

Deno.test("movement leaves its operand alone: both can be disposed", async () => {
  const [left] = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = matrix(mpc).get(0);
    // A vector is its own transpose, and a roll along no axis and a pad by nothing change nothing.
    for (const same of [x.t(), x.roll([], []), x.pad([0], [0], { mode: "edge" }), x.squeeze()]) {
      same.dispose();
    }
    return (await x.decrypt()).toNested();
  });
  assertEquals(left, [1, 2, 3]);
});

Deno.test("movement and indexing send nothing", async () => {
  const counts = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = matrix(mpc);
    await x.settled();
    const before = mpc.stats;
    const y = x.scatterAdd(0, [[0, 1, 0]], 1.5).assign([0], x.get(1)).pad([1, 1], [0, 2], {
      mode: "reflect",
    });
    await y.tril().unfold(1, 2, 1).take([0, 5]).settled();
    return [before, mpc.stats].map((
      { ops, totals },
    ) => [ops.map(({ op, calls }) => [op, calls]), totals.payloadBytes]);
  });
  for (const [before, after] of counts) assertEquals(after, before);
});
