/**
 * What the kinds of correlation have in common: fields, parameters, and corrections.
 *
 * @module
 */
import { PLANE_BYTES } from "../../ring/bits.ts";
import type { DealBlock, Field, Params } from "../provider.ts";
import type { Profile } from "./plan.ts";

/** A uniform word per element. */
export const mask = (name: string): Field => ({ name, type: "ring", role: "mask" });
/** A word per element that is computed from masks. */
export const derived = (name: string): Field => ({ name, type: "ring", role: "derived" });
/** Uniform bits. */
export const maskBits = (name: string, planes = 1): Field => ({ name, type: "bits", role: "mask", planes });
/** Bits that are computed from masks. */
export const derivedBits = (name: string, planes = 1): Field => ({
  name,
  type: "bits",
  role: "derived",
  planes,
});

/** Most elements in one correlation: what a party's memory can hold. */
export const MOST_ELEMENTS = 2 ** 29;

/** A whole number among the parameters. */
export function whole(params: Params, name: string, least: number, most: number): number {
  const value = params[name];
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`Cannot deal: parameter "${name}" is out of range, ${least} to ${most} is wanted`);
  }
  return value;
}

/** The number of elements. */
export function elementsOf(params: Params): number {
  return whole(params, "n", 0, MOST_ELEMENTS);
}

/** The profile of comparisons. */
export function profileOf(params: Params): Profile {
  const profile = params["profile"];
  if (profile !== "lean" && profile !== "wide") {
    throw new RangeError(`Cannot deal: parameter "profile" is unknown, "lean" or "wide" is wanted`);
  }
  return profile;
}

/** derived = v - derived, for n words at `v`. */
export function correct(b: DealBlock, field: string, v: number): void {
  const d = b.derived(field);
  b.heap.kernels.elementwise.vsub(d, v, d, Math.ceil(b.n / 2) * 16);
}

/** The 64 planes of a mask's words. */
export function planesOf(b: DealBlock, words: number): number {
  const planes = b.scratch(b.groups * 64 * PLANE_BYTES);
  b.heap.kernels.bits.words_to_planes(planes, words, b.groups);
  return planes;
}

/** Xors plane `bit` of the words' planes into a one-plane derived field. */
export function correctPlane(b: DealBlock, field: string, planes: number, bit: number): void {
  const plane = b.scratch(b.groups * PLANE_BYTES);
  const { bits, elementwise } = b.heap.kernels;
  bits.copy_planes(plane, planes + bit * PLANE_BYTES, PLANE_BYTES, b.groups, PLANE_BYTES, 64 * PLANE_BYTES);
  elementwise.vxor(b.derived(field), b.derived(field), plane, b.groups * PLANE_BYTES);
}

/** Corrects a field to the bit beta, and others to beta times some words. */
export function correctBit(
  b: DealBlock,
  beta: number,
  bitField: string,
  products: readonly (readonly [string, number])[],
): void {
  const words = b.scratch(b.groups * 1024);
  b.heap.kernels.select.expand_bits(words, beta, b.n);
  correct(b, bitField, words);
  for (const [field, factor] of products) {
    b.heap.kernels.select.mask_words(words, factor, beta, b.n);
    correct(b, field, words);
  }
}
