import { plain } from "../../mod.ts";
import { protocolSuite, SECRECY } from "./mod.ts";

protocolSuite({
  name: "plain",
  make: () => plain(),
  parties: 3,
  rounding: "floor",
  skip: [{ reason: "it is the reference backend and hides nothing", tests: SECRECY }],
});
