/**
 * The correlations of the additive protocol, each with its one `deal` function.
 *
 * Parameters are plain data: `n` elements, `bits` to truncate by, a comparison `profile`, shapes. Fields named r are masks
 * of ring values opened as C = x + r; beta masks a bit opened as e = bit xor beta.
 *
 * @module
 */
import { type Bilinear, bilinear, bilinearShape } from "../../ring/bilinear.ts";
import { PLANE_BYTES } from "../../ring/bits.ts";
import type { Shape } from "../../ring/shape.ts";
import type { BlockKind, Kinds, Params, TagRef, TensorKind } from "../provider.ts";
import { dealPlan } from "./compare.ts";
import {
  correct,
  correctBit,
  correctPlane,
  derived,
  derivedBits,
  elementsOf,
  mask,
  maskBits,
  MOST_ELEMENTS,
  planesOf,
  profileOf,
  whole,
} from "./fields.ts";
import { type Plan, planFields, planFor } from "./plan.ts";
import { maskField } from "./view.ts";

/** For x·y with C = x + r, D = y + s: r, s, rs. */
const product: BlockKind = {
  name: "product",
  form: "block",
  elements: elementsOf,
  fields: (p) => [maskField(p, "x", "r"), maskField(p, "y", "s"), derived("c")],
  deal(b) {
    const c = b.scratch(b.groups * 1024);
    b.heap.kernels.elementwise.vmul(c, b.mask("r"), b.mask("s"), Math.ceil(b.n / 2) * 16);
    correct(b, "c", c);
  },
};

/** r, r². */
const square: BlockKind = {
  name: "square",
  form: "block",
  elements: elementsOf,
  fields: (p) => [maskField(p, "view"), derived("c")],
  deal(b) {
    const c = b.scratch(b.groups * 1024);
    b.heap.kernels.elementwise.vmul(c, b.mask("r"), b.mask("r"), Math.ceil(b.n / 2) * 16);
    correct(b, "c", c);
  },
};

const planesParam = (params: Params): number => whole(params, "planes", 1, 255);

/** Bit triples: a, b, a and b. */
const and: BlockKind = {
  name: "and",
  form: "block",
  elements: elementsOf,
  fields: (
    p,
  ) => [maskBits("a", planesParam(p)), maskBits("b", planesParam(p)), derivedBits("c", planesParam(p))],
  deal(b, p) {
    const bytes = b.groups * planesParam(p) * PLANE_BYTES;
    const c = b.scratch(bytes);
    b.heap.kernels.elementwise.vand(c, b.mask("a"), b.mask("b"), bytes);
    b.heap.kernels.elementwise.vxor(b.derived("c"), b.derived("c"), c, bytes);
  },
};

/** daBits: beta as bits and as words, for each plane. */
const bitWords: BlockKind = {
  name: "bitWords",
  form: "block",
  elements: elementsOf,
  fields: (p) =>
    Array.from({ length: planesParam(p) }, (_, i) => [maskBits(`beta${i}`), derived(`b${i}`)]).flat(),
  deal(b, p) {
    for (let i = 0; i < planesParam(p); i++) correctBit(b, b.mask(`beta${i}`), `b${i}`, []);
  },
};

/** For bit·x: r, beta, [[beta]], [[beta r]]. */
const select: BlockKind = {
  name: "select",
  form: "block",
  elements: elementsOf,
  fields: (p) => [maskField(p, "view"), maskBits("beta"), derived("b"), derived("q")],
  deal(b) {
    correctBit(b, b.mask("beta"), "b", [["q", b.mask("r")]]);
  },
};

/** For the wrap bit of two parties' truncation: private bits alpha, beta and shares of alpha·beta modulo 2^bits. */
const wrap: BlockKind = {
  name: "wrap",
  form: "block",
  elements: elementsOf,
  fields: (p) => [
    { name: "own0", type: "bits", role: "mask", planes: 1, holder: 0 },
    { name: "own1", type: "bits", role: "mask", planes: 1, holder: 1 },
    { name: "c", type: whole(p, "bits", 1, 62) <= 16 ? "u16" : "ring", role: "derived" },
  ],
  deal(b, p) {
    const both = b.scratch(b.groups * PLANE_BYTES);
    const words = b.scratch(b.groups * 1024);
    const other = b.scratch(b.groups * 1024);
    const { elementwise, select: k } = b.heap.kernels;
    elementwise.vand(both, b.mask("own0"), b.mask("own1"), b.groups * PLANE_BYTES);
    k.expand_bits(words, both, b.n);
    if (whole(p, "bits", 1, 62) > 16) return correct(b, "c", words);
    k.widen16(other, b.derived("c"), b.n);
    elementwise.vsub(words, words, other, Math.ceil(b.n / 2) * 16);
    k.narrow16(b.derived("c"), words, b.n);
  },
};

const signPlan = (p: Params): Plan => planFor(63, profileOf(p));

/** For the sign: r with its top bit, and the comparison of the lower 63 bits. */
const sign: BlockKind = {
  name: "sign",
  form: "block",
  elements: elementsOf,
  fields: (p) => [maskField(p, "view"), ...planFields(signPlan(p)), derivedBits("top")],
  deal(b, p) {
    const planes = planesOf(b, b.mask("r"));
    dealPlan(b, signPlan(p), planes);
    correctPlane(b, "top", planes, 63);
  },
};

/** For ReLU: as for the sign, and the bit's mask with its product by r. */
const relu: BlockKind = {
  name: "relu",
  form: "block",
  elements: elementsOf,
  fields: (p) => [...sign.fields(p), maskBits("beta"), derived("b"), derived("q")],
  deal(b, p) {
    sign.deal(b, p);
    correctBit(b, b.mask("beta"), "b", [["q", b.mask("r")]]);
  },
};

/** For masked-open truncation: r, (r mod 2^63) >> bits, r >> 63. */
const truncate: BlockKind = {
  name: "truncate",
  form: "block",
  elements: elementsOf,
  fields: () => [mask("r"), derived("rh"), derived("rt")],
  deal(b, p) {
    const high = b.scratch(b.groups * 1024);
    const top = b.scratch(b.groups * 1024);
    b.heap.kernels.select.split_mask(high, top, b.mask("r"), b.n, whole(p, "bits", 1, 62));
    correct(b, "rh", high);
    correct(b, "rt", top);
  },
};

const lowPlan = (p: Params): Plan => planFor(whole(p, "bits", 1, 62), profileOf(p));

/** For exact truncation: also the comparison of the low bits, as a ring bit. */
const truncateExact: BlockKind = {
  name: "truncateExact",
  form: "block",
  elements: elementsOf,
  fields: (p) => [...truncate.fields(p), ...planFields(lowPlan(p)), maskBits("beta"), derived("b")],
  deal(b, p) {
    truncate.deal(b, p);
    dealPlan(b, lowPlan(p), planesOf(b, b.mask("r")));
    correctBit(b, b.mask("beta"), "b", []);
  },
};

const highPlan = (p: Params): Plan => planFor(62 - whole(p, "bits", 1, 60), profileOf(p));

/** For truncation and ReLU from one opening. */
const truncateRelu: BlockKind = {
  name: "truncateRelu",
  form: "block",
  elements: elementsOf,
  fields: (p) => [
    ...truncate.fields(p),
    ...planFields(highPlan(p)),
    derivedBits("top"),
    maskBits("beta"),
    derived("b"),
    derived("brh"),
    derived("brt"),
  ],
  deal(b, p) {
    const bits = whole(p, "bits", 1, 60);
    const high = b.scratch(b.groups * 1024);
    const top = b.scratch(b.groups * 1024);
    b.heap.kernels.select.split_mask(high, top, b.mask("r"), b.n, bits);
    correct(b, "rh", high);
    correct(b, "rt", top);
    correctBit(b, b.mask("beta"), "b", [["brh", high], ["brt", top]]);
    const planes = planesOf(b, b.mask("r"));
    dealPlan(b, highPlan(p), planes + bits * PLANE_BYTES);
    correctPlane(b, "top", planes, 62);
  },
};

function shapeParam(params: Params, name: string): Shape {
  const shape = params[name];
  if (!Array.isArray(shape) || !shape.every((side) => Number.isInteger(side) && side >= 0)) {
    throw new RangeError(`Cannot deal: parameter "${name}" is not a shape`);
  }
  if (shape.reduce((a, b) => a * b, 1) > MOST_ELEMENTS) {
    throw new RangeError(`Cannot deal: shape "${name}" is too large`);
  }
  return shape;
}

function mapParam(params: Params): Bilinear {
  const map = params["map"];
  if (typeof map !== "object" || map === null || !("kind" in map)) {
    throw new RangeError(`Cannot deal: parameter "map" is not a bilinear map`);
  }
  return map as Bilinear;
}

/** a, b, map(a, b). */
const triple: TensorKind = {
  name: "triple",
  form: "tensor",
  fields(p) {
    const a = shapeParam(p, "a");
    const b = shapeParam(p, "b");
    return [
      { ...mask("a"), shape: a },
      { ...mask("b"), shape: b },
      { ...derived("c"), shape: bilinearShape(mapParam(p), a, b) },
    ];
  },
  deal: (_heap, masks, p) => [bilinear(mapParam(p), masks.get("a")!, masks.get("b")!)],
};

/** The mask of a weight that serves many products. */
const weight: TensorKind = {
  name: "weight",
  form: "tensor",
  fields: (p) => [{ ...mask("b"), shape: shapeParam(p, "shape") }],
  deal: () => [],
};

function weightParam(params: Params): TagRef {
  const { path, seq } = (params["weight"] ?? {}) as Partial<TagRef>;
  const whole = (n: unknown): n is number => Number.isSafeInteger(n) && n as number >= 0;
  if (!Array.isArray(path) || !path.every(whole) || !whole(seq)) {
    throw new RangeError(`Cannot deal: parameter "weight" is not a tag`);
  }
  return { path, seq };
}

/** A fresh a, and map(a, b) for the weight's mask b. */
const stationary: TensorKind = {
  name: "stationary",
  form: "tensor",
  fields(p) {
    const a = shapeParam(p, "a");
    const b = shapeParam(p, "b");
    return [
      { ...mask("a"), shape: a },
      { ...mask("b"), shape: b, of: { ...weightParam(p), field: 0 } },
      { ...derived("c"), shape: bilinearShape(mapParam(p), a, b) },
    ];
  },
  deal: (_heap, masks, p) => [bilinear(mapParam(p), masks.get("a")!, masks.get("b")!)],
};

/** Every kind, by name. */
export const kinds = {
  product,
  square,
  and,
  bitWords,
  select,
  wrap,
  sign,
  relu,
  truncate,
  truncateExact,
  truncateRelu,
  triple,
  weight,
  stationary,
} satisfies Kinds;
