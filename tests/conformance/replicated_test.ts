import { replicated } from "../../mod.ts";
import { type ProtocolSuite, protocolSuite } from "./mod.ts";

/** What two parties compute between them, with the third as their dealer. */
const words = ["fromBits", "select", "weigh", "spline", "lookup", "oneHot", "relu"];
const bits = ["sign", "toBits", "isZero", "thresholds"];
const truncations = ["truncate", "truncate, exact", "truncate a product"];
const fused = ["truncateRelu", "truncateRelu of a product"];

/** What is said of replicated sharing, whatever its options. */
const facts = {
  components: (rank) => [`x${rank}`, `x${(rank + 1) % 3}`],
  unmessaged: [...words, ...bits, ...truncations, ...fused],
} satisfies Partial<ProtocolSuite>;

protocolSuite({ name: "replicated, lean", make: () => replicated(), ...facts });
protocolSuite({ name: "replicated, wide", make: () => replicated({ comparison: "wide" }), ...facts });
