"""Writes torch_layers.npz: inputs, weights and results of PyTorch's layers, in double precision."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
saved = {}


def put(path, value):
    value = value.detach()
    kind = np.uint8 if value.dtype == torch.bool else np.int32 if value.dtype == torch.int64 else np.float32
    saved[path] = value.numpy().astype(kind)


def case(name, module, *inputs, train=False, **options):
    """One use: weights and statistics are random; what they are after it is stored when it was training."""
    for key, value in module.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        fresh = torch.rand(value.shape) + 0.5 if key.endswith("running_var") else torch.randn(value.shape) * 0.5
        value.copy_(fresh.float())
    module.train(train)
    for key, value in module.state_dict().items():
        put(f"{name}/state/{key}", value)
    for i, value in enumerate(inputs):
        put(f"{name}/in/{i}", value)
    for key, value in options.items():
        if isinstance(value, torch.Tensor):
            put(f"{name}/in/{key}", value)
    with torch.no_grad():
        results = module(*inputs, **options)
    for i, value in enumerate(results if isinstance(results, tuple) else [results]):
        if value is not None:
            put(f"{name}/out/{i}", value)
    if train:
        for key, value in module.state_dict().items():
            put(f"{name}/after/{key}", value)


def numbers(*shape):
    return (torch.randn(shape) * 2).float().double()


def causal(n):
    return torch.ones(n, n, dtype=torch.bool).triu(1)


for mode in ["train", "eval"]:
    train = mode == "train"
    case(f"batch1d_{mode}", nn.BatchNorm1d(3), numbers(5, 3), train=train)
    case(f"batch2d_{mode}", nn.BatchNorm2d(3, momentum=0.3, eps=1e-3), numbers(2, 3, 2, 3), train=train)
    case(f"batch_cumulative_{mode}", nn.BatchNorm1d(2, momentum=None, affine=False), numbers(3, 2, 2), train=train)
    case(f"batch_untracked_{mode}", nn.BatchNorm3d(2, track_running_stats=False), numbers(2, 2, 1, 2, 2), train=train)
    case(f"instance_{mode}", nn.InstanceNorm2d(2), numbers(2, 2, 2, 3), train=train)
    case(
        f"instance_tracked_{mode}",
        nn.InstanceNorm1d(3, affine=True, track_running_stats=True),
        numbers(2, 3, 5),
        train=train,
    )
case("layer_norm", nn.LayerNorm([2, 3]), numbers(2, 2, 3))
case("layer_norm_plain", nn.LayerNorm(5, elementwise_affine=False, eps=0.1), numbers(2, 5))
case("group_norm", nn.GroupNorm(2, 6), numbers(2, 6, 3))
case("local_response", nn.LocalResponseNorm(3), numbers(2, 5, 2, 2))
case("local_response_even", nn.LocalResponseNorm(4, alpha=0.5, beta=0.6, k=2), numbers(1, 6, 3))

rows = torch.tensor([[1, 3, 0], [2, 2, 4]])
case("embedding", nn.Embedding(5, 3, padding_idx=-1), rows)
case("bag_mean", nn.EmbeddingBag(5, 3, padding_idx=2), rows)
case("bag_max", nn.EmbeddingBag(5, 3, mode="max"), rows)
case(
    "bag_sum",
    nn.EmbeddingBag(5, 3, mode="sum"),
    rows.flatten(),
    offsets=torch.tensor([0, 2, 2]),
    per_sample_weights=numbers(6),
)

heads = nn.MultiheadAttention
case("attention", heads(6, 2), numbers(3, 2, 6), numbers(4, 2, 6), numbers(4, 2, 6))
case(
    "attention_masked",
    heads(6, 3, kdim=4, vdim=5, batch_first=True, bias=False),
    numbers(2, 3, 6),
    numbers(2, 4, 4),
    numbers(2, 4, 5),
    key_padding_mask=torch.tensor([[False, False, True, False], [False, True, False, False]]),
    attn_mask=numbers(6, 3, 4),
    average_attn_weights=False,
)
case(
    "attention_extended",
    heads(4, 2, add_bias_kv=True, add_zero_attn=True),
    numbers(3, 4),
    numbers(3, 4),
    numbers(3, 4),
    attn_mask=causal(3),
)

sizes = {"d_model": 6, "nhead": 2, "dim_feedforward": 5, "dropout": 0}
case("encoder_layer", nn.TransformerEncoderLayer(**sizes), numbers(3, 2, 6))
case(
    "encoder",
    nn.TransformerEncoder(
        nn.TransformerEncoderLayer(**sizes, activation="gelu", norm_first=True, batch_first=True), 2, nn.LayerNorm(6)
    ),
    numbers(2, 4, 6),
    mask=causal(4),
    src_key_padding_mask=torch.tensor([[False, False, False, True], [False, False, False, False]]),
)
case("decoder_layer", nn.TransformerDecoderLayer(**sizes, norm_first=True), numbers(2, 6), numbers(3, 6))
case(
    "decoder",
    nn.TransformerDecoder(nn.TransformerDecoderLayer(**sizes), 2),
    numbers(3, 1, 6),
    numbers(2, 1, 6),
    tgt_mask=causal(3),
)

np.savez_compressed("torch_layers.npz", **saved)
