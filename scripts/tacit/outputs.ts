/**
 * Outputs of a model as .npy files: all of them, or none.
 *
 * @module
 */
import { encodeNpy, Tensor } from "../../mod.ts";
import { reasonOf } from "./failure.ts";
import { isRealType } from "./inputs.ts";

/** The kind of numbers that a file of an output holds: float32, int64, or uint8 for booleans. */
export function stored(value: Tensor, type: string): Tensor {
  const { shape, data } = value;
  if (isRealType(type)) return new Tensor(shape, Float32Array.from<number | bigint>(data, Number));
  if (type === "bool") {
    return new Tensor(shape, Uint8Array.from<number | bigint>(data, (x) => Number(x) === 0 ? 0 : 1));
  }
  const whole = (x: number | bigint): bigint => typeof x === "bigint" ? x : BigInt(Math.round(x));
  return new Tensor(shape, BigInt64Array.from<number | bigint>(data, whole));
}

/** File names of outputs, in order. Names that become the same get a number. */
export function fileNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.replace(/[^A-Za-z0-9_.-]/gu, "_");
    let file = plain;
    for (let i = 1; taken.has(file); i++) file = `${plain}_${i}`;
    taken.add(file);
    return `${file}.npy`;
  });
}

/** Removes a file or an empty folder; what is not there or not empty stays as it is. */
function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // There is nothing to tidy up, or it is not ours.
  }
}

/** A folder that is there, and can be written to. */
export interface OutputFolder {
  /** Writes outputs by name: all, or none if one cannot be written. Gives the paths by name. */
  write(outputs: Readonly<Record<string, Tensor>>): Map<string, string>;
  /** Removes the folder, if it was made here and nothing is in it. */
  discard(): void;
}

/**
 * Makes a folder if it is not there, and tries to write to it.
 *
 * @throws {TypeError} when it cannot be written to.
 */
export async function outputFolder(folder: string): Promise<OutputFolder> {
  const refuse = (error: unknown): never => {
    const why = error instanceof Deno.errors.AlreadyExists ? "it is a file" : reasonOf(error);
    throw new TypeError(
      `Cannot write to folder ${folder}: ${why}, a folder that can be written to is wanted`,
      {
        cause: error,
      },
    );
  };
  const there = await Deno.stat(folder).then(() => true, () => false);
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".tacit-" }));
  } catch (error) {
    refuse(error);
  }
  return {
    // At once: an interrupt comes before it or after it.
    write(outputs) {
      const entries = Object.entries(outputs);
      const names = fileNames(entries.map(([name]) => name));
      const temporary: string[] = [];
      try {
        for (const [, value] of entries) {
          const path = `${folder}/.tacit-${crypto.randomUUID()}`;
          temporary.push(path);
          Deno.writeFileSync(path, encodeNpy(value), { createNew: true });
        }
        const paths = names.map((name) => `${folder.replace(/\/+$/, "")}/${name}`);
        temporary.forEach((path, i) => Deno.renameSync(path, paths[i]!));
        return new Map(entries.map(([name], i) => [name, paths[i]!]));
      } catch (error) {
        temporary.forEach(removeIfThere);
        return refuse(error);
      }
    },
    discard() {
      if (!there) removeIfThere(folder);
    },
  };
}
