"""Mixtures drawn from a pool in which every recording is a different tone."""

import pickle
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.codec.spectral import SpectralCodec
from core.errors import InputError
from core.separation.level import rms
from lab.training import packages
from lab.training.augment import band_limit
from lab.training.effects import Effects
from lab.training.leads import lead
from lab.training.loader import Loader
from lab.training.mixtures import ALL_MIXTURES, OPEN_MIXTURES, MixtureRecipe, Mixtures
from lab.training.pool import RATE, Pool, Recording, write_index
from lab.training.speed import measure

SEGMENT = 4800
NONE = Effects(
    shifted=0, equaliser=0, compressor=0, room=0, echo=0, panned=0, doubled=0, mastering=0, band_limit=0, lossy=0
)
EVERYTHING = Effects(
    shifted=1,
    formants=0.3,
    equaliser=1,
    compressor=1,
    room=1,
    echo=1,
    panned=1,
    doubled=1,
    mastering=1,
    band_limit=1,
    lossy=1,
)
# Frequency in Hz of each recording (pool, song, role).
TONES = {
    ("stems", "a", "vocals"): 500,
    ("stems", "a", "drums"): 1000,
    ("stems", "a", "bass"): 1500,
    ("stems", "b", "vocals"): 2000,
    ("stems", "b", "drums"): 2500,
    ("stems", "b", "bass"): 3000,
    ("pairs", "c", "vocals"): 3500,
    ("pairs", "c", "accompaniment"): 4000,
    ("pairs", "d", "accompaniment"): 4500,
    ("voices", "e", "vocals"): 5000,
    ("played", "f", "accompaniment"): 5500,
}
PLAIN = MixtureRecipe(
    segment=SEGMENT,
    vocals_weights=(),
    accompaniment_weights=(("played", 0),),
    other_pools=1,
    coherent=0,
    silent=0,
    solo=0,
    second_voice=0,
    second_accompaniment=0,
    lead=0,
    stretch=0,
    mono=0,
    opposed=0,
    panned=0,
    width=0,
    effects=NONE,
)
# Frequencies in Hz of the channels of a stereo song, by role.
SIDES = {"vocals": (500, 700), "accompaniment": (1500, 2500)}


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    folder = tmp_path_factory.mktemp("pool")
    t = np.arange(RATE) / RATE
    wavs = [(4000 * np.sin(2 * np.pi * hertz * t)).astype(np.int16) for hertz in TONES.values()]
    recordings = [
        Recording(f"{song}/{role}", name, song, role, "train", index * RATE, RATE)
        for index, (name, song, role) in enumerate(TONES)
    ]
    held = Recording("held", "pairs", "held", "vocals", "dev", 0, RATE)
    np.save(folder / "audio.npy", np.concatenate(wavs))
    write_index(folder, [*recordings, held], "audio.npy")
    return Pool(folder)


@pytest.fixture(scope="module")
def stereo_pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    """One song of two stereo recordings with a different tone in each channel."""
    folder = tmp_path_factory.mktemp("stereo")
    t = np.arange(RATE) / RATE
    wavs = [(4000 * np.sin(2 * np.pi * hertz * t)).astype(np.int16) for sides in SIDES.values() for hertz in sides]
    recordings = [
        Recording(role, "pairs", "song", role, "train", 2 * index * RATE, RATE, channels=2)
        for index, role in enumerate(SIDES)
    ]
    np.save(folder / "audio.npy", np.concatenate(wavs))
    write_index(folder, recordings, "audio.npy")
    return Pool(folder)


def amplitude(wav: np.ndarray | torch.Tensor, hertz: float) -> float:
    """The amplitude of a tone in `[T]`."""
    samples = np.asarray(wav)
    window = np.hanning(len(samples))
    turning = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / RATE)
    return float(2 * np.abs(np.sum(samples * window * turning)) / window.sum())


Names = set[tuple[str, str, str]]


def recordings_in(wav: torch.Tensor) -> Names:
    """The recordings whose tones are present in the first channel of `[C, T]`."""
    spectrum = np.abs(np.fft.rfft(wav[0].numpy() * np.hanning(SEGMENT)))
    return {name for name, hertz in TONES.items() if spectrum[hertz * SEGMENT // RATE] > 0.02 * spectrum.max()}


def draws(pool: Pool, count: int = 40, **changes: Any) -> list[tuple[Names, Names]]:
    """The recordings in (mixture, target) of `count` draws."""
    mixture, target = Mixtures(pool, replace(PLAIN, **changes)).batch(count)
    return [(recordings_in(m), recordings_in(t) if t.any() else Names()) for m, t in zip(mixture, target, strict=True)]


def test_a_remix_is_one_voice_and_the_accompaniment_of_one_pool(pool: Pool) -> None:
    songs = set()
    for mixture, target in draws(pool, level_spread=0.0):
        (voice,) = target
        assert voice[2] == "vocals"
        background = mixture - target
        roles = sorted(role for _, _, role in background)
        assert roles in (["accompaniment"], ["bass", "drums"])
        songs |= {voice[1]} | {("with", *sorted(song for _, song, _ in background))}
    assert {"a", "b", "c", "e"} <= songs, "every voice is drawn"
    assert {("with", "c"), ("with", "d"), ("with", "a", "a"), ("with", "a", "b")} <= songs, "and every background"


def test_sampled_pieces_are_drawn_by_their_separate_share(pool: Pool) -> None:
    piece = ("played", "f", "accompaniment")
    for share in (0.0, 1.0):
        for mixture, target in draws(pool, 10, played=share):
            assert (mixture - target == {piece}) is bool(share)
    without = Pool(pool.folder)
    without.recordings = [r for r in pool.recordings if r.pool != "played"]
    with pytest.raises(InputError, match="voicelift train play"):
        Mixtures(without, replace(PLAIN, played=0.1))


def in_tones(wav: np.ndarray) -> float:
    """The share of the energy of `[T]` at the frequencies of the pool."""
    power = np.abs(np.fft.rfft(wav * np.hanning(SEGMENT))) ** 2
    bins = np.array([hertz * SEGMENT // RATE for hertz in TONES.values()])
    return float(power[bins[:, None] + np.arange(-2, 3)].sum() / power.sum())


def test_a_synthesised_lead_is_not_part_of_the_target(pool: Pool) -> None:
    leading = Mixtures(pool, replace(PLAIN, lead=1.0, lead_mean=20.0, lead_spread=0.0))
    pairs = [leading.pair() for _ in range(8)]
    assert min(in_tones(target[0]) for _, target in pairs) > 0.95
    assert np.median([in_tones(mixture[0] - target[0]) for mixture, target in pairs]) < 0.5


def test_a_lead_is_harmonic_and_depends_on_its_seed() -> None:
    leads = [lead(np.random.default_rng(seed), RATE, RATE) for seed in range(12)]
    assert np.array_equal(leads[3], lead(np.random.default_rng(3), RATE, RATE))
    for wav in leads:
        assert wav.shape == (RATE,) and wav.dtype == np.float32 and np.isfinite(wav).all()
        sounding = wav[np.abs(wav) > 1e-3 * np.abs(wav).max()]
        assert 0.05 < rms(sounding) < 0.2
        power = np.abs(np.fft.rfft(wav * np.hanning(len(wav)))) ** 2
        assert np.sort(power)[-600:].sum() > 0.8 * power.sum(), "most energy is in few partials"


def test_a_coherent_mixture_has_all_parts_of_one_song(pool: Pool) -> None:
    for mixture, target in draws(pool, coherent=1.0):
        (voice,) = target
        assert voice[1] in "abc", "not from a song with vocals only"
        assert mixture == {name for name in TONES if name[1] == voice[1]}


def test_parts_of_a_coherent_mixture_share_one_change_of_speed(pool: Pool) -> None:
    mixtures = Mixtures(
        pool,
        replace(
            PLAIN,
            coherent=1.0,
            stretch=0.5,
            vocals_weights=(("pairs", 1),),
            other_pools=0,
            accompaniment_weights=(("pairs", 1),),
        ),
    )
    for _ in range(10):
        mixture, target = mixtures.pair()
        voice, rest = [
            np.abs(np.fft.rfft(wav, 16 * SEGMENT)).argmax() * RATE / (16 * SEGMENT)
            for wav in (target[0], mixture[0] - target[0])
        ]
        assert rest / voice == pytest.approx(4000 / 3500, rel=0.01)


def test_silent_and_solo_mixtures(pool: Pool) -> None:
    for mixture, target in draws(pool, silent=1.0):
        assert not target
        assert mixture
        assert not any(role == "vocals" for _, _, role in mixture)
    for mixture, target in draws(pool, solo=1.0):
        assert mixture == target != set()


def test_a_second_voice_is_part_of_the_target(pool: Pool) -> None:
    both = draws(pool, second_voice=1.0, second_accompaniment=1.0, level_spread=0.0)
    assert max(len(target) for _, target in both) == 2
    assert all({role for _, _, role in target} == {"vocals"} for _, target in both)
    assert any({"accompaniment", "drums"} <= {role for _, _, role in mixture - target} for mixture, target in both)


def test_other_targets_are_not_mixed_with_accompaniments(pool: Pool) -> None:
    for mixture, target in draws(pool, target="bass", coherent=0.5, level_spread=0.0):
        assert {role for _, _, role in target} == {"bass"}
        assert {role for _, _, role in mixture - target} <= {"vocals", "drums"}


def test_weights_select_pools_and_absent_pools_are_skipped(pool: Pool) -> None:
    weights = (("pairs", 1.0), ("absent", 5.0))
    for mixture, target in draws(pool, vocals_weights=weights, accompaniment_weights=weights, other_pools=0):
        assert {name for name, _, _ in mixture | target} == {"pairs"}
    with pytest.raises(InputError, match="no vocals"):
        Mixtures(pool, replace(PLAIN, other_pools=0))


def test_the_open_mixtures_use_only_free_pools() -> None:
    free = {"songs", "sung", "vocals", "pjs", "instrumental", packages.OPEN}
    named = dict(OPEN_MIXTURES.vocals_weights) | dict(OPEN_MIXTURES.accompaniment_weights)
    assert packages.COPYLEFT not in named
    assert set(named) <= free
    assert OPEN_MIXTURES.other_pools == 0
    assert ALL_MIXTURES.other_pools > 0


def test_levels_follow_the_recipe(pool: Pool) -> None:
    mixture, target = Mixtures(pool, replace(PLAIN, level_mean=-6.0, level_spread=0.0)).batch(20)
    ratio = target.square().mean((1, 2)) / (mixture[:, :1] - target).square().mean((1, 2))
    torch.testing.assert_close(10 * ratio.log10(), torch.full((20,), -6.0), atol=0.05, rtol=0)


def test_all_effects_together_keep_shape_and_level(pool: Pool) -> None:
    recipe = replace(
        PLAIN, effects=EVERYTHING, second_voice=1, second_accompaniment=1, stretch=0.3, lead=1, panned=1, width=1
    )
    mixture, target = Mixtures(pool, recipe).batch(12)
    assert mixture.shape == (12, 2, SEGMENT)
    assert target.shape == (12, 1, SEGMENT)
    assert mixture.dtype == target.dtype == torch.float32
    assert torch.isfinite(mixture).all() and torch.isfinite(target).all()
    level = 20 * (mixture[:, 0].square().mean(1).sqrt() / SpectralCodec.level).log10()
    assert level.abs().max() < 4.1, "level of the first channel"


def test_release_effects_apply_to_both_except_the_lossy_codec() -> None:
    random = np.random.default_rng(0)
    target, background = (random.normal(0, 0.1, (2, RATE)).astype(np.float32) for _ in range(2))
    narrow = replace(NONE, band_limit=1).release(target + background, target, random)
    for before, after in zip((target + background, target), narrow, strict=True):
        assert any(np.allclose(after, band_limit(before, cutoff), atol=1e-6) for cutoff in (4000, 5500, 8000))
    damaged, clean = replace(NONE, lossy=1).release(target + background, target, random)
    np.testing.assert_array_equal(clean, target)
    assert np.abs(damaged - target - background).max() > 0.01
    assert damaged.shape == target.shape
    quiet, loud = replace(NONE, mastering=1).release(target + background, target, random)
    np.testing.assert_allclose(quiet / (target + background), loud / target, rtol=1e-3)


def test_half_of_the_remixes_of_a_band_limited_voice_are_band_limited(pool: Pool) -> None:
    recipe = replace(
        PLAIN,
        bandwidths=(("pairs", 2000.0),),
        vocals_weights=(("pairs", 1),),
        other_pools=0,
        accompaniment_weights=(("stems", 1),),
        level_spread=0.0,
    )
    mixture, target = Mixtures(pool, recipe).batch(60)
    backgrounds = [recordings_in(m - t) for m, t in zip(mixture[:, :1], target, strict=True)]
    assert 0.3 < np.mean([not any(TONES[name] > 2000 for name in names) for names in backgrounds]) < 0.9


def test_a_batch_depends_on_seed_and_number_only(pool: Pool) -> None:
    one, two = Mixtures(pool, PLAIN), Mixtures(pool, PLAIN)
    batches = [one.batch(3) for _ in range(3)]
    for number in (2, 0, 1):
        assert all(torch.equal(a, b) for a, b in zip(two.at(number, 3), batches[number], strict=True))
    assert not torch.equal(batches[0][0], batches[1][0])
    assert not torch.equal(batches[0][0], Mixtures(pool, replace(PLAIN, seed=1)).at(0, 3)[0])


def test_dev_recordings_are_never_drawn(pool: Pool) -> None:
    assert "held" not in {song for _, song in Mixtures(pool, PLAIN).songs}


@pytest.mark.slow
def test_batches_do_not_depend_on_the_number_of_workers(pool: Pool) -> None:
    expected = [Mixtures(pool, PLAIN).at(number, 2) for number in range(4)]
    with Loader(pool, PLAIN, 2, workers=0) as alone:
        batches = list(islice(alone, 4))
    with Loader(pool, PLAIN, 2, workers=2, start=1) as resumed:
        later = list(islice(resumed, 3))
    for actual, reference in [*zip(batches, expected, strict=True), *zip(later, expected[1:], strict=True)]:
        assert all(torch.equal(a, b) for a, b in zip(actual, reference, strict=True))


def test_a_pickled_pool_reopens_its_audio(pool: Pool, tmp_path: Path) -> None:
    sent = pickle.dumps(pool)
    assert len(sent) < pool.audio.nbytes / 100
    again = pickle.loads(sent)
    np.testing.assert_array_equal(again.read(again.recordings[2]), pool.read(pool.recordings[2]))


def test_speed_measures_the_cost_of_a_pair(pool: Pool) -> None:
    speed = measure(pool, PLAIN, size=2, batches=2, workers=0)
    assert speed.pair_seconds == SEGMENT / RATE
    assert min(speed.drawing_ms, speed.loader_ms, speed.encoding_ms) > 0
    assert 0 < speed.encoding_share < 1
    assert speed.facts()["encoding_share"] == round(speed.encoding_share, 4)
    assert (speed.latent_bytes_s, speed.audio_bytes_s) == (2 * 128 * 75, 2 * RATE)


def test_short_recordings_are_repeated_in_time(pool: Pool) -> None:
    weights = (("pairs", 1.0),)
    recipe = replace(PLAIN, segment=3 * RATE, coherent=1.0, vocals_weights=weights, accompaniment_weights=weights)
    for number in range(5):
        mixture, target = (side[0, 0] for side in Mixtures(pool, replace(recipe, other_pools=0)).at(number, 1))
        for wav in (target, mixture - target):
            assert wav[-RATE:].square().mean() == pytest.approx(float(wav[:RATE].square().mean()), rel=0.01)
            torch.testing.assert_close(wav[RATE : 2 * RATE], wav[:RATE], atol=1e-4, rtol=0)


def test_a_pair_is_a_channel_with_its_context_and_target(stereo_pool: Pool) -> None:
    mixtures = Mixtures(stereo_pool, replace(PLAIN, coherent=1.0))
    firsts = set()
    for mixture, target in (mixtures.pair() for _ in range(20)):
        assert mixture.shape == (2, SEGMENT) and target.shape == (1, SEGMENT)
        assert mixture.dtype == target.dtype == np.float32
        first = int(amplitude(mixture[0], SIDES["accompaniment"][1]) > amplitude(mixture[0], SIDES["accompaniment"][0]))
        firsts.add(first)
        sung, played = ([hertz[side] for side in (first, 1 - first)] for hertz in SIDES.values())
        level = amplitude(target[0], sung[0])
        assert level > 0.01
        for channel, own in ((mixture[0], 0), (mixture[1], 1)):
            assert amplitude(channel, sung[own]) == pytest.approx(level, rel=0.01)
            assert amplitude(channel, sung[1 - own]) < 0.01 * level
            assert amplitude(channel, played[own]) > 0.3 * level
            assert amplitude(channel, played[1 - own]) < 0.01 * amplitude(channel, played[own])
        for other in (sung[1], *played):
            assert amplitude(target[0], other) < 0.01 * level, "only the voice of the first channel"
    assert firsts == {0, 1}, "either channel may be the first"


def test_mono_mixtures_are_the_mean_of_the_channels(stereo_pool: Pool) -> None:
    for mixture, target in (Mixtures(stereo_pool, replace(PLAIN, coherent=1.0, mono=1.0)).pair() for _ in range(3)):
        np.testing.assert_array_equal(mixture[0], mixture[1])
        sung = [amplitude(target[0], hertz) for hertz in SIDES["vocals"]]
        assert sung[0] == pytest.approx(sung[1], rel=0.01), "the mean of the channels"
        for hertz, level in zip(SIDES["vocals"], sung, strict=True):
            assert amplitude(mixture[0], hertz) == pytest.approx(level, rel=0.01)
        for hertz in SIDES["accompaniment"]:
            assert amplitude(mixture[0], hertz) > 0.1 * sung[0]
    batch, _ = Mixtures(stereo_pool, replace(PLAIN, coherent=1.0, mono=0.5)).batch(40)
    share = float((batch[:, 0] == batch[:, 1]).all(1).double().mean())
    assert 0.25 < share < 0.75


def test_opposed_mixtures_have_the_accompaniment_in_anti_phase(pool: Pool, stereo_pool: Pool) -> None:
    for material in (pool, stereo_pool):
        mixtures = Mixtures(material, replace(PLAIN, coherent=1.0, opposed=1.0))
        for mixture, target in (mixtures.pair() for _ in range(5)):
            scale = np.abs(target).max()
            assert scale > 0
            np.testing.assert_allclose(mixture.mean(0), target[0], atol=1e-4 * scale)
            background = mixture - target
            np.testing.assert_allclose(background[0], -background[1], atol=1e-4 * scale)
            assert np.abs(background).max() > 0.1 * scale


def test_a_nearly_silent_channel_is_not_the_first_one(stereo_pool: Pool) -> None:
    mixtures = Mixtures(stereo_pool, PLAIN)
    for level, firsts in ((0.02, {1}), (0.05, {0, 1})):
        record = np.repeat(np.array([[level], [1.0]], np.float32), SEGMENT, axis=1)
        drawn = set()
        for _ in range(30):
            mixture, target = mixtures._one_channel(record, 0.5 * record)
            drawn.add(int(mixture[0, 0] > mixture[1, 0]))
            assert mixture.max() / mixture.min() == pytest.approx(1 / level, rel=1e-4), "both channels are present"
            np.testing.assert_allclose(target[0], 0.5 * mixture[0], rtol=1e-5)
        assert drawn == firsts


def test_a_panned_or_doubled_voice_stays_the_target(pool: Pool) -> None:
    weights = (("voices", 1.0),)
    recipe = replace(PLAIN, solo=1.0, vocals_weights=weights, other_pools=0, accompaniment_weights=(("pairs", 1),))
    ratios = []
    for mixture, target in (
        Mixtures(pool, replace(recipe, effects=replace(NONE, panned=1), seed=seed)).pair() for seed in range(12)
    ):
        np.testing.assert_array_equal(mixture[:1], target)
        ratios.append(rms(mixture[1]) / rms(mixture[0]))
        if min(rms(channel) for channel in mixture) > 1e-4:  # otherwise one side is silent
            assert abs(float(np.corrcoef(*mixture)[0, 1])) > 0.999
    assert min(ratios) < 0.7 and max(ratios) > 1.4
    for mixture, target in (
        Mixtures(pool, replace(recipe, effects=replace(NONE, doubled=1), seed=seed)).pair() for seed in range(4)
    ):
        np.testing.assert_array_equal(mixture[:1], target)
        assert rms(mixture[0] - mixture[1]) > 0.01 * rms(mixture), "the copies have different delays"


def test_mono_accompaniments_are_panned_without_the_voice(pool: Pool) -> None:
    recipe = replace(PLAIN, accompaniment_weights=(("pairs", 1),), other_pools=0, vocals_weights=(("voices", 1),))
    spread = []
    for mixture, target in (Mixtures(pool, replace(recipe, panned=1.0, seed=seed)).pair() for seed in range(16)):
        background = mixture - target
        spread.append(rms(background[0] - background[1]) / rms(background))
        (voice,) = recordings_in(torch.from_numpy(target))
        first, second = (amplitude(channel, TONES[voice]) for channel in mixture)
        assert first == pytest.approx(second, rel=0.02)
    panned = [value for value in spread if value > 0]
    assert len(panned) > 3 and min(panned) > 0.02 and np.median(panned) > 0.2
    assert len(panned) < len(spread), "whole accompaniments stay mono"


def test_the_width_of_accompaniments_is_changed(stereo_pool: Pool) -> None:
    ratios = []
    for seed in range(24):
        mixture, _ = Mixtures(stereo_pool, replace(PLAIN, silent=1.0, width=1.0, seed=seed)).pair()
        own, other = sorted((amplitude(mixture[0], hertz) for hertz in SIDES["accompaniment"]), reverse=True)
        ratios.append(other / own)  # |1 - width| / (1 + width)
    assert min(ratios) < 0.15 and max(ratios) > 0.5
    mixture, _ = Mixtures(stereo_pool, replace(PLAIN, silent=1.0)).pair()
    assert min(amplitude(mixture[0], hertz) for hertz in SIDES["accompaniment"]) < 1e-3


def test_mono_and_stereo_parts_are_summed(pool: Pool, stereo_pool: Pool) -> None:
    both = Pool(stereo_pool.folder)
    both.recordings = [replace(r, song=r.role) if r.role == "vocals" else r for r in stereo_pool.recordings]
    voice = next(r for r in both.recordings if r.role == "vocals")
    both.recordings[both.recordings.index(voice)] = replace(voice, channels=1)
    for mixture, target in (Mixtures(both, replace(PLAIN, seed=seed)).pair() for seed in range(4)):
        sung = SIDES["vocals"][0]
        level = amplitude(target[0], sung)
        assert all(amplitude(channel, sung) == pytest.approx(level, rel=0.01) for channel in mixture)
        played = [[amplitude(channel, hertz) for hertz in SIDES["accompaniment"]] for channel in mixture]
        assert np.argmax(played[0]) != np.argmax(played[1])
