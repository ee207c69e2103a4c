/**
 * What the runtime does not set out to do, and why.
 *
 * @module
 */
import type { Tensor } from "../../ops/plaintext.ts";
import type { Case } from "./corpus.ts";

/** A reason, and the cases that it is a reason for. */
interface Exclusion {
  readonly reason: string;
  readonly holds: (one: Case) => boolean;
}

const uses = (...operators: readonly string[]) => (one: Case): boolean =>
  one.operators.some((name) => operators.includes(name));

const tensors = (one: Case): Tensor[] => [...Object.values(one.inputs), ...Object.values(one.outputs)];

const someValue = (holds: (value: number) => boolean) => (one: Case): boolean =>
  tensors(one).some((t) => Array.from<number | bigint, number>(t.data, Number).some(holds));

const EXCLUSIONS: readonly Exclusion[] = [
  {
    reason: "NaN and infinities do not exist in fixed point",
    holds: someValue((value) => !Number.isFinite(value)),
  },
  {
    reason: "values beyond 2^31",
    holds: someValue((value) => Math.abs(value) > 2 ** 31),
  },
  {
    reason: "the size of the result depends on secret values",
    holds: uses("NonMaxSuppression", "NonZero", "Unique"),
  },
  {
    reason: "random; what is drawn is not specified",
    holds: (one) =>
      uses(
        "Bernoulli",
        "Multinomial",
        "RandomNormal",
        "RandomNormalLike",
        "RandomUniform",
        "RandomUniformLike",
      )(
        one,
      ) || one.name.startsWith("test_training_dropout") && !one.name.includes("zero_ratio"),
  },
];

/** Why a case is out of scope; undefined when it is not. */
export function outOfScope(one: Case): string | undefined {
  return EXCLUSIONS.find(({ holds }) => holds(one))?.reason;
}
