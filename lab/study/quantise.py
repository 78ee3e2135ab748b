"""Quantisers to hold continuous latents against: residual vector quantisation, EnCodec's own or one fitted here.

The default codec has no quantiser. So that the question can be put to it at all, one of EnCodec's shape is fitted to
its latents by k-means [D]: books of 1,024 entries at 75 frames a second, 0.75 kbit/s each, every book on what the books
before it leave over. EnCodec's were trained together with encoder and decoder; a fitted one does worse.

[P], [C], [I] and [D]: docs/method.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.codec.base import Codec
from core.codec.encodec import OfficialEncodec, Variant, import_encodec, load_weights, older_weight_norm

ROUNDS = 8  # of Lloyd's algorithm
BLOCK = 4096  # vectors compared at once


@dataclass(frozen=True)
class Quantiser:
    """`quantise(z, kbps)`: latents `[B, D, F]`, in the scale it works in, as the bandwidth leaves them."""

    bandwidths: tuple[float, ...]
    quantise: Callable[[Tensor, float], Tensor]


def fitted(books: Tensor, frame_rate: int) -> Quantiser:
    """From books `[n, entries, D]`: bandwidths double from the first two books' on, as EnCodec's do."""
    each = frame_rate * math.log2(books.shape[1]) / 1000
    counts = [2**k for k in range(1, int(math.log2(len(books))) + 1)]

    def quantise(z: Tensor, kbps: float) -> Tensor:
        left = z.transpose(1, 2).reshape(-1, z.shape[1])
        quantised = torch.zeros_like(left)
        for book in books[: round(kbps / each)].to(z):
            quantised = quantised + book[_nearest(left - quantised, book)]
        return quantised.reshape(z.shape[0], z.shape[2], -1).transpose(1, 2)

    return Quantiser(tuple(each * count for count in counts), quantise)


def fit_books(x: Tensor, count: int, entries: int, seed: int = 0) -> Tensor:
    """Books `[count, entries, D]` for vectors `[N, D]`, N at least `entries`."""
    generator = torch.Generator().manual_seed(seed)
    books, left = [], x
    for _ in range(count):
        book = left[torch.randperm(len(left), generator=generator)[:entries]].clone()
        for _ in range(ROUNDS):
            nearest = _nearest(left, book)
            sizes = torch.bincount(nearest, minlength=entries)[:, None]
            sums = torch.zeros_like(book).index_add_(0, nearest, left)
            book = torch.where(sizes > 0, sums / sizes.clamp_min(1), book)
        books.append(book)
        left = left - book[_nearest(left, book)]
    return torch.stack(books)


def _nearest(x: Tensor, book: Tensor) -> Tensor:
    length = book.square().sum(1)
    return torch.cat([(length - 2 * block @ book.T).argmin(1) for block in x.split(BLOCK)])


def official(variant: Variant) -> tuple[Codec, Quantiser]:
    """The publisher's EnCodec and its quantiser, in the codec's own scale.

    Raises:
        CodecWeightsMissing: see core.codec.encodec.load_weights.
    """
    factory = import_encodec().EncodecModel
    with older_weight_norm():
        full: Any = {"24khz": factory.encodec_model_24khz, "48khz": factory.encodec_model_48khz}[variant](False)
    full.load_state_dict(load_weights(variant))
    full.eval()

    def quantise(z: Tensor, kbps: float) -> Tensor:
        decoded: Tensor = full.quantizer.decode(full.quantizer.encode(z, full.frame_rate, kbps))
        return decoded

    return OfficialEncodec(variant).eval(), Quantiser(tuple(full.target_bandwidths), quantise)
