/**
 * The contract between protocols and everything above them: what an author of a protocol, provider or kind of correlation
 * writes against.
 *
 * @module
 */
export type { Message } from "../comm/communicator.ts";
export { Communicator } from "../comm/communicator.ts";
export type { CommunicatorOptions } from "../comm/communicator.ts";
export type { Counters, CounterSnapshot, LinkCounters } from "../comm/counters.ts";
export { Scope, Tag } from "../comm/scope.ts";
export type { Frame, Transport, TransportHandler } from "../comm/transport.ts";
export { bilinear, bilinearInto, bilinearShape } from "../ring/bilinear.ts";
export type { Bilinear } from "../ring/bilinear.ts";
export { andBits, BitTensor, packedBytes, packPlanes, unpackPlanes, xorBits } from "../ring/bits.ts";
export { Block, Handle } from "../ring/block.ts";
export type { ConvGeometry, ConvTransposeGeometry } from "../ring/conv_geometry.ts";
export {
  add,
  addInto,
  mulConstant,
  not,
  shiftLeft,
  shiftRightArithmetic,
  shiftRightLogical,
  sub,
  subInto,
} from "../ring/elementwise.ts";
export { Heap } from "../ring/heap.ts";
export { Seed } from "../ring/prg.ts";
export type { StreamPosition } from "../ring/prg.ts";
export { sizeOf } from "../ring/shape.ts";
export type { Shape } from "../ring/shape.ts";
export { RingTensor } from "../ring/tensor.ts";
export type { Profile } from "./additive/plan.ts";
export { defineProtocol } from "./define.ts";
export { exchange, receive, send, sendTo } from "./exchange.ts";
export type { Payload, Route } from "./exchange.ts";
export type {
  AShare,
  BShare,
  Call,
  Cost,
  Costs,
  Env,
  Fast,
  Instance,
  Messages,
  Pending,
  Prepared,
  Primitives,
  Protocol,
  Seeds,
  Spline,
  Table,
  Truncation,
  View,
} from "./protocol.ts";
export type {
  BlockKind,
  Correlation,
  DealBlock,
  Demand,
  Field,
  Kind,
  Kinds,
  Params,
  Provider,
  ProviderEnv,
  ProviderFactory,
  TagRef,
  TensorKind,
} from "./provider.ts";
export { compareTraces, TRACE_BYTES } from "./reveal.ts";
export { mapParts } from "./share.ts";
