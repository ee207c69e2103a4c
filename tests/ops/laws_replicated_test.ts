import { replicateds } from "./backends.ts";
import { testLaws } from "./laws_run.ts";

testLaws(replicateds);
