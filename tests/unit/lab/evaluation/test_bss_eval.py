"""BSS Eval v4 against museval 0.4.1 (its printed values) and fast-bss-eval (run here)."""

import fast_bss_eval
import numpy as np
import pytest

from lab.evaluation.bss import BssEval

RATE = 4000

# museval.metrics.bss_eval(references, estimates, window=4000, hop=4000), version 0.4.1, on `signals()`:
# [channels][source] -> values of two frames for SDR, SIR, SAR
MUSEVAL = {
    2: (
        ([11.166022, 10.969762], [13.014983, 12.611733], [21.310767, 21.248617]),
        ([16.7497, 16.78403], [20.049493, 20.090048], [29.655662, 29.721929]),
    ),
    1: (
        ([12.14947, 11.85756], [14.453506, 13.983668], [22.347043, 22.291132]),
        ([15.851753, 15.844411], [17.605124, 17.720368], [28.934798, 29.113575]),
    ),
}


def signals() -> tuple[np.ndarray, np.ndarray]:
    """References and estimates `[2, 2, 8000]` of a tone with vibrato and coloured noise."""
    rng = np.random.default_rng(7)
    t = np.arange(8000) / RATE
    phase = 2 * np.pi * 220 * t * (1 + 0.01 * np.sin(5 * t))
    voice = np.stack([np.sin(phase), 0.6 * np.sin(phase + 0.4)]) + 0.05 * rng.standard_normal((2, 8000))
    band = rng.standard_normal((2, 8000))
    band = 0.4 * (band + np.roll(band, 1, 1) + 0.5 * band[::-1])
    guess = voice * 0.8 + np.roll(voice, 3, 1) * 0.1 + 0.2 * band + 0.05 * rng.standard_normal((2, 8000))
    rest = band * 0.9 + 0.1 * voice + 0.02 * rng.standard_normal((2, 8000))
    return np.stack([voice, band]), np.stack([guess, rest])


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("source", [0, 1])
def test_equals_museval(channels: int, source: int) -> None:
    references, estimates = (array[:, :channels] for array in signals())
    order = [source, 1 - source]
    score = BssEval(references[order], RATE).score(estimates[source])
    expected = [float(np.median(frames)) for frames in MUSEVAL[channels][source]]
    assert [score.sdr, score.sir, score.sar] == pytest.approx(expected, abs=2e-4)


def test_mono_utterance_equals_fast_bss_eval() -> None:
    references, estimates = (array[:, 0] for array in signals())
    _, sir, sar, _ = fast_bss_eval.bss_eval_sources(references, estimates, filter_length=512)
    score = BssEval(references[:, None], rate=8000).score(estimates[:1])  # one frame: the whole clip
    assert score.sir == pytest.approx(float(sir[0]), abs=1e-3)
    assert score.sar == pytest.approx(float(sar[0]), abs=1e-3)
    in_frames = BssEval(references[:, None], RATE).score(estimates[:1])
    assert in_frames.sir_clip == score.sir_clip == pytest.approx(float(sir[0]), abs=1e-3)
    assert in_frames.sir != pytest.approx(in_frames.sir_clip, abs=1e-3)


def test_a_silent_accompaniment_has_no_interference() -> None:
    references, estimates = signals()
    references[1] = 0
    score = BssEval(references, RATE).score(estimates[0])
    assert score.sir is score.sir_clip is None and score.sdr is not None and score.sar is not None


def test_a_silent_estimate_has_no_score_and_a_silent_reference_is_refused() -> None:
    references, _ = signals()
    assert BssEval(references, RATE).score(np.zeros((2, 8000))).sdr is None
    with pytest.raises(ValueError, match="silent"):
        BssEval(np.zeros_like(references), RATE)


def test_equal_channels_do_not_break_the_projection() -> None:
    references, estimates = signals()
    twins = np.repeat(references[:, :1], 2, axis=1)
    mono = BssEval(references[:, :1], RATE).score(estimates[0, :1])
    stereo = BssEval(twins, RATE).score(np.repeat(estimates[0, :1], 2, axis=0))
    assert stereo.sir == pytest.approx(mono.sir, abs=0.05)
