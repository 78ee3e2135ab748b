"""A MUSHRA listening test (ITU-R BS.1534-3) for webMUSHRA: loudness-matched stimuli, anchors, hidden reference.

What is rated comes as folders, one for each item: `reference.*`, `mixture.*`, and a recording for each system, named
after it. `voicelift evaluate --listen N` writes such folders (`clips/SET/CLIP/vocals`).
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
LONGEST_S = 12.0  # BS.1534-3 and webMUSHRA's own check
MOST_CONDITIONS = 12
REFERENCE, LOW_ANCHOR, MIXTURE_ANCHOR = "reference", "anchor35", "anchor_mixture"
LOUDNESS = -23.0  # LUFS
LARGEST_GAIN_DB = 30.0  # a nearly silent stem is not blown up to noise
PEAK = 0.89  # -1 dBFS
QUESTION = "Rate how close each version of the voice is to the reference: 100 is no audible difference."


@dataclass(frozen=True)
class Item:
    """One thing to be rated: its name and its recordings by system (with `reference` and `mixture`)."""

    name: str
    files: dict[str, Path]

    @property
    def systems(self) -> list[str]:
        return [name for name in self.files if name not in (REFERENCE, "mixture")]


def find_items(root: Path, match: str = "*") -> list[Item]:
    """All folders below `root` (itself included) that hold a reference and a mixture; `match` filters their paths.

    Raises:
        NotFound: there is none.
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
            f"Nothing to rate in {root}: expected folders with reference.*, mixture.* and one recording for each "
            "system, as `voicelift evaluate --listen N` leaves them."
        )
    return items


def choose(items: Sequence[Item], count: int | None, seed: int) -> list[Item]:
    """At most `count` items, drawn at random, in their first order."""
    if count is None or count >= len(items):
        return list(items)
    drawn = np.random.default_rng(seed).choice(len(items), count, replace=False)
    return [items[k] for k in sorted(drawn)]


def low_pass(wav: Wav, rate: int) -> Wav:
    """The low anchor: 3.5 kHz, ripple below 0.1 dB, more than 50 dB down from 4 kHz on; no delay. `[C, n]`."""
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
    samples = min(int(LONGEST_S * RATE), *(wav.shape[1] for wav in wavs.values()))
    return matched(
        {name: fit(np.repeat(wav, channels, axis=0) if len(wav) == 1 else wav, samples) for name, wav in wavs.items()}
    )


def matched(wavs: dict[str, Wav]) -> dict[str, Wav]:
    """All at the same integrated loudness (BS.1770), then lowered together until none exceeds -1 dBFS."""
    level = {}
    for name, wav in wavs.items():
        lufs = loudness(wav, RATE)
        gain = 0.0 if lufs is None else min(LOUDNESS - lufs, LARGEST_GAIN_DB)
        level[name] = wav * np.float32(10 ** (gain / 20))
    peak = max(float(np.abs(wav).max(initial=0.0)) for wav in level.values())
    common = np.float32(min(1.0, PEAK / max(peak, 1e-9)))
    return {name: wav * common for name, wav in level.items()}


def make(items: Sequence[Item], systems: Sequence[str], out: Path, test_id: str, training: bool) -> Path:
    """Write stimuli and configuration into `out`, laid out like webMUSHRA's own folder; returns the configuration.

    With `training` the first item is rated once before the test and not analysed, as BS.1534-3 asks.

    Raises:
        InvalidOptions: too many conditions, too few items, or an item lacks a system.
    """
    conditions = [*systems, LOW_ANCHOR, MIXTURE_ANCHOR]
    if len(conditions) + 1 > MOST_CONDITIONS:
        raise InvalidOptions(f"At most {MOST_CONDITIONS} conditions can be rated together; name fewer with --systems.")
    if training and len(items) < 2:
        raise InvalidOptions("One item is used for training: at least two are needed (or --no-training).")
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
        "You will hear voices lifted out of songs. On each page, compare every version with the reference and move "
        "its slider: 80 to 100 excellent, 60 to 80 good, 40 to 60 fair, 20 to 40 poor, 0 to 20 bad. One of the "
        "versions is the reference itself: it should get 100. Please use headphones in a quiet room."
    )
    return {"type": "generic", "id": "welcome", "name": "Welcome", "content": text}


def _volume(page: dict[str, Any]) -> dict[str, Any]:
    text = "Set a comfortable level now, and leave it as it is until the end."
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
        "content": "Please enter the code that you were given, and send your ratings.",
        "showResults": False,
        "writeResults": True,
        "questionnaire": [{"type": "text", "label": "Your code", "name": "listener"}],
    }
