"""Metrics of the estimates of a clip, in the full and the quick form."""

import numpy as np
import pytest

from lab.evaluation.datasets import Clip, ClipRef, load, synthetic_set
from lab.evaluation.perceptual import installed
from lab.evaluation.scores import METRICS, Scorer
from lab.evaluation.systems import estimate

pytestmark = pytest.mark.slow


class Halver:
    """A model that returns half of the mixture as the voice, with a quantising codec."""

    def separate(self, mixture: np.ndarray, rate: int) -> tuple[dict[str, np.ndarray], float]:
        half = (0.5 * mixture).astype(np.float32)
        return {"vocals": half.mean(axis=0, keepdims=True).repeat(len(half), axis=0), "masked": half}, 1.0

    def regress(self, mixture: np.ndarray, rate: int) -> np.ndarray:
        return mixture * np.float32(0.4)

    def through_codec(self, vocals: np.ndarray, mixture: np.ndarray, rate: int) -> np.ndarray:
        return (np.round(vocals * 256) / 256).astype(np.float32)


@pytest.fixture(scope="module")
def clip() -> Clip:
    ref = ClipRef("synthetic", "made_0", stop=2.5, synthetic_song=0)
    return load(ref)


def known(score: float | None) -> float:
    assert score is not None
    return score


def test_a_clip_is_scored_under_every_system(clip: Clip) -> None:
    scores = Scorer(quick=True).clip(clip, estimate(clip, Halver()).wavs)
    assert list(scores) == [
        "vocals/generative", "vocals/masked", "instrumental/masked", "vocals/regressor", "vocals/mixture",
        "instrumental/mixture",
        "vocals/codec", "vocals/repet_sim", "instrumental/repet_sim", "vocals/ideal_ratio_mask",
        "instrumental/ideal_ratio_mask",
    ]  # fmt: skip
    assert all(set(row) <= set(METRICS) for row in scores.values())
    masked, mixture, oracle = (scores[f"vocals/{s}"] for s in ("masked", "mixture", "ideal_ratio_mask"))
    assert masked["si_sdr"] == pytest.approx(mixture["si_sdr"], abs=1e-3), "a gain changes no scale-invariant score"
    assert masked["sir"] == pytest.approx(mixture["sir"], abs=1e-2)
    assert known(oracle["sdr"]) > known(mixture["sdr"]) + 5
    assert known(scores["vocals/codec"]["sdr"]) > 20
    assert known(scores["vocals/mixture"]["holes"]) < 1 < known(scores["vocals/mixture"]["residue"])
    assert known(oracle["residue"]) < known(scores["vocals/mixture"]["residue"]) / 2
    assert known(scores["instrumental/masked"]["null_error"]) < -120
    assert "null_error" not in scores["instrumental/mixture"]
    assert scores["vocals/masked"]["silence_leakage"] == pytest.approx(-6.02, abs=0.01)


def test_the_full_form_extends_the_quick_form(clip: Clip) -> None:
    wavs = {"vocals/mixture": clip.mixture, "instrumental/mixture": clip.mixture}
    quick, full = (Scorer(quick=q).clip(clip, wavs) for q in (True, False))
    for name, row in quick.items():
        assert {metric: full[name][metric] for metric in row} == row
    assert {"stoi", "lsd_8000", "bss_sdr"} <= set(full["vocals/mixture"])
    assert installed("pesq") is ("pesq" in full["vocals/mixture"])
    assert installed("pyworld") is ({"f0_cents", "voicing"} <= set(full["vocals/mixture"]))
    assert not {"pesq", "stoi", "f0_cents"} & set(full["instrumental/mixture"]), "metrics of voices"


def test_music_without_vocals_is_scored_for_leakage(clip: Clip) -> None:
    band = Clip(clip.ref, clip.rate, clip.accompaniment, None, clip.accompaniment)
    scores = Scorer(quick=True).clip(band, estimate(band, Halver()).wavs)
    assert scores["vocals/masked"] == {"silence_leakage": pytest.approx(-6.02, abs=0.01)}
    assert scores["instrumental/masked"]["sdr"] == pytest.approx(6.02, abs=0.01)
    assert "vocals/codec" not in scores
    assert "vocals/ideal_ratio_mask" not in scores


def test_synthetic_songs_resemble_real_ones_in_level() -> None:
    """The SDR of the mixture is close to that of MUSDB's previews, and voices have rests."""
    for ref in synthetic_set().clips:
        clip = load(ref)
        scores = Scorer(quick=True).clip(clip, {"vocals/mixture": clip.mixture})["vocals/mixture"]
        assert -12 < known(scores["sdr"]) < 8
        assert scores["silence_leakage"] == pytest.approx(0, abs=1e-9), "the voice has rests"
