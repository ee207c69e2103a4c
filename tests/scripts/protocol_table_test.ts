import { cellsOf } from "../../scripts/dev/op_table.ts";
import { exactRows, facts, PAGE } from "../../scripts/dev/protocol_table.ts";
import { assertEquals } from "../deps.ts";

Deno.test("the table of protocols is as its script writes it, but for times", async () => {
  const written = cellsOf(await Deno.readTextFile(PAGE));
  const exact = await exactRows();
  const width = exact[0]!.length;
  const short = (cells: readonly string[]): string => cells.slice(0, width).join(" | ");
  for (const row of [...exact, ...facts()]) {
    const found = written.find(([name]) => name === row[0]);
    assertEquals(short(found ?? []), short(row), "write the page anew: protocol_table.ts");
  }
});
