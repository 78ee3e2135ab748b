import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from core.audio.chunker import iter_chunks
from core.card import Confidence, Preset
from core.diffusion.samplers import ddim, times
from core.diffusion.velocity import noised
from core.errors import InvalidOptions, SeparationFailed, Stopped
from core.nets.conditioner import Conditioner
from core.separation.engine import Engine
from core.separation.level import normalising_gain, rms, without_offset
from core.separation.noise import noise
from core.separation.render import renderings
from core.separation.request import ChunkRequest
from core.separation.track import separate_array, separate_chunks
from tests.support.waiting import until

pytestmark = pytest.mark.slow
RATE = 44100


@pytest.fixture(scope="module")
def engine(tiny_model_dir: Path) -> Iterator[Engine]:
    engine = Engine.load(tiny_model_dir, "cpu")
    yield engine
    engine.close()


def request_of(engine: Engine, seed: int = 0, **options: object) -> ChunkRequest:
    random = np.random.default_rng(seed)
    model_input = np.repeat(random.normal(0, 0.1, (1, engine.card.samples_per_chunk)), 2, axis=0).astype(np.float32)
    mixture = random.normal(0, 0.1, (2, model_input.shape[1] * 147 // 80)).astype(np.float32)
    return ChunkRequest(mixture, model_input, RATE, 0, steps=3, t_start=0.8, **options)  # type: ignore[arg-type]


def never() -> bool:
    return False


def test_the_same_request_gives_the_same_bits_in_any_batch(engine: Engine) -> None:
    requests = [request_of(engine, seed, eta=0.3 * (seed % 2)) for seed in range(6)]
    alone = [engine.separate(request, never).vocals for request in requests]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda request: engine.separate(request, never).vocals, requests))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("eta", [0.0, 0.7])
def test_the_engine_equals_the_sequential_parts_bit_for_bit(engine: Engine, eta: float) -> None:
    request = replace(request_of(engine, render="generative"), eta=eta, first_frame=960)
    model, card = engine.model, engine.card
    model_input = without_offset(request.model_input)
    gain = normalising_gain(model_input[:1], model.codec.level)

    def field(step: int) -> torch.Tensor:
        frames = card.samples_per_chunk // model.codec.hop
        return torch.from_numpy(noise(request.seed, step, request.first_frame, frames, model.codec.dim))[None]

    with torch.inference_mode():
        estimate, features = model.condition(
            torch.from_numpy(model_input[: model.config.input_channels] * np.float32(gain))[None]
        )
        schedule = times(request.steps, request.t_start)
        z = noised(estimate, field(0), schedule[:1, None, None])
        z = ddim(lambda z, t: model.generator(z, t, estimate, features), z, schedule, eta, field)
        voice = np.repeat((model.decode(z)[0] / gain).numpy(), 2, axis=0)
    expected = renderings(voice, card.sample_rate, request.mixture, RATE).generative
    np.testing.assert_array_equal(engine.separate(request, never).vocals, expected)


def test_without_steps_the_estimate_is_the_voice(engine: Engine) -> None:
    request = replace(request_of(engine), steps=0)
    model, card = engine.model, engine.card
    model_input = without_offset(request.model_input)
    gain = normalising_gain(model_input[:1], model.codec.level)
    with torch.inference_mode():
        estimate = cast(Conditioner, model.conditioner).voice(
            torch.from_numpy(model_input[: model.config.input_channels] * np.float32(gain))[None]
        )
    voice = np.repeat((estimate[0] / gain).numpy(), 2, axis=0)
    expected = renderings(voice, card.sample_rate, request.mixture, RATE).masked
    np.testing.assert_array_equal(engine.separate(request, never).masked, expected)
    np.testing.assert_array_equal(engine.separate(replace(request, seed=9), never).masked, expected)


@pytest.fixture(scope="module")
def one_lane(tiny_model_dir: Path) -> Iterator[Engine]:
    engine = Engine.load(tiny_model_dir, "cpu", threads=1)
    yield engine
    engine.close()


def test_lanes_run_in_parallel_and_count_their_share_of_the_time(tiny_model_dir: Path) -> None:
    engine = Engine.load(tiny_model_dir, "cpu", threads=2)
    assert engine.at_once == 2
    seen: set[str] = set()
    together = threading.Barrier(2)

    def should_stop() -> bool:
        seen.add(threading.current_thread().name)
        return False

    def separate(seed: int) -> tuple[float, float]:
        together.wait()
        began = time.perf_counter()
        result = engine.separate(replace(request_of(engine, seed), steps=60), should_stop)
        return result.seconds, time.perf_counter() - began

    with ThreadPoolExecutor(2) as pool:
        timings = list(pool.map(separate, range(2)))
    engine.close()
    assert seen == {"lane 0", "lane 1"}
    assert all(seconds < taken for seconds, taken in timings)


def test_tenants_take_turns(one_lane: Engine) -> None:
    engine = one_lane
    running, go = threading.Event(), threading.Event()

    def busy() -> bool:
        running.set()
        go.wait()
        return True

    with ThreadPoolExecutor(5) as pool:
        blocking = pool.submit(engine.separate, request_of(engine), busy)
        running.wait()
        base = replace(request_of(engine), steps=1)
        waiting = [("long", 5), ("long", 6), ("long", 7), ("short", 5)]
        results = [
            pool.submit(engine.separate, replace(base, tenant=tenant, index=index), lambda: False)
            for tenant, index in waiting
        ]
        # The one that is being asked has not been admitted yet.
        until(lambda: len(engine._line) == 1 + len(waiting), "all wait")
        turns = [chunk.request.tenant for _, chunk in sorted(engine._line._waiting, key=lambda numbered: numbered[0])]
        go.set()
        assert [tenant for tenant in turns if tenant].index("short") <= 1
        assert all(result.result().vocals.any() for result in results)
        with pytest.raises(Stopped):
            blocking.result()


def test_seed_steps_and_eta_change_the_result(engine: Engine) -> None:
    base = request_of(engine)
    voice = engine.separate(base, never).vocals
    for other in (
        replace(base, seed=1),
        replace(base, steps=5),
        replace(base, eta=1.0),
        replace(base, first_frame=84),
    ):
        assert not np.array_equal(voice, engine.separate(other, never).vocals)


def test_the_level_is_restored(engine: Engine) -> None:
    base = request_of(engine, render="generative")
    low = np.float32(1 / 64)
    quiet = replace(base, model_input=base.model_input * low, mixture=base.mixture * low)
    loud, soft = (engine.separate(request, never).vocals for request in (base, quiet))
    np.testing.assert_allclose(soft * 64, loud, atol=1e-5)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_short_chunk_is_padded_by_reflection(engine: Engine, share: float) -> None:
    base = request_of(engine, render="generative")
    model_input = base.model_input[:, : int(share * base.model_input.shape[1])]
    samples = int(model_input.shape[1] / engine.card.sample_rate * RATE)
    short = replace(base, model_input=model_input, mixture=base.mixture[:, :samples])
    mirrored = np.pad(model_input, ((0, 0), (0, base.model_input.shape[1] - model_input.shape[1])), mode="symmetric")
    inside = slice(0, samples - RATE // 100)  # the resampler's end
    one, other = (
        engine.separate(request, never).vocals[:, inside] for request in (short, replace(base, model_input=mirrored))
    )
    assert np.abs(one).max() > 1e-3
    np.testing.assert_allclose(one, other, atol=0.02 * float(np.abs(other).max()))  # their levels differ a little


@pytest.mark.parametrize("samples", [1, 2, 50])
def test_the_shortest_chunks_keep_their_length(engine: Engine, samples: int) -> None:
    wav = np.full((2, samples), 0.1, np.float32)
    result = engine.separate(replace(request_of(engine), mixture=wav, model_input=wav), never)
    assert result.vocals.shape == wav.shape
    assert np.isfinite(result.vocals).all()


@pytest.fixture(scope="module")
def duo() -> tuple[np.ndarray, np.ndarray]:
    """A voice and a band, two seconds of noise each at the model's rate."""
    random = np.random.default_rng(7)
    voice, band = (random.normal(0, 0.1, (1, 48000)).astype(np.float32) for _ in range(2))
    return voice, band


def lifted(engine: Engine, mixture: np.ndarray, layout: str = "") -> np.ndarray:
    chunks = iter_chunks([mixture], engine.card.sample_rate, engine.card.geometry, engine.card.sample_rate)
    pieces = separate_chunks(engine, chunks, engine.card.sample_rate, engine.card.quality["draft"], layout=layout)
    return np.concatenate([piece.masked for piece in pieces], axis=1)


def test_swapped_channels_swap_their_stems(engine: Engine, duo: tuple[np.ndarray, np.ndarray]) -> None:
    voice, band = duo
    mixture = np.concatenate([voice + 0.5 * band, voice - band])
    plain = lifted(engine, mixture)
    assert np.abs(plain).max() > 1e-3
    np.testing.assert_allclose(lifted(engine, mixture[::-1]), plain[::-1], atol=1e-6)


def test_equal_channels_are_separated_like_mono(engine: Engine, duo: tuple[np.ndarray, np.ndarray]) -> None:
    mono = duo[0] + duo[1]
    expected = np.repeat(lifted(engine, mono), 2, axis=0)
    np.testing.assert_array_equal(lifted(engine, np.repeat(mono, 2, axis=0)), expected)


def test_a_flipped_polarity_only_flips_the_stem(engine: Engine, duo: tuple[np.ndarray, np.ndarray]) -> None:
    """Within the effect of the generator's noise, which does not flip."""
    mixture, flip = np.concatenate([duo[0] + 0.5 * duo[1], duo[0] - duo[1]]), np.array([[1], [-1]], np.float32)
    plain, flipped = lifted(engine, mixture), lifted(engine, mixture * flip) * flip
    np.testing.assert_array_equal(flipped[0], plain[0])
    assert rms(flipped[1]) == pytest.approx(rms(plain[1]), rel=0.1)


def test_equal_channels_cost_no_more_than_one(one_lane: Engine, duo: tuple[np.ndarray, np.ndarray]) -> None:
    before = one_lane.rows_run
    lifted(one_lane, duo[0])
    alone = one_lane.rows_run - before
    lifted(one_lane, np.repeat(duo[0], 2, axis=0))
    assert one_lane.rows_run - before == 2 * alone
    lifted(one_lane, np.concatenate([duo[0], 0 * duo[0]]))
    assert one_lane.rows_run - before == 3 * alone
    lifted(one_lane, np.concatenate(duo))
    assert one_lane.rows_run - before == 5 * alone


def test_surround_channels_are_separated_in_opposite_pairs(engine: Engine, duo: tuple[np.ndarray, np.ndarray]) -> None:
    voice, band = duo
    front, centre = np.concatenate([band, 0.5 * band + 0.1 * voice]), voice
    surround = np.concatenate([front, centre, 0.3 * band, 0 * front])
    stems = lifted(engine, surround, "5.1")
    scale = 1e-3 * float(np.abs(stems).max())
    np.testing.assert_allclose(stems[:2], lifted(engine, front), atol=scale)
    np.testing.assert_allclose(stems[2:3], lifted(engine, centre), atol=scale)
    assert not stems[3:].any(), "an LFE holds no voice, and neither does silence"


def test_an_offset_changes_nothing(engine: Engine, duo: tuple[np.ndarray, np.ndarray]) -> None:
    mixture = duo[0] + duo[1]
    plain = lifted(engine, mixture)
    offset = lifted(engine, mixture + np.float32(0.05))
    spectrum = np.abs(np.fft.rfft(offset - plain)[0, 120:])  # from 60 Hz on
    assert spectrum.max() < 0.02 * np.abs(np.fft.rfft(plain)[0, 120:]).max()


def test_silence_gives_silence(engine: Engine) -> None:
    base = request_of(engine)
    silent = replace(base, model_input=np.zeros_like(base.model_input), mixture=np.zeros_like(base.mixture))
    result = engine.separate(silent, never)
    assert not result.vocals.any()
    assert result.seconds == 0


def test_generative_and_masked_renderings_differ(engine: Engine) -> None:
    result = engine.separate(request_of(engine, render="generative"), never)
    assert result.vocals is not result.masked
    np.testing.assert_array_equal(result.masked, engine.separate(request_of(engine), never).vocals)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("render", ["masked", "generative"])
def test_non_finite_values_fail_their_chunk_only(
    engine: Engine, value: float, render: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = request_of(engine, render=render), request_of(engine, seed=1, render=render)
    expected = engine.separate(good, never).vocals
    usual, spoilt = engine.model.decode, threading.Event()

    def decode(z: torch.Tensor) -> torch.Tensor:
        voices = usual(z)
        if not spoilt.is_set():
            spoilt.set()
            voices[..., 1000] = value
        return voices

    monkeypatch.setattr(engine.model, "decode", decode)
    with pytest.raises(SeparationFailed) as caught:
        engine.separate(bad, never)
    assert caught.value.code == "separation_failed"
    np.testing.assert_array_equal(engine.separate(good, never).vocals, expected)


def test_it_stops_between_steps(engine: Engine) -> None:
    checks: list[int] = []

    def after_three() -> bool:
        checks.append(1)
        return len(checks) > 3

    with pytest.raises(Stopped):
        engine.separate(replace(request_of(engine), steps=500), after_three)
    assert len(checks) == 4


def test_too_long_a_chunk_is_refused(engine: Engine) -> None:
    base = request_of(engine)
    with pytest.raises(ValueError, match="longer than a chunk"):
        engine.separate(replace(base, model_input=np.tile(base.model_input, 2)), never)


def test_a_bad_chunk_fails_alone(engine: Engine) -> None:
    with pytest.raises(ValueError, match="t_start"):
        engine.separate(replace(request_of(engine), t_start=2.0), never)
    assert engine.separate(request_of(engine), never).vocals.any()


def test_closing_refuses_pending_and_later_chunks(tiny_model_dir: Path) -> None:
    engine = Engine.load(tiny_model_dir, "cpu")
    request = replace(request_of(engine), steps=1000)
    started = threading.Event()

    def started_once() -> bool:
        started.set()
        return False

    with ThreadPoolExecutor(1) as pool:
        inside = pool.submit(engine.separate, request, started_once)
        started.wait()
        engine.close()
        with pytest.raises(Stopped):
            inside.result()
    with pytest.raises(Stopped):
        engine.separate(request, never)


def test_a_track_keeps_its_length_and_does_not_depend_on_the_channels_count(engine: Engine) -> None:
    mono = np.random.default_rng(1).normal(0, 0.1, (1, 3 * RATE + 17)).astype(np.float32)
    one = separate_array(engine, mono, RATE)
    two = separate_array(engine, np.repeat(mono, 2, axis=0), RATE)
    for name in ("vocals", "masked"):
        assert one[name].shape == mono.shape
        np.testing.assert_allclose(two[name][0], one[name][0], atol=1e-6)


@pytest.fixture
def batching(tiny_model_dir: Path) -> Iterator[Engine]:
    """An engine that batches like one on a GPU."""
    engine = Engine.load(tiny_model_dir, "cpu", threads=1)
    engine.max_batch = 4
    yield engine
    engine.close()


def test_chunks_at_different_steps_share_a_batch_and_leave_as_they_finish(engine: Engine, batching: Engine) -> None:
    steps = (40, 2, 17, 1, 5, 9)
    requests = [replace(request_of(engine, seed), steps=n, eta=0.5) for seed, n in enumerate(steps)]
    alone = [engine.separate(request, never).vocals for request in requests]
    with ThreadPoolExecutor(len(requests)) as pool:
        together = list(pool.map(lambda request: batching.separate(request, never).vocals, requests))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_chunks_with_and_without_steps_share_a_batch(engine: Engine, batching: Engine) -> None:
    requests = [replace(request_of(engine, seed), steps=2 * (seed % 2)) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda request: batching.separate(request, never).masked, requests))
    for request, stem in zip(requests, together, strict=True):
        np.testing.assert_allclose(stem, engine.separate(request, never).masked, atol=1e-5)


def test_a_chunk_that_stops_leaves_its_neighbours_alone(engine: Engine, batching: Engine) -> None:
    checks: list[int] = []

    def after_three() -> bool:
        checks.append(1)
        return len(checks) > 3

    with ThreadPoolExecutor(3) as pool:
        stopped = pool.submit(batching.separate, replace(request_of(engine), steps=500), after_three)
        others = [pool.submit(batching.separate, replace(request_of(engine), steps=30), never) for _ in range(2)]
        assert all(other.result().vocals.any() for other in others)
        with pytest.raises(Stopped):
            stopped.result()


def test_one_bad_chunk_does_not_fail_its_batch(
    engine: Engine, batching: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = batching._step

    def fails_with_99(active: list[Any]) -> None:
        if any(chunk.request.seed == 99 for chunk in active):
            raise ValueError("a bad chunk")
        step(active)

    monkeypatch.setattr(batching, "_step", fails_with_99)
    with ThreadPoolExecutor(3) as pool:
        bad = pool.submit(batching.separate, replace(request_of(engine), seed=99, steps=20), never)
        good = [pool.submit(batching.separate, replace(request_of(engine), steps=20), never) for _ in range(2)]
        assert all(one.result().vocals.any() for one in good)
        with pytest.raises(ValueError, match="a bad chunk"):
            bad.result()


def test_out_of_memory_halves_the_batch_and_loses_nothing(
    engine: Engine, batching: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, sizes = batching._step, []

    def fits_two(active: list[Any]) -> None:
        sizes.append(len(active))
        if len(active) > 2:
            raise torch.cuda.OutOfMemoryError("no room")
        step(active)

    monkeypatch.setattr(batching, "_step", fits_two)
    requests = [replace(request_of(engine, seed), steps=40) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda request: batching.separate(request, never).vocals, requests))
    assert max(sizes) > 2
    assert batching.max_batch <= 2
    for request, vocals in zip(requests, together, strict=True):
        np.testing.assert_allclose(engine.separate(request, never).vocals, vocals, atol=1e-4)


def test_a_broken_engine_is_reported_to_callers_and_owner(
    engine: Engine, tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[BaseException] = []
    broken = Engine.load(tiny_model_dir, "cpu", on_fault=errors.append)

    def lost(_: object) -> None:
        raise torch.AcceleratorError("the device is lost")

    monkeypatch.setattr(broken, "_step", lost)
    for _ in range(2):
        with pytest.raises(Stopped):
            broken.separate(request_of(engine), never)
    broken.close()
    assert [type(error) for error in errors] == [torch.AcceleratorError]


def test_a_cancelled_chunk_leaves_the_queue(one_lane: Engine) -> None:
    engine = one_lane
    running, wanted = threading.Event(), threading.Event()

    def busy() -> bool:
        running.set()
        return wanted.is_set()

    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(engine.separate, replace(request_of(engine), steps=1000), busy)
        running.wait()
        with pytest.raises(Stopped):
            engine.separate(request_of(engine), lambda: True)
        assert not long.done()
        wanted.set()
        with pytest.raises(Stopped):
            long.result()


def test_an_exception_in_a_stop_callback_reaches_its_caller_only(engine: Engine) -> None:
    def broken_question() -> bool:
        raise RuntimeError("cannot tell")

    with pytest.raises(RuntimeError, match="cannot tell"):
        engine.separate(request_of(engine), broken_question)
    assert engine.separate(request_of(engine), never).vocals.any()


def test_a_missing_device_is_an_error_with_a_sentence(tiny_model_dir: Path) -> None:
    with pytest.raises(InvalidOptions, match="banana"):
        Engine.load(tiny_model_dir, "banana")


def test_closing_a_track_early_stops_its_chunks(engine: Engine) -> None:
    mixture = np.random.default_rng(1).normal(0, 0.1, (1, 60 * RATE)).astype(np.float32)
    chunks = iter_chunks([mixture], RATE, engine.card.geometry, engine.card.sample_rate)
    pieces = cast(Generator[Any, None, None], separate_chunks(engine, chunks, RATE, Preset(steps=1)))
    assert next(pieces).vocals.any()
    pieces.close()
    assert len(engine._line) == 0
    assert engine.separate(request_of(engine), never).vocals.any()


def test_the_gate_attenuates_both_renderings(one_lane: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def parts() -> list[np.ndarray]:
        result = one_lane.separate(request_of(one_lane, render="generative"), never)
        return [result.vocals, result.masked]

    before = parts()
    monkeypatch.setattr(one_lane.method, "card", one_lane.card.model_copy(update={"gate": 0.99}))
    for whole, turned_down in zip(before, parts(), strict=True):
        assert 0 < rms(turned_down) < 0.5 * rms(whole)


def test_vocals_masked_by_the_estimate_have_a_confidence(one_lane: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    request = replace(request_of(one_lane), steps=0)
    assert one_lane.separate(request, never).confidence == (), "the card has no calibration"
    curve = Confidence(offset=0.5, slope=0.2)
    monkeypatch.setattr(one_lane.method, "card", one_lane.card.model_copy(update={"confidence": curve}))
    result = one_lane.separate(request, never)
    segments = -(-request.mixture.shape[1] // int(3.2 * RATE))
    assert len(result.confidence) == segments
    assert all(value is not None and 0 < value < 1 for value in result.confidence)
    for other in (replace(request, steps=1), replace(request, render="generative")):
        assert one_lane.separate(other, never).confidence == (), "the calibration is of other vocals"
    silent = replace(request, model_input=np.zeros_like(request.model_input), mixture=np.zeros_like(request.mixture))
    assert not any(one_lane.separate(silent, never).confidence)
