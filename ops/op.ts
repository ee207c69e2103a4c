/**
 * Operations: one record each, with the rule for the shape and the lowering to primitives or other operations.
 *
 * @module
 */
import { checkShape, type Shape, sizeOf } from "../ring/shape.ts";
import type { Context } from "./context.ts";
import type { CrypTensor } from "./tensor.ts";

/** What an operation is made of. */
export interface OpSpec<A extends readonly unknown[]> {
  /** Name in errors, traces and statistics. */
  readonly name: string;
  /** Shape of the result; throws a RangeError on operands that do not fit. Runs before anything is sent. */
  shape(x: CrypTensor, ...args: A): Shape;
  /** The result, by primitives or other operations. */
  lower(ctx: Context, x: CrypTensor, args: A, shape: Shape): CrypTensor;
}

/** An operation: call it with a tensor and its arguments. */
export type Op<A extends readonly unknown[]> = (x: CrypTensor, ...args: A) => CrypTensor;

/**
 * Makes an operation. Before the lowering runs, all tensors are checked to belong to one session and the shape rule has
 * passed, so a mistake throws at the caller's line; its message names the operation and all shapes.
 */
export function defineOp<A extends readonly unknown[]>(spec: OpSpec<A>): Op<A> {
  return (x, ...args) => {
    checkSecret(x, `compute ${spec.name}`, "its first operand");
    const ctx = x.context;
    try {
      for (const arg of args.flat(1)) {
        if (isTensor(arg) && arg.context.shared !== ctx.shared) {
          throw new TypeError("the operands belong to different sessions, tensors of one session are wanted");
        }
      }
      const shape = spec.shape(x, ...args);
      checkShape(shape);
      if (sizeOf(shape) > ctx.shared.most) {
        throw new RangeError(
          `the result would have shape [${shape}], at most ${ctx.shared.most} elements are wanted`,
        );
      }
      ctx.scope.record(`${spec.name}(${args.map(describe).join(", ")}) of scale ${x.scale}`);
      return ctx.inOp(spec.name, () => own(ctx, spec.lower(ctx, x, args, shape), [x, ...args.flat(1)]));
    } catch (error) {
      throw explain(spec.name, x, error);
    }
  };
}

/** The result as a tensor of its own: disposing of an operand, or of a tensor that belongs to one, leaves it. */
function own(ctx: Context, result: CrypTensor, operands: readonly unknown[]): CrypTensor {
  const shared = operands.some((operand) =>
    operand === result || (isTensor(operand) && operand.owns(result))
  );
  return shared ? result.alias(ctx) : result;
}

/** Brand of encrypted tensors; the same for every copy of the library in one program. */
export const BRAND: unique symbol = Symbol.for("tacit.CrypTensor") as never;

/** Whether a value is an encrypted tensor. */
export function isTensor(value: unknown): value is CrypTensor {
  return typeof value === "object" && value !== null && BRAND in value;
}

/**
 * Refuses a plain input where a secret is wanted: it would stay at the party that has it, and the others would compute without.
 *
 * @throws {TypeError} when it is no encrypted tensor.
 */
export function checkSecret(x: unknown, what: string, which: string): asserts x is CrypTensor {
  if (isTensor(x)) return;
  const is = x === undefined ? "missing" : "plain data";
  throw new TypeError(
    `Cannot ${what}: ${which} is ${is}, an encrypted tensor is wanted: encrypt() what one party has, public() what everyone may know`,
  );
}

/** Longest list of numbers that is written out in a trace; operands of more elements are in it by their sums. */
const SHOWN = 4096;

/** A public argument as text: what differs between two programs must differ here. */
function describe(arg: unknown): string {
  if (isTensor(arg)) return `[${arg.shape}] of scale ${arg.scale}`;
  if (Array.isArray(arg)) {
    return arg.length > SHOWN ? `${arg.length} values` : `[${arg.map(describe).join()}]`;
  }
  if (typeof arg !== "object" || arg === null) return String(arg);
  if (Object.getPrototypeOf(arg) !== Object.prototype) return "";
  return `{${Object.entries(arg).map(([key, value]) => `${key}:${describe(value)}`).join()}}`;
}

const explained = new WeakSet<Error>();

function explain(name: string, x: CrypTensor, error: unknown): unknown {
  if (!(error instanceof RangeError || error instanceof TypeError) || explained.has(error)) return error;
  explained.add(error);
  const { message } = error;
  const shape = `[${x.shape}]`;
  const notes: string[] = [];
  if (!message.startsWith("Cannot ")) error.message = `Cannot compute ${name} of ${shape}: ${message}`;
  else if (!new RegExp(`\\b${name}\\b`).test(message) || !message.includes(shape)) {
    notes.push(`in ${name} of ${shape}`);
  }
  if (x.context.layer !== "") notes.push(`in layer ${x.context.layer}`);
  if (notes.length > 0) error.message += ` (${notes.join(", ")})`;
  return error;
}
