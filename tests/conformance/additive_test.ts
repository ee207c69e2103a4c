import { additive, trustedFirstParty } from "../../mod.ts";
import { protocolSuite } from "./mod.ts";

const provider = trustedFirstParty();

protocolSuite({ name: "additive, first party, 2 parties", make: () => additive({ provider }) });

protocolSuite({
  name: "additive, first party, 3 parties, wide, exact",
  make: () => additive({ provider, comparison: "wide", truncation: "exact" }),
  parties: 3,
  colluding: 2,
  rounding: "floor",
});
