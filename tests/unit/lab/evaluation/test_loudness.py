from fractions import Fraction

import av
import numpy as np
import pytest

from lab.evaluation.loudness import loudness
from lab.evaluation.synthetic import accompany


def ffmpeg_loudness(wav: np.ndarray, rate: int) -> float:
    """Integrated loudness by ffmpeg's ebur128 filter."""
    graph = av.filter.Graph()
    layout = "mono" if len(wav) == 1 else "stereo"
    source = graph.add_abuffer(sample_rate=rate, format="fltp", layout=layout, time_base=Fraction(1, rate))
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wav, dtype=np.float32), format="fltp", layout=layout)
    frame.sample_rate, frame.pts = rate, 0
    graph.push(frame)
    graph.push(None)
    lufs = None
    while True:
        try:
            out = graph.pull()
        except (av.error.EOFError, av.error.BlockingIOError):
            break
        lufs = float(out.metadata["lavfi.r128.I"])
    assert lufs is not None
    return lufs


@pytest.mark.parametrize("rate", [24000, 44100, 48000])
def test_equals_ffmpeg(rate: int) -> None:
    wav = accompany(5.0, rate, seed=2)
    wav[:, : 2 * rate] *= 0.02  # a quiet part that the relative gate must drop
    assert loudness(wav, rate) == pytest.approx(ffmpeg_loudness(wav, rate), abs=0.15)


@pytest.mark.parametrize(("rate", "lufs"), [(24000, -21.4269859), (44100, -21.9183746), (48000, -21.9108498)])
def test_equals_recorded_values(rate: int, lufs: float) -> None:
    wav = accompany(5.0, rate, seed=2)
    wav[:, : 2 * rate] *= 0.02
    assert loudness(wav, rate) == pytest.approx(lufs, abs=1e-6)


def test_the_standards_reference_tone() -> None:
    """BS.1770: a 997 Hz sine at full scale in one channel reads -3.01 LUFS."""
    t = np.arange(48000 * 2) / 48000
    assert loudness(np.sin(2 * np.pi * 997 * t), 48000) == pytest.approx(-3.01, abs=0.02)


def test_silence_has_no_loudness() -> None:
    assert loudness(np.zeros((2, 48000)), 48000) is None
    assert loudness(np.ones((1, 100)), 48000) is None
