/**
 * Matrix products of the ring kernels, for the shapes of small networks and large layers.
 *
 *     deno bench -A scripts/bench/gemm_bench.ts
 *     deno run -A scripts/bench/gemm_bench.ts [module …]
 *
 * The second form prints GMAC/s, the best of many runs. A module named on its command line takes turns with ours, so that a
 * busy machine disturbs all alike; it exports {@link Contender}.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { Heap } from "../../ring/heap.ts";
import { matmulInto } from "../../ring/matmul.ts";
import { RingTensor } from "../../ring/tensor.ts";

/** Another way to multiply. */
interface Contender {
  /** A function that adds one product of m x k by k x n words each time, or undefined where it cannot. */
  product(m: number, k: number, n: number): (() => void) | undefined;
}

const SHAPES: readonly (readonly [number, number, number])[] = [
  [8, 8, 8],
  [16, 16, 16],
  [32, 32, 32],
  [64, 64, 64],
  [100, 100, 100],
  [128, 128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
  [1, 784, 128],
  [1, 1024, 1024],
  [2, 1024, 1024],
  [4, 1024, 1024],
  [8, 1024, 1024],
  [16, 1024, 1024],
  [16, 25, 576],
  [32, 800, 500],
  [64, 400, 16],
  [128, 784, 128],
  [1000, 1000, 1],
];

/** Least time for a shape, in milliseconds. */
const BUDGET = 1200;
/** Calls before any is timed: kernels start in a quick and slow translation. */
const WARM_UP = 60;
/** Multiplications in one timed stretch, at least: the clock is coarse. */
const STRETCH = 200_000;

const heap = new Heap();

function ours(m: number, k: number, n: number): () => void {
  const x = RingTensor.zeros(heap, [m, k]);
  const y = RingTensor.zeros(heap, [k, n]);
  const out = RingTensor.zeros(heap, [m, n]);
  return () => matmulInto(out, x, y);
}

/** Best milliseconds per call of each function, in turns. */
function race(runs: readonly (() => void)[], work: number): number[] {
  const times = runs.map(() => Infinity);
  const repeats = Math.ceil(STRETCH / work);
  for (const run of runs) {
    for (let i = 0; i < WARM_UP && i * work < 1e9; i++) run();
  }
  const begin = performance.now();
  do {
    runs.forEach((run, i) => {
      const start = performance.now();
      for (let r = 0; r < repeats; r++) run();
      times[i] = Math.min(times[i]!, (performance.now() - start) / repeats);
    });
  } while (performance.now() - begin < BUDGET);
  return times;
}

for (const [m, k, n] of SHAPES) {
  let run: (() => void) | undefined;
  Deno.bench(`matmul ${m}x${k}x${n}`, () => (run ??= ours(m, k, n))());
}

if (import.meta.main) {
  const others = await Promise.all(Deno.args.map(async (path): Promise<Contender> => {
    return await import(new URL(path, `file://${Deno.cwd()}/`).href);
  }));
  const names = ["ours", ...Deno.args.map((path) => path.split("/").at(-1)!)];
  console.log(`${"GMAC/s".padEnd(16)}${names.map((name) => name.padStart(16)).join("")}`);
  for (const [m, k, n] of SHAPES) {
    const runs = [ours(m, k, n), ...others.map((other) => other.product(m, k, n))];
    const times = race(runs.filter((run) => run !== undefined), m * k * n);
    const cells = runs.map((run) => run === undefined ? "-" : (m * k * n / times.shift()! / 1e6).toFixed(2));
    console.log(`${`${m}x${k}x${n}`.padEnd(16)}${cells.map((cell) => cell.padStart(16)).join("")}`);
  }
}
