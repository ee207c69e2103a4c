import { tiny } from "../protocols/tiny.ts";
import { laws } from "./laws.ts";
import { testLaws } from "./laws_run.ts";

// A sample, because the minimal primitives of this protocol are slow.
testLaws([{ name: "tiny", parties: 2, protocol: tiny(), most: 1 }], laws.filter((_, i) => i % 5 === 0));
