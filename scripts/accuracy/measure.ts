/**
 * Measures how exact functions are: two parties against plain numbers.
 *
 * @module
 */
import { additive, type CrypTensor, runLocal, Tensor, trustedFirstParty } from "../../mod.ts";
import type { FunctionRow } from "./function_row.ts";
import { pointsOf, randomNumbers, rounded, ULP } from "./points.ts";
import type { RowFunction } from "./rows.ts";
import { allowed } from "./stated.ts";

/** Elements that are evaluated at once. */
const BATCH = 1 << 13;
/** Lengths of rows that are tried. */
const LENGTHS: readonly number[] = [1, 2, 3, 10, 64, 1000];

/** What was found of one function. */
export interface Accuracy {
  /** Number of points. */
  readonly points: number;
  /** Largest absolute error. */
  readonly absolute: number;
  /** Largest relative error of what exceeds one unit of the last place. */
  readonly relative: number;
  /** Largest error as a share of what is stated for its point: above 1 when the statement is wrong. */
  readonly share: number;
  /** Where that is: operands, result, what was expected. */
  readonly worst: readonly number[];
  /** Microseconds per element, of both parties together. */
  readonly time: number;
}

/** Collects errors of points. */
class Errors {
  #points = 0;
  #absolute = 0;
  #relative = 0;
  #share = 0;
  #worst: readonly number[] = [];
  #milliseconds = 0;
  #elements = 0;

  /** Time that a number of elements took. */
  took(milliseconds: number, elements: number): void {
    this.#milliseconds += milliseconds;
    this.#elements += elements;
  }

  /** One point; its operands, result and expected result are kept when it is the worst. */
  add(result: number, expected: number, limit: number, operands: readonly number[]): void {
    this.#points++;
    const error = Math.abs(result - expected);
    this.#absolute = Math.max(this.#absolute, error);
    if (expected !== 0) this.#relative = Math.max(this.#relative, (error - ULP) / Math.abs(expected));
    const part = error / limit;
    if (part <= this.#share) return;
    this.#share = part;
    this.#worst = [...operands, result, expected];
  }

  /** What was found so far. */
  get found(): Accuracy {
    return {
      points: this.#points,
      absolute: this.#absolute,
      relative: this.#relative,
      share: this.#share,
      worst: this.#worst,
      time: this.#milliseconds * 1000 / this.#elements,
    };
  }
}

/** Some operands of the same shape, by batches along the first axis; what was opened, in one list. */
async function evaluate(
  apply: (x: CrypTensor, y: CrypTensor) => CrypTensor,
  operands: readonly Float64Array[],
  width: number | undefined,
  errors: Errors,
): Promise<Float64Array> {
  const options = { parties: 2, protocol: additive({ provider: trustedFirstParty() }) };
  const size = operands[0]!.length;
  const step = Math.max(1, Math.floor(BATCH / (width ?? 1))) * (width ?? 1);
  const start = performance.now();
  const [out] = await runLocal(options, async (mpc) => {
    const found: number[] = [];
    for (let at = 0; at < size; at += step) {
      const secrets = operands.map((data, src) => {
        const part = data.subarray(at, at + step);
        const shape = width === undefined ? [part.length] : [part.length / width, width];
        return mpc.encrypt(mpc.rank === src ? new Tensor(shape, part) : undefined, { src, shape });
      });
      const y = apply(secrets[0]!, secrets[1]!);
      const opened = await y.decrypt();
      for (const v of opened.data) found.push(Number(v));
      for (const t of [...secrets, y]) t.dispose();
    }
    return Float64Array.from(found);
  });
  errors.took(performance.now() - start, size);
  return out;
}

/** The operands of a function at as many points as wanted. */
function operandsOf(row: FunctionRow, count: number, random: () => number): readonly Float64Array[] {
  const [first, second] = row.spans;
  const x = pointsOf(first!, row.edges, count, random);
  if (second === undefined) return [x];
  // The second operand in another order, so that every part of one meets every part of the other.
  const y = pointsOf(second, row.edges, count, random);
  const mixed = y.map((_, i) => y[(i * 7919 + 13) % y.length]!);
  const pairs = Array.from(x, (p, i) => row.place?.(p, mixed[i]!) ?? [p, mixed[i]!]);
  return [0, 1].map((k) => Float64Array.from(pairs, (pair) => rounded(pair[k]!)));
}

/** Measures a function of elements. */
export async function accuracyOf(row: FunctionRow, count: number, seed = 1): Promise<Accuracy> {
  const operands = operandsOf(row, count, randomNumbers(seed));
  const errors = new Errors();
  const results = await evaluate(row.apply, operands, undefined, errors);
  results.forEach((result, i) => {
    const [x, y = 0] = operands.map((o) => o[i]!) as [number, number?];
    const expected = row.f(x, y);
    errors.add(result, expected, allowed(row.error, x, y, expected), [x, y]);
  });
  return errors.found;
}

/** Measures a function of rows: every length and kind of row, with about as many elements altogether. */
export async function rowAccuracyOf(row: RowFunction, count: number, seed = 1): Promise<Accuracy> {
  const random = randomNumbers(seed);
  const errors = new Errors();
  for (const length of LENGTHS.filter((n) => n >= row.least)) {
    const rows = Math.max(row.kinds.length, Math.floor(count / LENGTHS.length / length));
    const operands = Array.from(
      { length: row.operands },
      (_, operand) =>
        Array.from({ length: rows }, (_, i) => {
          const kind = row.kinds[(operand === 0 ? i : Math.floor(i * 0.37)) % row.kinds.length]!;
          return kind(Array.from({ length }, () => 2 * random() - 1)).map(rounded);
        }),
    );
    const flat = operands.map((list) => Float64Array.from(list.flat()));
    const results = await evaluate(row.apply, flat, length, errors);
    const width = results.length / rows;
    for (let i = 0; i < rows; i++) {
      const [x, y = []] = [operands[0]![i]!, operands[1]?.[i]];
      row.f(x, y).forEach((expected, k) =>
        errors.add(
          results[i * width + k]!,
          expected,
          row.error.absolute + (row.error.also?.of(x, y, expected) ?? 0),
          [length, x[k]!],
        )
      );
    }
  }
  return errors.found;
}
