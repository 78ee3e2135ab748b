"""Open-Unmix and HT-Demucs with their released weights, for those who have both packages and files.

Neither is a dependency (lab.bench.peers tells how to install them) and no weights are fetched. HT-Demucs is a model
folder, which `voicelift models add htdemucs` makes, in VOICELIFT_PEERS_DIR or among the repository's models; it runs in
the engine. Open-Unmix's file is looked for in VOICELIFT_PEERS_DIR and in torch's cache, where its own loader leaves it,
and is checked by the digest in its name. It is unpickled by `weights_only`.

They have not been run here with released weights, which cannot be had.
"""

import importlib
import importlib.util
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from core.audio.resample import fit, resample
from core.audio.types import Wav
from core.card import CARD_NAME
from core.codec.encodec import import_encodec
from core.digest import sha256
from core.errors import CheckpointError
from core.separation.engine import Engine
from core.separation.track import separate_array
from core.settings import REPOSITORY
from lab.bench.peers import NEEDED, RATE

FOLDER_VARIABLE = "VOICELIFT_PEERS_DIR"
FILES = {"HT-Demucs": "htdemucs", "Open-Unmix": "vocals-b62c91ce.pth"}

Peer = Callable[[Wav, int], Wav]  # mixture [C, n] and its rate, to vocals [C, n]


def find_peers(device: torch.device) -> tuple[dict[str, Peer], dict[str, str]]:
    """The systems that are here, and for the others why they are not."""
    peers: dict[str, Peer] = {}
    absent: dict[str, str] = {}
    for name, build in BUILDERS.items():
        missing = [package for package in NEEDED[name] if importlib.util.find_spec(package) is None]
        path = _weights(FILES[name])
        if missing:
            absent[name] = f"absent, not installed here: {', '.join(missing)}"
        elif path is None:
            absent[name] = f"absent, its weights {FILES[name]} are not in {FOLDER_VARIABLE}, models or torch's cache"
        else:
            try:
                peers[name] = build(path, device)
            except (CheckpointError, RuntimeError, KeyError, ValueError, TypeError, pickle.UnpicklingError) as error:
                absent[name] = f"absent, its weights do not load: {str(error).splitlines()[0]}"
    return peers, absent


def _weights(name: str) -> Path | None:
    """The model folder, or the file if it is the one that its name promises."""
    named = [Path(os.environ[FOLDER_VARIABLE])] if FOLDER_VARIABLE in os.environ else []
    for place in (*named, REPOSITORY / "models", Path(torch.hub.get_dir()) / "checkpoints"):
        path = place / name
        if (path / CARD_NAME).is_file():
            return path
        if path.is_file() and sha256(path).startswith(path.stem.split("-")[-1]):
            return path
    return None


def _open_unmix(path: Path, device: torch.device) -> Peer:
    import_encodec()  # openunmix, too, imports torchaudio and needs nothing of it here
    package = importlib.import_module("openunmix.model")
    network = package.OpenUnmix(nb_bins=2049, hidden_size=512, max_bin=1487)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=False)
    whole = package.Separator({"vocals": network}, niter=1, residual=True, sample_rate=RATE).to(device).eval()

    def separate(song: torch.Tensor) -> torch.Tensor:
        voice: torch.Tensor = whole(song)[0, 0]
        return voice

    return _at_rate(separate, device)


def _demucs(path: Path, device: torch.device) -> Peer:
    engine = Engine.load(path, str(device))
    return lambda mixture, rate: separate_array(engine, mixture, rate, render="masked")["vocals"]


def _at_rate(separate: Callable[[torch.Tensor], torch.Tensor], device: torch.device) -> Peer:
    """It hears stereo at 44.1 kHz, at the level that it has."""

    @torch.inference_mode()
    def peer(mixture: Wav, rate: int) -> Wav:
        song = resample(mixture, rate, RATE)
        stereo = np.repeat(song, 2, axis=0) if len(song) == 1 else song[:2]
        voice = separate(torch.from_numpy(stereo)[None].to(device)).cpu().numpy()
        back = fit(resample(voice, RATE, rate), mixture.shape[1])
        return back if len(mixture) == 2 else back.mean(0, keepdims=True).repeat(len(mixture), axis=0)

    return peer


BUILDERS: dict[str, Callable[[Path, torch.device], Peer]] = {"HT-Demucs": _demucs, "Open-Unmix": _open_unmix}
