import { runs } from "../arbitraries.ts";
import { assertRejects, fc } from "../deps.ts";
import { long, real } from "./clear_node.ts";
import { PLAIN, TWO } from "./layer_check.ts";
import { assertComputes, computed } from "./secret_node.ts";

interface Sample {
  readonly batch: number;
  readonly classes: number;
  readonly sides: number[];
  readonly x: number[];
  readonly targets: number[];
  readonly weight: number[] | undefined;
  readonly ignore: number | undefined;
  readonly reduction: "none" | "sum" | "mean";
  /** Which operands are public. */
  readonly open: number[];
}

/** Losses of all forms: the first target counts, others may be ones that do not. */
const samples = (): fc.Arbitrary<Sample> =>
  fc.record({
    batch: fc.integer({ min: 1, max: 3 }),
    classes: fc.integer({ min: 2, max: 4 }),
    sides: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
  }).chain(({ batch, classes, sides }) => {
    const count = sides.reduce((a, b) => a * b, batch);
    const list = <T>(one: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
      fc.array(one, { minLength: length, maxLength: length });
    const tenths = (min: number, max: number): fc.Arbitrary<number> =>
      fc.integer({ min, max }).map((n) => n / 10);
    return fc.record({
      batch: fc.constant(batch),
      classes: fc.constant(classes),
      sides: fc.constant(sides),
      x: list(tenths(-30, 30), count * classes),
      weight: fc.option(list(tenths(2, 20), classes), { nil: undefined }),
      ignore: fc.constantFrom(undefined, -1, 0, 1, 9),
      targets: list(fc.integer({ min: 0, max: classes - 1 }), count),
      skipped: list(fc.boolean(), count),
      reduction: fc.constantFrom("none" as const, "sum" as const, "mean" as const),
      open: fc.subarray([1, 2]),
    }).map(({ targets, skipped, ...rest }) => {
      const { ignore } = rest;
      const some = targets.map((target, i) => skipped[i] && ignore !== undefined ? ignore : target);
      return { ...rest, targets: [ignore === 0 ? 1 : 0, ...some.slice(1)] };
    });
  });

/** The loss as it is defined, for logarithms [N, C, …]. */
function lossOf(logs: readonly number[], s: Sample): number[] {
  const inner = s.sides.reduce((a, b) => a * b, 1);
  const factor = (target: number): number => target === s.ignore ? 0 : s.weight?.[target] ?? 1;
  const losses = s.targets.map((target, i) => {
    if (target === s.ignore) return 0;
    return -factor(target) * logs[(Math.floor(i / inner) * s.classes + target) * inner + i % inner]!;
  });
  const sum = losses.reduce((a, b) => a + b, 0);
  if (s.reduction === "none") return losses;
  return [s.reduction === "sum" ? sum : sum / s.targets.map(factor).reduce((a, b) => a + b, 0)];
}

function logSoftmax({ x, classes, sides }: Sample): number[] {
  const inner = sides.reduce((a, b) => a * b, 1);
  return x.map((value, at) => {
    const first = Math.floor(at / (classes * inner)) * classes * inner + at % inner;
    const total = Array.from({ length: classes }, (_, c) => Math.exp(x[first + c * inner]!)).reduce(
      (a, b) => a + b,
      0,
    );
    return value - Math.log(total);
  });
}

for (const backend of [PLAIN, TWO]) {
  for (const op of ["NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"]) {
    Deno.test(`${op} is what its definition says, whatever is secret (${backend.name})`, async () => {
      await fc.assert(
        fc.asyncProperty(samples(), async (s) => {
          const { batch, classes, sides, x, targets, weight, ignore, reduction, open } = s;
          const shape = [batch, classes, ...sides];
          const cross = op === "SoftmaxCrossEntropyLoss";
          const logs = cross ? logSoftmax(s) : x;
          const loss = real(lossOf(logs, s), reduction === "none" ? [batch, ...sides] : []);
          const attributes = { reduction, ...(ignore === undefined ? {} : { ignore_index: ignore }) };
          const operands = [
            real(x, shape),
            long(targets, [batch, ...sides]),
            weight && real(weight),
          ];
          // Up to 12 losses, each within 1e-4 by its logarithm and rounded weight; the quotient is as exact.
          const options = { attributes, opset: 13, open, backend };
          await assertComputes(op, operands, cross ? [loss, real(logs, shape)] : [loss], 1e-3, options);
        }),
        runs(backend === PLAIN ? 40 : 6),
      );
    });
  }
}

Deno.test("public targets that are no class are refused, and means of nothing", async () => {
  const x = real([1, 2, 3, 4], [2, 2]);
  await assertRejects(
    () => computed("NegativeLogLikelihoodLoss", [x, long([0, 2])], { open: [1] }),
    RangeError,
    "no class",
  );
  const attributes = { ignore_index: 0 };
  await assertRejects(
    () => computed("NegativeLogLikelihoodLoss", [x, long([0, 0])], { open: [1], attributes }),
    RangeError,
    "no target counts",
  );
});
