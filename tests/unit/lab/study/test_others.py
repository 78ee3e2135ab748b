"""Optional systems and weights: discovery, and reports of their absence."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from cli.main import main
from core.audio.types import Wav
from core.codec import encodec
from core.errors import InvalidOptions
from lab.bench.random_weights import write_htdemucs
from lab.evaluation.audio_files import write_audio
from lab.evaluation.datasets import ClipRef, load
from lab.study import peer_models, peers, quantise
from lab.study.run import Run


def double(path: Path, device: torch.device) -> peer_models.Peer:
    def separate(mixture: Wav, rate: int) -> Wav:
        return 2 * mixture

    return separate


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the weights file of a peer `toy`; the file does not exist yet."""
    digest = hashlib.sha256(b"weights").hexdigest()[:8]
    toy = peer_models.System(["json"], f"toy-{digest}.th", double)
    monkeypatch.setattr(peer_models, "systems", lambda: {"toy": toy})
    monkeypatch.setenv(peer_models.FOLDER_VARIABLE, str(tmp_path))
    return tmp_path / f"toy-{digest}.th"


def test_a_peer_is_included_if_its_weights_exist(toy: Path) -> None:
    peers, absent = peer_models.find_peers(torch.device("cpu"))
    assert peers == {}
    assert toy.name in absent["toy"]
    toy.write_bytes(b"something else")  # does not match the digest in its name
    assert peer_models.find_peers(torch.device("cpu"))[0] == {}
    toy.write_bytes(b"weights")
    peers, absent = peer_models.find_peers(torch.device("cpu"))
    assert absent == {}
    np.testing.assert_array_equal(peers["toy"](np.ones((2, 4), np.float32), 44100), 2 * np.ones((2, 4)))


def test_weights_that_do_not_load_are_reported(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path, device: torch.device) -> peer_models.Peer:
        raise RuntimeError("size mismatch\nand more")

    system = peer_models.systems()["toy"]._replace(build=broken)
    monkeypatch.setattr(peer_models, "systems", lambda: {"toy": system})
    toy.write_bytes(b"weights")
    assert peer_models.find_peers(torch.device("cpu"))[1] == {"toy": "absent, weights do not load: size mismatch"}


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    systems = {name: system._replace(packages=["no_such_package"]) for name, system in peer_models.systems().items()}
    monkeypatch.setattr(peer_models, "systems", lambda: systems)
    present, absent = peer_models.find_peers(torch.device("cpu"))
    assert present == {}
    assert set(absent) == {"htdemucs", "htdemucs_ft", "htdemucs_6s", "melband-roformer-kim-vocals", "Open-Unmix"}
    assert all("not installed: no_such_package" in reason for reason in absent.values())


def test_htdemucs_runs_as_a_model_folder_in_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("demucs", reason="pip install '.[demucs]'")
    write_htdemucs(tmp_path / "publisher")
    folder = tmp_path / "htdemucs"
    assert main(["models", "add", "htdemucs", "--from", str(tmp_path / "publisher"), "--to", str(folder)]) == 0
    monkeypatch.setenv(peer_models.FOLDER_VARIABLE, str(tmp_path))
    peers, _ = peer_models.find_peers(torch.device("cpu"))
    mixture = np.random.default_rng(0).normal(0, 0.1, (2, 30_000)).astype(np.float32)
    vocals = peers["htdemucs"](mixture, 44100)
    assert vocals.shape == mixture.shape
    assert vocals.any()


def test_a_folder_of_vocals_is_a_system(tiny_model_dir: Path, tmp_path: Path) -> None:
    clip = load(ClipRef("toy", "song", stop=1.0, synthetic_song=0))
    assert clip.vocals is not None
    run = Run("peers", tmp_path, tiny_model_dir, tmp_path, peers={"truth": tmp_path})
    with pytest.raises(InvalidOptions, match="truth has no vocals of the clip song"):
        peers._peer_vocals(run, "truth", clip)
    write_audio(tmp_path / "song.flac", clip.vocals[:1], clip.rate)  # mono, as some systems write it
    np.testing.assert_allclose(peers._peer_vocals(run, "truth", clip), clip.vocals, atol=1e-3)


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_encodecs_quantiser_supports_each_bandwidth(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    with encodec.older_weight_norm():
        weights = encodec.import_encodec().EncodecModel.encodec_model_24khz(False).state_dict()
    for name, value in weights.items():
        if name.endswith(".embed"):  # codebooks, which are zero before training
            value.normal_()
    for module in (quantise, encodec):
        monkeypatch.setattr(module, "load_weights", lambda *_: weights)
    codec, quantiser = quantise.official("24khz")
    assert quantiser.bandwidths == (1.5, 3.0, 6.0, 12.0, 24.0)
    with torch.inference_mode():
        z = codec.encode(0.1 * torch.randn(1, 1, 320 * 8))
        results = [quantiser.quantise(z, kbps) for kbps in quantiser.bandwidths]
    assert {quantised.shape for quantised in results} == {z.shape}
    assert len({float((quantised - z).square().mean()) for quantised in results}) == 5  # all bandwidths differ
