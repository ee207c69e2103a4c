import type { Session } from "../../ops/session.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { additive } from "../../protocols/additive/additive.ts";
import type { Protocol } from "../../protocols/protocol.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { RunError } from "../../run/failure.ts";
import { assertRejects, assertStringIncludes } from "../deps.ts";
import { parties, type Sent } from "../conformance/parties.ts";

/** Runs a program in which party 1 does something else, and returns the error and what was sent. */
async function differ(
  protocol: Protocol,
  other: (x: CrypTensor, mpc: Session) => Promise<unknown>,
): Promise<{ error: RunError; log: Sent[] }> {
  const log: Sent[] = [];
  const error = await assertRejects(
    () =>
      parties({ n: 2, protocol, log, deadline: 500 }, async ({ mpc }) => {
        const x = mpc.encrypt([1, 2, 3], { src: 0 });
        if (mpc.rank === 1) return await other(x, mpc);
        return await x.add(1).decrypt();
      }),
    RunError,
  );
  return { error, log };
}

Deno.test("a party that declares another shape is stopped", async () => {
  const { error } = await differ(
    additive({ provider: trustedFirstParty() }),
    (_x, mpc) => mpc.encrypt(undefined, { src: 0, shape: [4] }).add(1).decrypt(),
  );
  assertStringIncludes(error.message, "runs a different program");
});

Deno.test("a party that stops early stops the others at once", async () => {
  const { error } = await differ(additive({ provider: trustedFirstParty() }), () => Promise.resolve(0));
  assertStringIncludes(error.message, "has ended its program");
});
