"""Each effect does to a simple signal what its name says, and keeps its length and its time."""

import numpy as np
import pytest
from scipy.signal import correlate

from core.training import augment
from core.training.augment import RATE

T = RATE


def tone(hertz: float, samples: int = T) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(samples) / RATE)).astype(np.float32)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, T).astype(np.float32)


def voice(f0: float, formant: float) -> np.ndarray:
    """Partials of `f0` under one resonance."""
    partials = np.arange(1, int(11000 / f0)) * f0
    return np.sum([np.exp(-(((f - formant) / 250) ** 2)) * tone(f) for f in partials], axis=0).astype(np.float32)


def power(wav: np.ndarray, low: float, high: float) -> float:
    spectrum = np.abs(np.fft.rfft(wav)) ** 2
    hertz = np.fft.rfftfreq(len(wav), 1 / RATE)
    return float(spectrum[(hertz >= low) & (hertz < high)].sum()) + 1e-12


def peak_hertz(wav: np.ndarray) -> float:
    return float(np.fft.rfftfreq(len(wav), 1 / RATE)[np.abs(np.fft.rfft(wav)).argmax()])


def db(ratio: float) -> float:
    return 10 * float(np.log10(ratio))


def test_speed_moves_the_pitch_and_the_length() -> None:
    fast = augment.change_speed(tone(400), 1.25)
    assert abs(len(fast) - T / 1.25) <= 2
    assert abs(peak_hertz(fast) - 500) < 2


def test_formants_move_and_the_pitch_stays() -> None:
    before = voice(200, 1000)
    after = augment.formant_shift(before, 1.3)
    assert len(after) == len(before)
    assert power(after, 1150, 1450) > 2 * power(after, 850, 1050)
    assert power(before, 850, 1050) > 2 * power(before, 1150, 1450)
    on, off = (sum(power(after, f - 5 + at, f + 5 + at) for f in range(800, 1600, 200)) for at in (0, 100))
    assert on > 100 * off, "the partials are still those of 200 Hz"


def test_a_formant_shift_of_one_changes_nothing(noise: np.ndarray) -> None:
    np.testing.assert_allclose(augment.formant_shift(noise, 1.0), noise, atol=1e-4)


def test_equaliser_gives_the_gains_it_was_asked_for(noise: np.ndarray) -> None:
    curve = np.array([0, 0, 0, 0, 0, 6, 6], dtype=np.float32)
    after = augment.equalise(noise, curve)
    assert abs(db(power(after, 60, 300) / power(noise, 60, 300))) < 0.3
    assert abs(db(power(after, 7000, 11000) / power(noise, 7000, 11000)) - 6) < 0.3


def test_compressor_lowers_the_loud_part_by_its_ratio() -> None:
    wav = np.concatenate([0.01 * tone(500), tone(500)])
    gain = augment.compression(wav, threshold=-30, ratio=4)
    assert len(gain) == len(wav)
    assert gain[: T - 200].min() > 0.999, "what is below the threshold stays"
    loud = db(np.mean(tone(500) ** 2))
    assert abs(2 * db(gain[-T // 2]) - (-30 - loud) * 0.75) < 0.5
    assert gain[T + 20] > gain[T + 2000], "it takes its attack time"


def test_a_room_decays_and_is_of_energy_one() -> None:
    impulse = augment.room(np.random.default_rng(0), seconds=0.5, predelay=0.02, damping=0.3)
    assert not impulse[:480].any()
    assert np.sum(impulse**2) == pytest.approx(1, abs=1e-4)
    tail = impulse[480:]
    fall = db(np.mean(tail[:1200] ** 2) / np.mean(tail[6000:7200] ** 2))
    assert abs(fall - 30) < 3, "60 dB in half a second is 30 in a quarter"


def test_reverb_keeps_the_dry_sound_and_adds_what_follows() -> None:
    click = np.zeros(T, np.float32)
    click[100] = 1
    impulse = augment.room(np.random.default_rng(0), 0.3, 0.01, 0.0)
    wet = augment.reverb(click, impulse, 0.5)
    assert wet[100] == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(wet[340 : 340 + 2000], 0.5 * impulse[240 : 240 + 2000], atol=1e-5)


def test_echo_repeats_ever_quieter() -> None:
    click = np.zeros(T, np.float32)
    click[0] = 1
    out = augment.echo(click, delay=6000, level=0.5, feedback=0.4)
    np.testing.assert_allclose(out[[0, 6000, 12000, 18000]], [1, 0.5, 0.2, 0.08], rtol=1e-5)
    assert np.count_nonzero(out) == 4


def test_band_limit_leaves_nothing_above_and_everything_below(noise: np.ndarray) -> None:
    limited = augment.band_limit(noise, 4000)
    assert db(power(limited, 4050, 12000) / power(noise, 4050, 12000)) < -80
    assert abs(db(power(limited, 100, 3500) / power(noise, 100, 3500))) < 0.1


@pytest.mark.parametrize("codec", sorted(augment.LOSSY))
def test_lossy_codecs_damage_the_sound_and_keep_its_time_and_level(codec: str) -> None:
    random = np.random.default_rng(0)
    wav = 4 * (voice(220, 900) + 0.02 * random.normal(size=T).astype(np.float32))
    low, high = augment.LOSSY[codec]
    coarse, fine = (augment.lossy(wav, codec, rate) for rate in (low, high))
    snrs = [db(np.sum(wav**2) / np.sum((wav - damaged) ** 2)) for damaged in (coarse, fine)]
    assert coarse.shape == fine.shape == wav.shape
    assert 3 < snrs[0] < snrs[1] < 50
    centred = correlate(fine[4000:-4000], wav[4000:-4000], method="fft", mode="same")
    assert centred.argmax() == len(centred) // 2, "not one sample late"


def test_silence_survives_the_codecs() -> None:
    assert not augment.lossy(np.zeros(3000, np.float32), "mp3", 64000).any()
