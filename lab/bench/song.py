"""`voicelift bench song`: separation of a whole file: real-time factor, memory, and time by stage.

Each length runs in a separate process, to measure its memory: once for time and memory, and once with a clock in every
stage. The floors are lower bounds of the networks' time: their arithmetic at the rate of a large matrix product, and
the reads and writes of all operations, without caches, at the rate of a large copy.
"""

import multiprocessing
import tempfile
import time
import wave
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from core.audio.chunker import ChunkAudio, iter_chunks
from core.audio.decode import open_audio
from core.audio.encode import write_stems
from core.audio.formats import choose_format
from core.audio.stems import Parts
from core.nets.conditioner import Conditioner
from core.separation.engine import Engine
from core.separation.track import separate_chunks
from lab.bench import report
from lab.bench.clock import Clock
from lab.bench.measure import (
    arithmetic_rate,
    bytes_of,
    flops_of,
    machine,
    memory_rate,
    model_facts,
    peak_bytes,
)
from lab.evaluation.audio_files import read_audio

NETWORK = ("encode", "condition", "denoise", "decode latents")


@dataclass(frozen=True)
class Setup:
    """Model and resources of the process that separates a file. sampling: arguments of Card.sampling."""

    model_dir: Path
    device: str
    threads: int | None
    sampling: dict[str, Any]
    quick: bool


def run(setup: Setup, song: Path, lengths: list[float], out: Path) -> dict[str, Any]:
    """Write song.json: `results` for the song, repeated to each of `lengths` in seconds."""
    results = []
    with tempfile.TemporaryDirectory(prefix="voicelift-bench-") as folder:
        for seconds in lengths:
            path = Path(folder, "song.wav")
            repeated(song, seconds, path)
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                results.append(pool.submit(_measured, setup, path).result())
    for result in results:
        report.show(f"{result['audio_s']:.0f} s of music", [{k: result[k] for k in HEADLINES}])
        report.show("Time by stage, in a separate run", result["stages"])
    document = {"results": results}

    def draw(axes: Any) -> None:
        stages = {row["stage"]: row["share"] for row in results[-1]["stages"]}
        report.bars(axes, stages, f"share of busy time, {results[-1]['audio_s']:.0f} s of music")

    report.save(out, "song", document, draw)
    return document


HEADLINES = (
    "load_s",
    "wall_s",
    "rtf",
    "peak_mb",
    "not_network",
    "engine_overhead",
    "floor_arithmetic",
    "floor_memory",
)


def repeated(song: Path, seconds: float, path: Path) -> None:
    """Write `song`, repeated to `seconds`, to `path` as a 16-bit WAV."""
    wav, rate = read_audio(song)
    frames = np.ascontiguousarray((np.clip(wav, -1, 1 - 2**-15).T * 2**15).astype("<i2"))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(wav.shape[0])
        file.setsampwidth(2)
        file.setframerate(rate)
        left = round(seconds * rate)
        while left > 0:
            file.writeframes(frames[:left].tobytes())
            left -= len(frames)


def _measured(setup: Setup, song: Path) -> dict[str, Any]:
    """Measure one length; runs in a new process."""
    started = time.perf_counter()
    engine = Engine.load(setup.model_dir, setup.device, setup.threads)
    load = time.perf_counter() - started
    engine.warm_up()
    started = time.perf_counter()
    audio_s, chunks = _separate(engine, setup, song, None)
    wall, peak = time.perf_counter() - started, peak_bytes()

    clock = Clock(engine.device)
    for owner, method, stage in (
        (engine.method, "prepare", "level, noise"),
        (engine, "_advance", "engine"),
        (engine, "_render", "render"),
        (engine.model.codec, "encode", "encode"),
        (engine.model, "condition", "condition"),
        (engine.model.conditioner, "voice", "condition"),
        (engine, "_step", "denoise"),
        (engine.model, "decode", "decode latents"),
    ):
        clock.wrap(owner, method, stage)
    _separate(engine, setup, song, clock)
    engine.close()
    seconds = clock.seconds
    seconds.pop("wait", None)
    busy = sum(seconds.values())
    network = sum(seconds.get(stage, 0.0) for stage in NETWORK)
    floors = _floors(engine, setup)
    return {
        "machine": machine(engine.device),
        "model": model_facts(engine.card),
        "sampling": engine.card.sampling(**setup.sampling).model_dump(),
        "audio_s": audio_s,
        "chunks": chunks,
        "load_s": load,
        "wall_s": wall,
        "rtf": wall / audio_s,
        "peak_mb": peak / 1e6,
        "stages": [{"stage": k, "s": v, "share": v / busy} for k, v in sorted(seconds.items(), key=lambda kv: -kv[1])],
        "not_network": 1 - network / busy,
        "engine_overhead": seconds["engine"] / (seconds["engine"] + network),
        "network_s": network,
        "floor_arithmetic": floors["arithmetic_s"] * chunks / network,
        "floor_memory": floors["memory_s"] * chunks / network,
        "floors": floors,
    }


def _separate(engine: Engine, setup: Setup, song: Path, clock: Clock | None) -> tuple[float, int]:
    """Write the stems of a file to a temporary folder; returns its length in seconds and number of chunks."""
    card, chunks = engine.card, 0
    preset = card.sampling(**setup.sampling)
    with tempfile.TemporaryDirectory(prefix="voicelift-bench-") as folder, open_audio(song) as source:
        info = source.info
        output = choose_format("auto", info)
        blocks = clock.pulled(source, "decode") if clock else source
        cut = iter_chunks(blocks, info.sample_rate, card.geometry, card.sample_rate)

        def pieces() -> Iterator[Parts]:
            nonlocal chunks
            chunked: Iterator[ChunkAudio] = clock.pulled(cut, "resample") if clock else cut
            separated = separate_chunks(engine, chunked, info.sample_rate, preset, layout=info.layout)
            for piece in clock.pulled(separated, "wait") if clock else separated:
                chunks += 1
                yield piece.parts

        paths = {stem: Path(folder, stem) for stem in card.stems}
        if clock:
            with clock.stage("write"):
                write_stems(pieces(), paths, output, info)
        else:
            write_stems(pieces(), paths, output, info)
        return source.samples / info.sample_rate, chunks


@torch.inference_mode()
def _floors(engine: Engine, setup: Setup) -> dict[str, float]:
    """Operations and traffic of one chunk, and the minimum seconds they take."""
    model, device = engine.model, engine.device
    wav = 0.1 * torch.randn(1, model.config.input_channels, engine.card.samples_per_chunk, device=device)
    steps = engine.card.sampling(**setup.sampling).steps
    estimate, features = model.condition(wav)
    t = torch.full((1,), 0.5, device=device)

    def once(measure: Any) -> float:
        if not steps:
            return float(measure(lambda: cast(Conditioner, model.conditioner).voice(wav)))
        step = measure(lambda: model.generator(estimate, t, estimate, features))
        return float(measure(lambda: model.condition(wav)) + steps * step + measure(lambda: model.decode(estimate)))

    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    flops, moved = once(flops_of), once(bytes_of)
    rates = arithmetic_rate(device, dtype, 256 if setup.quick else 2048), memory_rate(device)
    return {
        "gflop": flops / 1e9,
        "megabytes": moved / 1e6,
        "gflops": rates[0] / 1e9,
        "gigabytes_per_s": rates[1] / 1e9,
        "arithmetic_s": flops / rates[0],
        "memory_s": moved / rates[1],
    }
