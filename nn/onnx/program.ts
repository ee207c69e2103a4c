/**
 * A graph's nodes, built: what runs at every inference.
 *
 * @module
 */
import type { Context } from "../../ops/context.ts";
import { isTensor } from "../../ops/op.ts";
import { constantTensor } from "../../ops/operand.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { sizeOf } from "../../ring/shape.ts";
import { nodeName, unsupported } from "./attributes.ts";
import { evaluateClear } from "./clear/evaluate.ts";
import type { OnnxGraph, OnnxNode } from "./model.ts";
import type { Env, Lowered, Value } from "./operator.ts";

/** Called when a layer's result has been asked for. */
export type StepHook = (step: Step, outputs: readonly (Value | undefined)[]) => void;

/** One node, built. */
export interface Step {
  /** The layer's name. */
  readonly name: string;
  /** The node. */
  readonly node: OnnxNode;
  /** Version of its operator set. */
  readonly opset: number;
  /** How it is computed. */
  readonly lowered: Lowered;
  /** Graphs among its attributes. */
  readonly graphs: Readonly<Record<string, Program>>;
  /** Values that nothing needs afterwards. */
  readonly dead: readonly string[];
}

/** What all graphs of one inference share. */
export interface Inference {
  /** Where operations run. */
  readonly context: Context;
  /** First side of the inputs. */
  readonly batch: Env["batch"];
  /** Told of every result. */
  readonly hook: StepHook | undefined;
}

/** Elements that the values of an inference may have together: so many, or so many times what inputs and model have. */
const [MOST_ELEMENTS, MOST_TIMES] = [2 ** 24, 256];

/** Values on the way to a result may be so many times as large. */
const MOST_BETWEEN = 4;

/** Nodes of graphs within nodes that an inference may run, over all iterations of all loops. */
const MOST_INNER = 2 ** 15;

/** What an inference may still do: a small model must not keep its readers busy, or fill their memory. */
interface Allowance {
  readonly elements: number;
  inner: number;
}

/** An inference, and what is left to it. */
type Run = Inference & { readonly allowance: Allowance };

/** Values by name; those of a graph within a node lie over those outside. */
class Values {
  readonly #own = new Map<string, Value>();
  readonly #outside: Values | undefined;
  #size = 0;
  constructor(outside: Values | undefined) {
    this.#outside = outside;
  }
  get(name: string): Value | undefined {
    return this.#own.get(name) ?? this.#outside?.get(name);
  }
  /** Elements of all values. */
  get size(): number {
    return this.#size + (this.#outside?.size ?? 0);
  }
  set(name: string, value: Value): void {
    this.#size += sizeOf(value.shape);
    this.#own.set(name, value);
  }
  /** Forgets a value, and returns its memory. */
  free(name: string): void {
    const value = this.#own.get(name);
    if (value === undefined) return;
    if (isTensor(value)) value.dispose();
    this.#size -= sizeOf(value.shape);
    this.#own.delete(name);
  }
}

/** Integers and booleans have no fraction bits. */
export function encodeValue(context: Context, value: Value): CrypTensor {
  if (isTensor(value)) return value;
  const real = value.dtype === "float32" || value.dtype === "float64";
  return constantTensor(context, value, real ? context.fractionBits : 0);
}

/** A graph's nodes, built. */
export class Program {
  /** The nodes, in order. */
  readonly steps: readonly Step[];
  readonly #inputs: readonly string[];
  readonly #outputs: readonly string[];
  /** What lives as long as the model. */
  readonly #fixed: ReadonlyMap<string, Value>;

  /** A program of these steps. */
  constructor(
    graph: Pick<OnnxGraph, "inputs" | "outputs">,
    steps: readonly Step[],
    fixed: ReadonlyMap<string, Value>,
  ) {
    this.steps = steps;
    this.#inputs = graph.inputs.map(({ name }) => name);
    this.#outputs = graph.outputs.map(({ name }) => name);
    this.#fixed = fixed;
  }

  /**
   * The outputs, in order; each is a tensor of its own.
   *
   * @throws {RangeError} when operands do not fit, or results are absurdly large or many beside what is given.
   */
  run(inputs: readonly Value[], inference: Inference): Value[] {
    const given = [...inputs, ...this.#fixed.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const allowance = { elements: Math.max(MOST_ELEMENTS, MOST_TIMES * given), inner: MOST_INNER };
    return this.#run(inputs, { ...inference, allowance }, undefined);
  }

  #run(inputs: readonly Value[], inference: Run, outside: Values | undefined): Value[] {
    const { context, allowance } = inference;
    const lasting = new Values(outside);
    for (const [name, value] of this.#fixed) lasting.set(name, value);
    // Operands belong to the caller, and outputs to whoever gets them: both stay when values are freed.
    this.#inputs.forEach((name, i) => lasting.set(name, inputs[i]!));
    const values = new Values(lasting);
    for (const step of this.steps) {
      const most = MOST_BETWEEN * allowance.elements;
      const results = context.inLayer(
        step.name,
        () => context.limited(most, () => this.#step(step, values, inference)),
      );
      step.node.outputs.forEach((name, i) => {
        const value = results[i];
        if (name !== "" && value !== undefined) values.set(name, value);
        else if (isTensor(value)) value.dispose();
      });
      if (values.size > allowance.elements) {
        throw new RangeError(
          `Cannot compute ${
            nodeName(step)
          }: the values of this inference would have ${values.size} elements, at most ${allowance.elements} are wanted`,
        );
      }
      inference.hook?.(step, results);
      for (const name of step.dead) values.free(name);
    }
    const given = new Set<Value>();
    return this.#outputs.map((name) => {
      const value = values.get(name);
      if (value === undefined) throw new RangeError(`Cannot run the model: nothing computed "${name}"`);
      const shared = given.has(value) || lasting.get(name) === value;
      given.add(value);
      return shared && isTensor(value) ? value.alias(value.context) : value;
    });
  }

  #step(step: Step, values: Values, inference: Run): readonly (Value | undefined)[] {
    const { node, lowered } = step;
    const { context } = inference;
    const operands = node.inputs.map((name) => name === "" ? undefined : values.get(name));
    if (!operands.some(isTensor)) {
      const clear = evaluateClear(node, operands as (Tensor | undefined)[], step.opset);
      if (clear !== undefined) return clear;
    }
    const env: Env = {
      batch: inference.batch,
      secret: (value) => encodeValue(context, value),
      graph: (attribute, inputs) => {
        const inner = step.graphs[attribute];
        if (inner === undefined) {
          throw new RangeError(`Cannot compute ${nodeName(step)}: it has no "${attribute}"`);
        }
        if (inputs.length !== inner.#inputs.length) {
          throw new RangeError(
            `Cannot compute ${
              nodeName(step)
            }: its "${attribute}" has ${inner.#inputs.length} inputs, ${inputs.length} are given`,
          );
        }
        inference.allowance.inner -= 1 + inner.steps.length;
        if (inference.allowance.inner < 0) {
          unsupported(step, `it runs more than ${MOST_INNER} nodes in graphs within nodes`);
        }
        return inner.#run(inputs, inference, values);
      },
    };
    return context.scoped(() => {
      const result = lowered.run(operands, env);
      const results: readonly (Value | undefined)[] = Array.isArray(result) ? result : [result as Value];
      // Every value has one owner, so that the end of one is not the end of another.
      const seen = new Set<Value | undefined>(operands);
      return results.map((value) => {
        const shared = isTensor(value) &&
          [...seen].some((x) => x === value || (isTensor(x) && x.owns(value)));
        seen.add(value);
        return shared ? value.alias(context) : value;
      });
    });
  }
}
