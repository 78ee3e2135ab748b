"""Prepares a MUSHRA listening test (ITU-R BS.1534-3) for webMUSHRA: loudness-matched stimuli, anchors, reference.

Each item is a folder with `reference.*`, `mixture.*` and one recording per system, named after it. `voicelift evaluate
--listen N` writes such folders (`clips/SET/CLIP/vocals`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import fftconvolve, firwin, kaiserord

from core.audio.resample import fit
from core.audio.types import Wav
from core.errors import InvalidOptions, NotFound
from lab.evaluation.audio_files import AUDIO_SUFFIXES, read_audio, write_audio
from lab.evaluation.loudness import loudness

RATE = 48000
MAX_S = 12.0  # limit of BS.1534-3, checked by webMUSHRA
MAX_CONDITIONS = 12
REFERENCE, LOW_ANCHOR, MIXTURE_ANCHOR = "reference", "anchor35", "anchor_mixture"
LOUDNESS = -23.0  # LUFS
MAX_GAIN_DB = 30.0  # limits the amplification of nearly silent stems
PEAK = 0.89  # -1 dBFS
QUESTION = "Rate how close each version of the voice is to the reference: 100 is no audible difference."


@dataclass(frozen=True)
class Item:
    """An item to rate: its name and its recordings by system, including `reference` and `mixture`."""

    name: str
    files: dict[str, Path]

    @property
    def systems(self) -> list[str]:
        """The systems to rate."""
        return [name for name in self.files if name not in (REFERENCE, "mixture")]


def find_items(root: Path, match: str = "*") -> list[Item]:
    """All folders in `root`, and `root`, that contain a reference and a mixture; `match` filters relative paths.

    Raises:
        NotFound: there are none.
    """
    items = []
    for folder in sorted([root, *root.rglob("*")]) if root.is_dir() else []:
        if not folder.is_dir() or not fnmatch(folder.relative_to(root).as_posix(), match):
            continue
        files = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in AUDIO_SUFFIXES}
        if {REFERENCE, "mixture"} <= files.keys():
            name = "_".join(folder.relative_to(root).parts) or folder.name
            items.append(Item(name, files))
    if not items:
        raise NotFound(
            f"Nothing to rate in {root}: expected folders with reference.*, mixture.* and one recording per system, "
            "as `voicelift evaluate --listen N` writes them."
        )
    return items


def choose(items: Sequence[Item], count: int | None, seed: int) -> list[Item]:
    """At most `count` random items, in the original order."""
    if count is None or count >= len(items):
        return list(items)
    drawn = np.random.default_rng(seed).choice(len(items), count, replace=False)
    return [items[k] for k in sorted(drawn)]


def low_pass(wav: Wav, rate: int) -> Wav:
    """The low anchor of `[C, n]`: low-pass at 3.5 kHz, ripple below 0.1 dB, -50 dB from 4.5 kHz, zero delay."""
    taps, beta = kaiserord(60.0, 500 / (rate / 2))
    kernel = firwin(taps | 1, 3750, window=("kaiser", beta), fs=rate)
    return fftconvolve(wav, kernel[None], mode="same", axes=-1).astype(np.float32)


def stimuli(item: Item, systems: Sequence[str]) -> dict[str, Wav]:
    """The item's conditions `[C, n]` at 48 kHz, equal in length, channels and loudness.

    Raises:
        InvalidOptions: the item lacks a system.
    """
    missing = [system for system in systems if system not in item.files]
    if missing:
        raise InvalidOptions(f"{item.name} has no recording of {', '.join(missing)}.")
    wavs = {name: read_audio(item.files[name], RATE)[0] for name in (REFERENCE, *systems, "mixture")}
    wavs[MIXTURE_ANCHOR] = wavs.pop("mixture")
    wavs[LOW_ANCHOR] = low_pass(wavs[REFERENCE], RATE)
    channels = max(len(wav) for wav in wavs.values())
    samples = min(int(MAX_S * RATE), *(wav.shape[1] for wav in wavs.values()))
    return matched(
        {name: fit(np.repeat(wav, channels, axis=0) if len(wav) == 1 else wav, samples) for name, wav in wavs.items()}
    )


def matched(wavs: dict[str, Wav]) -> dict[str, Wav]:
    """Normalise `[C, n]` at 48 kHz to one integrated loudness (BS.1770), with a common gain for peaks of -1 dBFS."""
    level = {}
    for name, wav in wavs.items():
        lufs = loudness(wav, RATE)
        gain = 0.0 if lufs is None else min(LOUDNESS - lufs, MAX_GAIN_DB)
        level[name] = wav * np.float32(10 ** (gain / 20))
    peak = max(float(np.abs(wav).max(initial=0.0)) for wav in level.values())
    common = np.float32(min(1.0, PEAK / max(peak, 1e-9)))
    return {name: wav * common for name, wav in level.items()}


def make(items: Sequence[Item], systems: Sequence[str], out: Path, test_id: str, training: bool) -> Path:
    """Write stimuli and configuration to `out` in the layout of webMUSHRA; returns the path of the configuration.

    With `training`, the first item is rated before the test and not analysed, as BS.1534-3 requires.

    Raises:
        InvalidOptions: there are too many conditions or too few items, or an item lacks a system.
    """
    conditions = [*systems, LOW_ANCHOR, MIXTURE_ANCHOR]
    if len(conditions) + 1 > MAX_CONDITIONS:
        raise InvalidOptions(
            f"There are {len(conditions) + 1} conditions, the limit is {MAX_CONDITIONS}. Name fewer with --systems."
        )
    if training and len(items) < 2:
        raise InvalidOptions("One item is used for training, so at least two are needed. Or use --no-training.")
    pages = []
    for number, item in enumerate(items):
        folder = Path("configs", "resources", test_id, f"item{number:02d}")
        for name, wav in stimuli(item, systems).items():
            write_audio(out / folder / f"{name}.wav", wav, RATE)
        kind = "training" if training and number == 0 else "item"
        pages.append(_page(f"{kind}_{item.name}", folder, conditions, kind))
    first, rest = (pages[:1], pages[1:]) if training else ([], pages)
    config = {
        "testname": "Lifted voices",
        "testId": test_id,
        "bufferSize": 2048,
        "stopOnErrors": True,
        "showButtonPreviousPage": False,
        "remoteService": "service/write.php",
        "pages": [_welcome(), _volume(pages[0]), *first, ["random", *rest], _finish()],
    }
    path = out / "configs" / f"{test_id}.yaml"
    path.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")  # JSON is YAML
    return path


def _page(name: str, folder: Path, conditions: Sequence[str], kind: str) -> dict[str, Any]:
    return {
        "type": "mushra",
        "id": name,
        "name": "Training" if kind == "training" else "Listening",
        "content": QUESTION,
        "showWaveform": True,
        "enableLooping": True,
        "randomize": True,
        "showConditionNames": False,
        "createAnchor35": False,
        "createAnchor70": False,
        "reference": (folder / f"{REFERENCE}.wav").as_posix(),
        "stimuli": {condition: (folder / f"{condition}.wav").as_posix() for condition in conditions},
    }


def _welcome() -> dict[str, Any]:
    text = (
        "You will hear voices extracted from songs. On each page, compare every version with the reference and move "
        "its slider: 80 to 100 excellent, 60 to 80 good, 40 to 60 fair, 20 to 40 poor, 0 to 20 bad. One of the "
        "versions is the reference; rate it 100. Please use headphones in a quiet room."
    )
    return {"type": "generic", "id": "welcome", "name": "Welcome", "content": text}


def _volume(page: dict[str, Any]) -> dict[str, Any]:
    text = "Set a comfortable volume now. Do not change it during the test."
    return {
        "type": "volume",
        "id": "volume",
        "name": "Level",
        "content": text,
        "stimulus": page["reference"],
        "defaultVolume": 0.5,
    }


def _finish() -> dict[str, Any]:
    return {
        "type": "finish",
        "name": "Thank you",
        "content": "Please enter your code and send your ratings.",
        "showResults": False,
        "writeResults": True,
        "questionnaire": [{"type": "text", "label": "Your code", "name": "listener"}],
    }
