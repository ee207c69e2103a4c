import { minimals } from "./backends.ts";
import { testLaws } from "./laws_run.ts";

// Minimal primitives take long.
testLaws(minimals, 2);
