/**
 * Model files, and the files with weights beside them.
 *
 * @module
 */
import type { nn } from "../../mod.ts";
import { reasonOf } from "./failure.ts";

/** A model as its owner has it. */
export interface ModelFile {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Files in its folder. */
  readonly external: nn.External;
}

const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

/** The folder of a path. */
function folderOf(path: string): string {
  const at = Math.max(path.lastIndexOf("/"), path.lastIndexOf(SEPARATOR));
  return at < 0 ? "." : path.slice(0, at + 1);
}

/** Reads files in a folder, each once; what is a link to another place is refused. */
function within(folder: string): nn.External {
  const files = new Map<string, Uint8Array>();
  const read = (location: string): Uint8Array => {
    const root = Deno.realPathSync(folder);
    const path = Deno.realPathSync(`${root}/${location}`);
    const inside = root.endsWith(SEPARATOR) ? root : root + SEPARATOR;
    if (!path.startsWith(inside)) {
      throw new TypeError("it is a link to a place outside of the model's folder");
    }
    return Deno.readFileSync(path);
  };
  return (location) => {
    let bytes = files.get(location);
    if (bytes === undefined) files.set(location, bytes = read(location));
    return bytes;
  };
}

/** Reads a model. @throws {TypeError} when there is none at that path. */
export async function readModelFile(path: string): Promise<ModelFile> {
  try {
    return { bytes: await Deno.readFile(path), external: within(folderOf(path)) };
  } catch (cause) {
    throw new TypeError(`Cannot read model ${path}: ${reasonOf(cause)}, an ONNX file is wanted`, { cause });
  }
}

/** Tries whether a file can be read, before anybody waits for it. @throws {TypeError} when it cannot. */
export async function tryFile(what: string, path: string, wanted: string): Promise<void> {
  try {
    using file = await Deno.open(path);
    await file.stat();
  } catch (cause) {
    throw new TypeError(`Cannot read ${what} ${path}: ${reasonOf(cause)}, ${wanted} is wanted`, { cause });
  }
}

/** Names the file in what a reader of its bytes says. */
export function aboutModel(path: string, error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  const start = "Cannot read ONNX model: ";
  if (!error.message.startsWith(start)) return error;
  const { cause } = error;
  const why = error.message.endsWith("cannot be read") && cause instanceof Error
    ? ` (${reasonOf(cause)})`
    : "";
  return new TypeError(`Cannot read ONNX model ${path}: ${error.message.slice(start.length)}${why}`, {
    cause,
  });
}
