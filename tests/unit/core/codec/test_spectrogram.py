"""The raw spectrogram behind the codec's interface: exact, and saved in a model like any codec."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.card import Card, Preset
from core.checkpoint import Model, load_model, save_model
from core.codec.load import build_codec
from core.codec.spectrogram import SpectrogramCodec
from core.nets.config import PRESETS


def test_decoding_inverts_encoding_except_half_a_hop_at_the_ends() -> None:
    codec, wav = SpectrogramCodec(), torch.randn(2, 1, 320 * 9)
    z = codec.encode(wav)
    assert z.shape == (2, codec.dim, 9)
    torch.testing.assert_close(codec.decode(z)[..., 160:-160], wav[..., 160:-160], rtol=0, atol=1e-5)
    with pytest.raises(ValueError, match="multiple of 320"):
        codec.encode(wav[..., :-1])


def test_a_tone_is_in_its_bin() -> None:
    codec, t = SpectrogramCodec(), torch.arange(320 * 8) / 24000
    z = codec.encode(torch.sin(2 * torch.pi * 3000 * t)[None, None])
    real, imaginary = z[0, :321, 2:-2], z[0, 321:, 2:-2]
    power = real.square()
    power[1:-1] += imaginary.square()
    assert power.sum(1).argmax() == 3000 * codec.n_fft / codec.sample_rate


def test_a_model_over_it_is_saved_and_loaded(tmp_path: Path) -> None:
    codec = build_codec({"kind": "spectrogram"})
    config = replace(PRESETS["tiny"], conditioner_kind="encoder", dim=codec.dim)
    model = Model(codec, config).eval()
    card = Card(
        name="t", version="0", description="", licence="", commercial_use=False, codec=codec.card_entry,
        quality={quality: Preset(steps=1) for quality in ("draft", "standard", "high")}, net=config.to_dict(), files={},
    )  # fmt: skip
    save_model(model, card, tmp_path / "m")
    again, _ = load_model(tmp_path / "m")
    mixture = torch.randn(1, 1, 320 * 8)
    torch.testing.assert_close(again.condition(mixture)[1], model.condition(mixture)[1])
