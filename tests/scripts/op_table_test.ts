import { cellsOf, figuresOf, PAGE, rowOf } from "../../scripts/dev/op_table.ts";
import { COVERAGE } from "../../scripts/dev/operations/coverage.ts";
import { FAMILIES, measure } from "../../scripts/dev/operations/measure.ts";
import { CrypTensor, Session } from "../../mod.ts";
import * as library from "../../mod.ts";
import { assert, assertEquals } from "../deps.ts";

/** Names of the methods of a class and of those that it extends. */
function methodsOf(prototype: object): string[] {
  const names: string[] = [];
  for (let p = prototype; p !== Object.prototype; p = Object.getPrototypeOf(p)) {
    names.push(...Object.getOwnPropertyNames(p).filter((name) => name !== "constructor"));
  }
  return names;
}

Deno.test("the table of operations is as its script writes it", async () => {
  const written = cellsOf(await Deno.readTextFile(PAGE)).map((cells) => cells.join(" | "));
  for (const { title, rows } of FAMILIES) {
    for (const operation of rows) {
      const row = rowOf(operation, await figuresOf(operation)).join(" | ");
      assert(written.includes(row), `${title}: "${row}" is not in the page, write it anew: op_table.ts`);
    }
  }
  for (const { rows } of COVERAGE) for (const row of rows) assert(written.includes(row.join(" | ")), row[0]);
  const count = [...FAMILIES, ...COVERAGE].reduce((sum, { rows }) => sum + rows.length + 2, 0);
  assertEquals(written.length, count, "rows of the page");
});

Deno.test("the table of operations knows every method of encrypted tensors", () => {
  const known = new Set(FAMILIES.flatMap(({ rows }) => rows.map(({ name }) => name.split(" ")[0])));
  // What is no operation: facts, life and the way out.
  const others = ["ndim", "size", "context", "width", "bits", "words", "rescale", "owns", "alias", "settled"];
  others.push("dispose", "toString", "toJSON", "decrypt", "share");
  const missing = methodsOf(CrypTensor.prototype).filter((name) =>
    !known.has(name) && !others.includes(name)
  );
  assertEquals(missing, []);
});

Deno.test("names of the comparison with CrypTen exist", () => {
  const tensor = [...methodsOf(CrypTensor.prototype), "ptype", "shape"];
  const session = [...methodsOf(Session.prototype), "rank"];
  const other = [
    ...Object.keys(library),
    "shape",
    "size",
    "ndim",
    "ptype",
    "correction",
    "manifest",
    "await using",
  ];
  for (const [theirs, ours] of COVERAGE.flatMap(({ rows }) => rows)) {
    for (const [, name] of ours.matchAll(/`([^`]+)`/g)) {
      const [list, key] = name!.startsWith(".")
        ? [tensor, name!.slice(1)]
        : name!.startsWith("mpc.")
        ? [session, name!.slice(4)]
        : [other, name!];
      assert(list.includes(key), `${theirs}: ${name} does not exist`);
    }
  }
});

Deno.test("the figures of the table would notice another cost", async () => {
  const mul = FAMILIES[0]!.rows.find(({ name }) => name === "mul")!;
  const good = await measure(mul, { parties: 2 });
  const more = await measure({ ...mul, run: (o) => [mul.run(o), o.x.square()].flat() }, { parties: 2 });
  assertEquals([good!.rounds, more!.bytes - good!.bytes > 0], [2, true]);
});
