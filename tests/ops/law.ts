/**
 * Laws: what an operation must compute, on any operands, for every visibility and backend.
 *
 * @module
 */
import { type CrypTensor, type Operand, type Protocol, runLocal, type Session, Tensor } from "../../mod.ts";
import { reals } from "../arbitraries.ts";
import { fc } from "../deps.ts";
import { quantise, sizeOf, type Values } from "../oracles/tensors.ts";

/** Distance between neighbouring fixed-point numbers of 16 fraction bits. */
export const ULP = 2 ** -16;
/** Just below the largest number that 16 fraction bits can encode. */
export const LARGEST = 2 ** 46 - 2 ** -6;
/** Just below the largest integer that no fraction bits can encode. */
export const LARGEST_INTEGER = 2 ** 62 - 2 ** 10;

/** An operand: values, and the fraction bits that they are encoded with. */
export interface Plain extends Values {
  /** Fraction bits. */
  readonly scale: number;
}

/** How an operand is given: secret, as a public operand, or as a public value in encrypted form. */
export type Visibility = "secret" | "public" | "constant";

/** A row of the table. */
export interface LawSpec<A> {
  /** The operation. */
  readonly name: string;
  /** Operands within the documented range, and further arguments. */
  readonly operands: fc.Arbitrary<{ readonly operands: readonly Plain[]; readonly args: A }>;
  /** The operation of the library. */
  apply(x: CrypTensor, ys: readonly Operand[], args: A): CrypTensor | readonly CrypTensor[];
  /** The same in plain numbers; operands have been rounded as encoding does. */
  oracle(xs: readonly Values[], args: A): Values | readonly Values[];
  /** What the error stays below; 0 (the default) means exact. */
  error?(xs: readonly Plain[], args: A, visibility: readonly Visibility[]): number;
  /** Visibilities of the operands; all that make sense by default. */
  readonly visibilities?: readonly (readonly Visibility[])[];
}

/** A row with its type of arguments hidden. */
export interface Law {
  /** The operation. */
  readonly name: string;
  /** Operands, with everything that follows from them. */
  readonly cases: fc.Arbitrary<Case>;
}

/** One application of an operation. */
export interface Case {
  /** The operands. */
  readonly operands: readonly Plain[];
  /** Their visibilities that are tried. */
  readonly visibilities: readonly (readonly Visibility[])[];
  /** Applies the operation. */
  run(x: CrypTensor, ys: readonly Operand[]): readonly CrypTensor[];
  /** What must come out. */
  readonly expected: readonly Values[];
  /** What the error stays below; 0 means exact. */
  error(visibility: readonly Visibility[]): number;
}

const DEFAULT: Readonly<Record<number, readonly (readonly Visibility[])[]>> = {
  1: [["secret"], ["constant"]],
  2: [["secret", "secret"], ["secret", "public"], ["constant", "secret"]],
  3: [
    ["secret", "secret", "secret"],
    ["secret", "public", "secret"],
    ["secret", "secret", "public"],
    ["secret", "public", "public"],
    ["constant", "secret", "secret"],
  ],
};

/** Only secret operands, for operations that take no public ones. */
export const ALL_SECRET: readonly (readonly Visibility[])[] = [["secret", "secret", "secret"]];

const asList = <T extends object>(x: T | readonly T[]): readonly T[] => Array.isArray(x) ? x : [x as T];

/** Makes a row. */
export function law<A>(spec: LawSpec<A>): Law {
  const cases = spec.operands.map(({ operands, args }): Case => {
    const rounded = operands.map((o) => ({ ...o, data: o.data.map((x) => quantise(x, o.scale)) }));
    const shown = { operands, args };
    const out = {
      operands,
      visibilities: spec.visibilities ?? DEFAULT[operands.length] ?? ALL_SECRET,
      run: (x: CrypTensor, ys: readonly Operand[]) => asList(spec.apply(x, ys, args)),
      expected: asList(spec.oracle(rounded, args)),
      error: (visibility: readonly Visibility[]) => spec.error?.(rounded, args, visibility) ?? 0,
    };
    return Object.assign(out, { [fc.toStringMethod]: () => `${spec.name} of ${fc.stringify(shown)}` });
  });
  return { name: spec.name, cases };
}

/** A backend, and how its sessions are opened. */
export interface Backend {
  /** As it is shown. */
  readonly name: string;
  /** Number of parties. */
  readonly parties: number;
  /** The protocol. */
  readonly protocol: Protocol;
  /** False runs only minimal primitives. */
  readonly fastPaths?: boolean;
}

function given(mpc: Session, operand: Plain, visibility: Visibility, src: number): Operand {
  const { shape, scale } = operand;
  const value = new Tensor(shape, Float64Array.from(operand.data));
  if (visibility === "public") {
    return new Tensor(shape, Float64Array.from(operand.data, (x) => quantise(x, scale)));
  }
  if (visibility === "constant") return mpc.public(value, { scale });
  return mpc.encrypt(mpc.rank === src ? value : undefined, { src, shape, scale });
}

function check(got: Tensor, want: Values, error: number, where: string): void {
  if (got.shape.join() !== want.shape.join()) {
    throw new Error(`${where}: the shape is [${got.shape}], [${want.shape}] is expected`);
  }
  want.data.forEach((x, i) => {
    const y = Number(got.data[i]);
    const distance = Math.abs(y - x);
    // The expected number of an inexact law is itself rounded, once.
    const fits = error === 0 ? y === x : distance - Math.abs(x) * 2 ** -53 < error;
    if (!fits) {
      throw new Error(
        `${where}: element ${i} of [${want.shape}] is ${y}, ${x} is expected, error below ${error} is stated`,
      );
    }
  });
}

/** Runs cases in one session, with every visibility, and compares what every party decrypts. */
export async function obey(backend: Backend, cases: readonly Case[]): Promise<void> {
  const { name, ...options } = backend;
  const results = await runLocal(options, async (mpc) => {
    const opened = cases.flatMap((c) =>
      c.visibilities.map((visibility) => {
        const [x, ...ys] = c.operands.map((o, i) =>
          given(mpc, o, visibility[i] ?? "secret", (i + c.operands[0]!.data.length) % mpc.parties)
        );
        const outs = c.run(x as CrypTensor, ys);
        return Promise.all(outs.map(async (out, i) => {
          const tensor = await out.decrypt();
          if (out.shape.join() !== tensor.shape.join()) {
            throw new Error(`result ${i} claims shape [${out.shape}], [${tensor.shape}] was decrypted`);
          }
          return tensor;
        }));
      })
    );
    return await Promise.all(opened);
  });
  results.forEach((found, party) => {
    let next = 0;
    for (const c of cases) {
      for (const visibility of c.visibilities) {
        const tensors = found[next++]!;
        if (tensors.length !== c.expected.length) throw new Error(`${tensors.length} results came`);
        tensors.forEach((tensor, i) =>
          check(
            tensor,
            c.expected[i]!,
            c.error(visibility),
            `${name}, party ${party}, ${visibility.join("/")}`,
          )
        );
      }
    }
  });
}

/** Integers within a limit, with its edges. */
function integers(limit: number): fc.Arbitrary<number> {
  const most = Math.floor(limit);
  return fc.oneof(
    fc.integer({ min: -3, max: 3 }).map((x) => Math.max(-most, Math.min(most, x))),
    fc.double({ min: -most, max: most, noNaN: true }).map(Math.trunc),
    fc.constantFrom(0, 1, -1, most, -most),
  ).map((x) => x + 0);
}

/** Values of one scale: 16 fraction bits, or none. */
export interface Range {
  /** Largest absolute value. */
  readonly limit: number;
  /** Scales to choose from; 16 and 0 by default. */
  readonly scales?: readonly number[];
  /** Largest absolute value at scale 0; the same limit by default. */
  readonly integerLimit?: number;
}

/** An operand of a shape. */
export function operand(shape: readonly number[], range: Range): fc.Arbitrary<Plain> {
  const { limit, scales = [16, 16, 0], integerLimit = limit } = range;
  const length = sizeOf(shape);
  return fc.constantFrom(...scales).chain((scale) =>
    fc.array(scale === 0 ? integers(integerLimit) : reals(limit), { minLength: length, maxLength: length })
      .map((data) => ({ shape, data, scale }))
  );
}

/** Shapes that broadcast with each other: with zeros and ones, and now and then a long vector. */
export function broadcastable(count: number): fc.Arbitrary<number[][]> {
  const full = fc.oneof<fc.MaybeWeightedArbitrary<number[]>[]>(
    { weight: 12, arbitrary: fc.array(fc.constantFrom(0, 1, 1, 2, 3), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant<number[]>([131]) },
  );
  return full.chain((sides) => {
    const one = fc.tuple(fc.nat(sides.length), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })).map((
      [drop, ones],
    ) => sides.map((side, i) => ones[i] ? 1 : side).slice(drop));
    // Half of the operands have the full shape.
    const most = fc.oneof(one, fc.constant(sides));
    return fc.tuple(...Array.from({ length: count }, () => most));
  });
}

/**
 * A result with more than 16 fraction bits loses them when it is next used: less than one unit of the last place. Before a
 * product with public factors below 1/2 the secret one is divided by a power of two, which costs another unit.
 */
export function oneTruncation<A>(
  xs: readonly Plain[],
  _args: A,
  visibility: readonly Visibility[] = [],
): number {
  if (xs.reduce((sum, x) => sum + x.scale, 0) <= 16) return 0;
  const small = xs.some((x, i) => visibility[i] === "public" && x.data.every((v) => Math.abs(v) < 0.5));
  return small ? 2 * ULP : ULP;
}
