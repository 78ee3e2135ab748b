"""Building blocks of both networks. All map `[B, channels, F]` to `[B, channels, F]`.

[P], [C], [I] and [D]: docs/method.md.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


def zeroed(conv: nn.Conv1d) -> nn.Conv1d:
    """The same convolution with zero weights: its output has no effect at first."""
    for parameter in conv.parameters():
        nn.init.zeros_(parameter)
    return conv


class ChannelNorm(nn.Module):
    """RMS normalisation over channels, per frame.

    The companion uses GroupNorm, whose statistics run over time [C]; then a frame would depend on the length of its
    chunk and on its other end. Here each frame is normalised separately [D].
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-5) * self.gain


class TimeEmbedding(nn.Module):
    """t `[B]` to `[B, dim]`: Fourier features of t through an MLP [C]."""

    frequencies: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("frequencies", math.pi * 2.0 ** torch.linspace(-1, 6, dim // 2), persistent=False)
        self.mlp = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim), nn.GELU())

    def forward(self, t: Tensor) -> Tensor:
        angles = t[:, None] * self.frequencies
        return self.mlp(torch.cat([angles.sin(), angles.cos()], dim=1))


class ResBlock(nn.Module):
    """Norm-SiLU-conv twice with FiLM on the time embedding between, and a residual [C]."""

    def __init__(self, channels: int, time_dim: int = 0) -> None:
        super().__init__()
        self.norm1, self.norm2 = ChannelNorm(channels), ChannelNorm(channels)
        self.conv1 = nn.Conv1d(channels, channels, 3, padding=1)
        self.conv2 = zeroed(nn.Conv1d(channels, channels, 3, padding=1))
        self.film = nn.Linear(time_dim, 2 * channels) if time_dim else None

    def forward(self, x: Tensor, time: Tensor | None = None) -> Tensor:
        """`time` is `[B, time_dim]`, passed exactly if the block was built with one."""
        y = self.norm2(self.conv1(functional.silu(self.norm1(x))))
        if self.film is not None:
            scale, shift = self.film(time)[..., None].chunk(2, dim=1)
            y = y * (1 + scale) + shift
        return x + self.conv2(functional.silu(y))


class Attention(nn.Module):
    """Self-attention over frames with rotary positions (Su et al. 2021), and a residual."""

    def __init__(self, channels: int, heads: int, head_dim: int) -> None:
        super().__init__()
        self.heads, self.head_dim = heads, head_dim
        self.norm = ChannelNorm(channels)
        self.qkv = nn.Conv1d(channels, 3 * heads * head_dim, 1, bias=False)
        self.out = zeroed(nn.Conv1d(heads * head_dim, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        batch, _, frames = x.shape
        qkv = self.qkv(self.norm(x)).view(batch, 3, self.heads, self.head_dim, frames).transpose(-1, -2)
        q, k, v = qkv.unbind(1)
        q, k = self._rotate(q), self._rotate(k)
        y = functional.scaled_dot_product_attention(q, k, v)
        return x + self.out(y.transpose(-1, -2).reshape(batch, -1, frames))

    def _rotate(self, x: Tensor) -> Tensor:
        """Rotary positions on `[B, heads, F, head_dim]`."""
        half = self.head_dim // 2
        rates = 10000.0 ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
        angles = torch.arange(x.shape[-2], device=x.device, dtype=torch.float32)[:, None] * rates
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        a, b = x[..., :half], x[..., half:]
        return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


class Stage(nn.Module):
    """The residual blocks, and optional attention, of one level in one direction."""

    def __init__(self, channels: int, blocks: int, attention: Attention | None, time_dim: int = 0) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(ResBlock(channels, time_dim) for _ in range(blocks))
        self.attention = attention

    def forward(self, x: Tensor, time: Tensor | None = None) -> Tensor:
        for block in self.blocks:
            x = block(x, time)
        return x if self.attention is None else self.attention(x)
