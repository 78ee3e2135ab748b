"""Open-Unmix and HT-Demucs with their released weights, for those who have both packages and files.

Neither is a dependency (core.bench.peers tells how to install them) and no weights are fetched: the files are looked
for in VOICELIFT_PEERS_DIR and in torch's cache, where their own loaders leave them, and are checked by the digest in
their names. No file is unpickled but by `weights_only`.

They have not been run here, where neither the packages nor the weights can be had.
"""

import importlib
import importlib.util
import os
import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.audio.resample import fit, resample
from core.audio.types import Wav
from core.bench.peers import NEEDED, RATE
from core.codec.encodec import import_encodec
from core.digest import sha256

FOLDER_VARIABLE = "VOICELIFT_PEERS_DIR"
FILES = {"HT-Demucs": "955717e8-8726e21a.th", "Open-Unmix": "vocals-b62c91ce.pth"}

Peer = Callable[[Wav, int], Wav]  # mixture [C, n] and its rate, to vocals [C, n]


def find_peers(device: torch.device) -> tuple[dict[str, Peer], dict[str, str]]:
    """The systems that are here, and for the others why they are not."""
    found: dict[str, Peer] = {}
    absent: dict[str, str] = {}
    for name, build in BUILDERS.items():
        missing = [package for package in NEEDED[name] if importlib.util.find_spec(package) is None]
        path = _weights(FILES[name])
        if missing:
            absent[name] = f"absent, not installed here: {', '.join(missing)}"
        elif path is None:
            absent[name] = f"absent, its weights {FILES[name]} are not in {FOLDER_VARIABLE} or torch's cache"
        else:
            try:
                found[name] = build(path, device)
            except (RuntimeError, KeyError, ValueError, TypeError, pickle.UnpicklingError) as error:
                absent[name] = f"absent, its weights do not load: {str(error).splitlines()[0]}"
    return found, absent


def _weights(name: str) -> Path | None:
    """The file, if it is there and is the one that its name promises."""
    named = [Path(os.environ[FOLDER_VARIABLE])] if FOLDER_VARIABLE in os.environ else []
    for place in (*named, Path(torch.hub.get_dir()) / "checkpoints"):
        path = place / name
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
    build = importlib.import_module("demucs.htdemucs").HTDemucs
    apply: Callable[..., torch.Tensor] = importlib.import_module("demucs.apply").apply_model
    with torch.serialization.safe_globals([build, Fraction]):
        kept: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    model = build(*kept["args"], **kept["kwargs"])
    model.load_state_dict(kept["state"])
    model.to(device).eval()

    def separate(song: torch.Tensor) -> torch.Tensor:
        return apply(model, song, shifts=0, split=True, overlap=0.25)[0, model.sources.index("vocals")]

    return _at_rate(separate, device)


def _at_rate(separate: Callable[[torch.Tensor], torch.Tensor], device: torch.device) -> Peer:
    """Both hear stereo at 44.1 kHz, at the level that it has."""

    @torch.inference_mode()
    def peer(mixture: Wav, rate: int) -> Wav:
        song = resample(mixture, rate, RATE)
        stereo = np.repeat(song, 2, axis=0) if len(song) == 1 else song[:2]
        voice = separate(torch.from_numpy(stereo)[None].to(device)).cpu().numpy()
        back = fit(resample(voice, RATE, rate), mixture.shape[1])
        return back if len(mixture) == 2 else back.mean(0, keepdims=True).repeat(len(mixture), axis=0)

    return peer


BUILDERS: dict[str, Callable[[Path, torch.device], Peer]] = {"HT-Demucs": _demucs, "Open-Unmix": _open_unmix}
