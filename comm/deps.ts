export { sha256 } from "npm:@noble/hashes@1.8.0/sha2.js";
export { decode as decodeMessagePack, encode as encodeMessagePack } from "npm:@msgpack/msgpack@3.1.2";
