import numpy as np
import pytest

from lab.evaluation import metrics
from lab.evaluation.baselines import ideal_ratio_mask, repet_sim
from lab.evaluation.datasets import Clip, load, synthetic_set
from lab.evaluation.spectra import istft, stft

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clip() -> Clip:
    return load(synthetic_set().clips[1])


@pytest.mark.parametrize("samples", [1, 1000, 5000])
@pytest.mark.parametrize(("length", "hop"), [(2048, 512), (2048, 1024), (512, 256)])
def test_the_inverse_transform_is_exact_at_any_length(samples: int, length: int, hop: int) -> None:
    wav = np.random.default_rng(samples).standard_normal((2, samples))
    assert np.abs(istft(stft(wav, length, hop), samples, length, hop) - wav).max() < 1e-9


def test_the_ideal_ratio_mask_is_far_better_than_the_mixture(clip: Clip) -> None:
    assert clip.vocals is not None
    oracle, mixture = metrics.sdr(clip.vocals, ideal_ratio_mask(clip)), metrics.sdr(clip.vocals, clip.mixture)
    assert oracle is not None and mixture is not None
    assert oracle > mixture + 8


def test_the_ideal_ratio_mask_separates_disjoint_bands() -> None:
    t = np.arange(44100) / 44100
    low, high = 0.3 * np.sin(2 * np.pi * 300 * t), 0.3 * np.sin(2 * np.pi * 5000 * t)
    voice, band = (np.stack([s, s]).astype(np.float32) for s in (high, low))
    clip = Clip(synthetic_set().clips[0], 44100, voice + band, voice, band)
    score = metrics.sdr(voice[:, 2048:-2048], ideal_ratio_mask(clip)[:, 2048:-2048])
    assert score is not None and score > 40


def test_repet_sim_removes_a_repeating_background() -> None:
    """The voice is a sweep, the background a loop of half a second."""
    rate = 16000
    rng = np.random.default_rng(5)
    loop = np.tile(rng.standard_normal(rate // 2) * np.exp(-np.arange(rate // 2) / 1500), 16)
    t = np.arange(len(loop)) / rate
    sweep = 0.3 * np.sin(2 * np.pi * (300 + 150 * t) * t)
    mixture = (0.5 * loop + sweep).astype(np.float32)[None]
    voice = sweep.astype(np.float32)[None]
    before, after = metrics.sdr(voice, mixture), metrics.sdr(voice, repet_sim(mixture, rate))
    assert before is not None and after is not None
    assert after > before + 3


def test_repet_sim_of_silence_is_silence() -> None:
    assert not repet_sim(np.zeros((2, 16000), np.float32), 16000).any()
