import { type CrypTensor, isEncryptedTensor, nn } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { fc } from "../deps.ts";
import { normLayers, type Oracle, tableLayers } from "../oracles/norm_layers.ts";
import { sequenceLayers } from "../oracles/sequence_layers.ts";
import { quantise, sizeOf, type Values } from "../oracles/tensors.ts";
import { BACKENDS, checkLayer } from "./layer_check.ts";

const oracles: Readonly<Record<string, Oracle>> = { ...normLayers, ...tableLayers, ...sequenceLayers };

function valuesOf({ shape, low = -4, high = 4, integers }: nn.LayerInput): fc.Arbitrary<Values> {
  const value = integers === true
    ? fc.integer({ min: low, max: high })
    : fc.double({ min: low, max: high, noNaN: true }).map((x) => quantise(x, 16));
  const length = sizeOf(shape);
  return fc.array(value, { minLength: length, maxLength: length }).map((data) => ({
    shape: [...shape],
    data,
  }));
}

/** Weights and statistics within the ranges that the oracle has. */
function weightsOf(layer: nn.AnyModule, { ranges = {} }: Oracle): fc.Arbitrary<Record<string, Values>> {
  return fc.record(Object.fromEntries(
    Object.entries(layer.stateDict()).map(([path, { shape }]) => {
      const [low, high] = ranges[path] ?? [-1, 1];
      return [path, valuesOf({ shape, low, high })];
    }),
  ));
}

const tensorsOf = (result: unknown): CrypTensor[] =>
  isEncryptedTensor(result) ? [result] : Object.values(result as object).filter(isEncryptedTensor);

const named = (prefix: string, values: readonly Values[]): Record<string, Values> =>
  Object.fromEntries(values.map((value, i) => [`${prefix} ${i}`, value]));

for (const [name, oracle] of Object.entries(oracles)) {
  const entry = nn.layers[name]!;
  for (const backend of BACKENDS) {
    for (const secret of [true, false]) {
      for (const training of oracle.training === undefined ? [false] : [false, true]) {
        const mode = `${training ? "training" : "inference"}, ${secret ? "secret" : "public"} weights`;
        Deno.test(`${name} is what plain loops give, ${mode}, ${backend.name}`, async () => {
          for (const { options, inputs } of entry.examples) {
            const all = fc.record({
              values: fc.tuple(...inputs.map(valuesOf)),
              weights: weightsOf(entry.make(options), oracle),
            });
            const property = fc.asyncProperty(all, async ({ values, weights }) => {
              const use = { options, inputs: values, weights };
              const results = [(training ? oracle.training : undefined)?.(use) ?? oracle.forward(use)].flat();
              const state = Object.entries((training ? oracle.state?.(use) : undefined) ?? {});
              await checkLayer(backend, {
                make: () => entry.make(options).train(training) as nn.Module<readonly unknown[], unknown>,
                state: weights,
                secret,
                inputs: [],
                apply(layer, _, mpc) {
                  const shared = values.map((value, i) => {
                    const scale = inputs[i]!.integers === true ? 0 : mpc.fractionBits;
                    return mpc.encrypt(mpc.rank === 0 ? value : undefined, {
                      src: 0,
                      shape: value.shape,
                      scale,
                    });
                  });
                  const found = tensorsOf(layer.forward(...shared)).map((y, i) =>
                    [`result ${i}`, y] as const
                  );
                  const after = state.map(([path]) => {
                    const value = layer.stateDict()[path]!;
                    const own = isEncryptedTensor(value)
                      ? value.add(0)
                      : mpc.encrypt(mpc.rank === 0 ? value : undefined, { src: 0, shape: value.shape });
                    return [`${path} afterwards`, own] as const;
                  });
                  return Object.fromEntries([...found, ...after]);
                },
                expected: {
                  ...named("result", results),
                  ...Object.fromEntries(state.map(([path, value]) => [`${path} afterwards`, value])),
                },
                error: oracle.error(use),
              });
            });
            await fc.assert(property, runs(backend.parties === 1 ? 10 : 1));
          }
        });
      }
    }
  }
}
