/** The part of the decoder's output that the reader uses. */
interface Long {
  readonly low: number;
  readonly high: number;
}
interface RawTensor {
  readonly name?: string;
  readonly dims?: readonly (number | Long)[];
  readonly dataType?: number;
  readonly dataLocation?: number;
  readonly externalData?: readonly { readonly key?: string; readonly value?: string }[];
  readonly rawData?: Uint8Array;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
  readonly int64Data?: readonly (number | Long)[];
  readonly doubleData?: readonly number[];
  readonly uint64Data?: readonly (number | Long)[];
}
interface RawAttribute {
  readonly name?: string;
  readonly type?: number;
  readonly refAttrName?: string;
  readonly f?: number;
  readonly i?: number | Long;
  readonly s?: Uint8Array;
  readonly t?: RawTensor;
  readonly g?: RawGraph;
  readonly floats?: readonly number[];
  readonly ints?: readonly (number | Long)[];
  readonly strings?: readonly Uint8Array[];
}
interface RawNode {
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly domain?: string;
  readonly attribute?: readonly RawAttribute[];
}
interface RawValue {
  readonly name?: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: {
        readonly dim?: readonly {
          readonly dimValue?: number | Long | null;
          readonly dimParam?: string | null;
        }[];
      };
    };
  };
}
interface RawOpset {
  readonly domain?: string;
  readonly version?: number | Long;
}
interface RawFunction {
  readonly name?: string;
  readonly domain?: string;
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly attribute?: readonly string[];
  readonly node?: readonly RawNode[];
  readonly opsetImport?: readonly RawOpset[];
}
interface RawGraph {
  readonly name?: string;
  readonly node?: readonly RawNode[];
  readonly initializer?: readonly RawTensor[];
  readonly sparseInitializer?: readonly unknown[];
  readonly input?: readonly RawValue[];
  readonly output?: readonly RawValue[];
  readonly valueInfo?: readonly RawValue[];
}
interface RawModel {
  readonly irVersion?: number | Long;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly opsetImport?: readonly RawOpset[];
  readonly graph?: RawGraph;
  readonly functions?: readonly RawFunction[];
}
declare const proto: { readonly onnx: { readonly ModelProto: { decode(bytes: Uint8Array): RawModel } } };
export default proto;
export type { Long, RawAttribute, RawFunction, RawGraph, RawModel, RawNode, RawOpset, RawTensor, RawValue };
