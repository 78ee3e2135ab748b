"""Holes and residue, the two-sample test and the Fréchet distance, on simple signals and on damaged voices.

The scores must have the order of listeners: within one kind of damage, more is worse; mp3 at 128 kbit/s is nearly
transparent, so other damage is worse; the low-pass anchors of BS.1534-3 (7 and 3.5 kHz) keep their order. Listeners
disagree about strong damage of different kinds, so the tests do not compare it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from core.audio.resample import resample
from lab.evaluation.cells import cell_errors
from lab.evaluation.datasets import Clip, ClipRef
from lab.evaluation.frechet import frechet_distance
from lab.evaluation.perception import ClipFeatures, clip_features, perception
from lab.evaluation.spectra import istft, stft
from lab.evaluation.synthetic import sing
from lab.evaluation.two_sample import auc, two_sample_auc
from lab.evaluation.voice_features import FEATURES, PATCH, STEP, patches, spectrogram, sung_patches
from lab.training.augment import lossy
from lab.training.pool import RATE as CODER_RATE

RATE, SECONDS, SONGS = 24000, 2.5, 6
Wav = np.ndarray


def low_passed(voice: Wav, hertz: float) -> Wav:
    spectrum = np.fft.rfft(voice)
    spectrum[np.fft.rfftfreq(len(voice), 1 / RATE) > hertz] = 0
    return np.fft.irfft(spectrum, len(voice))


def gated(voice: Wav, decibels: float) -> Wav:
    """Remove cells below a random threshold, which causes musical noise and holes."""
    spectrum = stft(voice.astype(np.float64))
    loudness = np.abs(spectrum) ** 2
    randomised = loudness * np.random.default_rng(1).exponential(size=loudness.shape)
    return istft(spectrum * (randomised > loudness.max() * 10 ** (-decibels / 10)), len(voice))


def noisy(voice: Wav, ratio: float) -> Wav:
    noise = np.random.default_rng(2).standard_normal(len(voice))
    return voice + noise * np.sqrt(np.mean(voice**2) * 10 ** (-ratio / 10))


def mp3_coded(voice: Wav, bit_rate: int) -> Wav:
    coded = lossy(resample(voice[None], RATE, CODER_RATE), "mp3", bit_rate)
    return resample(coded, CODER_RATE, RATE)[0, : len(voice)]


DAMAGES: dict[str, Callable[[Wav], Wav]] = {
    "itself": lambda voice: voice,
    "at half the level": lambda voice: 0.5 * voice,
    "mp3 128": lambda voice: mp3_coded(voice, 128_000),
    "mp3 32": lambda voice: mp3_coded(voice, 32_000),
    "low-pass 7000": lambda voice: low_passed(voice, 7000),
    "low-pass 3500": lambda voice: low_passed(voice, 3500),
    "gate 60": lambda voice: gated(voice, 60),
    "gate 30": lambda voice: gated(voice, 30),
    "gate 15": lambda voice: gated(voice, 15),
    "noise 50": lambda voice: noisy(voice, 50),
    "noise 30": lambda voice: noisy(voice, 30),
    "noise 10": lambda voice: noisy(voice, 10),
}
STRONGER = [
    ("itself", "mp3 128", "mp3 32"),
    ("itself", "low-pass 7000", "low-pass 3500"),
    ("itself", "gate 60", "gate 30", "gate 15"),
    ("itself", "noise 50", "noise 30", "noise 10"),
]


@dataclass(frozen=True)
class Measured:
    """The scores of one kind of damage."""

    holes: float
    residue: float
    auc: float
    frechet: float


@pytest.fixture(scope="module")
def measured() -> dict[str, Measured]:
    # Low-passed at 10.5 kHz, so that mp3 differs by its coding only, not by resampling.
    voices = [low_passed(sing(SECONDS, RATE, seed), 10500) for seed in range(SONGS)]
    damaged = {name: [damage(voice) for voice in voices] for name, damage in DAMAGES.items()}
    silence = np.zeros_like(voices[0])
    features = []
    for k, voice in enumerate(voices):
        clip = Clip(ClipRef("made", str(k)), RATE, voice[None], voice[None], silence[None])
        estimates = {f"vocals/{name}": wavs[k][None].astype(np.float32) for name, wavs in damaged.items()}
        clip_rows = clip_features(clip, estimates)
        assert clip_rows is not None
        features.append(clip_rows)
    by_system = perception(features)
    results = {}
    for name, wavs in damaged.items():
        errors = [cell_errors(v, wav, silence, RATE) for v, wav in zip(voices, wavs, strict=True)]
        scores = by_system[f"vocals/{name}"]
        results[name] = Measured(
            float(np.mean([e.holes for e in errors if e is not None and e.holes is not None])),
            float(np.mean([e.residue for e in errors if e is not None])),
            scores["two_sample"].median,
            scores["frechet"].median,
        )
    return results


@pytest.mark.slow
def test_equal_voices_have_no_error_at_any_level(measured: dict[str, Measured]) -> None:
    for name in ("itself", "at half the level"):
        assert (measured[name].holes, measured[name].residue) == (0, 0)
        assert measured[name].auc == pytest.approx(0.5, abs=0.02)
        assert measured[name].frechet == pytest.approx(0, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("order", STRONGER, ids=lambda order: order[-1])
def test_more_damage_is_worse(order: tuple[str, ...], measured: dict[str, Measured]) -> None:
    distances = [measured[name].frechet for name in order]
    assert all(weak < strong for weak, strong in pairwise(distances)), distances
    areas = [measured[name].auc for name in order]
    assert areas[-1] > 0.9
    # AUC saturates at 1 and scatters around 0.5 for inaudible damage.
    assert all(weak <= strong + 0.03 for weak, strong in pairwise(areas)), areas


@pytest.mark.slow
def test_nearly_transparent_damage_is_hardly_detected(measured: dict[str, Measured]) -> None:
    clear = [measured[name] for name in ("mp3 128", "noise 50")]
    bad = [measured[n] for n in DAMAGES if n not in ("itself", "at half the level", "mp3 128", "noise 50")]
    assert all(0.4 < h.auc < 0.65 for h in clear), clear
    assert min(h.auc for h in bad) > 0.75, bad
    assert max(h.frechet for h in clear) < 0.2 * min(h.frechet for h in bad)
    assert all(h.holes < 0.5 and h.residue < 0.5 for h in clear)


@pytest.mark.slow
def test_holes_and_residue_identify_the_damage(measured: dict[str, Measured]) -> None:
    assert measured["low-pass 3500"].holes > measured["low-pass 7000"].holes > 5
    assert measured["gate 15"].holes > measured["gate 30"].holes > 5
    assert measured["noise 10"].residue > measured["noise 30"].residue > 5
    assert max(measured[n].residue for n in DAMAGES if "noise" not in n) < 2
    assert max(measured[n].holes for n in DAMAGES if "noise" in n) < 0.5


def white(seed: int, seconds: float = 1.0) -> Wav:
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE))


def test_a_removed_band_is_a_hole_unless_masked() -> None:
    voice = white(1)
    upper = voice - low_passed(voice, 6000)
    missing = 100 * 8 / 40  # of 40 mel bands, 8 are completely above 6 kHz
    errors = cell_errors(voice, voice - upper, np.zeros_like(voice), RATE)
    assert errors is not None
    assert errors.holes == pytest.approx(missing, abs=3)
    assert errors.residue < 0.5
    loud = cell_errors(voice, voice - upper, 10 * upper, RATE)
    assert loud is not None and loud.holes is not None
    assert loud.holes < 1, "inaudible in the mixture"
    reverse = cell_errors(voice - upper, voice, np.zeros_like(voice), RATE)
    assert reverse is not None
    assert reverse.residue == pytest.approx(missing, abs=3)
    assert reverse.holes == pytest.approx(0, abs=0.5)


def test_holes_start_at_twenty_decibels() -> None:
    voice, rest = white(1), np.zeros(RATE)
    for decibels, holes in ((-19, 0.0), (-21, 100.0)):
        errors = cell_errors(voice, voice * 10 ** (decibels / 20), rest, RATE)
        assert errors is not None and errors.holes == pytest.approx(holes)


def test_a_silent_or_fully_masked_voice_has_no_holes() -> None:
    voice = white(1)
    assert cell_errors(0 * voice, voice, voice, RATE) is None
    errors = cell_errors(voice, voice, 100 * voice, RATE)
    assert errors is not None and errors.holes is None


def test_features_have_a_row_per_second_and_ignore_level() -> None:
    voice = np.stack([white(1, 3.0), white(2, 3.0)])
    rows = patches(spectrogram(voice, RATE))
    frames = 1 + -(-voice.shape[1] // 512)
    assert rows.shape == ((frames - PATCH) // STEP + 1, FEATURES)
    assert np.allclose(patches(spectrogram(0.01 * voice, RATE)), rows)
    assert np.isfinite(patches(spectrogram(0 * voice, RATE))).all()
    assert patches(spectrogram(voice[:, : RATE // 2], RATE)).shape == (0, FEATURES), "less than a second"


def test_seconds_without_singing_are_excluded() -> None:
    voice = white(1, 4.0)
    voice[: 2 * RATE] = 0
    spectrum = spectrogram(voice, RATE)
    sung = sung_patches(spectrum)
    assert len(sung) == len(patches(spectrum))
    assert not sung[:2].any() and sung[4:].all()


def test_auc_counts_pairs() -> None:
    assert auc(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 1
    assert auc(np.array([1.0, 3.0]), np.array([2.0, 4.0])) == 0.75
    assert auc(np.array([1.0, 1.0]), np.array([1.0, 1.0])) == 0.5


def test_the_classifier_is_tested_on_held_out_songs() -> None:
    """The samples of each song differ in another direction, which cannot be learned from other songs."""
    rng = np.random.default_rng(0)
    songs = [str(k // 20) for k in range(160)]
    same = rng.standard_normal((160, 30))
    per_song = same + 3 * np.eye(30)[[int(song) for song in songs]]
    unseen = two_sample_auc(same, per_song, songs)
    assert unseen is not None
    assert unseen.median < 0.65
    everywhere = two_sample_auc(same, same + 3 * np.eye(30)[0], songs)
    assert everywhere is not None
    assert everywhere.median > 0.95
    assert everywhere.n == 8
    assert everywhere.low <= everywhere.median <= everywhere.high
    assert two_sample_auc(same, same, ["one"] * 160) is None, "no other song to train on"


def test_frechet_distance_of_known_gaussians() -> None:
    rng = np.random.default_rng(0)
    one = rng.standard_normal((20_000, 3))
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(one, one + 2) == pytest.approx(3 * 4, rel=0.03)
    assert frechet_distance(one, 3 * one) == pytest.approx(3 * (3 - 1) ** 2, rel=0.03), "(s1 - s2)^2 a dimension"
    assert frechet_distance(10 * one, 10 * one + 20) == pytest.approx(3 * 4, rel=0.03), "in the true deviations"
    assert frechet_distance(one[:1], one) is None
    few = rng.standard_normal((5, 30))
    assert np.isfinite(frechet_distance(few, 2 * few))  # type: ignore[arg-type]


def test_sets_without_voices_or_of_one_song_have_fewer_scores() -> None:
    rng = np.random.default_rng(0)
    assert perception([]) == {}
    one = ClipFeatures("song", rng.standard_normal((9, 4)), {"vocals/masked": rng.standard_normal((9, 4))})
    assert set(perception([one, one])["vocals/masked"]) == {"frechet"}
    wav = np.zeros((2, RATE), np.float32)
    assert clip_features(Clip(ClipRef("x", "y"), RATE, wav, None, wav), {"vocals/masked": wav}) is None
    assert clip_features(Clip(ClipRef("x", "y"), RATE, wav, wav, wav), {"vocals/masked": wav}) is None
