/**
 * What CrypTen's tensors can do, and what that is called here. A name that begins with a dot is a method of encrypted tensors,
 * one that begins with `mpc.` a method of a session; all others are exported.
 *
 * @module
 */

/** CrypTen's name or names; ours, or why there is none. */
export type Covered = readonly [theirs: string, ours: string];

/** A part of its interface. */
export interface Part {
  /** What it is about. */
  readonly title: string;
  /** Its functions. */
  readonly rows: readonly Covered[];
}

const GRADIENTS = "later, with gradients";
const GLOBAL = "not planned: a session is a value, nothing is global";
const RAW = "not planned: shares are an internal of the protocol";

const session: Part = {
  title: "The package",
  rows: [
    ["init, init_thread", "`runLocal`, `launch`, `connect`"],
    ["uninit, is_initialized", "`mpc.close`, or `await using`"],
    ["cryptensor", "`mpc.encrypt`; `mpc.encryptFrom` when only the source knows the shape"],
    ["is_encrypted_tensor", "`isEncryptedTensor`"],
    ["register_cryptensor", "a protocol is an argument of the session"],
    ["set, get default type", GLOBAL],
    ["no_grad, enable_grad, set_grad_enabled", GRADIENTS],
    ["where", "`where`, `.where`"],
    ["cat, stack", "`cat`, `stack`, `.cat`, `.stack`"],
    ["rand, randn, bernoulli", "`mpc.rand`, `mpc.randn`, `mpc.bernoulli`"],
    [
      "print, log in party order",
      "not planned: a program prints what its session decrypted; `mpc.rank` says who it is",
    ],
    ["save, load", "later; `.share` gives what a party would keep"],
    [
      "save_from_party, load_from_party",
      "`mpc.encrypt` of what the owner has read; `decodeNpy` and `decodeNpz` read files",
    ],
    ["manual_seed, generators", "not planned: randomness comes from the system"],
    ["communication statistics", "`mpc.stats`, `mpc.resetStats`"],
    ["trace, trace_once, fill_cache", "the `manifest` of a session says what is dealt before it starts"],
  ],
};

const base: Part = {
  title: "The tensor class",
  rows: [
    ["a toy backend for tests", "`plain`"],
    ["backward, detach, requires_grad, grad", GRADIENTS],
    [
      "operators",
      "`.add`, `.sub`, `.mul`, `.div`, `.pow`, `.matmul`, `.abs`, `.neg`: JavaScript has no operator methods",
    ],
    ["in-place forms", "not planned: tensors do not change"],
    ["indexing, assignment", "`.slice`, `.get`, `.assign`"],
    ["a secret as a condition is refused", "also as number, string or JSON"],
    ["shape, size, dim, nelement, len", "`shape`, `size` and `ndim` of a tensor"],
    ["device, cuda, cpu", "not planned: there is one device"],
    ["square", "`.square`"],
    ["static functions of the host library", "not applicable: there is no host library"],
    [
      "from_shares, share",
      "`.share` to look at; `nn.saveShares` and `nn.loadShares` keep shares for a later session",
    ],
    ["get_plain_text, reveal", "`.decrypt`, to all or to one"],
    ["ptype, to", "`ptype` of a tensor, `.to`"],
    ["clone, shallow_copy, copy_", "not needed: tensors do not change"],
    ["text that hides the value", "always"],
  ],
};

const shares: Part = {
  title: "Sharing and conversion",
  rows: [
    ["arithmetic shares of 64-bit words", "`additive`"],
    ["zero and random sharings", "part of the protocol"],
    ["operations with public or secret operands", "all, on either side"],
    ["meeting of scales, one truncation per product", "`.rescale` when a product is next used"],
    ["div_ by a public number", "`.div`"],
    ["neg, add, sub, mul, matmul, conv", "`.neg`, `.add`, `.sub`, `.mul`, `.matmul`, `.conv1d`, `.conv2d`"],
    ["reveal_batch", "openings of the same moment share a frame and a round"],
    ["index_add, scatter_add, scatter, pad", "`.indexAdd`, `.scatterAdd`, `.scatter`, `.pad`"],
    ["avg_pool2d", "`.avgPool2d`"],
    ["and, or, xor, not of bits", "`.and`, `.or`, `.xor`, `.not`"],
    ["shifts of bits", "`.shiftLeft`, `.shiftRight`, `.shiftRightLogical`"],
    ["addition and comparison of bits", "`.to` words, where they are cheaper"],
    ["sum, where, scatter of bits", "`.to` words, where they are local"],
    ["A2B, B2A", "`.to`; a comparison becomes words when it is used as a number"],
    ["PRZS, PRSS, rand of bits as classes", RAW],
  ],
};

const shape: Part = {
  title: "Shape, indexing, sums",
  rows: [
    ["gather, index_select, narrow, take", "`.gather`, `.indexSelect`, `.narrow`, `.take`"],
    ["scatter, scatter_add, index_add", "`.scatter`, `.scatterAdd`, `.indexAdd`"],
    ["unbind, split", "`.unbind`, `.split`, `.chunk`"],
    ["secret indices", "`.gather`, `.embedding`, `.oneHot`, `.addAt`"],
    ["expand, flatten, flip, pad, permute", "`.expand`, `.flatten`, `.flip`, `.pad`, `.permute`"],
    ["repeat, reshape, view, roll, squeeze", "`.repeat`, `.reshape`, `.view`, `.roll`, `.squeeze`"],
    ["t, transpose, unsqueeze, unfold", "`.t`, `.transpose`, `.unsqueeze`, `.unfold`"],
    ["sum, mean, cumsum, trace, prod", "`.sum`, `.mean`, `.cumsum`, `.trace`, `.prod`"],
    ["var with its unbiased flag", "`.var` with PyTorch's `correction`"],
    ["dot, ger, matmul", "`.dot`, `.ger`, `.outer`, `.matmul`, `einsum`"],
  ],
};

const logic: Part = {
  title: "Comparison and extrema",
  rows: [
    ["lt, le, gt, ge, eq, ne", "`.lt`, `.le`, `.gt`, `.ge`, `.eq`, `.ne`"],
    ["sign, abs, relu, hardtanh, relu6", "`.sign`, `.abs`, `.relu`, `.hardtanh`, `.relu6`"],
    ["where", "`.where`"],
    ["max, min", "`.max`, `.min`, `.maxWithIndex`, `.minWithIndex`"],
    ["argmax, argmin, one-hot or index", "`.argmax`, `.argmin`; of equal ones the first"],
    ["choice of the algorithm for max", "not planned: one tree, that takes the fewest bytes"],
  ],
};

const approximations: Part = {
  title: "Powers and approximations",
  rows: [
    ["exp", "`.exp`, `.exp2`, `.expm1`"],
    ["log", "`.log`, `.log2`, `.log10`, `.log1p`"],
    ["reciprocal", "`.reciprocal`, `.div` by a secret"],
    ["sqrt, inv_sqrt", "`.sqrt`, `.rsqrt`"],
    ["cos, sin, cossin", "`.cos`, `.sin`, `.tan`"],
    [
      "sigmoid, tanh, erf",
      "`.sigmoid`, `.tanh`, `.erf`, `.gelu`, `.silu`, `.softplus`, `.mish`, `.elu`, `.selu`",
    ],
    ["softmax, log_softmax", "`.softmax`, `.logSoftmax`, `.logSumExp`"],
    ["pow", "`.pow`"],
    ["pos_pow", "`.pow` with an exponent that is no integer"],
    ["polynomial, square", "`.polynomial`, `.square`"],
    [
      "norm",
      "`.norm` with p 1, 2 or Infinity; other p: later, nuclear: not planned, it needs singular values",
    ],
    ["iterations and methods by configuration", "not planned: the stated errors hold over the whole domain"],
  ],
};

const layers: Part = {
  title: "Convolution, pooling, sampling",
  rows: [
    ["conv1d, conv2d", "`.conv1d`, `.conv2d`, `.conv3d`"],
    ["conv_transpose1d, conv_transpose2d", "`.convTranspose1d`, `.convTranspose2d`, `.convTranspose3d`"],
    ["avg_pool2d, max_pool2d", "`.avgPool2d`, `.maxPool2d`, and in 1 and 3 dimensions; `.lpPool2d`"],
    ["adaptive pooling", "`.adaptiveAvgPool2d`, `.adaptiveMaxPool2d`, and in 1 and 3 dimensions"],
    ["dropout", "`.dropout`, with a mask that no party knows"],
    ["bernoulli, randn", "`.bernoulli`, `mpc.bernoulli`, `mpc.randn`"],
    ["weighted_index, weighted_sample", "`.weightedIndex`, `.weightedSample`"],
    ["batchnorm", "`.batchNorm`, `.layerNorm`, `.groupNorm`, `.instanceNorm`, `.rmsNorm`"],
    ["cosine_similarity", "`.cosineSimilarity`"],
    ["binary_cross_entropy, with logits, cross_entropy", GRADIENTS],
    ["rappor_loss", "not planned: it is a mechanism of differential privacy, which is not offered"],
    ["gradients of these", "later"],
  ],
};

/** All parts. */
export const COVERAGE: readonly Part[] = [session, base, shares, shape, logic, approximations, layers];
