import { nn } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { fc } from "../deps.ts";
import { run, type Weights } from "../oracles/recurrent.ts";
import type { Values } from "../oracles/tensors.ts";
import { BACKENDS, checkLayer, stateOf, valuesOf } from "./layer_check.ts";

type Kind = "tanh" | "relu" | "LSTM" | "GRU";

/** A network and what it is fed. */
interface Sample {
  readonly kind: Kind;
  readonly inputs: number;
  readonly side: number;
  readonly options: nn.LSTMOptions;
  readonly state: Weights;
  readonly x: Values;
  readonly h: Values | undefined;
  readonly c: Values | undefined;
  readonly lengths: number[] | undefined;
}

function make(kind: Kind, inputs: number, side: number, options: nn.LSTMOptions): nn.RNN | nn.LSTM | nn.GRU {
  if (kind === "LSTM") return new nn.LSTM(inputs, side, options);
  if (kind === "GRU") return new nn.GRU(inputs, side, options);
  return new nn.RNN(inputs, side, { ...options, nonlinearity: kind });
}

const small = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

/** Networks of all forms. Weights are at most 1, so that what is off in one step does not grow much in the next. */
function samples(kind: Kind): fc.Arbitrary<Sample> {
  return fc.record({
    time: small(1, 3),
    batch: small(1, 3),
    inputs: small(1, 3),
    side: small(2, 3),
    numLayers: small(1, 2),
    bias: fc.boolean(),
    batchFirst: fc.boolean(),
    bidirectional: fc.boolean(),
    projSize: kind === "LSTM" ? small(0, 1) : fc.constant(0),
    started: fc.boolean(),
    ragged: fc.boolean(),
  }).chain(({ time, batch, inputs, side, started, ragged, ...options }) => {
    const places = options.numLayers * (options.bidirectional ? 2 : 1);
    const state = (width: number): fc.Arbitrary<Values | undefined> =>
      started ? valuesOf([places, batch, width], 1) : fc.constant(undefined);
    return fc.record({
      kind: fc.constant(kind),
      inputs: fc.constant(inputs),
      side: fc.constant(side),
      options: fc.constant(options),
      state: stateOf(make(kind, inputs, side, options), 0.7),
      x: valuesOf([time, batch, inputs], 2),
      h: state(options.projSize || side),
      c: kind === "LSTM" ? state(side) : fc.constant(undefined),
      lengths: ragged
        ? fc.array(small(1, time), { minLength: batch, maxLength: batch })
        : fc.constant(undefined),
    });
  });
}

/** The first two axes exchanged. */
function turned(x: Values): Values {
  const [a, b, inner] = x.shape as [number, number, number];
  const data = Array.from({ length: x.data.length }, (_, at) => {
    const [i, k] = [at % inner, Math.floor(at / inner)];
    return x.data[((k % a) * b + Math.floor(k / a)) * inner + i]!;
  });
  return { shape: [b, a, inner], data };
}

const given = <T extends object>(record: T) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

for (const backend of BACKENDS) {
  for (const kind of ["tanh", "relu", "LSTM", "GRU"] as const) {
    for (const secret of [true, false]) {
      const name = `${kind} is what its equations say, ${
        secret ? "secret" : "public"
      } weights, ${backend.name}`;
      Deno.test(name, async () => {
        const property = fc.asyncProperty(samples(kind), async (sample) => {
          const { inputs, side, options, state, x, h, c, lengths } = sample;
          const turns = options.batchFirst === true;
          const { output, ...rest } = run(kind, state, x, side, given({ h, c, lengths }));
          await checkLayer(backend, {
            make: () => make(kind, inputs, side, options),
            state,
            secret,
            inputs: [turns ? turned(x) : x, ...[h, c].filter((s) => s !== undefined)],
            apply: (layer, [first, second, third]) => ({
              ...given(layer.forward(first!, { h: second, c: third, lengths })),
            }),
            expected: { ...given(rest), output: turns ? turned(output) : output },
            // Stated: 2e-4 a step, and up to three steps in two layers carry on what is off before.
            error: 1.5e-3,
          });
        });
        await fc.assert(property, runs(backend.parties === 1 ? 12 : 4));
      });
    }
  }
}
