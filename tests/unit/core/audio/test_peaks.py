"""The waveform: the peaks of concatenated pieces equal those of the whole, and bytes encode loudness."""

import numpy as np
import pytest

from core.audio.chunks import sample_of_frame
from core.audio.peaks import peak_rows
from core.card import Geometry

PIECES = Geometry(frames=304, stride=240)  # 3.2 s each


def rows(data: bytes, stems: int = 1) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(-1, stems, 2)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 192000, 12345])
def test_peaks_of_pieces_equal_those_of_the_track(rate: int) -> None:
    rng = np.random.default_rng(1)
    wav = rng.uniform(-1, 1, (2, round(10.03 * rate))).astype(np.float32)
    joints = [sample_of_frame(PIECES.stride * index, rate) for index in range(4)]
    parts = [wav[:, start:stop] for start, stop in zip(joints, [*joints[1:], None], strict=True)]
    pieces = [peak_rows([part], rate, final=part is parts[-1]) for part in parts]
    assert [len(piece) for piece in pieces] == [160, 160, 160, 22], "two bytes for each 40 ms"
    whole = rows(peak_rows([wav], rate, final=True))
    difference = np.abs(rows(b"".join(pieces)).astype(int) - whole)
    assert difference.max() <= (0 if rate * 40 % 1000 == 0 else 3)


def test_bytes_are_roots_of_peak_and_rms_of_each_stem() -> None:
    loud, quiet = np.full((2, 800), -0.25, np.float32), np.zeros((2, 800), np.float32)
    quiet[0, ::2] = 0.04
    picture = rows(peak_rows([loud, quiet], 10000, final=True), stems=2)
    assert picture.shape == (2, 2, 2)
    assert picture[:, 0].tolist() == [[128, 128]] * 2
    power = 0.04**2 / 4  # every other sample of one channel of two
    assert picture[:, 1].tolist() == [[51, round(255 * power**0.25)]] * 2


def test_the_last_bin_may_be_short_and_what_is_above_full_scale_is_full() -> None:
    picture = rows(peak_rows([np.full((1, 401), 3.0, np.float32)], 10000, final=True))
    assert picture[:, 0].tolist() == [[255, 255], [255, 255]]
