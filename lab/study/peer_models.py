"""Other systems with their released weights, if packages and files are available.

Models of other projects are model folders by `voicelift models add`, in VOICELIFT_PEERS_DIR or in the repository's
models; they run in the engine. Open-Unmix has no adapter: its weights are read from VOICELIFT_PEERS_DIR or the cache of
torch, checked by the digest in their name, and unpickled with `weights_only`.

The released weights were not available, so these systems were never run with them.
"""

import importlib.util
import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from core.audio.resample import fit, resample
from core.audio.types import Wav
from core.card import CARD_NAME
from core.digest import sha256
from core.errors import CheckpointError
from core.published import models
from core.separation.engine import Engine
from core.separation.track import separate_array
from core.settings import REPOSITORY
from lab.bench import open_unmix

FOLDER_VARIABLE = "VOICELIFT_PEERS_DIR"

Peer = Callable[[Wav, int], Wav]  # mixture [C, n] and its rate, to vocals [C, n]


class System(NamedTuple):
    """A system to compare. place: name of its model folder or weights file."""

    packages: Sequence[str]
    place: str
    build: Callable[[Path, torch.device], Peer]


def find_peers(device: torch.device) -> tuple[dict[str, Peer], dict[str, str]]:
    """The available systems, and for the others the reason of their absence."""
    peers: dict[str, Peer] = {}
    absent: dict[str, str] = {}
    for name, system in systems().items():
        missing = [package for package in system.packages if importlib.util.find_spec(package) is None]
        path = _weights(system.place)
        if missing:
            absent[name] = f"absent, not installed: {', '.join(missing)}"
        elif path is None:
            absent[name] = f"absent, no weights {system.place} in {FOLDER_VARIABLE}, models or torch's cache"
        else:
            try:
                peers[name] = system.build(path, device)
            except (CheckpointError, RuntimeError, KeyError, ValueError, TypeError, pickle.UnpicklingError) as error:
                absent[name] = f"absent, weights do not load: {str(error).splitlines()[0]}"
    return peers, absent


def systems() -> dict[str, System]:
    """All supported systems: those of `voicelift models add`, and Open-Unmix."""
    adapted = {name: System(published.packages, name, _model_folder) for name, (_, published) in models().items()}
    return adapted | {"Open-Unmix": System([open_unmix.PACKAGE], "vocals-b62c91ce.pth", _open_unmix)}


def _weights(name: str) -> Path | None:
    """The model folder, or the file if its digest matches its name; None if there is neither."""
    configured = [Path(os.environ[FOLDER_VARIABLE])] if FOLDER_VARIABLE in os.environ else []
    for place in (*configured, REPOSITORY / "models", Path(torch.hub.get_dir()) / "checkpoints"):
        path = place / name
        if (path / CARD_NAME).is_file():
            return path
        if path.is_file() and sha256(path).startswith(path.stem.split("-")[-1]):
            return path
    return None


def _model_folder(path: Path, device: torch.device) -> Peer:
    engine = Engine.load(path, str(device))
    return lambda mixture, rate: separate_array(engine, mixture, rate, render="masked")["vocals"]


def _open_unmix(path: Path, device: torch.device) -> Peer:
    targets = open_unmix.networks(("vocals",))
    targets["vocals"].load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=False)
    separator = open_unmix.separator(targets, 1, device, residual=True)

    @torch.inference_mode()
    def peer(mixture: Wav, rate: int) -> Wav:
        """Separate in stereo at 44.1 kHz, without normalisation."""
        song = resample(mixture, rate, open_unmix.RATE)
        stereo = np.repeat(song, 2, axis=0) if len(song) == 1 else song[:2]
        voice = separator(torch.from_numpy(stereo)[None].to(device))[0, 0].cpu().numpy()
        back = fit(resample(voice, open_unmix.RATE, rate), mixture.shape[1])
        return back if len(mixture) == 2 else back.mean(0, keepdims=True).repeat(len(mixture), axis=0)

    return peer
