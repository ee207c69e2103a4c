/**
 * Layers over sequences of the registry.
 *
 * @module
 */
import { layer, type LayerEntry } from "../layer_entry.ts";
import { MultiheadAttention, type MultiheadAttentionOptions } from "../layers/attention.ts";
import { LayerNorm } from "../layers/norms.ts";
import {
  GRU,
  LSTM,
  type LSTMOptions,
  type RecurrentOptions,
  RNN,
  type RNNOptions,
} from "../layers/recurrent.ts";
import {
  GRUCell,
  LSTMCell,
  type RecurrentCellOptions,
  RNNCell,
  type RNNCellOptions,
} from "../layers/recurrent_cells.ts";
import {
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "../layers/transformer.ts";
import {
  TransformerDecoder,
  TransformerEncoder,
  type TransformerStackOptions,
} from "../layers/transformer_stacks.ts";
import type { AnyModule } from "../module.ts";

/** Sizes of a recurrent layer. */
interface RecurrentSizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
}

/** A recurrent layer or a step of one. Their results are records of tensors; steps of RNN and GRU give one. */
const recurrent =
  <O extends object>(Layer: new (inputs: number, hidden: number, options: O) => AnyModule) =>
  ({ inputSize, hiddenSize, ...rest }: RecurrentSizes & O): AnyModule =>
    new Layer(inputSize, hiddenSize, rest as unknown as O);

/** Sizes of a transformer's layer. */
interface TransformerSizes extends TransformerLayerOptions {
  readonly dModel: number;
  readonly nhead: number;
}

/** Sizes of a stack. */
interface StackSizes extends TransformerSizes {
  readonly numLayers: number;
  /** Whether there is a norm after the last layer. */
  readonly finalNorm?: boolean | undefined;
}

/** Scores of inputs within ±1 are small enough that what they are off hardly shows. */
const unit = (...shape: number[]) => ({ shape, low: -1, high: 1 });

/** With a variance of a tenth added, norms of rows that happen to be nearly constant do not blow up what they are off. */
const small = { dModel: 4, nhead: 2, dimFeedforward: 3, dropout: 0, layerNormEps: 0.1 } as const;

/** A stack of layers. */
const stack = <L extends AnyModule>(
  Layer: new (dModel: number, nhead: number, options: TransformerLayerOptions) => L,
  Stack: new (layer: L, numLayers: number, options: TransformerStackOptions) => AnyModule,
) =>
({ dModel, nhead, numLayers, finalNorm, ...options }: StackSizes): AnyModule => {
  const { layerNormEps: eps, bias } = options;
  const norm = finalNorm === true ? new LayerNorm(dModel, { eps, bias }) : undefined;
  return new Stack(new Layer(dModel, nhead, options), numLayers, { norm });
};

/** Layers over sequences by name. */
export const sequences: Readonly<Record<string, LayerEntry>> = {
  RNN: layer(
    recurrent<RNNOptions>(RNN),
    [{ inputSize: 3, hiddenSize: 2 }, [2, 2, 3]],
    [{ inputSize: 2, hiddenSize: 2, nonlinearity: "relu", numLayers: 2, bidirectional: true }, [2, 1, 2]],
  ),
  LSTM: layer(
    recurrent<LSTMOptions>(LSTM),
    [{ inputSize: 3, hiddenSize: 2, batchFirst: true }, [2, 2, 3]],
    [{ inputSize: 2, hiddenSize: 3, projSize: 2, bias: false }, [2, 2]],
  ),
  GRU: layer(
    recurrent<RecurrentOptions>(GRU),
    [{ inputSize: 3, hiddenSize: 2 }, [2, 2, 3]],
    [{ inputSize: 2, hiddenSize: 2, bidirectional: true }, [2, 1, 2]],
  ),
  RNNCell: layer(
    recurrent<RNNCellOptions>(RNNCell),
    [{ inputSize: 3, hiddenSize: 2 }, [2, 3], [2, 2]],
    [{ inputSize: 2, hiddenSize: 3, nonlinearity: "relu", bias: false }, [2]],
  ),
  LSTMCell: layer(recurrent<RecurrentCellOptions>(LSTMCell), [{ inputSize: 3, hiddenSize: 2 }, [2, 3]]),
  GRUCell: layer(
    recurrent<RecurrentCellOptions>(GRUCell),
    [{ inputSize: 3, hiddenSize: 2 }, [2, 3], [2, 2]],
  ),
  MultiheadAttention: layer(
    ({ embedDim, numHeads, ...rest }: { embedDim: number; numHeads: number } & MultiheadAttentionOptions) =>
      new MultiheadAttention(embedDim, numHeads, rest),
    [{ embedDim: 4, numHeads: 2 }, unit(2, 2, 4), unit(3, 2, 4), unit(3, 2, 4)],
    [
      { embedDim: 4, numHeads: 1, kdim: 3, vdim: 2, batchFirst: true, bias: false },
      unit(1, 2, 4),
      unit(1, 3, 3),
      unit(1, 3, 2),
    ],
    [{ embedDim: 2, numHeads: 2, addBiasKv: true, addZeroAttn: true }, unit(2, 2), unit(3, 2), unit(3, 2)],
  ),
  TransformerEncoderLayer: layer(
    ({ dModel, nhead, ...rest }: TransformerSizes) => new TransformerEncoderLayer(dModel, nhead, rest),
    [small, unit(3, 1, 4)],
    [{ ...small, activation: "gelu", normFirst: true, batchFirst: true }, unit(1, 3, 4)],
  ),
  TransformerDecoderLayer: layer(
    ({ dModel, nhead, ...rest }: TransformerSizes) => new TransformerDecoderLayer(dModel, nhead, rest),
    [small, unit(2, 1, 4), unit(3, 1, 4)],
    [{ ...small, normFirst: true, bias: false }, unit(2, 4), unit(3, 4)],
  ),
  TransformerEncoder: layer(
    stack(TransformerEncoderLayer, TransformerEncoder),
    [{ ...small, numLayers: 2, finalNorm: true }, unit(3, 1, 4)],
  ),
  TransformerDecoder: layer(
    stack(TransformerDecoderLayer, TransformerDecoder),
    [{ ...small, numLayers: 1 }, unit(2, 1, 4), unit(3, 1, 4)],
  ),
};
