"""Perceptual scores of a whole set: two-sample test and Fréchet distance between separated and true voices.

They compare distributions without alignment, so a natural voice that differs from the true one scores well. Distortion
measures such as SDR do not: a sample from the posterior has 3 dB less SDR than its mean (Blau and Michaeli 2018).
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
from lab.evaluation.voice_features import patches, spectrogram, sung_patches


@dataclass(frozen=True)
class ClipFeatures:
    """Features `[N, D]` of the sung seconds of a clip: of the true voice, and by system of each estimate."""

    song: str
    true: Floats
    estimates: dict[str, Floats]


def clip_features(clip: Clip, estimates: Mapping[str, Wav]) -> ClipFeatures | None:
    """Features of the voice and of its estimates `[C, n]` by system; None for a clip without vocals."""
    if clip.vocals is None or is_silent(clip.vocals):
        return None
    true = spectrogram(clip.vocals, clip.rate)
    sung = sung_patches(true)
    features = {name: patches(spectrogram(wav, clip.rate))[sung] for name, wav in estimates.items()}
    return ClipFeatures(clip.ref.song, patches(true)[sung], features)


def perception(clips: Sequence[ClipFeatures]) -> dict[str, dict[str, Interval]]:
    """`two_sample` and `frechet` over all clips, by system (lab.evaluation.scores); undefined scores are omitted.

    The Fréchet distance has no interval, because the repeated clips of a bootstrap bias it. `n` counts songs.
    """
    systems = dict.fromkeys(name for clip in clips for name in clip.estimates)
    return {system: _scores([clip for clip in clips if system in clip.estimates], system) for system in systems}


def _scores(clips: Sequence[ClipFeatures], system: str) -> dict[str, Interval]:
    true = np.concatenate([clip.true for clip in clips])
    separated = np.concatenate([clip.estimates[system] for clip in clips])
    songs = [clip.song for clip in clips for _ in clip.true]
    scores = {}
    area = two_sample_auc(true, separated, songs)
    if area is not None:
        scores["two_sample"] = area
    distance = frechet_distance(true, separated)
    if distance is not None:
        scores["frechet"] = Interval(distance, distance, distance, len(set(songs)))
    return scores
