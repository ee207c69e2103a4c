// @ts-types="./types/onnx_proto.d.ts"
export { default as proto } from "npm:onnx-proto@8.0.1";
