import { minimals } from "./backends.ts";
import { testLaws } from "./laws_run.ts";

testLaws(minimals);
