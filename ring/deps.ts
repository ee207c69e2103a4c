export { hmac } from "npm:@noble/hashes@1.8.0/hmac.js";
export { sha256 } from "npm:@noble/hashes@1.8.0/sha2.js";
