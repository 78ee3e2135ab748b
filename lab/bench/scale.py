"""`voicelift bench scale`: one file over 1, 2, ... worker processes, as the service distributes a song.

Each process has a separate engine and takes chunks as they become ready. The parent does the serial work of the
service: it decodes and cuts the song and joins the pieces in order. Each process has `threads` threads; with one
thread, N processes use N cores.
"""

import multiprocessing
import tempfile
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

from core.audio.chunker import ChunkAudio, iter_chunks
from core.audio.decode import open_audio
from core.audio.overlap import piece_from
from core.audio.types import Wav
from core.card import load_card
from core.separation.device import find_device
from core.separation.engine import Engine
from core.separation.request import ChunkRequest
from lab.bench import report
from lab.bench.measure import machine, model_facts
from lab.bench.song import repeated

_engine: Engine | None = None


def run(
    model_dir: Path,
    device: str,
    threads: int,
    sampling: dict[str, Any],
    song: Path,
    seconds: float,
    most: int,
    out: Path,
) -> dict[str, Any]:
    """Write scale.json: a row per number of processes up to `most`, and the serial share."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="voicelift-bench-") as folder:
        path = Path(folder, "song.wav")
        repeated(song, seconds, path)
        for processes in range(1, most + 1):
            spawned = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(processes, spawned, _load_engine, (model_dir, device, threads)) as pool:
                # The calls sleep, so that every process of the pool takes one and loads its engine.
                list(pool.map(_warm, [0.5] * (4 * processes)))
                rows.append(_spread(pool, processes, model_dir, sampling, path))
            rows[-1]["speedup"] = rows[0]["wall_s"] / rows[-1]["wall_s"]
            rows[-1]["efficiency"] = rows[-1]["speedup"] / processes
    report.show(f"{seconds:g} s of music, {threads} threads per process", rows)
    result = {
        "machine": machine(find_device(device)),
        "model": model_facts(load_card(model_dir)),
        "seconds": seconds,
        "threads_each": threads,
        "serial_share": rows[0]["serial_s"] / rows[0]["wall_s"],
        "rows": rows,
    }
    print(f"\nSerial share: {result['serial_share']:.3f}")

    def draw(axes: Any) -> None:
        numbers = [row["processes"] for row in rows]
        axes.plot(numbers, [row["speedup"] for row in rows], marker="o")
        axes.plot(numbers, numbers, linestyle=":", color="grey")
        axes.set(xlabel="processes", ylabel="speed-up")

    report.save(out, "scale", result, draw)
    return result


def _load_engine(model_dir: Path, device: str, threads: int) -> None:
    global _engine
    _engine = Engine.load(model_dir, device, threads)
    _engine.warm_up()


def _warm(seconds: float) -> None:
    time.sleep(seconds)


def _separate(request: ChunkRequest) -> Wav:
    assert _engine is not None, "loaded when the process starts"
    return _engine.separate(request, lambda: False).vocals


def _spread(
    pool: ProcessPoolExecutor, processes: int, model_dir: Path, sampling: dict[str, Any], song: Path
) -> dict[str, Any]:
    card = load_card(model_dir)
    preset = card.sampling(**sampling)
    begun: deque[tuple[ChunkAudio, Future[Wav]]] = deque()
    tail: Wav | None = None
    waited, started = 0.0, time.perf_counter()

    def join(most_left: int) -> None:
        """Join finished chunks until at most `most_left` are in flight."""
        nonlocal tail, waited
        while len(begun) > most_left:
            audio, voice = begun.popleft()
            mark = time.perf_counter()
            vocals = voice.result()
            waited += time.perf_counter() - mark
            _, tail = piece_from(tail, vocals, audio.chunk.index, rate, card.geometry, audio.final)

    with open_audio(song) as source:
        rate = source.info.sample_rate
        for audio in iter_chunks(source, rate, card.geometry, card.sample_rate):
            request = ChunkRequest(
                audio.mixture,
                audio.model_input,
                rate,
                audio.chunk.first_frame,
                steps=preset.steps,
                eta=preset.eta,
                t_start=preset.t_start,
                index=audio.chunk.index,
                layout=source.info.layout,
            )
            begun.append((audio, pool.submit(_separate, request)))
            join(2 * processes)
        join(0)
    wall = time.perf_counter() - started
    return {"processes": processes, "wall_s": wall, "serial_s": wall - waited}
