/**
 * Loads and runs every hostile model between a model owner and a data owner, in a process of its own so that its memory can be
 * told, and prints what each of them was told.
 *
 * @module
 */
import { additive, nn, RunError, runLocal, Tensor, trustedFirstParty } from "../../mod.ts";
import { hostile } from "./hostile_models.ts";

/** What came of a model. */
export interface Told {
  /** The model. */
  readonly name: string;
  /** Name and message of the error at each party; empty where it had none. */
  readonly errors: readonly (readonly [name: string, message: string])[];
  /** How long it took. */
  readonly milliseconds: number;
}

/** What the process prints. */
export interface Report {
  /** What came of each model. */
  readonly told: readonly Told[];
  /** The most memory that the process had, in bytes; undefined where the system does not tell. */
  readonly memory: number | undefined;
}

const protocol = additive({ provider: trustedFirstParty() });

async function run(bytes: Uint8Array): Promise<[string, string][]> {
  const errors: [string, string][] = [["", ""], ["", ""]];
  const whole = runLocal({ parties: 2, protocol }, async (mpc) => {
    try {
      const model = await nn.fromOnnx(mpc, mpc.rank === 0 ? bytes : undefined, { src: 0 });
      const x = model.inputs.map(({ name, shape }) => {
        const sides = shape.map(Number);
        const own = new Tensor(sides, new Float32Array(sides.reduce((size, side) => size * side, 1)));
        return [name, mpc.encrypt(mpc.rank === 1 ? own : undefined, { src: 1, shape: sides })];
      });
      for (const y of Object.values(model.run(Object.fromEntries(x)))) await y.decrypt();
    } catch (error) {
      errors[mpc.rank] = error instanceof Error ? [error.name, error.message] : ["", String(error)];
      throw error;
    }
  });
  await whole.catch((error) => {
    if (!(error instanceof RunError)) throw error;
  });
  return errors;
}

function peak(): number | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const kilobytes = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

if (import.meta.main) {
  const told: Told[] = [];
  for (const [name, [make]] of Object.entries(hostile)) {
    const bytes = make();
    const start = performance.now();
    const errors = await run(bytes);
    told.push({ name, errors, milliseconds: performance.now() - start });
  }
  await Deno.stdout.write(
    new TextEncoder().encode(JSON.stringify({ told, memory: peak() } satisfies Report)),
  );
}
