/**
 * Writes ONNX models byte by byte, also such as no exporter would write.
 *
 * @module
 */

/** Encoded fields of a protocol-buffer message. */
export type Fields = Uint8Array[];

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function varint(value: bigint): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return [...out, Number(rest)];
}

/** Pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** An integer field. */
export function int(field: number, value: number | bigint): Uint8Array {
  return Uint8Array.from([...varint(BigInt(field) << 3n), ...varint(BigInt(value))]);
}

/** A field of bytes, text, or a message. */
export function bytes(field: number, value: Uint8Array | string | Fields): Uint8Array {
  const data = typeof value === "string" ? text(value) : Array.isArray(value) ? joined(value) : value;
  return joined([
    Uint8Array.from([...varint(BigInt(field) << 3n | 2n), ...varint(BigInt(data.length))]),
    data,
  ]);
}

/** A 32-bit float field. */
export function float(field: number, value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setFloat32(0, value, true);
  return joined([Uint8Array.from(varint(BigInt(field) << 3n | 5n)), out]);
}

/** TensorProto. */
export function tensorProto(
  name: string,
  type: number,
  dims: readonly (number | bigint)[],
  ...data: Fields
): Fields {
  return [...dims.map((d) => int(1, d)), int(2, type), bytes(8, name), ...data];
}

/** NodeProto. */
export function nodeProto(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  options: { name?: string; domain?: string; attributes?: readonly Fields[] } = {},
): Fields {
  return [
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(3, options.name ?? ""),
    bytes(4, op),
    ...(options.attributes ?? []).map((a) => bytes(5, a)),
    bytes(7, options.domain ?? ""),
  ];
}

/** AttributeProto. */
export function attributeProto(name: string, type: number, ...value: Fields): Fields {
  return [bytes(1, name), int(20, type), ...value];
}

/** ValueInfoProto of floats or another type; a side is a number, a symbol, or nothing. */
export function valueProto(
  name: string,
  sides?: readonly (number | string | undefined)[],
  type = 1,
): Fields {
  if (sides === undefined) return [bytes(1, name)];
  const dims = sides.map((side) =>
    bytes(1, side === undefined ? [] : [typeof side === "number" ? int(1, side) : bytes(2, side)])
  );
  return [bytes(1, name), bytes(2, [bytes(1, [int(1, type), bytes(2, dims)])])];
}

/** What a model is made of. */
export interface Parts {
  /** Operations. */
  readonly nodes: readonly Fields[];
  /** Weights. */
  readonly tensors?: readonly Fields[];
  /** Inputs; `x` by default. */
  readonly inputs?: readonly Fields[];
  /** Outputs; `y` by default. */
  readonly outputs?: readonly Fields[];
  /** Version of the operator set. */
  readonly opset?: number;
  /** Further fields of the graph. */
  readonly more?: Fields;
  /** Further fields of the model. */
  readonly model?: Fields;
}

/** GraphProto. */
export function graphProto(parts: Parts): Fields {
  const { nodes, tensors = [], inputs = [valueProto("x")], outputs = [valueProto("y")], more = [] } = parts;
  return [
    ...nodes.map((n) => bytes(1, n)),
    bytes(2, "graph"),
    ...tensors.map((t) => bytes(5, t)),
    ...inputs.map((v) => bytes(11, v)),
    ...outputs.map((v) => bytes(12, v)),
    ...more,
  ];
}

/** The bytes of a model. */
export function modelBytes(parts: Parts): Uint8Array {
  const opset = bytes(8, [bytes(1, ""), int(2, parts.opset ?? 13)]);
  return joined([int(1, 8), bytes(7, graphProto(parts)), opset, ...(parts.model ?? [])]);
}

/** Little-endian numbers as raw data of a tensor. */
export function raw(
  ...values: readonly (Float32Array | Float64Array | BigInt64Array | Uint8Array)[]
): Uint8Array {
  return bytes(9, joined(values.map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength))));
}
