/**
 * What the registry of layers knows of one: how to make it from plain options, and examples.
 *
 * @module
 */
import type { Shape } from "../ring/shape.ts";
import type { AnyModule } from "./module.ts";

/** Options of a layer as plain data, sizes included, with PyTorch's names in camel case. */
export type LayerOptions = Readonly<Record<string, unknown>>;

/** What an input of an example looks like. */
export interface LayerInput {
  /** Its shape. */
  readonly shape: Shape;
  /** The least value; -4 by default. */
  readonly low?: number | undefined;
  /** The largest value; 4 by default. */
  readonly high?: number | undefined;
  /** Whether it has integers, without fraction bits; reals by default. */
  readonly integers?: boolean | undefined;
  /** The only values that occur; any by default. */
  readonly values?: readonly number[] | undefined;
}

/** A layer in use: options, and inputs that fit. */
export interface LayerExample {
  /** Its options. */
  readonly options: LayerOptions;
  /** Its inputs. */
  readonly inputs: readonly LayerInput[];
}

/** A layer of the registry. */
export interface LayerEntry {
  /** A layer of these options. */
  make(options: LayerOptions): AnyModule;
  /** At least one use; tests run the layer on each. */
  readonly examples: readonly LayerExample[];
}

/** Options and inputs, of which most are a shape only. */
export type ExampleSpec<O> = readonly [options: O, ...inputs: (Shape | LayerInput)[]];

/** An entry of the registry: how to make the layer, and examples of options and inputs. */
export function layer<O extends object>(
  make: (options: O) => AnyModule,
  ...examples: readonly ExampleSpec<O>[]
): LayerEntry {
  return {
    // What is plain data at the registry has a type at the layer; its constructor checks the values.
    make: (options) => make(options as O),
    examples: examples.map(([options, ...inputs]) => ({
      options: options as LayerOptions,
      inputs: inputs.map((input) => "shape" in input ? input : { shape: input }),
    })),
  };
}
