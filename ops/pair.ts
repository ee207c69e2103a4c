/**
 * Operations with two results.
 *
 * @module
 */
import type { Shape } from "../ring/shape.ts";
import type { Context } from "./context.ts";
import { defineOp } from "./op.ts";
import type { CrypTensor } from "./tensor.ts";

/** Values, and where they were found. */
export type Indexed = readonly [values: CrypTensor, indices: CrypTensor];

/** What an operation with two results is made of. */
export interface PairSpec<A extends readonly unknown[]> {
  /** Name in errors, traces and statistics. */
  readonly name: string;
  /** Shape of the first result; throws a RangeError on operands that do not fit. */
  shape(x: CrypTensor, ...args: A): Shape;
  /** Both results. */
  lower(ctx: Context, x: CrypTensor, args: A, shape: Shape): Indexed;
}

/** Makes an operation with two results, as {@link defineOp} does with one. */
export function definePair<A extends readonly unknown[]>(
  spec: PairSpec<A>,
): (x: CrypTensor, ...args: A) => Indexed {
  return (x, ...args) => {
    const ctx = x.context;
    return ctx.inOp(spec.name, () => {
      let second: CrypTensor | undefined;
      const first = defineOp<A>({
        name: spec.name,
        shape: (...all) => spec.shape(...all),
        lower(inner, ...rest) {
          const [a, b] = spec.lower(inner, ...rest);
          // The operation ends with its first result; the second one outlives it as another handle on the same share.
          second = inner.keeping(() => b.alias(inner));
          return a;
        },
      })(x, ...args);
      const own = second!.alias(ctx);
      second!.dispose();
      return [first, own] as const;
    });
  };
}
