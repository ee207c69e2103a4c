import { additive } from "../../mod.ts";
import { protocolSuite } from "./mod.ts";

protocolSuite({
  name: "additive, third party, 2 parties, wide",
  make: () => additive({ comparison: "wide" }),
});
protocolSuite({ name: "additive, third party, 3 parties", make: () => additive(), parties: 3, colluding: 2 });
