"""The engine on a GPU: equality of results, and throughput of batches."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.checkpoint import load_model
from core.separation.batches import BucketedVelocity
from core.separation.diffusion import Diffusion
from core.separation.engine import GPU_BATCHES, Engine
from core.separation.request import ChunkRequest
from core.separation.transfer import AHEAD

MODEL = Path(__file__).parents[2] / "models" / "default"
# The bounds of the contract, as noise to signal in dB. To be set by measurements on the first GPU.
COMPANY_DB = -40.0  # the same chunk alone and in any batch
CPU_DB = -20.0  # bfloat16 networks on a GPU and float32 on a CPU


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine.load(MODEL, "cuda")
    engine.warm_up()
    yield engine
    engine.close()


def request_of(engine: Engine, seed: int = 0, **options: Any) -> ChunkRequest:
    random = np.random.default_rng(seed)
    model_input = random.normal(0, 0.1, engine.card.samples_per_chunk).astype(np.float32)
    both = np.repeat(model_input[None], 2, axis=0)
    return ChunkRequest(both, both, engine.card.sample_rate, 0, **{"steps": 4, "t_start": 0.5, **options})


def noise_db(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(np.square(one - other).sum() / np.square(one).sum()))


def velocity_of(engine: Engine) -> BucketedVelocity:
    assert isinstance(engine.method, Diffusion)
    assert engine.method.velocity is not None
    return engine.method.velocity


def never() -> bool:
    return False


def test_every_bucket_is_recorded_before_the_engine_is_ready(engine: Engine) -> None:
    assert set(velocity_of(engine)._recorded) == set(GPU_BATCHES)
    assert engine.max_batch == GPU_BATCHES[-1]


def test_a_result_depends_little_on_its_batch(engine: Engine) -> None:
    steps = (4, 9, 2, 1, 6, 3, 12, 5) * 4
    requests = [request_of(engine, seed, steps=n, eta=0.5 * (seed % 2)) for seed, n in enumerate(steps)]
    alone = [engine.separate(request, never).vocals for request in requests]
    with ThreadPoolExecutor(len(requests)) as pool:
        together = list(pool.map(lambda request: engine.separate(request, never).vocals, requests))
    assert max(noise_db(one, other) for one, other in zip(alone, together, strict=True)) < COMPANY_DB


def test_the_result_equals_that_of_a_cpu_within_the_bound(engine: Engine) -> None:
    on_cpu = Engine.load(MODEL, "cpu")
    try:
        request = request_of(engine)
        assert noise_db(on_cpu.separate(request, never).vocals, engine.separate(request, never).vocals) < CPU_DB
    finally:
        on_cpu.close()


@torch.inference_mode()
def test_a_cuda_graph_equals_the_plain_generator() -> None:
    model, card = load_model(MODEL, "cuda")
    wav = 0.1 * torch.randn(5, model.config.input_channels, card.samples_per_chunk, device="cuda")
    estimate, features = model.condition(wav)
    t = torch.linspace(0.1, 0.9, 5, device="cuda")
    velocity = BucketedVelocity(model.generator, (1, 2, 4, 8), record=True)
    assert velocity.warm(*(part[:1] for part in (estimate, t, estimate, *features))) == 8
    for rows in (5, 1, 3):
        expected = model.generator(estimate[:rows], t[:rows], estimate[:rows], [level[:rows] for level in features])
        actual = velocity(estimate[:rows], t[:rows], estimate[:rows], [level[:rows] for level in features])
        torch.testing.assert_close(actual, expected, atol=1e-3, rtol=1e-3)


def test_steps_do_not_wait_for_the_device(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA itself reports when a step synchronises with the host."""
    step = engine._step

    def watched(chunks: Any) -> None:
        torch.cuda.set_sync_debug_mode("error")
        try:
            step(chunks)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    monkeypatch.setattr(engine, "_step", watched)
    assert engine.separate(request_of(engine), never).vocals.any()


def test_the_host_does_not_run_far_ahead_of_the_device(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(engine.separate, request_of(engine, seed, steps=30), never) for seed in range(4)]
        assert all(future.result().vocals.any() for future in futures)
    assert len(engine._transfer._queued) <= AHEAD


def test_out_of_memory_halves_the_batch_permanently(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine.load(MODEL, "cuda")
    engine.warm_up()
    step, sizes = engine._step, []

    def fits_two(chunks: Any) -> None:
        sizes.append(len(chunks))
        if len(chunks) > 2:
            raise torch.cuda.OutOfMemoryError("no room")
        step(chunks)

    monkeypatch.setattr(engine, "_step", fits_two)
    try:
        with ThreadPoolExecutor(8) as pool:
            requests = [request_of(engine, seed, steps=20) for seed in range(8)]
            assert all(result.vocals.any() for result in pool.map(lambda r: engine.separate(r, never), requests))
        assert engine.max_batch <= 2
        assert max(velocity_of(engine)._recorded) <= 2
        sizes.clear()
        engine.separate(replace(requests[0], seed=5), never)
        assert max(sizes) <= 2
    finally:
        engine.close()


def test_a_lost_device_is_reported_to_callers_and_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    reported = threading.Event()
    engine = Engine.load(MODEL, "cuda", on_fault=lambda _: reported.set())
    engine.warm_up()

    def lost(_: object) -> None:
        raise torch.AcceleratorError("the device is lost")

    monkeypatch.setattr(engine, "_step", lost)
    with pytest.raises(Exception, match="closed"):
        engine.separate(request_of(engine), never)
    assert reported.wait(5)
