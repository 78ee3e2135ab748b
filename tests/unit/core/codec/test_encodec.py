"""EnCodec's architecture with random weights: the official ones are the publisher's and are not in the repository."""

from pathlib import Path

import pytest
import torch

from core.codec.encodec import WEIGHTS, OfficialEncodec, import_encodec, load_weights
from core.codec.load import build_codec
from core.errors import CheckpointError, CodecWeightsMissing

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")


@pytest.mark.parametrize(("variant", "channels", "rate", "frames"), [("24khz", 1, 24000, 75), ("48khz", 2, 48000, 150)])
def test_continuous_latents_at_the_published_rates(variant: str, channels: int, rate: int, frames: int) -> None:
    codec = OfficialEncodec(variant, pretrained=False).eval()  # type: ignore[arg-type]
    with torch.inference_mode():
        z = codec.encode(torch.randn(1, channels, rate) * 0.1)
        wav = codec.decode(z)
    assert (codec.channels, codec.sample_rate, codec.frame_rate, codec.dim) == (channels, rate, frames, 128)
    assert z.shape == (1, 128, frames)
    assert wav.shape == (1, channels, rate)


def test_folding_the_weight_norm_changes_nothing() -> None:
    torch.manual_seed(0)
    full = import_encodec().EncodecModel.encodec_model_24khz(pretrained=False).eval()
    codec = OfficialEncodec("24khz", pretrained=False).eval()
    state = full.state_dict()
    folded = dict(codec.named_parameters())
    for name in [n for n in state if n.endswith("weight_g")]:
        base = name.removesuffix("_g")
        gain, direction = state[name], state[base + "_v"]
        dims = tuple(range(1, direction.dim()))
        folded[base].data = gain * direction / direction.norm(dim=dims, keepdim=True)
    for name, value in state.items():
        if name in folded and not name.endswith(("_g", "_v")):
            folded[name].data = value
    wav = torch.randn(1, 1, 9600) * 0.1
    with torch.inference_mode():
        torch.testing.assert_close(codec.encode(wav), full.encoder(wav), atol=1e-4, rtol=1e-3)


def test_weights_of_another_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS["24khz"]).write_bytes(b"not the publisher's")
    with pytest.raises(CodecWeightsMissing, match="sha256"):
        load_weights("24khz", tmp_path)


def test_missing_weights_name_the_file_and_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", offline)
    with pytest.raises(CodecWeightsMissing) as caught:
        load_weights("48khz", tmp_path / "mine")
    assert WEIGHTS["48khz"] in str(caught.value)
    assert str(tmp_path / "mine") in str(caught.value)


def test_an_unknown_codec_is_refused() -> None:
    with pytest.raises(CheckpointError, match="mystery"):
        build_codec({"kind": "mystery"})
