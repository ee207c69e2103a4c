import { additive, type CrypTensor, runLocal, Tensor, trustedFirstParty } from "../../mod.ts";
import { planWindows } from "../../ops/window_max.ts";
import { adaptiveWindows, slidingWindows } from "../../ops/windows.ts";
import { assertEquals } from "../deps.ts";

const protocol = additive({ provider: trustedFirstParty() });

/** Levels of comparisons, and comparisons per plane. */
function costOf(windows: Parameters<typeof planWindows>[0]): { levels: number; comparisons: number } {
  const { plans, atOnce } = planWindows(windows);
  const comparisons = plans.map((plan, i) => {
    if (atOnce) return plan.comparisons;
    const before = windows.axes.slice(0, i).map((axis) => axis.side);
    const behind = windows.axes.slice(i + 1).map((axis) => axis.taps.length);
    return [...before, ...behind].reduce((a, b) => a * b, plan.comparisons);
  });
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  return { levels: sum(plans.map((plan) => plan.levels.length)), comparisons: sum(comparisons) };
}

Deno.test("maxima share comparisons where windows overlap, and take no more levels than they need", () => {
  const images = (side: number, kernel: number, stride: number, padding = 0) =>
    costOf(slidingWindows([1, side, side], 2, kernel, { stride, padding }));
  // Side by side: one less than elements, per window.
  assertEquals(images(6, 2, 2), { levels: 2, comparisons: 9 * 3 });
  assertEquals(images(8, 4, 4), { levels: 4, comparisons: 4 * 15 });
  // 5 x 5: five levels at once, six along one axis after the other.
  assertEquals(images(10, 5, 5), { levels: 5, comparisons: 4 * 24 });
  assertEquals(costOf(adaptiveWindows([1, 5, 5], 2, 1)), { levels: 5, comparisons: 24 });
  // 3 x 3 by 2: two per row and window, then two per window; 8 apart.
  assertEquals(images(7, 3, 2), { levels: 4, comparisons: 7 * 3 * 2 + 9 * 2 });
  // 5 x 5 by 1: pairs, pairs of pairs, and these with one more, along both axes; 24 apart.
  assertEquals(images(12, 5, 1), { levels: 6, comparisons: (10 + 8 + 8) * (12 + 8) });
  // 7 by 1: pairs, pairs of pairs, and two of these that overlap.
  assertEquals(costOf(slidingWindows([1, 20], 1, 7, { stride: 1 })), {
    levels: 3,
    comparisons: 19 + 17 + 14,
  });
  // Padding takes part in no comparison.
  assertEquals(images(4, 3, 2, 1), { levels: 4, comparisons: (1 + 2) * (4 + 2) });
  assertEquals(images(4, 1, 2), { levels: 0, comparisons: 0 });
});

Deno.test("maxima of 2 x 2 windows cost two levels of maximum, of all windows at once", async () => {
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    const shape = [2, 64, 8, 8];
    const total = (): number[] =>
      mpc.stats.ops.reduce(
        (sum, row) => [sum[0]! + row.calls, sum[1]! + row.rounds, sum[2]! + row.bytesPerParty],
        [0, 0, 0],
      );
    const cost = async (f: (x: CrypTensor) => CrypTensor): Promise<number[]> => {
      const data = mpc.rank === 0 ? new Tensor(shape, new Float64Array(8192)) : undefined;
      const x = mpc.encrypt(data, { src: 0, shape });
      const before = total();
      await f(x).settled();
      return total().map((n, i) => n - before[i]!);
    };
    const half = await cost((x) => x.narrow(3, 0, 4).maximum(x.narrow(3, 4, 4)));
    const quarter = await cost((x) => x.narrow(3, 0, 2).maximum(x.narrow(3, 4, 2)));
    assertEquals(await cost((x) => x.maxPool2d(2)), half.map((n, i) => n + quarter[i]!));
    // Sums of windows, and their division by a power of two, are local.
    assertEquals(await cost((x) => x.avgPool2d(2)), [0, 0, 0]);
    // A sign, a choice of values, and one of indices: of public ones by the sign's bit as a number.
    const calls = await cost((x) => x.maxPool2d(2, { returnIndices: true })[1]);
    assertEquals(calls[0], 2 * 3);
  });
});

Deno.test("pooling returns the memory of its intermediates", async () => {
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    const shape = [2, 3, 9, 9];
    const x = mpc.encrypt(mpc.rank === 0 ? new Tensor(shape, new Float64Array(486)) : undefined, {
      src: 0,
      shape,
    });
    const { heap } = x.context.shared.env;
    await x.settled();
    const uses: ((x: CrypTensor) => readonly CrypTensor[])[] = [
      (t) => [t.avgPool2d(3, { padding: 1, countIncludePad: false })],
      (t) => [t.maxPool2d(3, { stride: 2, padding: 1 })],
      (t) => t.maxPool2d(3, { stride: 1, returnIndices: true }),
      (t) => t.maxPool2d(1, { stride: 2, returnIndices: true }),
      (t) => [t.maxPool2d(1)],
      (t) => [t.adaptiveAvgPool2d(4), t.globalMaxPool()],
      (t) => t.adaptiveMaxPool2d([1, 4], { returnIndices: true }),
    ];
    for (const use of uses) {
      await mpc.settle();
      const start = [heap.liveBytes, heap.liveBlocks];
      const results = use(x);
      await Promise.all(results.map((result) => result.settled()));
      await mpc.settle();
      for (const result of results) result.dispose();
      assertEquals([heap.liveBytes, heap.liveBlocks], start, String(use));
    }
    // A window of one element is the tensor itself, in a handle of its own.
    x.maxPool2d(1).dispose();
    await x.decrypt();
  });
});
