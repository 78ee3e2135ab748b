import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import Stopped
from core.separation.engine import ChunkRequest, Engine
from core.separation.track import separate_array

RATE = 44100


@pytest.fixture(scope="module")
def engine(tiny_model_dir: Path) -> Iterator[Engine]:
    engine = Engine.load(tiny_model_dir, "cpu")
    yield engine
    engine.close()


def request_of(engine: Engine, seed: int = 0, **options: object) -> ChunkRequest:
    random = np.random.default_rng(seed)
    heard = random.normal(0, 0.1, engine.card.samples_per_chunk).astype(np.float32)
    mixture = random.normal(0, 0.1, (2, len(heard) * 147 // 80)).astype(np.float32)
    return ChunkRequest(mixture, heard, RATE, 0, steps=3, t_start=0.8, **options)  # type: ignore[arg-type]


def never() -> bool:
    return False


def test_the_same_request_gives_the_same_bits_in_any_company(engine: Engine) -> None:
    requests = [request_of(engine, seed, eta=0.3 * (seed % 2)) for seed in range(6)]
    alone = [engine.separate(request, never).vocals for request in requests]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda request: engine.separate(request, never).vocals, requests))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


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


def test_level_comes_back_as_it_came(engine: Engine) -> None:
    base = request_of(engine, render="generative")
    quiet = replace(base, model_input=base.model_input / 64, mixture=base.mixture / 64)
    loud, soft = (engine.separate(request, never).vocals for request in (base, quiet))
    np.testing.assert_allclose(soft * 64, loud, atol=1e-5)


def test_silence_gives_silence(engine: Engine) -> None:
    base = request_of(engine)
    silent = replace(base, model_input=np.zeros_like(base.model_input), mixture=np.zeros_like(base.mixture))
    result = engine.separate(silent, never)
    assert not result.vocals.any()
    assert result.seconds == 0


def test_generative_and_masked_differ_and_both_come(engine: Engine) -> None:
    result = engine.separate(request_of(engine, render="generative"), never)
    assert result.vocals is not result.masked
    np.testing.assert_array_equal(result.masked, engine.separate(request_of(engine), never).vocals)


def test_it_stops_between_steps(engine: Engine) -> None:
    asked: list[int] = []

    def after_three() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(Stopped):
        engine.separate(replace(request_of(engine), steps=500), after_three)
    assert len(asked) == 4


def test_too_long_a_chunk_is_refused(engine: Engine) -> None:
    base = request_of(engine)
    with pytest.raises(ValueError, match="longer than a chunk"):
        engine.separate(replace(base, model_input=np.tile(base.model_input, 2)), never)


def test_a_bad_chunk_fails_alone(engine: Engine) -> None:
    with pytest.raises(ValueError, match="t_start"):
        engine.separate(replace(request_of(engine), t_start=2.0), never)
    assert engine.separate(request_of(engine), never).vocals.any()


def test_closing_refuses_what_is_inside_and_what_comes_later(tiny_model_dir: Path) -> None:
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
