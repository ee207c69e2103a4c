/**
 * Tacit: secure multi-party computation for tensors and neural networks.
 *
 * Two or more parties compute on data that stays secret-shared from end to end; only what is decrypted is opened.
 *
 * @example Two numbers that nobody shows
 * ```ts
 * import { additive, runLocal } from "https://tacit.example/mod.ts";
 *
 * const [sum] = await runLocal({ parties: 2, protocol: additive() }, async (mpc) => {
 *   const x = mpc.encrypt(mpc.rank === 0 ? [1.5, 2] : undefined, { src: 0, shape: [2] });
 *   const y = mpc.encrypt(mpc.rank === 1 ? [2, -4] : undefined, { src: 1, shape: [2] });
 *   return await x.mul(y).sum().decrypt();
 * });
 * if (Math.abs(sum.at() + 5) > 1e-4) throw new Error("1.5·2 + 2·(-4) is -5");
 * ```
 *
 * @module
 */
export { ProtocolError, TransportError } from "./comm/errors.ts";
export type { Frame, Transport, TransportHandler } from "./comm/transport.ts";
export { websocket } from "./comm/websocket.ts";
export type { WebSocketOptions } from "./comm/websocket.ts";
export { connectWebSocket } from "./comm/websocket_connect.ts";
export type { ConnectWebSocketOptions } from "./comm/websocket_connect.ts";
export * as nn from "./nn/mod.ts";
export { UnsupportedOpError } from "./ops/errors.ts";
export { decodeNpy, decodeNpz, encodeNpy, encodeNpz } from "./ops/npy.ts";
export { Tensor, tensor } from "./ops/plaintext.ts";
export type { DuckTensor, Nested, TensorData, TensorLike, TypedArray } from "./ops/plaintext.ts";
export { isTensor as isEncryptedTensor } from "./ops/op.ts";
export { Session } from "./ops/session.ts";
export type { EncryptOptions, PrintOptions } from "./ops/session.ts";
export type { OpStats, Stats, Totals } from "./ops/stats.ts";
export { CrypTensor } from "./ops/tensor.ts";
export type { ArithmeticMethods } from "./ops/methods/arithmetic.ts";
export type { CompareMethods } from "./ops/methods/compare.ts";
export type { ExtremaMethods } from "./ops/methods/extrema.ts";
export type { FunctionMethods } from "./ops/methods/functions.ts";
export type { ExpOptions } from "./ops/functions/exponential.ts";
export type { GeluForm } from "./ops/functions/activations.ts";
export type { BatchNormOptions, CosineOptions, NormalisationOptions } from "./ops/functions/norms.ts";
export type { LogSumExpOptions } from "./ops/functions/softmax.ts";
export { catAll as cat, stackAll as stack } from "./ops/join.ts";
export type { PositiveOptions, RootOptions } from "./ops/functions/roots.ts";
export type { LinearMethods } from "./ops/methods/linear.ts";
export type { MovementMethods } from "./ops/methods/movement.ts";
export type { IndexingMethods } from "./ops/methods/indexing.ts";
export type { RandomMethods } from "./ops/methods/random.ts";
export type { DropoutOptions } from "./ops/random.ts";
export type { PadMode, PadOptions } from "./ops/pad.ts";
export type {
  AdaptiveMaxPoolOptions,
  MaxPoolIndexedOptions,
  MaxPoolOptions,
  WindowMethods,
} from "./ops/methods/windows.ts";
export type { AvgPoolOptions } from "./ops/pool.ts";
export type { OutputSides, Sides, WindowOptions } from "./ops/windows.ts";
export type { Operand, Ptype } from "./ops/tensor.ts";
export type { DecryptOptions } from "./ops/decrypt.ts";
export type { AxisOptions } from "./ops/axis.ts";
export type { Limit } from "./ops/clamp.ts";
export { einsum } from "./ops/einsum.ts";
export type { ArgOptions } from "./ops/extrema.ts";
export { where } from "./ops/logic.ts";
export type { Indexed } from "./ops/pair.ts";
export { matmul } from "./ops/products.ts";
export type { SortOptions, TopkOptions } from "./ops/sort.ts";
export type { VarOptions, VectorNormOptions } from "./ops/statistics.ts";
export type { SliceRange } from "./ops/indexing.ts";
export type { SumOptions } from "./ops/reduce.ts";
export { additive } from "./protocols/additive/additive.ts";
export type { AdditiveOptions } from "./protocols/additive/additive.ts";
export { plain } from "./protocols/plain.ts";
export { replicated } from "./protocols/replicated/replicated.ts";
export type { ReplicatedOptions } from "./protocols/replicated/replicated.ts";
export type { Protocol } from "./protocols/protocol.ts";
export type { Demand, ProviderFactory } from "./protocols/provider.ts";
export { trustedFirstParty } from "./protocols/providers/first_party.ts";
export { trustedThirdParty } from "./protocols/providers/third_party.ts";
export { connect } from "./run/connect.ts";
export type { PartyOptions, SessionOptions } from "./run/connect.ts";
export { RunError } from "./run/failure.ts";
export type { Failure } from "./run/failure.ts";
export { launch } from "./run/launch.ts";
export type { Host, LaunchOptions } from "./run/launch.ts";
export { runLocal } from "./run/local.ts";
export type { LocalOptions } from "./run/local.ts";
export type { Job, Outcome } from "./run/member.ts";
export type { Protocols, ProtocolSpec } from "./run/registry.ts";
export { workers } from "./run/workers.ts";
export type { WorkersOptions } from "./run/workers.ts";
