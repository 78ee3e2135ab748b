"""`voicelift bench engine`: throughput and latency against load, compared with one job at a time.

A clip is a job with one chunk of 10 s. N clips are submitted at once, one per thread, like the slots of a worker.
`--with-song` adds a long job whose chunks occupy SONG_SLOTS threads during the measurement.
"""

import statistics
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from core.audio.chunks import sample_of_frame
from core.card import Card, Preset
from core.errors import Stopped
from core.separation.engine import Engine
from core.separation.request import ChunkRequest
from lab.bench import report
from lab.bench.measure import machine, model_facts, peak_bytes

CLIP_S, RATE = 10.0, 44100
LOADS = (1, 4, 16, 64)
SONG_SLOTS = 4


def run(
    model_dir: Path, device: str, threads: int | None, sampling: dict[str, Any], song: bool, quick: bool, out: Path
) -> dict[str, Any]:
    """Write engine.json: a row per load; `gain` is the throughput relative to one job at a time.

    Args:
        sampling: arguments of Card.sampling.
        song: whether chunks of a long song are processed during the measurement.
    """
    engine = Engine.load(model_dir, device, threads)
    try:
        engine.warm_up()
        preset = engine.card.sampling(**sampling)
        loads = LOADS[:2] if quick else LOADS
        seconds = 2.0 if quick else CLIP_S
        clips = [_clip(engine.card, preset, seconds, number) for number in range(loads[-1])]
        alone = _one_at_a_time(engine, clips[: 2 if quick else 16])
        rows = [_loaded(engine, clips[:load], song, alone) for load in loads]
    finally:
        engine.close()
    report.show(f"Concurrent clips of {seconds:g} s, {preset.steps} steps", rows)
    print(f"\nOne at a time: {alone:.2f} s of audio per second. Peak memory {peak_bytes() / 1e6:.0f} MB.")
    result = {
        "machine": machine(engine.device),
        "model": model_facts(engine.card),
        "sampling": preset.model_dump(),
        "clip_s": seconds,
        "with_song": song,
        "one_at_a_time": alone,
        "rows": rows,
        "peak_mb": peak_bytes() / 1e6,
    }

    def draw(axes: Any) -> None:
        axes.plot([row["clips"] for row in rows], [row["gain"] for row in rows], marker="o")
        axes.axhline(1.0, linestyle=":", color="grey")
        axes.set(xscale="log", xlabel="concurrent clips", ylabel="throughput relative to one at a time")

    report.save(out, "engine", result, draw)
    return result


def _clip(card: Card, preset: Preset, seconds: float, number: int, tenant: str = "", index: int = 0) -> ChunkRequest:
    """A chunk of noise; the cost does not depend on the audio."""
    random = np.random.default_rng(number)
    samples = min(card.samples_per_chunk, round(seconds * card.sample_rate))
    model_input, mixture = (
        random.normal(0, 0.1, (2, count)).astype(np.float32) for count in (samples, samples * RATE // card.sample_rate)
    )
    return ChunkRequest(
        mixture,
        model_input,
        RATE,
        first_frame=index * card.geometry.stride,
        steps=preset.steps,
        eta=preset.eta,
        t_start=preset.t_start,
        tenant=tenant or f"clip-{number}",
        index=index,
    )


def _one_at_a_time(engine: Engine, clips: Sequence[ChunkRequest]) -> float:
    """Seconds of audio per second."""
    started = time.perf_counter()
    for clip in clips:
        engine.separate(clip, lambda: False)
    return sum(_seconds(clip) for clip in clips) / (time.perf_counter() - started)


def _loaded(engine: Engine, clips: Sequence[ChunkRequest], song: bool, alone: float) -> dict[str, Any]:
    """A table row for `clips` submitted at once."""
    finished = threading.Event()
    song_chunks: list[float] = []
    with ThreadPoolExecutor(len(clips) + SONG_SLOTS) as pool:
        slots = [
            pool.submit(_separate_song, engine, clips[0], n, finished, song_chunks) for n in range(song * SONG_SLOTS)
        ]
        started = time.perf_counter()

        def separate(clip: ChunkRequest) -> float:
            engine.separate(clip, lambda: False)
            return time.perf_counter() - started

        latencies = sorted(pool.map(separate, clips))
        taken = time.perf_counter() - started
        song_s = sum(song_chunks)
        finished.set()
        for slot in slots:
            slot.result()
    throughput = (sum(_seconds(clip) for clip in clips) + song_s) / taken
    return {
        "clips": len(clips),
        "audio_s_per_s": throughput,
        "gain": throughput / alone,
        "first_s": latencies[0],
        "median_s": statistics.median(latencies),
        "p95_s": latencies[min(len(latencies) - 1, round(0.95 * len(latencies)))],
        "song_s_per_s": song_s / taken if song else None,
    }


def _separate_song(
    engine: Engine, template: ChunkRequest, slot: int, finished: threading.Event, done: list[float]
) -> None:
    """Separate chunks of the long song in one slot until the clips are finished; append their seconds to `done`."""
    preset = Preset(steps=template.steps, eta=template.eta, t_start=template.t_start)
    seconds = engine.card.geometry.frames * sample_of_frame(1, engine.card.sample_rate) / engine.card.sample_rate
    index = 2 + slot
    while not finished.is_set():
        chunk = _clip(engine.card, preset, seconds, 1000 + slot, "song", index)
        try:
            engine.separate(chunk, finished.is_set)
        except Stopped:
            return
        done.append(_seconds(chunk))
        index += SONG_SLOTS


def _seconds(clip: ChunkRequest) -> float:
    return clip.mixture.shape[1] / clip.rate
