import { additive, type CrypTensor, runLocal, type Session, Tensor, trustedFirstParty } from "../../mod.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../deps.ts";

const protocol = additive({ provider: trustedFirstParty() });

/** An image [1, 2, 4, 6] of party 0. */
function image(mpc: Session, bound?: number): CrypTensor {
  const shape = [1, 2, 4, 6];
  const data = Float64Array.from({ length: 48 }, (_, i) => (i * 29) % 48 - 20);
  return mpc.encrypt(mpc.rank === 0 ? new Tensor(shape, data) : undefined, { src: 0, shape, bound });
}

/** Something that no type allows. */
const wrong = (x: unknown): never => x as never;

/** Calls that do not fit an image [1, 2, 4, 6], and what their messages must name. */
const misfits: Readonly<Record<string, [(x: CrypTensor) => unknown, ...string[]]>> = {
  "a kernel that is larger than the input": [
    (x) => x.maxPool2d(5),
    "maxPool of [1,2,4,6]",
    "a window of [5,5] reaches over [5,5], sides [4,6] padded by [0,0,0,0] are smaller",
  ],
  "a dilated kernel that is larger than the padded input": [
    (x) => x.avgPool2d([3, 2], { dilation: [3, 1], padding: [1, 1] }),
    "avgPool of [1,2,4,6]",
    "reaches over [7,2]",
    "padded by [1,1,1,1]",
  ],
  "a kernel that no incomplete window saves": [
    (x) => x.maxPool2d([6, 1], { ceilMode: true, stride: 1 }),
    "maxPool of [1,2,4,6]",
    "reaches over [6,1]",
  ],
  "padding of more than half the kernel": [
    (x) => x.maxPool2d(3, { padding: 2 }),
    "maxPool of [1,2,4,6]",
    "padding is [2,2], at most [1,1] is wanted",
  ],
  "padding of the whole kernel on one end": [
    (x) => x.avgPool2d(2, { padding: [0, 0, 0, 2] }),
    "avgPool",
    "padding is [0,0,0,2], at most [1,1] on each end is wanted",
  ],
  "negative padding": [(x) => x.maxPool2d(2, { padding: -1 }), "maxPool", "padding is [-1,-1]", "at least 0"],
  "padding for three axes": [(x) => x.maxPool2d(2, { padding: [0, 0, 0] }), "maxPool", "2 integers"],
  "a stride of 0": [
    (x) => x.maxPool2d(2, { stride: 0 }),
    "maxPool",
    "stride is [0,0], 2 integers of at least 1",
  ],
  "a stride for one axis": [(x) => x.avgPool2d(2, { stride: [1] }), "avgPool", "stride is [1], 2 integers"],
  "half a kernel": [(x) => x.avgPool2d(1.5), "avgPool", "kernel is [1.5,1.5]"],
  "a kernel of 0": [(x) => x.maxPool2d([2, 0]), "maxPool", "kernel is [2,0]"],
  "no kernel": [(x) => x.maxPool2d(wrong(undefined)), "maxPool", "kernel is [undefined]"],
  "a dilation of 0": [(x) => x.maxPool2d(2, { dilation: 0 }), "maxPool", "dilation is [0,0]"],
  "too few axes": [
    (x) => x.get(0, 0).maxPool2d(1),
    "maxPool of [4,6]",
    "2 axes, 4 or (without a batch) 3 are wanted",
  ],
  "too many axes": [(x) => x.avgPool1d(2), "avgPool of [1,2,4,6]", "4 axes, 3 or (without a batch) 2"],
  "no elements": [(x) => x.narrow(3, 0, 0).avgPool2d(1), "avgPool of [1,2,4,0]", "sides [4,0]"],
  "a window in the padding alone": [
    (x) => x.narrow(2, 0, 1).maxPool2d([2, 1], { dilation: [3, 1], padding: [2, 0] }),
    "maxPool of [1,2,1,6]",
    "window 0 along axis 2, of side 1, covers only padding",
  ],
  "an average of padding alone": [
    (x) => x.narrow(2, 0, 1).avgPool2d([2, 1], { dilation: [3, 1], padding: [2, 0], countIncludePad: false }),
    "avgPool of [1,2,1,6]",
    "covers only padding",
  ],
  "a divisor of 0": [(x) => x.avgPool2d(2, { divisorOverride: 0 }), "avgPool", "the divisor is 0"],
  "a divisor of a half": [(x) => x.avgPool2d(2, { divisorOverride: 0.5 }), "avgPool", "the divisor is 0.5"],
  "indices of windows that do not fit": [
    (x) => x.maxPool2d(5, { returnIndices: true }),
    "maxPool of [1,2,4,6]",
    "reaches over [5,5]",
  ],
  "norms of order 3": [(x) => x.lpPool2d(3, 2), "lpPool of [1,2,4,6]", "p is 3"],
  "an output of 0": [(x) => x.adaptiveAvgPool2d([0, 1]), "adaptiveAvgPool", "output is [0,1]"],
  "an output for three axes": [(x) => x.adaptiveMaxPool2d([1, 1, 1]), "adaptiveMaxPool", "output is [1,1,1]"],
  "an output of half a side": [(x) => x.adaptiveMaxPool2d(0.5), "adaptiveMaxPool", "output is [0.5,0.5]"],
  "adaptive pooling of too many axes": [(x) => x.adaptiveAvgPool1d(1), "adaptiveAvgPool of [1,2,4,6]"],
  "global pooling of a matrix": [
    (x) => x.reshape([6, 8]).globalMaxPool(),
    "globalMaxPool of [6,8]",
    "2 axes, at least 3 are wanted",
  ],
  "conv3d of an image": [(x) => x.conv3d([[[[[1]]]]]), "conv", "[1,2,4,6]", "5 axes"],
};

Deno.test("windows that do not fit are refused at the call, by operation, shape and range", async () => {
  const results = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = image(mpc);
    for (const [what, [call, ...parts]] of Object.entries(misfits)) {
      const error = assertThrows(() => call(x)) as Error;
      assert(error instanceof RangeError, `${what}: ${error}`);
      for (const part of parts) assertStringIncludes(error.message, part, `${what}: ${error.message}`);
    }
    return await x.sum().decrypt();
  });
  assertEquals(results.map((t) => t.at()), [168, 168]);
});

Deno.test("sums of windows that need more than 62 bits are refused, maxima keep their bound", async () => {
  await runLocal({ parties: 2, protocol }, (mpc) => {
    const x = image(mpc, 2 ** 45);
    const error = assertThrows(() => x.avgPool2d(2), RangeError);
    assertStringIncludes(error.message, "more than 62 bits");
    assertEquals(x.maxPool2d(2).bound, 2 ** 45);
    const [values, indices] = x.maxPool2d(2, { returnIndices: true });
    assertEquals([values.bound, values.scale, indices.scale], [2 ** 45, 16, 0]);
    // A bound by the elements that count, not by those times their least common multiple.
    assertEquals(image(mpc, 2 ** 20).avgPool2d(2).bound, 2 ** 20);
  });
});
