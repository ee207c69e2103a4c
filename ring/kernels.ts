/**
 * The WebAssembly kernels, compiled once per isolate and bound to one memory per party. Each family is instantiated when it
 * is first used.
 *
 * @module
 */
import * as bits from "./wasm/bits_base64.ts";
import * as chacha from "./wasm/chacha_base64.ts";
import * as compare from "./wasm/compare_base64.ts";
import * as elementwise from "./wasm/elementwise_base64.ts";
import * as fixed from "./wasm/fixed_base64.ts";
import * as gemm from "./wasm/gemm_base64.ts";
import * as movement from "./wasm/movement_base64.ts";
import * as select from "./wasm/select_base64.ts";
import * as spline from "./wasm/spline_base64.ts";

/** A kernel: addresses, byte counts and constants in, at most one number out. */
export type Kernel = (...args: number[]) => number;

const sources = { bits, chacha, compare, elementwise, fixed, gemm, movement, select, spline } as const;

/** The kernels of one family. */
export type KernelSet<N extends string> = { readonly [name in N]: Kernel };

/** The families of kernels of one memory. */
export interface Kernels {
  /** Between words and bit planes. */
  readonly bits: KernelSet<(typeof bits.names)[number]>;
  /** Key stream. */
  readonly chacha: KernelSet<(typeof chacha.names)[number]>;
  /** The comparison engine. */
  readonly compare: KernelSet<(typeof compare.names)[number]>;
  /** Element by element. */
  readonly elementwise: KernelSet<(typeof elementwise.names)[number]>;
  /** Fixed-point codec. */
  readonly fixed: KernelSet<(typeof fixed.names)[number]>;
  /** Matrix products and convolutions. */
  readonly gemm: KernelSet<(typeof gemm.names)[number]>;
  /** Movement and sums. */
  readonly movement: KernelSet<(typeof movement.names)[number]>;
  /** Words combined with bits. */
  readonly select: KernelSet<(typeof select.names)[number]>;
  /** Look-ups and piecewise polynomials. */
  readonly spline: KernelSet<(typeof spline.names)[number]>;
}

const modules = new Map<string, WebAssembly.Module>();

function compiled(family: keyof typeof sources): WebAssembly.Module {
  let module = modules.get(family);
  if (module === undefined) {
    const text = atob(sources[family].base64);
    module = new WebAssembly.Module(Uint8Array.from(text, (c) => c.charCodeAt(0)));
    modules.set(family, module);
  }
  return module;
}

/** Binds the kernels to a memory. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  const out = {};
  for (const family of Object.keys(sources) as (keyof typeof sources)[]) {
    Object.defineProperty(out, family, {
      configurable: true,
      get(): unknown {
        const value = new WebAssembly.Instance(compiled(family), { env: { memory } }).exports;
        Object.defineProperty(out, family, { value });
        return value;
      },
    });
  }
  return out as Kernels;
}
