/**
 * Matrix products of the ring kernels: GMAC/s for the shapes of small networks and large layers.
 *
 *     deno run -A scripts/bench/gemm_bench.ts
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { Heap } from "../../ring/heap.ts";
import { matmulInto } from "../../ring/matmul.ts";
import { RingTensor } from "../../ring/tensor.ts";

const SHAPES: readonly (readonly [number, number, number])[] = [
  [16, 16, 16],
  [64, 64, 64],
  [100, 100, 100],
  [128, 128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
  [1, 1024, 1024],
  [1, 784, 128],
  [8, 1024, 1024],
  [16, 25, 576],
  [32, 800, 500],
  [128, 784, 128],
];

const heap = new Heap();
for (const [m, k, n] of SHAPES) {
  using x = RingTensor.zeros(heap, [m, k]);
  using y = RingTensor.zeros(heap, [k, n]);
  using z = RingTensor.zeros(heap, [m, n]);
  let best = Infinity;
  const begin = performance.now();
  for (let i = 0; i < 40 || performance.now() - begin < 600; i++) {
    const start = performance.now();
    matmulInto(z, x, y);
    if (i >= 20 || performance.now() - begin > 1000) best = Math.min(best, performance.now() - start);
    if (performance.now() - begin > 4000) break;
  }
  console.log(
    `${`${m}x${k}x${n}`.padEnd(16)} ${(best * 1000).toFixed(0).padStart(8)} us ${
      (m * k * n / best / 1e6).toFixed(2).padStart(6)
    } GMAC/s`,
  );
}
