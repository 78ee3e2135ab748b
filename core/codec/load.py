"""From a card's `codec` entry to a codec."""

from typing import Any

from core.codec.base import Codec
from core.codec.encodec import OfficialEncodec
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.codec.spectrogram import SpectrogramCodec
from core.errors import CheckpointError


def build_codec(entry: dict[str, Any]) -> Codec:
    """`{"kind": "spectral", ...sizes}`, `{"kind": "encodec", "variant": "24khz" | "48khz"}`, `{"kind": "spectrogram"}`.

    Raises:
        CheckpointError: an unknown kind.
        CodecWeightsMissing: EnCodec's official weights are missing.
    """
    options = {name: value for name, value in entry.items() if name != "kind"}
    match entry.get("kind"):
        case "spectral":
            return SpectralCodec(SpectralConfig(**options))
        case "encodec":
            return OfficialEncodec(**options)
        case "spectrogram":
            return SpectrogramCodec()
        case kind:
            raise CheckpointError(f"unknown codec {kind!r}: this version supports spectral, encodec and spectrogram")
