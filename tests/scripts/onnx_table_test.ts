import { PAGE, page } from "../../scripts/dev/onnx_table.ts";
import { formatted } from "../../scripts/dev/op_table.ts";
import { assert, assertEquals } from "../deps.ts";
import { cases } from "../nn/corpus.ts";
import { readStatusList } from "../nn/corpus_status.ts";

Deno.test("the page of ONNX operators is as its script writes it", async () => {
  const [all, list, written] = await Promise.all([cases(), readStatusList(), Deno.readTextFile(PAGE)]);
  const same = await formatted(page(all, list)) === written;
  assert(same, "docs/onnx.md is out of date, write it anew: scripts/dev/onnx_table.ts --update");
});

Deno.test("the page of ONNX operators would notice one more case that passes", async () => {
  const [all, list] = await Promise.all([cases(), readStatusList()]);
  const { [Object.keys(list)[0]!]: _, ...fewer } = list;
  assertEquals(page(all, fewer) === page(all, list), false);
});
