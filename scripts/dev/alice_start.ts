/**
 * Writes `examples/data/alice_start.npz`: the weights that PyTorch 1.13 gives Alice's network before its training, after
 * `torch.manual_seed(1)` and the samples of `alice_data.npy` and `bob_data.npy`, drawn from the same generator in the same order.
 * Refuses to write when the samples that it draws on the way are not those of the files.
 *
 * @module
 */
import { decodeNpy, encodeNpz, Tensor } from "../../mod.ts";

/** The 32-bit Mersenne twister of Matsumoto and Nishimura 1998, which PyTorch draws from. */
class MersenneTwister {
  readonly #state = new Uint32Array(624);
  #at = 624;

  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const last = this.#state[i - 1]!;
      this.#state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  #turn(): void {
    const s = this.#state;
    for (let i = 0; i < 624; i++) {
      const y = (s[i]! & 0x80000000) | (s[(i + 1) % 624]! & 0x7fffffff);
      s[i] = s[(i + 397) % 624]! ^ (y >>> 1) ^ ((y & 1) * 0x9908b0df);
    }
    this.#at = 0;
  }

  /** 32 random bits. */
  next(): number {
    if (this.#at === 624) this.#turn();
    let y = this.#state[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A float32 uniform in [0, 1): 24 bits. */
  uniform(): number {
    return (this.next() & 0xffffff) / 2 ** 24;
  }
}

const generator = new MersenneTwister(1);

/** torch.randn of 16 or more: Box-Muller in blocks of 16; the last block is drawn anew when it is not whole. */
function randn(size: number): Float64Array {
  const out = Float64Array.from({ length: size }, () => generator.uniform());
  const block = (at: number): void => {
    for (let i = at; i < at + 8; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - out[i]!));
      const angle = 2 * Math.PI * out[i + 8]!;
      out[i] = radius * Math.cos(angle);
      out[i + 8] = radius * Math.sin(angle);
    }
  };
  for (let at = 0; at + 16 <= size; at += 16) block(at);
  if (size % 16 !== 0) {
    for (let i = size - 16; i < size; i++) out[i] = generator.uniform();
    block(size - 16);
  }
  return out;
}

/** What torch.nn.Linear starts with: uniform within 1/sqrt(inputs). */
function linear(shape: readonly number[], inputs: number): Tensor {
  const limit = 1 / Math.sqrt(inputs);
  const size = shape.reduce((a, b) => a * b, 1);
  return new Tensor(shape, Float32Array.from({ length: size }, () => (2 * generator.uniform() - 1) * limit));
}

const folder = new URL("../../examples/data/", import.meta.url);
const samples = randn(1000 * 50);
for (const [name, from] of [["alice_data.npy", 0], ["bob_data.npy", 900]] as const) {
  const { data } = decodeNpy(await Deno.readFile(new URL(name, folder)));
  // Float32 logarithms and cosines: PyTorch's last bits are its own.
  if (!data.every((x: number | bigint, i: number) => Math.abs(Number(x) - samples[from * 50 + i]!) < 1e-5)) {
    throw new Error(`Cannot draw the weights: the samples drawn before them are not those of ${name}`);
  }
}
randn(50); // the hyperplane's normal
for (let i = 0; i < 4; i++) generator.next(); // its offset: two numbers of 53 bits
await Deno.writeFile(
  new URL("alice_start.npz", folder),
  encodeNpz({
    "fc1.weight": linear([20, 50], 50),
    "fc1.bias": linear([20], 50),
    "fc2.weight": linear([2, 20], 20),
    "fc2.bias": linear([2], 20),
  }),
);
