"""Scores of a set of clips as a whole: are its separated voices distinguished from true ones, and how far off are they?

They need no alignment: a voice that differs from the true one, yet could be one, scores well. Distortion measures such
as SDR cannot show that, and a sample from the posterior has 3 dB less SDR than its mean (Blau and Michaeli 2018).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.audio.types import Wav
from lab.evaluation.datasets import Clip
from lab.evaluation.frechet import frechet_distance
from lab.evaluation.metrics import is_silent
from lab.evaluation.spectra import Floats
from lab.evaluation.statistics import Interval
from lab.evaluation.two_sample import two_sample_auc
from lab.evaluation.voice_features import patches, sung_patches


@dataclass(frozen=True)
class ClipFeatures:
    """Features `[N, D]` of the sung seconds of a clip: of the true voice, and of each estimate of it by system."""

    song: str
    true: Floats
    estimates: dict[str, Floats]


def clip_features(clip: Clip, estimates: Mapping[str, Wav]) -> ClipFeatures | None:
    """Features of estimates `[C, n]` of the voice by system; None where nobody sings."""
    if clip.vocals is None or is_silent(clip.vocals):
        return None
    sung = sung_patches(clip.vocals, clip.rate)
    found = {name: patches(wav, clip.rate)[sung] for name, wav in estimates.items()}
    return ClipFeatures(clip.ref.song, patches(clip.vocals, clip.rate)[sung], found)


def perception(clips: Sequence[ClipFeatures]) -> dict[str, dict[str, Interval]]:
    """By system: `two_sample` and `frechet` over all clips (lab.evaluation.scores). What is undefined is left out.

    The Fréchet distance has no interval: resampled clips repeat, which moves it. `n` counts songs.
    """
    systems = dict.fromkeys(name for clip in clips for name in clip.estimates)
    return {system: _scores([clip for clip in clips if system in clip.estimates], system) for system in systems}


def _scores(clips: Sequence[ClipFeatures], system: str) -> dict[str, Interval]:
    true = np.concatenate([clip.true for clip in clips])
    separated = np.concatenate([clip.estimates[system] for clip in clips])
    songs = [clip.song for clip in clips for _ in clip.true]
    scores = {}
    told = two_sample_auc(true, separated, songs)
    if told is not None:
        scores["two_sample"] = told
    distance = frechet_distance(true, separated)
    if distance is not None:
        scores["frechet"] = Interval(distance, distance, distance, len(set(songs)))
    return scores
