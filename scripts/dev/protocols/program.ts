/**
 * What protocols are compared by: the same computations with every one of them, measured at each party.
 *
 * @module
 */
import { type CrypTensor, nn, type Session } from "../../../mod.ts";

/** A computation: what is shared before the clock starts, and what is counted. */
export interface Row {
  /** Its name. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly text: string;
  /** Shares the operands; the computation is a function of them. */
  prepare(mpc: Session): Promise<() => CrypTensor> | (() => CrypTensor);
}

/** Numbers that look random and are the same in every run. */
function numbers(size: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 30;
  });
}

function input(mpc: Session, shape: readonly number[], src = 1): CrypTensor {
  const data = numbers(shape.reduce((a, b) => a * b, 1), src + 1);
  return mpc.encrypt(mpc.rank === src ? { shape, data } : undefined, { src, shape });
}

const read = (path: string): Promise<Uint8Array> =>
  Deno.readFile(new URL(`../../../${path}`, import.meta.url));

/** An inference with a network of party 0 on inputs of party 1. */
function network(name: string, path: string, shape: readonly number[]): Row {
  return {
    name,
    text: `inputs of shape [${shape}]`,
    async prepare(mpc) {
      const bytes = mpc.rank === 0 ? await read(path) : undefined;
      const model = await nn.fromOnnx(mpc, bytes, { src: 0 });
      const x = input(mpc, shape);
      return () => model.forward(x);
    },
  };
}

function unary(name: string, shape: readonly number[], f: (x: CrypTensor) => CrypTensor): Row {
  return {
    name,
    text: `of shape [${shape}]`,
    prepare(mpc) {
      const x = input(mpc, shape);
      return () => f(x);
    },
  };
}

/** All computations, in the order of the page. */
export const ROWS: readonly Row[] = [
  unary("relu", [1_000_000], (x) => x.relu()),
  {
    name: "matmul, truncation, relu",
    text: "[512,512] by [512,512]",
    prepare(mpc) {
      const [x, y] = [input(mpc, [512, 512], 1), input(mpc, [512, 512], 0)];
      return () => x.matmul(y).relu();
    },
  },
  unary("sigmoid", [10_000], (x) => x.sigmoid()),
  unary("softmax", [1000, 10], (x) => x.softmax(1)),
  network("alice_net", "examples/data/alice_net.onnx", [100, 50]),
  network("alice_net2", "tests/data/alice_net2.onnx", [1, 1, 28, 28]),
  network("lenet", "tests/data/lenet_digits.onnx", [1, 1, 28, 28]),
];

/** What one party counted of a computation. */
export interface Counted {
  /** Messages that had to follow each other. */
  readonly rounds: number;
  /** Payload bytes that this party sent to others, without corrections. */
  readonly bytes: number;
  /** Bytes of corrections that it made, or was sent by a dealer. */
  readonly corrections: number;
  /** Seconds from the first operation to the share of the result, for each repetition. */
  readonly seconds: readonly number[];
}

async function once(mpc: Session, row: Row): Promise<Omit<Counted, "seconds"> & { seconds: number }> {
  const compute = await row.prepare(mpc);
  await mpc.barrier();
  mpc.resetStats();
  const earlier = mpc.stats.totals.correctionBytes;
  const start = performance.now();
  await compute().rescale().words.wait();
  const seconds = (performance.now() - start) / 1000;
  await mpc.settle();
  const { rounds, payloadBytes, correctionBytes } = mpc.stats.totals;
  await mpc.barrier();
  return { rounds, bytes: payloadBytes, corrections: correctionBytes - earlier, seconds };
}

/** How a program is run. */
export interface Repeats {
  /** Runs that are not counted. */
  readonly warmup: number;
  /** Runs whose time counts. */
  readonly repeats: number;
}

/** Measures all computations, each with operands that are shared anew: what was opened of them before serves none. */
export async function main(mpc: Session, args: unknown): Promise<readonly Counted[]> {
  const { warmup, repeats } = args as Repeats;
  const out: Counted[] = [];
  for (const row of ROWS) {
    for (let i = 0; i < warmup; i++) await once(mpc, row);
    const runs = [];
    for (let i = 0; i < repeats; i++) runs.push(await once(mpc, row));
    out.push({ ...runs[0]!, seconds: runs.map(({ seconds }) => seconds) });
  }
  return out;
}
