import { trustedFirstParty, trustedThirdParty } from "../../mod.ts";
import { providerSuite } from "./mod.ts";

const oneDeals = {
  reason: "party 0 deals without being asked; a difference shows in the trace, before anything is opened",
  tests: ["parties that ask for different things are not served"],
};

for (const parties of [2, 3]) {
  const make = trustedFirstParty;
  providerSuite({ name: `trusted first party, ${parties} parties`, make, parties, skip: [oneDeals] });
  providerSuite({ name: `trusted third party, ${parties} parties`, make: trustedThirdParty, parties });
}
