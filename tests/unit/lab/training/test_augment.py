"""Augmentations of simple signals `[C, T]`: their effect, and unchanged shape and timing."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.signal import correlate

from lab.training import augment
from lab.training.pool import RATE

T = RATE


def tone(hertz: float, samples: int = T) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(samples) / RATE)).astype(np.float32)[None]


def click(at: int) -> np.ndarray:
    wav = np.zeros((1, T), np.float32)
    wav[0, at] = 1
    return wav


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, (1, T)).astype(np.float32)


def voice(f0: float, formant: float) -> np.ndarray:
    """Partials of `f0` with one formant."""
    partials = np.arange(1, int(11000 / f0)) * f0
    return np.sum([np.exp(-(((f - formant) / 250) ** 2)) * tone(f) for f in partials], axis=0).astype(np.float32)


def power(wav: np.ndarray, low: float, high: float) -> float:
    spectrum = np.abs(np.fft.rfft(wav)) ** 2
    hertz = np.fft.rfftfreq(wav.shape[-1], 1 / RATE)
    return float(spectrum[..., (hertz >= low) & (hertz < high)].sum()) + 1e-12


def peak_hertz(wav: np.ndarray) -> float:
    return float(np.fft.rfftfreq(wav.shape[-1], 1 / RATE)[np.abs(np.fft.rfft(wav)).argmax()])


def db(ratio: float) -> float:
    return 10 * float(np.log10(ratio))


def test_change_speed_scales_pitch_and_length() -> None:
    fast = augment.change_speed(np.concatenate([tone(400), tone(800)]), 1.25)
    assert len(fast) == 2
    assert abs(fast.shape[1] - T / 1.25) <= 2
    assert abs(peak_hertz(fast[0]) - 500) < 2
    assert abs(peak_hertz(fast[1]) - 1000) < 2


def test_formant_shift_keeps_the_pitch() -> None:
    before = voice(200, 1000)
    after = augment.formant_shift(before, 1.3)
    assert after.shape == before.shape
    assert power(after, 1150, 1450) > 2 * power(after, 850, 1050)
    assert power(before, 850, 1050) > 2 * power(before, 1150, 1450)
    on, off = (sum(power(after, f - 5 + at, f + 5 + at) for f in range(800, 1600, 200)) for at in (0, 100))
    assert on > 100 * off, "the partials stay at multiples of 200 Hz"


def test_formant_shift_by_one_is_the_identity(noise: np.ndarray) -> None:
    np.testing.assert_allclose(augment.formant_shift(noise, 1.0), noise, atol=1e-4)


def test_equaliser_applies_the_requested_gains(noise: np.ndarray) -> None:
    curve = np.array([0, 0, 0, 0, 0, 6, 6], dtype=np.float32)
    after = augment.equalise(noise, curve)
    assert abs(db(power(after, 60, 300) / power(noise, 60, 300))) < 0.3
    assert abs(db(power(after, 7000, 11000) / power(noise, 7000, 11000)) - 6) < 0.3


def test_compressor_attenuates_above_the_threshold() -> None:
    wav = np.concatenate([0.01 * tone(500), tone(500)], axis=1)
    gain = augment.compression(wav, threshold=-30, ratio=4)
    assert gain.shape == (2 * T,)
    assert gain[: T - 200].min() > 0.999, "unchanged below the threshold"
    loud = db(np.mean(tone(500) ** 2))
    assert abs(2 * db(gain[-T // 2]) - (-30 - loud) * 0.75) < 0.5
    assert gain[T + 20] > gain[T + 2000], "the attack takes time"


def test_compressor_uses_the_mean_energy_of_the_channels() -> None:
    left, right = tone(500), 0.1 * tone(700)
    both = augment.compression(np.concatenate([left, right]), threshold=-30, ratio=4)
    alone = augment.compression(left, threshold=-30, ratio=4)
    energy = np.mean(left**2) / 2 + np.mean(right**2) / 2
    assert abs(2 * db(both[-T // 2]) - (-30 - db(energy)) * 0.75) < 0.2
    assert both[-T // 2] > 1.2 * alone[-T // 2], "a nearly silent channel halves the mean energy"


def test_room_response_decays_and_has_unit_energy() -> None:
    impulse = augment.room(np.random.default_rng(0), seconds=0.5, predelay=0.02, damping=0.3)
    assert not impulse[:480].any()
    assert np.sum(impulse**2) == pytest.approx(1, abs=1e-4)
    tail = impulse[480:]
    fall = db(float(np.mean(tail[:1200] ** 2) / np.mean(tail[6000:7200] ** 2)))
    assert abs(fall - 30) < 3, "60 dB in 0.5 s are 30 dB in 0.25 s"


def test_reverb_adds_the_response_to_the_dry_signal() -> None:
    impulse = augment.room(np.random.default_rng(0), 0.3, 0.01, 0.0)
    wet = augment.reverb(click(100), impulse[None], 0.5)
    assert wet.shape == (1, T)
    assert wet[0, 100] == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(wet[0, 340 : 340 + 2000], 0.5 * impulse[240 : 240 + 2000], atol=1e-5)


def test_two_impulse_responses_give_a_stereo_reverb() -> None:
    random = np.random.default_rng(0)
    impulses = np.stack([augment.room(random, 0.3, 0.01, 0.0) for _ in range(2)])
    stereo = np.concatenate([click(100), 0.5 * click(100)])
    for dry, levels in ((click(100), (1, 1)), (stereo, (1, 0.5))):
        wet = augment.reverb(dry, impulses, 0.5)
        assert wet.shape == (2, T) and wet.dtype == np.float32
        for channel, impulse, level in zip(wet, impulses, levels, strict=True):
            assert channel[100] == pytest.approx(level, abs=1e-3)
            np.testing.assert_allclose(channel[340:2340], 0.5 * level * impulse[240:2240], atol=1e-5)


def test_echoes_decay() -> None:
    out = augment.echo(click(0), delay=6000, level=0.5, feedback=0.4)
    np.testing.assert_allclose(out[0, [0, 6000, 12000, 18000]], [1, 0.5, 0.2, 0.08], rtol=1e-5)
    assert np.count_nonzero(out) == 4


def test_band_limit_removes_only_frequencies_above_the_cutoff(noise: np.ndarray) -> None:
    limited = augment.band_limit(noise, 4000)
    assert db(power(limited, 4050, 12000) / power(noise, 4050, 12000)) < -80
    assert abs(db(power(limited, 100, 3500) / power(noise, 100, 3500))) < 0.1


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("codec", sorted(augment.LOSSY))
def test_lossy_codecs_keep_timing_and_level(codec: str, channels: int) -> None:
    random = np.random.default_rng(0)
    voices = np.concatenate([voice(220, 900), 0.5 * voice(290, 1300)])[:channels]
    wav = 4 * (voices + 0.02 * random.normal(size=(channels, T)).astype(np.float32))
    low, high = augment.LOSSY[codec]
    coarse, fine = (augment.lossy(wav, codec, rate) for rate in (low, high))
    assert coarse.shape == fine.shape == wav.shape
    assert coarse.dtype == fine.dtype == np.float32
    for before, *after in zip(wav, coarse, fine, strict=True):
        snrs = [db(np.sum(before**2) / np.sum((before - damaged) ** 2)) for damaged in after]
        assert 3 < snrs[0] < snrs[1] < 50
        assert abs(db(np.sum(after[1] ** 2) / np.sum(before**2))) < 0.5, "same level"
        centred = correlate(after[1][4000:-4000], before[4000:-4000], method="fft", mode="same")
        assert centred.argmax() == len(centred) // 2, "no delay"


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_stays_silent_in_a_codec(channels: int) -> None:
    silence = augment.lossy(np.zeros((channels, 3000), np.float32), "mp3", 64000)
    assert silence.shape == (channels, 3000)
    assert not silence.any()


@pytest.mark.parametrize("codec", sorted(augment.LOSSY))
def test_a_silent_channel_stays_quiet_in_every_codec(codec: str) -> None:
    wav = np.concatenate([np.zeros((1, T), np.float32), voice(220, 900)])
    left, right = augment.lossy(wav, codec, augment.LOSSY[codec][1])
    assert np.sum(left**2) < 1e-3 * np.sum(right**2)


@pytest.mark.parametrize("pan", [-1.0, -0.4, 0.0, 0.7, 1.0])
def test_panning_has_constant_power(pan: float) -> None:
    wav = tone(400)
    sides = augment.placed(wav, pan)
    assert sides.shape == (2, T) and sides.dtype == np.float32
    left, right = (float(np.vdot(side, wav[0]) / np.vdot(wav, wav)) for side in sides)
    np.testing.assert_allclose(sides, np.array([[left], [right]]) * wav, atol=1e-6)
    assert left**2 + right**2 == pytest.approx(2, abs=1e-5)
    assert np.arctan2(right, left) == pytest.approx((1 + pan) * np.pi / 4, abs=1e-5), "from left to right"
    np.testing.assert_array_equal(wav, tone(400))


def test_centre_panning_keeps_the_level() -> None:
    np.testing.assert_allclose(augment.placed(tone(400), 0), np.repeat(tone(400), 2, axis=0), atol=1e-6)


@pytest.mark.parametrize("delay", [-30, 30])
def test_delay_shifts_one_side(delay: int) -> None:
    left, right = augment.placed(click(100), 0, delay)
    early, late = (left, right) if delay > 0 else (right, left)
    assert np.flatnonzero(early).tolist() == [100]
    assert np.flatnonzero(late).tolist() == [130]


def test_panning_scales_stereo_channels() -> None:
    stereo = np.concatenate([tone(400), tone(700)])
    np.testing.assert_allclose(augment.placed(stereo, 0), stereo, atol=1e-6)
    left, right = augment.placed(stereo, 1)
    assert np.abs(left).max() < 1e-6
    np.testing.assert_allclose(right, 2**0.5 * stereo[1], atol=1e-6)


def test_width_scales_the_side_signal_only() -> None:
    stereo = np.concatenate([tone(400) + tone(700), tone(400) - 0.5 * tone(700)])
    np.testing.assert_allclose(augment.widened(stereo, 1), stereo, atol=1e-6)
    narrow, wide = augment.widened(stereo, 0), augment.widened(stereo, 2)
    np.testing.assert_array_equal(narrow[0], narrow[1])
    for changed in (narrow, wide):
        np.testing.assert_allclose(changed.sum(0), stereo.sum(0), atol=1e-6)
    np.testing.assert_allclose(wide[0] - wide[1], 2 * (stereo[0] - stereo[1]), atol=1e-6)


@pytest.mark.parametrize(
    "effect",
    [
        lambda wav: augment.change_speed(wav, 1.1),
        lambda wav: augment.formant_shift(wav, 1.2),
        lambda wav: augment.equalise(wav, np.array([0, 3, -3, 0, 0, 6, 6])),
        lambda wav: augment.reverb(wav, augment.room(np.random.default_rng(0), 0.2, 0.01, 0.0)[None], 0.5),
        lambda wav: augment.echo(wav, 3000, 0.5, 0.4),
        lambda wav: augment.band_limit(wav, 4000),
    ],
    ids=["change_speed", "formant_shift", "equalise", "reverb", "echo", "band_limit"],
)
def test_every_channel_is_processed_alike(effect: Callable[[np.ndarray], np.ndarray]) -> None:
    left, right = tone(400), tone(700) + 0.5 * tone(3000)
    before = np.concatenate([left, right])
    np.testing.assert_allclose(effect(before), np.concatenate([effect(left), effect(right)]), atol=1e-5)
    np.testing.assert_array_equal(before, np.concatenate([left, right]), err_msg="the input is not modified")
