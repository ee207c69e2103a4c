"""The networks of the zoo, as PyTorch modules. Parameters are random: their values are replaced after the export."""
import torch
from torch import nn
from torch.nn import functional as F


class Tokens(nn.Module):
    """Embedding of token ids, a recurrent layer in both directions, a linear layer on the last state."""

    def __init__(self, recurrent):
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.rnn = recurrent(16, 24, num_layers=1, bidirectional=True, batch_first=True)
        self.head = nn.Linear(48, 4)

    def forward(self, tokens):
        y, _ = self.rnn(self.embedding(tokens))
        return self.head(y[:, -1])


class TwoStates(nn.Module):
    """As Tokens in one direction with two layers, and a linear layer on the last hidden state."""

    def __init__(self, recurrent):
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.rnn = recurrent(16, 24, num_layers=2)
        self.head = nn.Linear(24, 4)

    def forward(self, tokens):
        _, state = self.rnn(self.embedding(tokens).transpose(0, 1))
        hidden = state[0] if isinstance(state, tuple) else state
        return self.head(hidden[-1])


class Encoder(nn.Module):
    """A classifier of token ids by torch's own transformer encoder, with learned positions.

    Batch second (torch's default): the fused kernel for evaluation, which has no ONNX form, wants it first.
    """

    def __init__(self, activation="relu", norm_first=False):
        super().__init__()
        self.embedding = nn.Embedding(50, 64)
        self.positions = nn.Parameter(torch.randn(16, 1, 64))
        layer = nn.TransformerEncoderLayer(64, 4, 128, activation=activation, norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(64, 4)

    def forward(self, tokens):
        x = self.embedding(tokens).transpose(0, 1) + self.positions
        return self.head(self.encoder(x).mean(0))


class CausalSelfAttention(nn.Module):
    """Attention as minGPT writes it."""

    def __init__(self, width, heads, block):
        super().__init__()
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.register_buffer("mask", torch.tril(torch.ones(block, block)).view(1, 1, block, block))
        self.heads = heads
        self.width = width

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(self.width, dim=2)
        k = k.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        q = q.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        v = v.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / k.size(-1) ** 0.5)
        att = att.masked_fill(self.mask[:, :, :T, :T] == 0, float("-inf"))
        y = F.softmax(att, dim=-1) @ v
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self, width, heads, block):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = CausalSelfAttention(width, heads, block)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """Logits of the next token at every place, with the structure of minGPT."""

    def __init__(self, vocabulary=50, width=64, heads=4, block=16, layers=2):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(block, width)
        self.h = nn.ModuleList([Block(width, heads, block) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens):
        positions = torch.arange(0, tokens.size(1), dtype=torch.long, device=tokens.device).unsqueeze(0)
        x = self.wte(tokens) + self.wpe(positions)
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


def double_conv(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    """Two levels, skips by concatenation; the way up is a transposed convolution or an interpolation."""

    def __init__(self, up):
        super().__init__()

        def enlarge(channels):
            if up == "transpose":
                return nn.ConvTranspose2d(channels, channels // 2, 2, stride=2)
            options = {"align_corners": True} if up == "bilinear" else {}
            enlarged = nn.Upsample(scale_factor=2, mode=up, **options)
            return nn.Sequential(enlarged, nn.Conv2d(channels, channels // 2, 1))

        self.first, self.second, self.third = double_conv(3, 16), double_conv(16, 32), double_conv(32, 64)
        self.pool = nn.MaxPool2d(2)
        self.up_2, self.merge_2 = enlarge(64), double_conv(64, 32)
        self.up_1, self.merge_1 = enlarge(32), double_conv(32, 16)
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        a = self.first(x)
        b = self.second(self.pool(a))
        y = self.up_2(self.third(self.pool(b)))
        y = self.up_1(self.merge_2(torch.cat([b, y], 1)))
        return self.head(self.merge_1(torch.cat([a, y], 1)))


class Norms(nn.Module):
    """Activations and norms beyond ReLU and batch norm."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.GroupNorm(4, 16), nn.ELU(0.7),
            nn.Conv2d(16, 24, 3, stride=2, padding=1), nn.InstanceNorm2d(24, affine=True), nn.LeakyReLU(0.1),
            nn.Conv2d(24, 32, 3, stride=2, padding=1), nn.InstanceNorm2d(32), nn.Softplus(),
            nn.AvgPool2d(2), nn.Conv2d(32, 32, 1), nn.SiLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
            nn.Linear(128, 5), nn.LogSoftmax(dim=1),
        )

    def forward(self, x):
        return self.layers(x)


class AnySize(nn.Module):
    """Images of any size: shapes are computed by the graph."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.deep = nn.Conv2d(16, 16, 3, stride=2, padding=1)
        self.side = nn.Conv2d(16, 32, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(64, 5)

    def forward(self, x):
        a = F.relu(self.stem(x))
        b = F.hardswish(self.deep(a))
        # The way back up to the size of `a`, whatever it is.
        y = a + F.interpolate(b, size=a.shape[2:], mode="nearest")
        y = F.relu6(self.side(y))
        mean = self.pool(y)
        mean = mean.view(mean.size(0), -1)
        tops = torch.flatten(F.adaptive_max_pool2d(y, 1), 1)
        return self.head(torch.cat([mean, tops], dim=1))
