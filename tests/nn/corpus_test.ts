import { assertEquals } from "../deps.ts";
import { cases } from "./corpus.ts";
import { readStatusList, runEverywhere, statusOf, subjectOf } from "./corpus_status.ts";

const ADVICE = "run `deno run -A scripts/dev/onnx_table.ts --update`";

const [all, listed] = await Promise.all([cases(), readStatusList()]);
const groups = Map.groupBy(all, (one) => subjectOf(one) ?? "several operators");

for (const [subject, group] of groups) {
  Deno.test(`cases of the ONNX project for ${subject} end as listed, in the clear and with two parties`, async () => {
    const surprises: string[] = [];
    for (const one of group) {
      const { status, reason } = await runEverywhere(one);
      const expected = statusOf(listed[one.name]);
      if (status === expected) continue;
      // Only the way from and to a pass is held: what is missing may be refused in one way today and in another tomorrow.
      if (status === "pass") surprises.push(`${one.name} passes now, ${ADVICE}`);
      else if (expected === "pass") surprises.push(`${one.name}: ${status}: ${reason}`);
    }
    assertEquals(surprises, []);
  });
}

Deno.test("the list of cases that do not pass names cases that exist", () => {
  const names = new Set(all.map(({ name }) => name));
  assertEquals(Object.keys(listed).filter((name) => !names.has(name)), []);
});
