import { replicated } from "../../mod.ts";
import { type ProtocolSuite, protocolSuite } from "./mod.ts";

/** What is said of replicated sharing, whatever its options. */
const facts = {
  components: (rank) => [`x${rank}`, `x${(rank + 1) % 3}`],
  unmessaged: [
    ...[
      "truncate",
      "truncate, exact",
      "sign",
      "fromBits",
      "toBits",
      "relu",
      "truncateRelu",
      "select",
      "isZero",
    ],
    ...["thresholds", "weigh", "spline", "lookup", "oneHot"],
  ],
} satisfies Partial<ProtocolSuite>;

protocolSuite({ name: "replicated, lean", make: () => replicated(), ...facts });
protocolSuite({ name: "replicated, wide", make: () => replicated({ comparison: "wide" }), ...facts });
