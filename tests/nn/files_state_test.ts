import { decodeNpz, encodeNpz, nn, plain, runLocal, type Tensor } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { assertEquals, assertThrows, fc } from "../deps.ts";
import { chains, modelOf } from "./chains.ts";

Deno.test("state dicts go through .npz and safetensors files as they are", async () => {
  await fc.assert(
    fc.asyncProperty(chains(), async (chain) => {
      const model = modelOf(chain).loadStateDict(chain.weights);
      const state = model.stateDict() as Record<string, Tensor>;
      const safe = modelOf(chain).loadStateDict(nn.decodeSafetensors(nn.encodeSafetensors(state)));
      assertEquals(safe.stateDict(), state);
      const zipped = modelOf(chain).loadStateDict(await decodeNpz(encodeNpz(state)));
      assertEquals(zipped.stateDict(), state);
    }),
    runs(20),
  );
});

/** A network whose parts have the names that PyTorch would give them. */
class Net extends nn.Module {
  readonly kind = "Net";
  readonly #layers = new nn.Sequential([new nn.Conv1d(1, 2, 2), new nn.ReLU(), new nn.Flatten()]);
  readonly #out = new nn.Linear(4, 1);
  constructor() {
    super();
    this.children.set("layers", this.#layers).set("out", this.#out);
  }
  override forward(...[x]: Parameters<nn.Sequential["forward"]>): ReturnType<nn.Sequential["forward"]> {
    return this.#out.forward(this.#layers.forward(x));
  }
}

Deno.test("PyTorch's names lead to the same weights, in half precision too", async () => {
  const state = {
    "layers.0.weight": [[[1, -1]], [[0.5, 2]]],
    "layers.0.bias": [0.25, -1],
    "out.weight": [[1, 2, -0.5, 4]],
    "out.bias": [3],
  };
  for (const reals of ["F64", "F32", "F16", "BF16"] as const) {
    const bytes = nn.encodeSafetensors(state, { reals, metadata: { format: "pt" } });
    const [y] = await runLocal({ parties: 1, protocol: plain() }, (mpc) => {
      const net = new Net().loadStateDict(nn.decodeSafetensors(bytes)).encrypt(mpc, { src: 0 });
      return net.forward(mpc.encrypt([[[3, 1, 2]]], { src: 0 })).decrypt();
    });
    // Channels: [2, -1] + 0.25 and [3.5, 4.5] - 1; ReLU leaves [2.25, 0] and [2.5, 3.5].
    assertEquals(y.toNested(), [[2.25 - 1.25 + 14 + 3]]);
  }
});

Deno.test("encrypted weights are not written in the clear", async () => {
  await runLocal({ parties: 1, protocol: plain() }, (mpc) => {
    const net = new Net().encrypt(mpc, { src: 0 });
    assertThrows(
      () => nn.encodeSafetensors(net.stateDict()),
      TypeError,
      'Cannot write tensor "layers.0.weight": it is encrypted; decrypt() it, or keep its shares with saveShares()',
    );
  });
});
