import { memoryPair } from "../../comm/memory.ts";
import { assertThrows } from "../deps.ts";
import { transportSuite } from "./mod.ts";

Deno.test("a suite refuses to skip what it does not have", () => {
  const make = (): Promise<ReturnType<typeof memoryPair>> => Promise.resolve(memoryPair());
  const skip = [{ reason: "a slip of the pen", tests: ["frames arive"] }];
  assertThrows(
    () => transportSuite({ name: "memory", make, skip }),
    TypeError,
    'Cannot skip "frames arive": there is no such check, the checks are both ends',
  );
});
