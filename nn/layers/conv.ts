/**
 * Convolutions.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import { conv as convOp, convTranspose as convTransposeOp } from "../../ops/linalg.ts";
import type { PadMode } from "../../ops/pad.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { convTransposeWeight, convWeight } from "../../ops/prepared.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { linearInit } from "../init.ts";
import { Module, type Parameter } from "../module.ts";
import { Stationary } from "../stationary.ts";

/** One number per axis, or one for all. */
export type PerAxis = number | readonly number[];

/** How a convolution's windows lie, as the ring has it; one number per axis. */
export interface ConvGeometryOptions {
  /** Distance between neighbouring windows; 1 by default. */
  readonly stride?: readonly number[] | undefined;
  /** Zeros before each axis, then zeros after each axis; none by default. */
  readonly pads?: readonly number[] | undefined;
  /** Distance between neighbouring taps; 1 by default. */
  readonly dilation?: readonly number[] | undefined;
  /** Groups of channels that do not mix; 1 by default. */
  readonly groups?: number | undefined;
  /** What is around the input instead of zeros. */
  readonly mode?: PadMode | undefined;
}

/** The same for a transposed convolution. */
export interface ConvTransposeGeometryOptions extends Omit<ConvGeometryOptions, "mode"> {
  /** Zeros behind the result, on each axis; none by default. */
  readonly outputPads?: readonly number[] | undefined;
}

/** Options of convolutions, as in PyTorch. */
export interface ConvOptions {
  /** Distance between neighbouring windows; 1 by default. */
  readonly stride?: PerAxis | undefined;
  /** Elements around the input on both sides of each axis; "same" keeps its sides. 0 by default. */
  readonly padding?: PerAxis | "same" | "valid" | undefined;
  /** Distance between neighbouring taps; 1 by default. */
  readonly dilation?: PerAxis | undefined;
  /** Groups of channels that do not mix; 1 by default. */
  readonly groups?: number | undefined;
  /** Whether a bias is added; true by default. */
  readonly bias?: boolean | undefined;
  /** What the padding is; zeros by default. */
  readonly paddingMode?: "zeros" | "reflect" | "replicate" | "circular" | undefined;
}

/** Options of transposed convolutions, as in PyTorch. */
export interface ConvTransposeOptions {
  /** Distance between neighbouring windows of the result; 1 by default. */
  readonly stride?: PerAxis | undefined;
  /** Elements cut off the result on both sides of each axis; 0 by default. */
  readonly padding?: PerAxis | undefined;
  /** Elements added behind the result on each axis; 0 by default. */
  readonly outputPadding?: PerAxis | undefined;
  /** Distance between neighbouring taps; 1 by default. */
  readonly dilation?: PerAxis | undefined;
  /** Groups of channels that do not mix; 1 by default. */
  readonly groups?: number | undefined;
  /** Whether a bias is added; true by default. */
  readonly bias?: boolean | undefined;
}

function perAxis(value: PerAxis | undefined, axes: number, otherwise: number): readonly number[] {
  if (value === undefined || typeof value === "number") {
    return new Array<number>(axes).fill(value ?? otherwise);
  }
  if (value.length !== axes) {
    throw new RangeError(
      `Cannot make a convolution over ${axes} axes: ${value.length} numbers were given for them`,
    );
  }
  return value;
}

function withoutUndefined<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** A bias per channel, in front of the axes of windows. */
function lifted(bias: Parameter, axes: number): Parameter {
  const shape = [bias.shape[0]!, ...new Array<number>(axes).fill(1)];
  return isTensor(bias) ? bias.reshape(shape) : new Tensor(shape, bias.data);
}

function checkBias(what: string, weight: Parameter, bias: Parameter | undefined, channels: number): number {
  const axes = weight.ndim - 2;
  if (axes < 1 || axes > 3 || (bias !== undefined && bias.shape.join() !== `${channels}`)) {
    const given = bias === undefined ? "" : ` and a bias of shape [${bias.shape}]`;
    throw new RangeError(
      `Cannot make a ${what} layer: a weight of shape [${weight.shape}]${given} was given, one to three axes of windows and [out] are wanted`,
    );
  }
  return axes;
}

/**
 * Convolution of [N, C, …] over one to three axes, with weight [M, C/groups, …] and bias [M]. *Error*: below 1 ulp. *Cost* of a
 * secret weight: one round and 8 bytes per element of x; its masked form is opened once, at the first use. Of a public one: none.
 */
export class Conv extends Module {
  /** Kind of layer. */
  readonly kind: string;
  readonly #stationary = new Stationary();
  readonly #geometry: ConvGeometryOptions;
  readonly #axes: number;

  /**
   * A layer of weights that are there.
   *
   * @throws {RangeError} when the weight has no one to three axes of windows, or the bias does not fit.
   */
  constructor(weight: Parameter, bias?: Parameter, geometry: ConvGeometryOptions = {}) {
    super();
    this.#axes = checkBias("Conv", weight, bias, weight.shape[0]!);
    this.kind = `Conv${this.#axes}d`;
    this.#geometry = geometry;
    this.parameters.set("weight", weight);
    if (bias !== undefined) this.parameters.set("bias", bias);
  }

  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    const weight = this.parameters.get("weight")!;
    const { mode, ...rest } = this.#geometry;
    const geometry = withoutUndefined(mode === undefined ? rest : { ...rest, pads: undefined });
    return x.context.scoped(() => {
      const from = mode === undefined ? x : this.#padded(x, mode);
      const y = isTensor(weight)
        ? convWeight(from, this.#stationary.of(weight), this.#axes, geometry)
        : convOp(from, weight, this.#axes, geometry);
      const bias = this.parameters.get("bias");
      // The bias joins at the product's scale, so nothing is truncated between.
      return bias === undefined ? y : y.add(lifted(bias, this.#axes));
    });
  }

  #padded(x: CrypTensor, mode: PadMode): CrypTensor {
    const pads = this.#geometry.pads ?? [];
    const lead = new Array<number>(x.ndim - this.#axes).fill(0);
    return x.pad([...lead, ...pads.slice(0, this.#axes)], [...lead, ...pads.slice(this.#axes)], { mode });
  }

  /** Returns the memory of the weights. */
  override dispose(): void {
    super.dispose();
    this.#stationary.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    const [out, inner, ...window] = this.parameters.get("weight")!.shape;
    const { groups = 1, stride } = this.#geometry;
    const step = stride === undefined ? "" : `, stride ${stride.join("x")}`;
    return `${inner! * groups} -> ${out}, window ${window.join("x")}${step}`;
  }
}

const MODES: Readonly<Record<string, PadMode | undefined>> = {
  reflect: "reflect",
  replicate: "edge",
  circular: "wrap",
};

function checkGroups(what: string, inputs: number, outputs: number, groups: number): void {
  if (inputs % groups !== 0 || outputs % groups !== 0) {
    throw new RangeError(
      `Cannot make a ${what} layer: ${inputs} and ${outputs} channels do not split into ${groups} groups`,
    );
  }
}

type Parts<G> = [Parameter, Parameter | undefined, G];

/** Weights and geometry of a new convolution, as in PyTorch. */
function convParts(
  axes: number,
  inputs: number,
  outputs: number,
  window: PerAxis,
  options: ConvOptions,
): Parts<ConvGeometryOptions> {
  const { groups = 1, bias = true, paddingMode = "zeros", padding = 0 } = options;
  checkGroups(`Conv${axes}d`, inputs, outputs, groups);
  const sides = perAxis(window, axes, 1);
  const stride = perAxis(options.stride, axes, 1);
  const dilation = perAxis(options.dilation, axes, 1);
  if (padding === "same" && stride.some((s) => s !== 1)) {
    throw new RangeError(`Cannot make a Conv${axes}d layer: "same" padding wants a stride of 1`);
  }
  const total = sides.map((side, i) => dilation[i]! * (side - 1));
  const both = padding === "same" ? [] : perAxis(padding === "valid" ? 0 : padding, axes, 0);
  const pads = padding === "same"
    ? [...total.map((n) => Math.floor(n / 2)), ...total.map((n) => Math.ceil(n / 2))]
    : [...both, ...both];
  const fan = (inputs / groups) * sides.reduce((a, b) => a * b, 1);
  return [
    linearInit([outputs, inputs / groups, ...sides], fan),
    bias ? linearInit([outputs], fan) : undefined,
    { stride, pads, dilation, groups, mode: MODES[paddingMode] },
  ];
}

/** Convolution over one axis, as PyTorch's; see {@link Conv}. */
export class Conv1d extends Conv {
  /** A layer with weights as PyTorch's starts with. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super(...convParts(1, inChannels, outChannels, kernelSize, options));
  }
}

/** Convolution over two axes, as PyTorch's; see {@link Conv}. */
export class Conv2d extends Conv {
  /** A layer with weights as PyTorch's starts with. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super(...convParts(2, inChannels, outChannels, kernelSize, options));
  }
}

/** Convolution over three axes, as PyTorch's; see {@link Conv}. */
export class Conv3d extends Conv {
  /** A layer with weights as PyTorch's starts with. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super(...convParts(3, inChannels, outChannels, kernelSize, options));
  }
}

/**
 * Transposed convolution of [N, C, …] over one to three axes, with weight [C, M/groups, …] and bias [M]. Error and cost as
 * {@link Conv}.
 */
export class ConvTranspose extends Module {
  /** Kind of layer. */
  readonly kind: string;
  readonly #stationary = new Stationary();
  readonly #geometry: ConvTransposeGeometryOptions;
  readonly #axes: number;

  /**
   * A layer of weights that are there.
   *
   * @throws {RangeError} when the weight has no one to three axes of windows, or the bias does not fit.
   */
  constructor(weight: Parameter, bias?: Parameter, geometry: ConvTransposeGeometryOptions = {}) {
    super();
    this.#axes = checkBias("ConvTranspose", weight, bias, (weight.shape[1] ?? 0) * (geometry.groups ?? 1));
    this.kind = `ConvTranspose${this.#axes}d`;
    this.#geometry = geometry;
    this.parameters.set("weight", weight);
    if (bias !== undefined) this.parameters.set("bias", bias);
  }

  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    const weight = this.parameters.get("weight")!;
    const geometry = withoutUndefined(this.#geometry);
    return x.context.scoped(() => {
      const y = isTensor(weight)
        ? convTransposeWeight(x, this.#stationary.of(weight), this.#axes, geometry)
        : convTransposeOp(x, weight, this.#axes, geometry);
      const bias = this.parameters.get("bias");
      return bias === undefined ? y : y.add(lifted(bias, this.#axes));
    });
  }

  /** Returns the memory of the weights. */
  override dispose(): void {
    super.dispose();
    this.#stationary.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    const [inputs, outer, ...window] = this.parameters.get("weight")!.shape;
    const { groups = 1, stride } = this.#geometry;
    const step = stride === undefined ? "" : `, stride ${stride.join("x")}`;
    return `${inputs} -> ${outer! * groups}, window ${window.join("x")}${step}`;
  }
}

/** Weights and geometry of a new transposed convolution, as in PyTorch. */
function transposeParts(
  axes: number,
  inputs: number,
  outputs: number,
  window: PerAxis,
  options: ConvTransposeOptions,
): Parts<ConvTransposeGeometryOptions> {
  const { groups = 1, bias = true } = options;
  checkGroups(`ConvTranspose${axes}d`, inputs, outputs, groups);
  const sides = perAxis(window, axes, 1);
  const padding = perAxis(options.padding, axes, 0);
  const fan = (outputs / groups) * sides.reduce((a, b) => a * b, 1);
  return [
    linearInit([inputs, outputs / groups, ...sides], fan),
    bias ? linearInit([outputs], fan) : undefined,
    {
      stride: perAxis(options.stride, axes, 1),
      pads: [...padding, ...padding],
      dilation: perAxis(options.dilation, axes, 1),
      outputPads: perAxis(options.outputPadding, axes, 0),
      groups,
    },
  ];
}

/** Transposed convolution over one axis, as PyTorch's; see {@link ConvTranspose}. */
export class ConvTranspose1d extends ConvTranspose {
  /** A layer with weights as PyTorch's starts with. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeOptions = {},
  ) {
    super(...transposeParts(1, inChannels, outChannels, kernelSize, options));
  }
}

/** Transposed convolution over two axes, as PyTorch's; see {@link ConvTranspose}. */
export class ConvTranspose2d extends ConvTranspose {
  /** A layer with weights as PyTorch's starts with. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeOptions = {},
  ) {
    super(...transposeParts(2, inChannels, outChannels, kernelSize, options));
  }
}

/** Transposed convolution over three axes, as PyTorch's; see {@link ConvTranspose}. */
export class ConvTranspose3d extends ConvTranspose {
  /** A layer with weights as PyTorch's starts with. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeOptions = {},
  ) {
    super(...transposeParts(3, inChannels, outChannels, kernelSize, options));
  }
}
