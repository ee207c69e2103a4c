import type { Tensor } from "../../ops/plaintext.ts";
import { runs } from "../arbitraries.ts";
import { assertRejects, fc } from "../deps.ts";
import { conv } from "../oracles/tensors.ts";
import { byte, int, real, results } from "./clear_node.ts";
import { PLAIN, TWO } from "./layer_check.ts";
import { assertComputes, computed } from "./secret_node.ts";

const list = <T>(one: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
  fc.array(one, { minLength: length, maxLength: length });

/** Scales that fixed point has exactly, as their reciprocals: then ties are ties. */
const scale = (): fc.Arbitrary<number> => fc.constantFrom(0.125, 0.25, 0.5, 1, 2, 4);

for (const backend of [PLAIN, TWO]) {
  Deno.test(`secrets are quantised as public tensors are, ties to even (${backend.name})`, async () => {
    const samples = fc.record({
      x: list(fc.integer({ min: -800, max: 800 }).map((n) => n / 8), 6),
      axis: fc.constantFrom(-2, -1, 0, 1),
      one: fc.boolean(),
      signed: fc.boolean(),
      scales: list(scale(), 3),
      zeros: list(fc.integer({ min: 0, max: 100 }), 3),
    });
    await fc.assert(
      fc.asyncProperty(samples, async ({ x, axis, one, signed, scales, zeros }) => {
        const shape = [2, 3];
        const side = shape.at(axis)!;
        const per = (all: readonly number[]): readonly [number[], number[]] =>
          one ? [all.slice(0, 1), []] : [all.slice(0, side), [side]];
        const operands = [real(x, shape), real(...per(scales)), (signed ? int : byte)(...per(zeros))];
        const options = { attributes: { axis }, opset: 13 };
        const wanted = results("QuantizeLinear", operands, options);
        await assertComputes("QuantizeLinear", operands, wanted, 0, { ...options, open: [1, 2], backend });
        const back = [wanted[0]!, ...operands.slice(1)];
        const real64 = results("DequantizeLinear", back, options);
        await assertComputes("DequantizeLinear", back, real64, 0, { ...options, open: [1, 2], backend });
      }),
      runs(backend === PLAIN ? 20 : 4),
    );
  });

  Deno.test(`bytes get the range of secret elements (${backend.name})`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -999, max: 999 }), { minLength: 1, maxLength: 6 }),
        async (xs) => {
          const [low, high] = [Math.min(0, ...xs), Math.max(0, ...xs)];
          // Near a tie, rounding of the scale to 32 bits decides.
          fc.pre(high > low && [...xs, -low].every((x) => Math.abs((x * 255 / (high - low)) % 1) !== 0.5));
          const x = real(xs.map((n) => n / 64));
          const wanted = results("DynamicQuantizeLinear", [x], { outputs: 3 });
          // The scale is one of at most 32, divided by 255.
          await assertComputes("DynamicQuantizeLinear", [x], wanted, 5e-5, { backend });
        },
      ),
      runs(backend === PLAIN ? 25 : 4),
    );
  });
}

Deno.test("nothing but zeros is quantised to zeros", async () => {
  const wanted = [byte([0, 0]), real([0], []), byte([0], [])];
  await assertComputes("DynamicQuantizeLinear", [real([0, 0])], wanted, 1e-5);
});

Deno.test("blocks of an axis have scales of their own, and secret scales are supported on the way back", async () => {
  const x = int([4, 6, 8, 10, 12], [1, 5]);
  const options = { attributes: { axis: 1, block_size: 2 }, opset: 21 };
  const operands = [x, real([0.5, 2, 3], [1, 3]), int([1, 2, 3], [1, 3])];
  const wanted = results("DequantizeLinear", operands, options);
  await assertComputes("DequantizeLinear", operands, wanted, 0, { ...options, open: [1, 2] });
  await assertComputes("DequantizeLinear", operands, wanted, 0, options);
});

Deno.test("a type of 8 or 16 bits that is not known is refused", async () => {
  const operands = [real([1]), real([1], []), int([0], [])];
  await assertRejects(
    () => computed("QuantizeLinear", operands, { open: [1, 2] }),
    RangeError,
    "unsupported",
  );
  await assertRejects(
    () => computed("QuantizeLinear", operands, { opset: 13, open: [1] }),
    RangeError,
    "unsupported",
  );
  await assertComputes("QuantizeLinear", [real([300]), ...operands.slice(1)], [int([127])], 0, {
    attributes: { output_dtype: 3 },
    open: [1, 2],
  });
});

/** The nearest integer, the even one of two. */
function even(x: number): number {
  const near = Math.round(x);
  return Math.abs(x % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

/** Small integers. */
const bytes = (count: number): fc.Arbitrary<number[]> => list(fc.integer({ min: 0, max: 255 }), count);

for (const open of [[1, 2, 4, 5, 6, 7], [0, 1, 2, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7]]) {
  Deno.test(`products of quantised matrices are what their real numbers say (public: ${open})`, async () => {
    const samples = fc.record({
      a: bytes(4),
      b: bytes(6),
      scales: fc.tuple(list(scale(), 2), list(scale(), 3)),
      zeros: fc.tuple(bytes(2), bytes(3)),
      zero: fc.integer({ min: 0, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(samples, async ({ a, b, scales: [p, q], zeros: [za, zb], zero }) => {
        const sums = [0, 1].flatMap((i) =>
          [0, 1, 2].map((j) =>
            [0, 1].reduce((sum, k) => sum + (a[2 * i + k]! - za[i]!) * (b[3 * k + j]! - zb[j]!), 0)
          )
        );
        const integers = [byte(a, [2, 2]), byte(b, [2, 3]), byte(za), byte(zb)];
        await assertComputes("MatMulInteger", integers, [int(sums, [2, 3])], 0, { open: [2, 3] });
        const wanted = sums.map((sum, at) => {
          const y = even(sum * p[Math.floor(at / 3)]! * q[at % 3]! / 1024) + zero;
          return Math.min(255, Math.max(0, y));
        });
        const operands = [
          byte(a, [2, 2]),
          real(p),
          byte(za),
          byte(b, [2, 3]),
          real(q),
          byte(zb),
          real([1024], []),
          byte([zero], []),
        ];
        await assertComputes("QLinearMatMul", operands, [byte(wanted, [2, 3])], 0, { open });
      }),
      runs(8),
    );
  });

  Deno.test(`convolutions of quantised images are what their real numbers say (public: ${open})`, async () => {
    const samples = fc.record({
      x: bytes(9),
      w: bytes(8),
      bias: list(fc.integer({ min: -999, max: 999 }), 2),
      scales: list(scale(), 2),
      zeros: fc.tuple(fc.integer({ min: 0, max: 255 }), bytes(2)),
      zero: fc.integer({ min: 0, max: 100 }),
      pads: list(fc.integer({ min: 0, max: 1 }), 4),
    });
    await fc.assert(
      fc.asyncProperty(samples, async ({ x, w, bias, scales, zeros: [zx, zw], zero, pads }) => {
        const sum = conv(
          { shape: [1, 1, 3, 3], data: x.map((v) => v - zx) },
          { shape: [2, 1, 2, 2], data: w.map((v, i) => v - zw[Math.floor(i / 4)]!) },
          { pads, stride: [1, 1], dilation: [1, 1], groups: 1, outputPads: [0, 0] },
        );
        const [image, kernel] = [byte(x, [1, 1, 3, 3]), byte(w, [2, 1, 2, 2])];
        const attributes = { pads };
        const integers = [image, kernel, byte([zx], []), byte(zw)];
        await assertComputes("ConvInteger", integers, [int([...sum.data], sum.shape)], 0, {
          attributes,
          open: [2, 3],
        });
        const plane = sum.data.length / 2;
        const wanted = sum.data.map((v, i) => {
          const channel = Math.floor(i / plane);
          return Math.min(255, Math.max(0, even((v + bias[channel]!) * 0.5 * scales[channel]! / 512) + zero));
        });
        const operands: Tensor[] = [
          image,
          real([0.5], []),
          byte([zx], []),
          kernel,
          real(scales),
          byte(zw),
          real([512], []),
          byte([zero], []),
          int(bias),
        ];
        await assertComputes("QLinearConv", operands, [byte([...wanted], sum.shape)], 0, {
          attributes,
          open,
        });
      }),
      runs(8),
    );
  });
}
