export { sha256 } from "npm:@noble/hashes@1.8.0/sha2.js";
export { Packr, Unpackr } from "npm:msgpackr@1.8.0";
