import { tiny } from "../protocols/tiny.ts";
import { protocolSuite } from "./mod.ts";

protocolSuite({ name: "tiny", make: () => tiny() });
