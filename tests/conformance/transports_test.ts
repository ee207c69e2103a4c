import { KINDS } from "../comm/links.ts";
import { transportSuite } from "./mod.ts";

for (const { name, pair } of KINDS) transportSuite({ name, make: pair });
