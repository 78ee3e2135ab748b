"""What is drawn, from where, and what is done to mixture and target; every recording is a tone of its own."""

import pickle
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from core.codec.spectral import SpectralCodec
from core.errors import InputError
from core.separation.level import rms
from core.training.augment import band_limit
from core.training.effects import Effects
from core.training.leads import lead
from core.training.loader import Loader
from core.training.mixtures import ALL_MIXTURES, OPEN_MIXTURES, MixtureRecipe, Mixtures
from core.training.pool import RATE, Pool, Recording, write_index
from core.training.speed import measure

SEGMENT = 4800
NONE = Effects(shifted=0, equaliser=0, compressor=0, room=0, echo=0, mastering=0, band_limit=0, lossy=0)
EVERYTHING = Effects(
    shifted=1, formants=0.3, equaliser=1, compressor=1, room=1, echo=1, mastering=1, band_limit=1, lossy=1
)
# Hz of every recording of the pool; songs of the pools "stems", "pairs" and "voices".
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
    effects=NONE,
)


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
    write_index(folder, [*recordings, held])
    return Pool(folder)


def heard(wav: torch.Tensor) -> set[tuple[str, str, str]]:
    """The recordings whose tones stand out of `[1, T]`."""
    spectrum = np.abs(np.fft.rfft(wav[0].numpy() * np.hanning(SEGMENT)))
    return {name for name, hertz in TONES.items() if spectrum[hertz * SEGMENT // RATE] > 0.02 * spectrum.max()}


def draws(pool: Pool, count: int = 40, **changes: object) -> list[tuple[set, set]]:
    """(heard in the mixture, heard in the target) of some draws."""
    mixture, target = Mixtures(pool, replace(PLAIN, **changes)).batch(count)
    return [(heard(m), heard(t) if t.any() else set()) for m, t in zip(mixture, target, strict=True)]


def test_a_remix_is_one_voice_on_the_stems_or_accompaniment_of_one_pool(pool: Pool) -> None:
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


def test_pieces_by_sampled_instruments_are_drawn_by_their_own_share_alone(pool: Pool) -> None:
    piece = ("played", "f", "accompaniment")
    for share in (0.0, 1.0):
        for mixture, target in draws(pool, 10, played=share):
            assert (mixture - target == {piece}) is bool(share)
    without = Pool(pool.folder)
    without.recordings = [r for r in pool.recordings if r.pool != "played"]
    with pytest.raises(InputError, match="voicelift train play"):
        Mixtures(without, replace(PLAIN, played=0.1))


def in_tones(wav: np.ndarray) -> float:
    """The share of the energy of `[T]` that lies in the pool's recordings."""
    power = np.abs(np.fft.rfft(wav * np.hanning(SEGMENT))) ** 2
    bins = np.array([hertz * SEGMENT // RATE for hertz in TONES.values()])
    return float(power[bins[:, None] + np.arange(-2, 3)].sum() / power.sum())


def test_a_synthesised_lead_is_heard_in_the_accompaniment_alone(pool: Pool) -> None:
    leading = Mixtures(pool, replace(PLAIN, lead=1.0, lead_mean=20.0, lead_spread=0.0))
    pairs = [leading.pair() for _ in range(8)]
    assert min(in_tones(target) for _, target in pairs) > 0.95
    assert np.median([in_tones(mixture - target) for mixture, target in pairs]) < 0.5


def test_a_lead_has_a_level_a_pitch_and_a_seed() -> None:
    leads = [lead(np.random.default_rng(seed), RATE, RATE) for seed in range(12)]
    assert np.array_equal(leads[3], lead(np.random.default_rng(3), RATE, RATE))
    for wav in leads:
        assert wav.shape == (RATE,) and wav.dtype == np.float32 and np.isfinite(wav).all()
        sounding = wav[np.abs(wav) > 1e-3 * np.abs(wav).max()]
        assert 0.05 < rms(sounding) < 0.2
        power = np.abs(np.fft.rfft(wav * np.hanning(len(wav)))) ** 2
        assert np.sort(power)[-600:].sum() > 0.8 * power.sum(), "a few partials hold the energy"


def test_a_coherent_mixture_is_the_whole_of_one_song(pool: Pool) -> None:
    for mixture, target in draws(pool, coherent=1.0):
        (voice,) = target
        assert voice[1] in "abc", "a voice alone is no song"
        assert mixture == {name for name in TONES if name[1] == voice[1]}


def test_parts_of_a_coherent_mixture_keep_their_time_and_tempo(pool: Pool) -> None:
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
        found = [
            np.abs(np.fft.rfft(wav, 16 * SEGMENT)).argmax() * RATE / (16 * SEGMENT)
            for wav in (target, mixture - target)
        ]
        assert found[1] / found[0] == pytest.approx(4000 / 3500, rel=0.01)


def test_silent_targets_come_with_accompaniments_and_solos_without(pool: Pool) -> None:
    for mixture, target in draws(pool, silent=1.0):
        assert not target
        assert mixture
        assert not any(role == "vocals" for _, _, role in mixture)
    for mixture, target in draws(pool, solo=1.0):
        assert mixture == target != set()


def test_second_voices_belong_to_the_target_and_second_accompaniments_do_not(pool: Pool) -> None:
    both = draws(pool, second_voice=1.0, second_accompaniment=1.0, level_spread=0.0)
    assert max(len(target) for _, target in both) == 2
    assert all({role for _, _, role in target} == {"vocals"} for _, target in both)
    assert any({"accompaniment", "drums"} <= {role for _, _, role in mixture - target} for mixture, target in both)


def test_another_target_takes_nothing_that_might_hide_it(pool: Pool) -> None:
    for mixture, target in draws(pool, target="bass", coherent=0.5, level_spread=0.0):
        assert {role for _, _, role in target} == {"bass"}
        assert {role for _, _, role in mixture - target} <= {"vocals", "drums"}


def test_weights_choose_the_pools_and_absent_ones_are_passed_over(pool: Pool) -> None:
    weights = (("pairs", 1.0), ("absent", 5.0))
    for mixture, target in draws(pool, vocals_weights=weights, accompaniment_weights=weights, other_pools=0):
        assert {name for name, _, _ in mixture | target} == {"pairs"}
    with pytest.raises(InputError, match="no vocals"):
        Mixtures(pool, replace(PLAIN, other_pools=0))


def test_the_open_recipe_names_only_pools_that_are_free_for_any_use() -> None:
    free = {"songs", "sung", "vocals", "instrumental"}
    named = dict(OPEN_MIXTURES.vocals_weights) | dict(OPEN_MIXTURES.accompaniment_weights)
    assert set(named) <= free
    assert OPEN_MIXTURES.other_pools == 0
    assert ALL_MIXTURES.other_pools > 0


def test_levels_are_drawn_around_their_mean(pool: Pool) -> None:
    mixture, target = Mixtures(pool, replace(PLAIN, level_mean=-6.0, level_spread=0.0)).batch(20)
    ratio = target.square().mean((1, 2)) / (mixture - target).square().mean((1, 2))
    torch.testing.assert_close(10 * ratio.log10(), torch.full((20,), -6.0), atol=0.05, rtol=0)


def test_everything_at_once_is_still_audio_at_its_level(pool: Pool) -> None:
    recipe = replace(PLAIN, effects=EVERYTHING, second_voice=1, second_accompaniment=1, stretch=0.3)
    mixture, target = Mixtures(pool, recipe).batch(12)
    assert mixture.shape == target.shape == (12, 1, SEGMENT)
    assert mixture.dtype == target.dtype == torch.float32
    assert torch.isfinite(mixture).all() and torch.isfinite(target).all()
    level = 20 * (mixture.square().mean((1, 2)).sqrt() / SpectralCodec.level).log10()
    assert level.abs().max() < 4.1


def test_a_band_limit_is_for_both_and_codec_damage_for_the_mixture_alone() -> None:
    random = np.random.default_rng(0)
    target, background = (random.normal(0, 0.1, RATE).astype(np.float32) for _ in range(2))
    narrow = replace(NONE, band_limit=1).release(target + background, target, random)
    for before, after in zip((target + background, target), narrow, strict=True):
        assert any(np.allclose(after, band_limit(before, cutoff), atol=1e-6) for cutoff in (4000, 5500, 8000))
    damaged, clean = replace(NONE, lossy=1).release(target + background, target, random)
    np.testing.assert_array_equal(clean, target)
    assert np.abs(damaged - target - background).max() > 0.01
    quiet, loud = replace(NONE, mastering=1).release(target + background, target, random)
    np.testing.assert_allclose(quiet / (target + background), loud / target, rtol=1e-3)


def test_half_of_the_remixes_of_a_narrow_voice_are_as_narrow(pool: Pool) -> None:
    recipe = replace(
        PLAIN,
        origins=(("pairs", 2000.0),),
        vocals_weights=(("pairs", 1),),
        other_pools=0,
        accompaniment_weights=(("stems", 1),),
        level_spread=0.0,
    )
    mixture, target = Mixtures(pool, recipe).batch(60)
    narrow = [not any(TONES[name] > 2000 for name in heard(m - t)) for m, t in zip(mixture, target, strict=True)]
    several = np.mean(narrow)
    assert 0.3 < several < 0.9


def test_a_batch_is_a_function_of_the_seed_and_its_number(pool: Pool) -> None:
    one, two = Mixtures(pool, PLAIN), Mixtures(pool, PLAIN)
    batches = [one.batch(3) for _ in range(3)]
    for number in (2, 0, 1):
        assert all(torch.equal(a, b) for a, b in zip(two.at(number, 3), batches[number], strict=True))
    assert not torch.equal(batches[0][0], batches[1][0])
    assert not torch.equal(batches[0][0], Mixtures(pool, replace(PLAIN, seed=1)).at(0, 3)[0])


def test_dev_recordings_are_never_drawn(pool: Pool) -> None:
    assert "held" not in {song for _, song in Mixtures(pool, PLAIN).songs}


def test_the_loader_gives_the_same_batches_whoever_makes_them(pool: Pool) -> None:
    expected = [Mixtures(pool, PLAIN).at(number, 2) for number in range(4)]
    with Loader(pool, PLAIN, 2, workers=0) as alone:
        batches = list(islice(alone, 4))
    with Loader(pool, PLAIN, 2, workers=2, start=1) as resumed:
        later = list(islice(resumed, 3))
    for made, wanted in [*zip(batches, expected, strict=True), *zip(later, expected[1:], strict=True)]:
        assert all(torch.equal(a, b) for a, b in zip(made, wanted, strict=True))


def test_a_pool_is_sent_without_its_audio_and_opened_again(pool: Pool, tmp_path: Path) -> None:
    sent = pickle.dumps(pool)
    assert len(sent) < pool.audio.nbytes / 100
    again = pickle.loads(sent)
    np.testing.assert_array_equal(again.read(again.recordings[2]), pool.read(pool.recordings[2]))


def test_speed_tells_what_a_pair_costs_and_a_cache_would_take(pool: Pool) -> None:
    speed = measure(pool, PLAIN, size=2, batches=2, workers=0)
    assert speed.pair_seconds == SEGMENT / RATE
    assert min(speed.drawing_ms, speed.loader_ms, speed.encoding_ms) > 0
    assert 0 < speed.encoding_share < 1
    assert speed.facts()["encoding_share"] == round(speed.encoding_share, 4)
    assert (speed.latent_bytes_s, speed.audio_bytes_s) == (2 * 128 * 75, 2 * RATE)


def test_what_is_shorter_than_a_segment_goes_round_in_time(pool: Pool) -> None:
    weights = (("pairs", 1.0),)
    recipe = replace(PLAIN, segment=3 * RATE, coherent=1.0, vocals_weights=weights, accompaniment_weights=weights)
    for number in range(5):
        mixture, target = (side[0, 0] for side in Mixtures(pool, replace(recipe, other_pools=0)).at(number, 1))
        for wav in (target, mixture - target):
            assert wav[-RATE:].square().mean() == pytest.approx(float(wav[:RATE].square().mean()), rel=0.01)
            torch.testing.assert_close(wav[RATE : 2 * RATE], wav[:RATE], atol=1e-4, rtol=0)
