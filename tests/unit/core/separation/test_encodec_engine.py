"""A checkpoint over official EnCodec through save, load and engine, with random weights in place of the official
ones."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.card import Card, Geometry, Preset
from core.checkpoint import Model, save_model
from core.codec import encodec
from core.errors import Stopped
from core.nets.config import PRESETS
from core.separation.engine import Engine
from core.separation.track import separate_array

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")]


@pytest.mark.parametrize(("variant", "rate"), [("24khz", 24000), ("48khz", 48000)])
def test_an_encodec_model_separates(
    variant: encodec.Variant, rate: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    factory = encodec.import_encodec().EncodecModel
    build = {"24khz": factory.encodec_model_24khz, "48khz": factory.encodec_model_48khz}[variant]
    state = build(pretrained=False).state_dict()
    monkeypatch.setattr(encodec, "load_weights", lambda *_: state)
    model = Model(encodec.OfficialEncodec(variant), PRESETS["tiny"])
    preset = Preset(steps=2, t_start=1.0)
    card = Card(
        name="encodec",
        version="0",
        description="",
        licence="none",
        commercial_use=False,
        sample_rate=rate,
        geometry=Geometry(frames=48, stride=42),
        quality={"draft": preset, "standard": preset, "high": preset},
        codec=model.codec.card_entry,
        net=model.config.to_dict(),
        files={},
    )
    saved = save_model(model, card, tmp_path)
    assert "codec.safetensors" not in saved.files, "the official weights must not be shipped"

    engine = Engine.load(tmp_path, "cpu")
    try:
        assert engine.card.samples_per_chunk == 48 * rate // 75
        mixture = np.random.default_rng(0).normal(0, 0.1, (2, 44100)).astype(np.float32)
        one, other = (separate_array(engine, mixture, 44100) for _ in range(2))
        assert one["vocals"].shape == mixture.shape
        assert one["vocals"].any()
        np.testing.assert_array_equal(one["vocals"], other["vocals"])
    finally:
        engine.close()
    with pytest.raises(Stopped):
        separate_array(engine, mixture, 44100)
