"""Residual vector quantisers to compare with continuous latents: EnCodec's, or one fitted by k-means.

The default codec has no quantiser. For the comparison, one of EnCodec's shape is fitted to its latents by k-means [D]:
codebooks of 1,024 entries at 75 frames per second, 0.75 kbit/s each, each fitted to the residual of the previous ones.
EnCodec's codebooks were trained jointly with encoder and decoder, so a fitted quantiser is worse.

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

ITERATIONS = 8  # of Lloyd's algorithm
BLOCK = 4096  # vectors compared at once


@dataclass(frozen=True)
class Quantiser:
    """quantise: (latents `[B, D, F]`, kbit/s) to quantised latents; bandwidths: supported kbit/s."""

    bandwidths: tuple[float, ...]
    quantise: Callable[[Tensor, float], Tensor]


def fitted(books: Tensor, frame_rate: int) -> Quantiser:
    """The quantiser of codebooks `[n, entries, D]`; bandwidths double from that of two books, as EnCodec's do."""
    each = frame_rate * math.log2(books.shape[1]) / 1000
    counts = [2**k for k in range(1, int(math.log2(len(books))) + 1)]

    def quantise(z: Tensor, kbps: float) -> Tensor:
        vectors = z.transpose(1, 2).reshape(-1, z.shape[1])
        quantised = torch.zeros_like(vectors)
        for book in books[: round(kbps / each)].to(z):
            quantised = quantised + book[_nearest(vectors - quantised, book)]
        return quantised.reshape(z.shape[0], z.shape[2], -1).transpose(1, 2)

    return Quantiser(tuple(each * count for count in counts), quantise)


def fit_books(x: Tensor, count: int, entries: int, seed: int = 0) -> Tensor:
    """Codebooks `[count, entries, D]` fitted to vectors `[N, D]` with N >= `entries`."""
    generator = torch.Generator().manual_seed(seed)
    books, residual = [], x
    for _ in range(count):
        book = residual[torch.randperm(len(residual), generator=generator)[:entries]].clone()
        for _ in range(ITERATIONS):
            nearest = _nearest(residual, book)
            sizes = torch.bincount(nearest, minlength=entries)[:, None]
            sums = torch.zeros_like(book).index_add_(0, nearest, residual)
            book = torch.where(sizes > 0, sums / sizes.clamp_min(1), book)
        books.append(book)
        residual = residual - book[_nearest(residual, book)]
    return torch.stack(books)


def _nearest(x: Tensor, book: Tensor) -> Tensor:
    length = book.square().sum(1)
    return torch.cat([(length - 2 * block @ book.T).argmin(1) for block in x.split(BLOCK)])


def official(variant: Variant) -> tuple[Codec, Quantiser]:
    """The publisher's EnCodec and its quantiser, for latents without normalisation.

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
