/**
 * Trigonometric functions: a turn is 2^48 units, so that the ring's own wrap reduces every argument to one period.
 *
 * @module
 */
import { mulConstant } from "../../ring/elementwise.ts";
import type { Context } from "../context.ts";
import { defineOp, type Op } from "../op.ts";
import { mapWords, words } from "../operand.ts";
import type { CrypTensor } from "../tensor.ts";
import type { Fit } from "./fit.ts";
import { divide } from "./roots.ts";
import { asReal, atScale } from "./scale.ts";
import { spline } from "./spline.ts";

/** Fraction bits of an argument in turns. */
const TURN = 48;

function fitOf(name: string, f: (radians: number) => number): Fit {
  return {
    name,
    f: (turns) => f(2 * Math.PI * turns),
    low: 0,
    step: -6,
    indexBits: 6,
    degree: 3,
    offsetBits: 14,
    scale: 59,
    periodic: true,
  };
}

/** A periodic function of an argument in turns, with {@link TURN} fraction bits. */
function periodic(ctx: Context, turns: CrypTensor, fit: Fit): CrypTensor {
  return words(ctx, spline(ctx, turns, fit).words.retain(), { scale: fit.scale, bound: 1.001 });
}

function trigonometric(name: string, f: (radians: number) => number): Op<[]> {
  const fit = fitOf(name, f);
  return defineOp({
    name,
    shape: (x) => x.shape,
    lower(ctx, x) {
      const a = asReal(ctx, x);
      const factor = BigInt(Math.round(2 ** (TURN - a.scale) / (2 * Math.PI)));
      const facts = { scale: TURN, bound: undefined };
      const turns = mapWords(ctx, "turns", a, a.shape, facts, (part) => mulConstant(part, factor));
      return periodic(ctx, turns, fit);
    },
  });
}

const COS_OF_TURNS = fitOf("cos", Math.cos);

/** The cosine of a number of turns. As {@link cos}. */
export const cosOfTurns: Op<[]> = defineOp({
  name: "cos",
  shape: (x) => x.shape,
  lower: (ctx, x) => periodic(ctx, atScale(ctx, x, TURN), COS_OF_TURNS),
});

/**
 * Sine. *Domain*: every x (without the protocol's own splines |x| < 2^(29-f/2)). *Error*: 5e-5 and 8e-10·|x|. *Cost* (2
 * parties): 2 rounds, 30 bytes, and one truncation.
 */
export const sin: Op<[]> = trigonometric("sin", Math.sin);
/** Cosine. As {@link sin}. */
export const cos: Op<[]> = trigonometric("cos", Math.cos);
/** Tangent: sin/cos. *Error*: 1e-4·(1 + tan²). *Cost* (lean, 2 parties): 19 rounds, 206 bytes. */
export const tan: Op<[]> = defineOp({
  name: "tan",
  shape: (x) => x.shape,
  lower: (_ctx, x) => divide(sin(x), cos(x), {}),
});
