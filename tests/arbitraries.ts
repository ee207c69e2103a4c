/**
 * Generators for laws.
 *
 * @module
 */
import { fc } from "./deps.ts";

/** Parameters of a property run: a fixed seed, so that a failure repeats; fast-check prints seed and counterexample. */
export function runs(numRuns: number): fc.Parameters<unknown> {
  const seed = Number(Deno.env.get("TACIT_SEED") ?? 20_260_101);
  // A failure is made smaller for a while, not for as long as it takes.
  return { seed, numRuns, endOnFailure: false, interruptAfterTimeLimit: 20_000 };
}

/** Shapes, with zeros and ones. */
export function shapes(
  options: { maxRank?: number; maxSide?: number; minSide?: number } = {},
): fc.Arbitrary<number[]> {
  const { maxRank = 4, maxSide = 5, minSide = 0 } = options;
  return fc.array(fc.integer({ min: minSide, max: maxSide }), { maxLength: maxRank });
}

/** Words modulo 2^64, with the edges of the ring and of the stated ranges. */
export function word(): fc.Arbitrary<bigint> {
  const edges = [
    0n,
    1n,
    2n ** 64n - 1n,
    2n ** 63n,
    2n ** 63n - 1n,
    2n ** 62n,
    2n ** 62n - 1n,
    2n ** 32n,
    2n ** 32n - 1n,
  ];
  const near = fc.tuple(fc.integer({ min: 0, max: 63 }), fc.constantFrom(-1n, 0n, 1n)).map(([i, d]) =>
    BigInt.asUintN(64, 2n ** BigInt(i) + d)
  );
  return fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), near, fc.constantFrom(...edges));
}

/** A tensor of words: its shape and its elements. */
export function words(
  shape: fc.Arbitrary<number[]> = shapes(),
): fc.Arbitrary<{ shape: number[]; data: bigint[] }> {
  return shape.chain((s) => {
    const size = s.reduce((a, b) => a * b, 1);
    return fc.array(word(), { minLength: size, maxLength: size }).map((data) => ({ shape: s, data }));
  });
}

/** Numbers within a range, with its edges and values around zero. */
export function reals(limit: number): fc.Arbitrary<number> {
  const ulp = 2 ** -16;
  return fc.oneof(
    fc.double({ min: -limit, max: limit, noNaN: true }),
    fc.constantFrom(0, ulp, -ulp, 1, -1, limit, -limit, limit - ulp, ulp - limit),
  );
}
