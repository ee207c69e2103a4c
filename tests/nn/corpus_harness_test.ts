import { plain, Tensor } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { assertEquals, assertStringIncludes, fc } from "../deps.ts";
import { type Case, cases } from "./corpus.ts";
import { pack, unpack } from "./corpus_file.ts";
import { publicInputs } from "./corpus_public.ts";
import { runCase } from "./corpus_run.ts";

const all = new Map((await cases()).map((one) => [one.name, one]));
const backend = { parties: 1, protocol: plain() };

/** A case whose answers are other ones. */
function altered(one: Case, alter: (want: Tensor) => Tensor): Case {
  const outputs = Object.entries(one.outputs).map(([name, want]) => [name, alter(want)]);
  return { ...one, outputs: Object.fromEntries(outputs) };
}

/** Adds to the last element. */
const plus = (amount: number) => (want: Tensor): Tensor =>
  new Tensor(
    want.shape,
    Float64Array.from<number | bigint>(want.data, (x, i) => Number(x) + (i === want.size - 1 ? amount : 0)),
  );

Deno.test("a case whose wanted answer is wrong in one element fails", async () => {
  const one = all.get("test_add")!;
  assertEquals((await runCase(one, backend)).status, "pass");
  const { status, reason } = await runCase(altered(one, plus(0.01)), backend);
  assertEquals(status, "fails");
  assertStringIncludes(reason, "times what is allowed");
  assertEquals((await runCase(altered(one, plus(NaN)), backend)).status, "out of scope");
});

Deno.test("a case whose wanted answer has another shape fails", async () => {
  const turned = altered(all.get("test_add")!, ({ shape, data }) => new Tensor([...shape, 1], data));
  assertStringIncludes((await runCase(turned, backend)).reason, "shape");
});

Deno.test("integers are compared exactly", async () => {
  const one = all.get("test_add_uint8")!;
  assertEquals((await runCase(one, backend)).status, "pass");
  assertEquals((await runCase(altered(one, plus(1)), backend)).status, "fails");
});

Deno.test("operands that are structure are public, and what they are computed from; data are secret", () => {
  const names = [
    "test_reshape_one_dim",
    "test_slice",
    "test_clip",
    "test_pow",
    "test_range_float_type_positive_delta",
  ];
  const found = names.map((name) => publicInputs(all.get(name)!).join());
  assertEquals(found, ["shape", "starts,ends,axes,steps", "", "", "start,limit,delta"]);
  const computed = publicInputs(all.get("test_range_float_type_positive_delta_expanded")!);
  assertEquals(computed.join(), "start,limit,delta");
});

Deno.test("a packed file gives back what was packed", async () => {
  const bytes = fc.uint8Array({ maxLength: 20 });
  const one = fc.record({
    name: fc.string(),
    model: bytes,
    inputs: fc.array(bytes),
    outputs: fc.array(bytes),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 5 }), async (list) => {
      assertEquals(await unpack(await pack(list)), list);
    }),
    runs(20),
  );
});
