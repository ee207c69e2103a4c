/**
 * Random choices as methods. What is drawn, no party knows.
 *
 * @module
 */
import {
  bernoulli,
  dropout,
  type DropoutOptions,
  shuffle,
  weightedIndex,
  weightedSample,
} from "../random.ts";
import type { CrypTensor } from "../tensor.ts";
import { IndexingMethods } from "./indexing.ts";

/** Random choices as methods. What is drawn, no party knows. */
export abstract class RandomMethods extends IndexingMethods {
  /** 1 with these secret probabilities, else 0, as integers. */
  bernoulli(this: CrypTensor): CrypTensor {
    return bernoulli(this.context, this, this.shape);
  }
  /** Elements, or channels, set to 0 with a public probability; the others divided by 1 - p. */
  dropout(this: CrypTensor, p = 0.5, options: DropoutOptions = {}): CrypTensor {
    return dropout(this, p, options);
  }
  /** A one-hot vector along an axis, drawn with probabilities in proportion to the elements. */
  weightedIndex(this: CrypTensor, dim = -1): CrypTensor {
    return weightedIndex(this, dim);
  }
  /** One element along an axis, drawn with probabilities in proportion to the elements. */
  weightedSample(this: CrypTensor, dim = -1): CrypTensor {
    return weightedSample(this, dim);
  }
  /** The entries along an axis in a random order. */
  shuffle(this: CrypTensor, dim = 0): CrypTensor {
    return shuffle(this, dim);
  }
}
