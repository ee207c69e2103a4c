/**
 * The first message of a secured link: the handshake's, and before it a few hashes that tell what does not fit when it does not.
 *
 * A cipher says only that something is wrong. So the initiator names what it goes by (its key, the key that it calls, each part of the
 * prologue) as 8 bytes of a hash with its ephemeral key: who knows a part can tell whether it is the same, and who does not learns
 * nothing but that a guess is right. These hashes prove nothing and nothing is trusted because of them: the handshake binds the
 * same parts. They only make messages better, and pick the key of a caller among those that are expected.
 *
 * @module
 */
import { sha256 } from "./deps.ts";
import { KEY_BYTES } from "./identity.ts";
import { MESSAGE_BYTES } from "./noise.ts";

/** What both ends of a link must have alike, by name, such as version, protocol and program. Not secret. */
export type Prologue = Readonly<Record<string, string>>;

const HINT_BYTES = 8;
/** Most parts of a prologue: greetings are short. */
const MOST_PARTS = 32;

/** Why a responder refuses: codes from {@link REFUSED_PART} on name a part of the prologue. */
export const REFUSED_FORM = 0;
/** It is another one than who was called. */
export const REFUSED_CALLED = 1;
/** It does not know who calls. */
export const REFUSED_CALLER = 2;
/** What the caller sent does not prove that it holds its private key. */
export const REFUSED_PROOF = 3;
/** The first part of the prologue is another one. */
export const REFUSED_PART = 4;

/** The names of a prologue's parts, in order. @throws {RangeError} when there are too many. */
export function partsOf(prologue: Prologue): string[] {
  const names = Object.keys(prologue).sort();
  if (names.length <= MOST_PARTS) return names;
  throw new RangeError(
    `Cannot secure a link: its prologue has ${names.length} parts, ${MOST_PARTS} at most are wanted`,
  );
}

/** The prologue as the handshake takes it. */
export function prologueBytes(prologue: Prologue): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(partsOf(prologue).map((name) => [name, prologue[name]])));
}

function hint(label: string, ephemeral: Uint8Array, bytes: Uint8Array): Uint8Array {
  const hash = sha256.create().update(new TextEncoder().encode(`tacit hint ${label}\0`));
  return hash.update(ephemeral).update(bytes).digest().subarray(0, HINT_BYTES);
}

/** All hints of a greeting: one for each part, the caller's and the called one's. */
function hintsOf(prologue: Prologue, ephemeral: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array[] {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  return [
    ...partsOf(prologue).map((name) => hint(`part ${name}`, ephemeral, text(prologue[name]!))),
    hint("from", ephemeral, from),
    hint("to", ephemeral, to),
  ];
}

/** A greeting around the handshake's first message. */
export function greeting(
  prologue: Prologue,
  from: Uint8Array,
  to: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  const hints = hintsOf(prologue, message.subarray(0, KEY_BYTES), from, to);
  const out = new Uint8Array(hints.length * HINT_BYTES + message.length);
  hints.forEach((bytes, i) => out.set(bytes, i * HINT_BYTES));
  out.set(message, hints.length * HINT_BYTES);
  return out;
}

/** What a greeting says: who calls and the handshake's message, or the code of what does not fit. */
export type Heard = { readonly from: Uint8Array; readonly message: Uint8Array } | { readonly code: number };

/** Reads a greeting, as the owner of key `to` who expects one of `callers`. */
export function hear(
  body: Uint8Array,
  prologue: Prologue,
  callers: readonly Uint8Array[],
  to: Uint8Array,
): Heard {
  const parts = partsOf(prologue).length;
  const at = (parts + 2) * HINT_BYTES;
  if (body.length !== at + MESSAGE_BYTES) return { code: REFUSED_FORM };
  const message = body.subarray(at);
  const said = (i: number): Uint8Array => body.subarray(i * HINT_BYTES, (i + 1) * HINT_BYTES);
  const ephemeral = message.subarray(0, KEY_BYTES);
  const fits = (from: Uint8Array): boolean[] =>
    hintsOf(prologue, ephemeral, from, to).map((bytes, i) => bytes.every((byte, j) => byte === said(i)[j]));
  if (!fits(to).at(-1)) return { code: REFUSED_CALLED };
  const from = callers.find((key) => fits(key).at(-2));
  if (from === undefined) return { code: REFUSED_CALLER };
  const other = fits(from).indexOf(false);
  return other < 0 ? { from, message } : { code: REFUSED_PART + other };
}
