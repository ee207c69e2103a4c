/**
 * Safetensors files: tensors by name, as Hugging Face's libraries write them.
 *
 * *Reference*: safetensors, format of version 0.4: the header's length in 8 bytes, a header in JSON, and the elements.
 *
 * @module
 */
import { ELEMENT_BYTES, type ElementType, readElements, type Refuse } from "../../ops/elements.ts";
import { isTensor } from "../../ops/op.ts";
import { Tensor } from "../../ops/plaintext.ts";
import type { Operand } from "../../ops/tensor.ts";
import { checkShape, type Shape, sizeOf } from "../../ring/shape.ts";
import { shortName } from "./names.ts";
import { writeElements } from "./write_elements.ts";

/** An element type, by its code in files. */
export type SafetensorsType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

/** Element types by their code in files. */
const TYPES: Readonly<Record<SafetensorsType, ElementType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
};

/** Bytes before the header. */
const START = 8;
/** The longest header that the format allows. */
const MAX_HEADER = 100_000_000;
const METADATA = "__metadata__";

const refuse: Refuse = (why) => {
  throw new TypeError(`Cannot read safetensors file: ${why}`);
};

/** Where a tensor is. */
interface Place {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: Shape;
  readonly from: number;
  readonly to: number;
}

const isCount = (x: unknown): x is number => typeof x === "number" && Number.isSafeInteger(x) && x >= 0;
const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" && x !== null && !Array.isArray(x);

function readPlace(name: string, value: unknown): Place {
  const wrong = (why: string): never => refuse(`tensor ${shortName(name)} ${why}`);
  if (!isRecord(value)) return wrong("is not described by a record");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(TYPES, dtype)) {
    return wrong(
      `has element type ${shortName(dtype)}, one of ${Object.keys(TYPES).join(", ")} is wanted`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount) || shape.length > 64) return wrong("has no shape");
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return wrong("has no place in the file");
  }
  const [from, to] = offsets as [number, number];
  const type = dtype as SafetensorsType;
  const bytes = sizeOf(shape) * ELEMENT_BYTES[TYPES[type]];
  if (to - from !== bytes) {
    return wrong(`has ${to - from} bytes of elements, ${bytes} are wanted for ${type} of [${shape}]`);
  }
  checkShape(shape);
  return { name, type, shape, from, to };
}

function readHeader(text: string): Place[] {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    return refuse("its header is not in JSON");
  }
  if (!isRecord(header)) return refuse("its header is no record of tensors");
  return Object.entries(header).filter(([name]) => name !== METADATA)
    .map(([name, value]) => readPlace(name, value));
}

/** Tensors lie one behind the other and fill the file: nothing is read twice, nothing is hidden. */
function checkPlaces(places: readonly Place[], bytes: number): void {
  let end = 0;
  for (const { name, from, to } of places.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end) {
      refuse(`tensor ${shortName(name)} begins at byte ${from} of the elements, ${end} is wanted`);
    }
    end = to;
  }
  if (end !== bytes) refuse(`it holds ${bytes} bytes of elements, its header describes ${end}`);
}

/**
 * Reads a safetensors file: tensors by name, in the order of the header. 16-bit floats become 32 wide, small integers 32, booleans
 * bytes; metadata is left out. The result is a state dict: {@link Module.loadStateDict} takes it, with PyTorch's names as they are.
 *
 * @example Weights into a model
 * ```ts
 * import { nn } from "https://tacit.example/mod.ts";
 *
 * const bytes = nn.encodeSafetensors({ "0.weight": [[1, 2]], "0.bias": [3] });
 * const model = new nn.Sequential([new nn.Linear(2, 1)]).loadStateDict(nn.decodeSafetensors(bytes));
 * if (`${model.stateDict()["0.bias"]}` !== "[3]") throw new Error("the bias is 3");
 * ```
 *
 * @throws {TypeError} when the file is cut short, not well formed, or has element types that are not supported.
 * @throws {RangeError} when a tensor has 2^29 elements or more.
 */
export function decodeSafetensors(bytes: Uint8Array): Record<string, Tensor> {
  if (bytes.length < START) refuse(`it has ${bytes.length} bytes, ${START} at least are wanted`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > MAX_HEADER) {
    refuse(
      `it does not begin as one: its header would have ${length} bytes, ${MAX_HEADER} at most are wanted`,
    );
  }
  const start = START + Number(length);
  if (bytes.length < start) refuse(`its header is cut short: ${length} bytes are wanted`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(START, start));
  } catch {
    return refuse("its header is not in UTF-8");
  }
  const places = readHeader(text);
  const data = bytes.subarray(start);
  checkPlaces(places, data.length);
  return Object.fromEntries(places.map(({ name, type, shape, from, to }) => {
    const wrong: Refuse = (why) => refuse(`tensor ${shortName(name)}: ${why}`);
    const elements = readElements(TYPES[type], data.subarray(from, to), { bigEndian: false, refuse: wrong });
    return [name, new Tensor(shape, elements)];
  }));
}

/** Options of {@link encodeSafetensors}. */
export interface SafetensorsOptions {
  /** Element types by the tensor's name; that of the storage by default. Reals are rounded, integers have to fit. */
  readonly types?: Readonly<Record<string, SafetensorsType>> | undefined;
  /** The type of all tensors of reals that `types` does not name. */
  readonly reals?: "F64" | "F32" | "F16" | "BF16" | undefined;
  /** Texts that describe the file. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

const STORED = { float64: "F64", float32: "F32", int32: "I32", uint8: "U8", int64: "I64" } as const;

function typeOf(name: string, { dtype }: Tensor, { types, reals }: SafetensorsOptions): SafetensorsType {
  const own = types !== undefined && Object.hasOwn(types, name) ? types[name] : undefined;
  if (own === undefined) return reals !== undefined && dtype.startsWith("float") ? reals : STORED[dtype];
  if (Object.hasOwn(TYPES, own)) return own;
  throw new TypeError(
    `Cannot write tensor ${shortName(name)}: element type ${shortName(own)} is unknown, one of ${
      Object.keys(TYPES).join(", ")
    } is wanted`,
  );
}

function publicValue(name: string, value: Operand): Tensor {
  if (name === METADATA) {
    throw new TypeError(`Cannot write tensor "${METADATA}": the name stands for metadata`);
  }
  if (!isTensor(value)) return Tensor.from(value);
  throw new TypeError(
    `Cannot write tensor ${
      shortName(name)
    }: it is encrypted; decrypt() it, or keep its shares with saveShares()`,
  );
}

/**
 * The bytes of a safetensors file that holds these tensors by name: a model's `stateDict()`, say. Elements are aligned.
 *
 * @throws {TypeError} when a tensor is encrypted, or a type is unknown.
 * @throws {RangeError} when integers do not fit the type that is asked for.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Operand>>,
  options: SafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  const all = Object.entries(tensors).map(([name, value]) => {
    const tensor = publicValue(name, value);
    const type = typeOf(name, tensor, options);
    const wrong: Refuse = (why) => {
      throw new RangeError(`Cannot write tensor ${shortName(name)} as ${type}: ${why}`);
    };
    return { name, type, shape: tensor.shape, data: writeElements(TYPES[type], tensor.data, wrong) };
  });
  // The widest first: then every tensor begins at a multiple of its elements' size.
  const placed = new Map<(typeof all)[number], number>();
  let bytes = 0;
  for (const one of all.toSorted((a, b) => ELEMENT_BYTES[TYPES[b.type]] - ELEMENT_BYTES[TYPES[a.type]])) {
    placed.set(one, bytes);
    bytes += one.data.length;
  }
  const described = all.map((one) => {
    const from = placed.get(one)!;
    return [one.name, { dtype: one.type, shape: one.shape, data_offsets: [from, from + one.data.length] }];
  });
  const { metadata } = options;
  const head = metadata === undefined ? described : [[METADATA, metadata], ...described];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(head)));
  const start = START + Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(start + bytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(start - START), true);
  out.fill(0x20, START, start);
  out.set(json, START);
  for (const [{ data }, from] of placed) out.set(data, start + from);
  return out;
}
