import { isEncryptedTensor, nn, runLocal, Tensor } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows, fc } from "../deps.ts";
import { backends } from "../ops/backends.ts";
import type { Values } from "../oracles/tensors.ts";
import { type Chain, chains, expectedOf, modelOf, pathsOf } from "./chains.ts";
import { compare } from "./layer_law.ts";

const several = fc.array(chains(), { minLength: 6, maxLength: 6 });

const where = ({ links }: Chain): string => links.map(({ name }) => name).join(", ");

const sameNumbers = (got: nn.Parameter, want: Values): void => {
  assert(!isEncryptedTensor(got));
  compare(got, want, 0, "weights");
};

for (const [i, { name, ...options }] of backends.entries()) {
  Deno.test(`chains of layers give what plain numbers give, ${name}, ${options.parties} parties`, async () => {
    const property = fc.asyncProperty(several, async (all) => {
      const parties = await runLocal(
        options,
        (mpc) =>
          Promise.all(all.flatMap((chain) =>
            [false, true].map(async (publicWeights) => {
              const model = modelOf(chain).eval().loadStateDict(chain.weights);
              if (!publicWeights) model.encrypt(mpc, { src: mpc.parties - 1 });
              const x = mpc.encrypt(mpc.rank === 0 ? chain.input : undefined, {
                src: 0,
                shape: chain.input.shape,
              });
              return await model.forward(x).decrypt();
            })
          )),
      );
      for (const found of parties) {
        all.forEach((chain, at) => {
          for (const publicWeights of [false, true]) {
            const { values, error } = expectedOf(chain, publicWeights);
            compare(found[2 * at + Number(publicWeights)]!, values, error, where(chain));
          }
        });
      }
    });
    const { seed, ...rest } = runs(1);
    await fc.assert(property, { ...rest, seed: seed! + i });
  });
}

Deno.test("names of layers and weights are stable, and lead to them", () => {
  fc.assert(
    fc.property(chains(), (chain) => {
      const [model, again] = [modelOf(chain), modelOf(chain)];
      assertEquals(Object.keys(again.stateDict()), Object.keys(model.stateDict()));
      assertEquals([...again.modules()].map(([path]) => path), [...model.modules()].map(([path]) => path));
      pathsOf(chain).forEach((path, i) => assertEquals(model.get(path).kind, chain.links[i]!.name));
      for (const [path, value] of Object.entries(model.stateDict())) {
        const [layer, key] = [path.slice(0, path.lastIndexOf(".")), path.slice(path.lastIndexOf(".") + 1)];
        assert(model.get(layer).parameters.get(key) === value, path);
      }
      assertThrows(() => model.get("head.9"), RangeError, 'Cannot find layer "head.9"');
    }),
    runs(40),
  );
});

Deno.test("weights come back from a model, and from its encrypted form, as they went in", async () => {
  const weighty = chains().filter(({ weights }) => Object.keys(weights).length > 0);
  for (const { name: _, ...options } of backends.filter(({ parties }) => parties < 3)) {
    const property = fc.asyncProperty(weighty, async (chain) => {
      const model = modelOf(chain).loadStateDict(chain.weights);
      const copy = modelOf(chain).loadStateDict(model.stateDict());
      for (const [path, value] of Object.entries(chain.weights)) sameNumbers(copy.stateDict()[path]!, value);
      await runLocal(options, async (mpc) => {
        const secret = modelOf(chain);
        if (mpc.rank === 0) secret.loadStateDict(chain.weights);
        secret.encrypt(mpc, { src: 0 });
        assert(Object.values(secret.stateDict()).every(isEncryptedTensor));
        // What a model holds may be taken over by another.
        const taken = modelOf(chain).loadStateDict(secret.stateDict());
        await taken.decrypt();
        for (const [path, value] of Object.entries(chain.weights)) {
          sameNumbers(taken.stateDict()[path]!, value);
        }
      });
    });
    await fc.assert(property, runs(3));
  }
});

Deno.test("a model shows its options, and of each weight the shape and whether it is secret", async () => {
  const property = fc.asyncProperty(chains(), async (chain) => {
    const [texts] = await runLocal({ parties: 1, protocol: backends[0]!.protocol }, async (mpc) => {
      const model = modelOf(chain);
      const open = `${model}`;
      const closed = `${model.encrypt(mpc, { src: 0 })}`;
      await model.decrypt();
      return { open, closed, again: `${model}` };
    });
    for (const { name } of chain.links) assertStringIncludes(texts.open, `${name}(`);
    for (const [path, { shape }] of Object.entries(chain.weights)) {
      const shown = `${path.slice(path.lastIndexOf(".") + 1)} [${shape}]`;
      assertStringIncludes(texts.open, `${shown} public`);
      assertStringIncludes(texts.closed, `${shown} secret`);
    }
    assertEquals(texts.again, texts.open);
    assertEquals(texts.closed.replaceAll("] secret", "] public"), texts.open);
  });
  await fc.assert(property, runs(20));
});

Deno.test("structure is shown as options, and is not encrypted", () => {
  const model = new nn.Sequential([
    new nn.Conv2d(1, 2, 3, { stride: 2, padding: 1 }),
    new nn.Threshold(0.5, -1),
    new nn.AvgPool2d(2),
  ]);
  assertEquals(Object.keys(model.stateDict()), ["0.weight", "0.bias"]);
  const lines = `${model}`.split("\n");
  assertStringIncludes(lines[1]!, "stride 2");
  assertStringIncludes(lines[2]!, "threshold 0.5");
  assertStringIncludes(lines[3]!, "kernelSize 2");
});

Deno.test("weights that do not fit are refused, and nothing changes", async () => {
  const model = new nn.Sequential([new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1)]);
  const before = model.stateDict();
  const good = Object.fromEntries(
    Object.entries(before).map(([path, { shape }]) =>
      [path, new Tensor(shape, new Float64Array(shape.reduce((a, b) => a * b, 1)))] as const
    ),
  );
  const { "0.bias": _, ...missing } = good;
  assertThrows(() => model.loadStateDict(missing), RangeError, '"0.bias" missing');
  assertThrows(
    () => model.loadStateDict({ ...good, "1.weight": [1] }),
    RangeError,
    '"1.weight" has no place',
  );
  assertThrows(
    () => model.loadStateDict({ ...good, "2.weight": [[1, 2]] }),
    RangeError,
    '"2.weight" has shape [1,2], [1,3] is wanted',
  );
  assertEquals(model.stateDict(), before);
  model.loadStateDict({ "0.bias": [1, 2, 3], other: [1] }, { strict: false });
  assertEquals({ ...model.stateDict(), "0.bias": 0 }, { ...before, "0.bias": 0 });
  await assertRejects(
    () =>
      runLocal({ parties: 1, protocol: backends[0]!.protocol }, (mpc) => {
        model.encrypt(mpc, { src: 0 });
        model.encrypt(mpc, { src: 0 });
      }),
    Error,
    'Cannot encrypt the model: "0.weight" is encrypted already',
  );
});
