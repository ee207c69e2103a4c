/**
 * Inputs of a model from .npy files.
 *
 * @module
 */
import { decodeNpy, type nn, Tensor } from "../../mod.ts";
import { reasonOf } from "./failure.ts";

/** An input, read. */
export interface Input {
  /** Its name in the model. */
  readonly name: string;
  /** The file. */
  readonly file: string;
  /** Its value, of the kind that the model declares. */
  readonly value: Tensor;
  /** Whether it holds real numbers. */
  readonly real: boolean;
}

/** A shape as the model declares it. */
function shown({ name, shape }: nn.OnnxValue): string {
  return `"${name}"${shape.length === 0 ? "" : ` [${shape.map((side) => side ?? "any")}]`}`;
}

/** The inputs as a list for messages. */
export function listed(inputs: readonly nn.OnnxValue[]): string {
  return inputs.length === 0 ? "it has none" : `its inputs are ${inputs.map(shown).join(", ")}`;
}

/**
 * Which input a name or an index means; names come first.
 *
 * @throws {RangeError} when there is none.
 */
export function inputFor(key: string, inputs: readonly nn.OnnxValue[]): nn.OnnxValue {
  const found = inputs.find(({ name }) => name === key) ??
    (/^\d+$/.test(key) ? inputs[Number(key)] : undefined);
  if (found === undefined) {
    throw new RangeError(`Cannot feed input "${key}": the model has no such input, ${listed(inputs)}`);
  }
  return found;
}

/**
 * Files by the names of inputs, from files by names or indices.
 *
 * @throws {RangeError} when inputs are unknown, given twice, or missing.
 */
export function matchInputs(
  files: Readonly<Record<string, string>>,
  inputs: readonly nn.OnnxValue[],
): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const [key, file] of Object.entries(files)) {
    const { name } = inputFor(key, inputs);
    if (out.has(name)) throw new RangeError(`Cannot feed input "${name}": it is given twice`);
    out.set(name, file);
  }
  const missing = inputs.filter(({ name }) => !out.has(name));
  if (missing.length > 0) {
    throw new RangeError(
      `Cannot run the model: no file is given for ${missing.map(shown).join(", ")}, NAME=FILE.npy is wanted`,
    );
  }
  return out;
}

const REALS = ["float32", "float64", "float16", "bfloat16"];

/** Whether a type is that of real numbers. */
export function isRealType(type: string): boolean {
  return REALS.includes(type);
}

/** Numbers of the kind that the model declares. */
function converted(value: Tensor, type: string): Tensor {
  const { shape, data, dtype } = value;
  if (isRealType(type)) {
    return isRealType(dtype) ? value : new Tensor(shape, Float64Array.from<number | bigint>(data, Number));
  }
  if (type === "bool") {
    return new Tensor(shape, Uint8Array.from<number | bigint>(data, (x) => Number(x) === 0 ? 0 : 1));
  }
  if (!isRealType(dtype)) return value;
  if (!data.every((x: number | bigint) => Number.isSafeInteger(Number(x)))) {
    throw new RangeError(`it holds numbers that are no integers, ${type} is wanted`);
  }
  return new Tensor(shape, BigInt64Array.from<number | bigint>(data, BigInt));
}

/** Reads a file as an input. @throws {TypeError | RangeError} when it holds no numbers, or others than are wanted. */
export async function readInput(declared: nn.OnnxValue, file: string): Promise<Input> {
  const { name } = declared;
  const refuse = (why: string, cause: unknown): never => {
    throw new RangeError(`Cannot read input "${name}" from ${file}: ${why}`, { cause });
  };
  const bytes = await Deno.readFile(file).catch((error) =>
    refuse(`${reasonOf(error)}, a .npy file is wanted`, error)
  );
  try {
    const read = decodeNpy(bytes);
    const type = declared.type ?? read.dtype;
    return { name, file, value: converted(read, type), real: isRealType(type) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse(why.replace(/^Cannot read \.npy file: (.*)/, "$1, a .npy file is wanted"), error);
  }
}
