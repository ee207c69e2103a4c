import { additives } from "./backends.ts";
import { testLaws } from "./laws_run.ts";

testLaws(additives);
