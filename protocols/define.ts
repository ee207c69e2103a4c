/**
 * Defining a protocol: its facts are checked once, and every interactive primitive is held to the contract.
 *
 * @module
 */
import type { Tag } from "../comm/scope.ts";
import { bilinearShape } from "../ring/bilinear.ts";
import { sameShape, type Shape } from "../ring/shape.ts";
import type { AShare, BShare, Call, Instance, Protocol } from "./protocol.ts";

/**
 * Makes a protocol from its description. What a primitive returns is checked against the shape that the contract states, and
 * a tag serves one primitive only, so that a mistake shows where it is made and not as a wrong number, or as a mask that is
 * used twice, later.
 *
 * @throws {TypeError} when the facts are not complete.
 */
export function defineProtocol(spec: Protocol): Protocol {
  const [least, most] = spec.parties;
  if (spec.name === "" || spec.threatModel === "") {
    throw new TypeError(
      `Cannot define protocol "${spec.name}": its name or threat model is empty, both are wanted`,
    );
  }
  if (!Number.isInteger(least) || !Number.isInteger(most) || least < 1 || most < least) {
    throw new TypeError(
      `Cannot define protocol "${spec.name}": it takes ${least} to ${most} parties, a range from 1 on is wanted`,
    );
  }
  return { ...spec, bind: (env) => guard(spec.name, spec.bind(env)) };
}

type Primitive<A extends readonly unknown[], S> = (call: Call, ...args: A) => Promise<S>;

/** The shape of what a call must give, from its arguments. */
type ShapeRule<A extends readonly unknown[]> = (...args: A) => Shape;

interface Shaped {
  readonly shape: Shape;
}

const first = (x: Shaped): Shape => x.shape;

function guard(name: string, inner: Instance): Instance {
  const used = new WeakSet<Tag>();

  function begin(call: Call): void {
    if (used.has(call.tag)) {
      throw new TypeError(`Cannot run ${call.what}: its tag was used, a tag serves one primitive`);
    }
    used.add(call.tag);
  }

  function shares<A extends readonly unknown[], S extends AShare | BShare>(
    f: Primitive<A, S>,
    rule: ShapeRule<A>,
  ): Primitive<A, S> {
    return async (call, ...args) => {
      begin(call);
      const share = await f(call, ...args);
      for (const part of share.parts) check(call, part, rule(...args));
      return share;
    };
  }

  function opens<A extends readonly unknown[], T extends Shaped>(
    f: Primitive<A, T | undefined>,
    rule: ShapeRule<A>,
  ): Primitive<A, T | undefined> {
    return async (call, ...args) => {
      begin(call);
      const opened = await f(call, ...args);
      if (opened !== undefined) check(call, opened, rule(...args));
      return opened;
    };
  }

  function check(call: Call, got: Shaped, wanted: Shape): void {
    if (sameShape(got.shape, wanted)) return;
    throw new TypeError(`Cannot run ${call.what}: ${name} gave shape [${got.shape}], [${wanted}] is wanted`);
  }

  const { toBits, square, relu, truncateRelu, select, isZero, bilinearPrepared } = inner;
  const { thresholds, weigh, spline, lookup, oneHot } = inner;
  return {
    ...inner,
    // A getter, which a spread would read once.
    get correctionBytes() {
      return inner.correctionBytes ?? 0;
    },
    share: shares(inner.share, (_value, _owner, shape) => shape),
    reveal: opens(inner.reveal, first),
    revealBits: opens(inner.revealBits, first),
    bilinear: shares(inner.bilinear, (map, x, y) => bilinearShape(map, x.shape, y.shape)),
    truncate: shares(inner.truncate, first),
    ...(inner.reshare && { reshare: shares(inner.reshare, first) }),
    sign: shares(inner.sign, first),
    fromBits: shares(inner.fromBits, first),
    and: shares(inner.and, first),
    ...(toBits && { toBits: shares(toBits, first) }),
    ...(square && { square: shares(square, first) }),
    ...(relu && { relu: shares(relu, first) }),
    ...(truncateRelu && { truncateRelu: shares(truncateRelu, first) }),
    ...(select && { select: shares(select, (_b, x) => x.shape) }),
    ...(isZero && { isZero: shares(isZero, first) }),
    ...(thresholds && { thresholds: shares(thresholds, first) }),
    ...(weigh && { weigh: shares(weigh, (b, weights) => [weights.length, ...b.shape]) }),
    ...(spline && { spline: shares(spline, first) }),
    ...(lookup && { lookup: shares(lookup, (x, table) => [table.rows[0]!.length, ...x.shape]) }),
    ...(oneHot && { oneHot: shares(oneHot, (x, size) => [...x.shape, size]) }),
    ...(bilinearPrepared && {
      bilinearPrepared: shares(bilinearPrepared, (map, x, w) => bilinearShape(map, x.shape, w.shape)),
    }),
  };
}
