/**
 * Norms and tables of the registry.
 *
 * @module
 */
import type { Shape } from "../../ring/shape.ts";
import { layer, type LayerEntry } from "../layer_entry.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../layers/batch_norm.ts";
import { Embedding, type EmbeddingOptions } from "../layers/embedding.ts";
import { EmbeddingBag, type EmbeddingBagOptions } from "../layers/embedding_bag.ts";
import { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from "../layers/instance_norm.ts";
import { LocalResponseNorm, type LocalResponseNormOptions } from "../layers/local_response.ts";
import {
  GroupNorm,
  type GroupNormOptions,
  LayerNorm,
  type LayerNormOptions,
  RMSNorm,
  type RMSNormOptions,
} from "../layers/norms.ts";
import type { RunningNormOptions } from "../layers/running_norm.ts";
import type { AnyModule } from "../module.ts";

/** A norm of channels. */
const ofChannels =
  (Layer: new (features: number, options: RunningNormOptions) => AnyModule) =>
  ({ numFeatures, ...rest }: { readonly numFeatures: number } & RunningNormOptions): AnyModule =>
    new Layer(numFeatures, rest);

/** A norm of the last axes. */
const ofSides =
  <O extends object>(Layer: new (sides: number | Shape, options: O) => AnyModule) =>
  ({ normalizedShape, ...rest }: { readonly normalizedShape: number | Shape } & O): AnyModule =>
    new Layer(normalizedShape, rest as unknown as O);

/** A table. */
const ofRows = <O extends object>(Layer: new (entries: number, side: number, options: O) => AnyModule) =>
(
  { numEmbeddings, embeddingDim, ...rest }: { numEmbeddings: number; embeddingDim: number } & O,
): AnyModule => new Layer(numEmbeddings, embeddingDim, rest as unknown as O);

const indices = (entries: number, shape: Shape) => ({ shape, low: 0, high: entries - 1, integers: true });

/** Norms by name. */
export const norms: Readonly<Record<string, LayerEntry>> = {
  BatchNorm1d: layer(
    ofChannels(BatchNorm1d),
    [{ numFeatures: 3 }, [4, 3]],
    [{ numFeatures: 2, momentum: null, eps: 1e-3 }, [2, 2, 3]],
  ),
  BatchNorm2d: layer(
    ofChannels(BatchNorm2d),
    [{ numFeatures: 2 }, [2, 2, 2, 3]],
    [{ numFeatures: 2, affine: false, trackRunningStats: false }, [2, 2, 2, 2]],
  ),
  BatchNorm3d: layer(ofChannels(BatchNorm3d), [{ numFeatures: 2, momentum: 0.25 }, [2, 2, 1, 2, 2]]),
  InstanceNorm1d: layer(
    ofChannels(InstanceNorm1d),
    [{ numFeatures: 2 }, [2, 2, 4]],
    [{ numFeatures: 2, affine: true, trackRunningStats: true }, [2, 2, 4]],
  ),
  InstanceNorm2d: layer(ofChannels(InstanceNorm2d), [{ numFeatures: 2, affine: true }, [2, 2, 3]]),
  InstanceNorm3d: layer(ofChannels(InstanceNorm3d), [{ numFeatures: 2 }, [1, 2, 1, 2, 3]]),
  LayerNorm: layer(
    ofSides<LayerNormOptions>(LayerNorm),
    [{ normalizedShape: 5 }, [3, 5]],
    [{ normalizedShape: [2, 3], bias: false }, [2, 2, 3]],
    [{ normalizedShape: 4, elementwiseAffine: false, eps: 0.01 }, [2, 4]],
  ),
  RMSNorm: layer(
    ofSides<RMSNormOptions>(RMSNorm),
    [{ normalizedShape: 5, eps: 1e-5 }, [3, 5]],
    [{ normalizedShape: [2, 2], elementwiseAffine: false, eps: 0.01 }, [2, 2, 2]],
  ),
  GroupNorm: layer(
    ({ numGroups, numChannels, ...rest }: { numGroups: number; numChannels: number } & GroupNormOptions) =>
      new GroupNorm(numGroups, numChannels, rest),
    [{ numGroups: 2, numChannels: 4 }, [2, 4, 3]],
    [{ numGroups: 1, numChannels: 2, affine: false }, [2, 2, 2, 2]],
  ),
  LocalResponseNorm: layer(
    ({ size, ...rest }: { size: number } & LocalResponseNormOptions) => new LocalResponseNorm(size, rest),
    [{ size: 3 }, [2, 4, 3]],
    [{ size: 2, alpha: 0.5, beta: 1, k: 2 }, [1, 3, 2, 2]],
  ),
};

/** Tables by name. */
export const tables: Readonly<Record<string, LayerEntry>> = {
  Embedding: layer(
    ofRows<EmbeddingOptions>(Embedding),
    [{ numEmbeddings: 5, embeddingDim: 3 }, indices(5, [2, 3])],
    [{ numEmbeddings: 4, embeddingDim: 2, paddingIdx: -1 }, indices(4, [3])],
  ),
  EmbeddingBag: layer(
    ofRows<EmbeddingBagOptions>(EmbeddingBag),
    [{ numEmbeddings: 5, embeddingDim: 3 }, indices(5, [2, 3])],
    [{ numEmbeddings: 4, embeddingDim: 2, mode: "sum", paddingIdx: 0 }, indices(4, [2, 4])],
    [{ numEmbeddings: 4, embeddingDim: 2, mode: "max" }, indices(4, [2, 3])],
  ),
};
