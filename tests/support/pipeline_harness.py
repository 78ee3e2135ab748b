"""A real pipeline for tests: celery workers and a janitor as processes, over a real Redis and a real S3
server."""

import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis

from core import storage
from core.audio.chunker import iter_chunks
from core.audio.decode import open_audio
from core.audio.encode import write_stems
from core.audio.formats import choose_format
from core.card import load_card
from core.jobs import intents, queue
from core.jobs.job import Job, ModelRef, Source, new_job_id
from core.jobs.options import JobOptions
from core.jobs.store import JobStore
from core.keys import source_key
from core.separation.engine import Engine
from core.separation.track import separate_chunks
from core.settings import Settings
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
WORKER: tuple[str, ...] = ("-m", "celery", "--quiet", "-A", "worker.app", "worker", "--pool=threads", "-c", "2")
WORKER += ("--without-gossip", "--without-mingle")
GPU = (*WORKER, "-Q", "gpu", "-n", "gpu@%h")
CPU = (*WORKER, "-Q", "cpu", "-n", "cpu@%h")
JANITOR = ("-m", "worker.janitor")


def write_song(path: Path, seconds: float, rate: int = 44100, channels: int = 2) -> Path:
    """A 16-bit WAV of gliding tones and swelling noise: nothing that a model separates into silence."""
    time_axis = np.arange(int(seconds * rate)) / rate
    rng = np.random.default_rng(7)
    tone = 0.3 * np.sin(2 * np.pi * (220 + 40 * np.sin(2 * np.pi * 0.3 * time_axis)) * time_axis)
    noise = 0.05 * rng.standard_normal((channels, len(time_axis))) * (1 + np.sin(2 * np.pi * 0.7 * time_axis))
    pcm = np.clip((tone[None] + noise) * 32767, -32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.T.tobytes())
    return path


def undisturbed(song: Path, engine: Engine, folder: Path, options: JobOptions) -> dict[str, bytes]:
    """The stems from the command line, in one process."""
    sampling = engine.card.sampling(options.quality, options.steps, options.eta, render=options.render)
    folder.mkdir()
    with open_audio(song) as source:
        rate = source.info.sample_rate
        chosen = choose_format(options.format, source.info)
        cut = iter_chunks(source, rate, engine.card.geometry, engine.card.sample_rate)
        pieces = separate_chunks(engine, cut, rate, sampling, options.seed, options.render)
        paths: dict[str, Path] = {stem: folder / f"{stem}.{chosen.extension}" for stem in options.stems}
        write_stems((piece.parts for piece in pieces), paths, chosen, source.info)
    return {stem: path.read_bytes() for stem, path in paths.items()}


@dataclass
class Pipeline:
    environment: dict[str, str]
    settings: Settings
    logs: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = JobStore.from_settings(self.settings)
        self.storage = storage.from_settings(self.settings)
        self.celery = queue.make_celery(self.settings)

    def start(self, name: str, arguments: tuple[str, ...], **variables: str) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env={**self.environment, **variables}, stdout=log, stderr=log
            )
        self.processes[name] = process
        return process

    def submit(self, song: Path, cache: bool = False, model: ModelRef | None = None, **options: Any) -> str:
        """The API's steps for an upload; without `cache`, because tests send the same song again."""
        job_id = new_job_id()
        self.storage.put_file(source_key(job_id), song, "audio/wav")
        source = Source(key=source_key(job_id), filename=song.name, bytes=song.stat().st_size)
        job = Job(
            id=job_id,
            tenant="default",
            options=JobOptions(**options),
            source=source,
            model=model or ModelRef.of(load_card(self.settings.model_dir)),
            created_at=time.time(),
            cache=cache,
        )
        intents.write(self.storage, job)
        assert self.store.records.create(job)
        queue.dispatch(self.store, self.celery)
        return job_id

    def wait(self, job_id: str, timeout_s: float, condition: Any = lambda job: job.state.terminal) -> Job:
        seen: list[Job] = []

        def ended() -> bool:
            seen[:] = [self.store.records.get(job_id)]
            return bool(condition(seen[0]))

        until(ended, lambda: f"{seen[0]}\n{self.tail()}", timeout_s)
        return seen[0]

    def outputs(self, job: Job) -> dict[str, bytes]:
        return {output.stem: self.storage.get_bytes(output.key) for output in job.outputs}

    def keys(self, job_id: str) -> list[str]:
        return [item.key for item in self.storage.list(f"jobs/{job_id}/")]

    def tail(self) -> str:
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-25:])
            for path in sorted(self.logs.glob("*.log"))
        )

    def freeze_mid_chunk(self, name: str) -> None:
        """SIGSTOP the gpu worker while it holds chunks."""
        process = self.processes[name]

        def frozen() -> bool:
            process.send_signal(signal.SIGSTOP)
            if self.store.backlog.stats().in_flight:
                return True
            process.send_signal(signal.SIGCONT)
            return False

        until(frozen, "the worker holds a chunk")

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.processes[name]
        os.kill(process.pid, number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            process.wait(120)
            del self.processes[name]


@contextmanager
def running(environment: dict[str, str], settings: Settings, logs: Path) -> Iterator[Pipeline]:
    """A pipeline with one worker per queue and a janitor."""
    logs.mkdir()
    pipeline = Pipeline(environment, settings, logs)
    try:
        pipeline.start("gpu", GPU)
        pipeline.start("cpu", CPU)
        pipeline.start("janitor", JANITOR)
        yield pipeline
    finally:
        for process in pipeline.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        pipeline.celery.close()
        pipeline.store.client.close()


@contextmanager
def piped(variables: dict[str, str], model_dir: Path, folder: Path) -> Iterator[Pipeline]:
    """A pipeline over the servers in `variables`, whose Redis is emptied first; its files are in `folder`."""
    merged = {**variables, "VOICELIFT_MODEL_DIR": str(model_dir), "VOICELIFT_WORK_DIR": str(folder / "work")}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VOICELIFT_")}
    with redis.Redis.from_url(merged["REDIS_URL"]) as client:
        client.flushall()
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(inherited):
            patch.delenv(name)
        for name, value in merged.items():
            patch.setenv(name, value)
        settings = Settings()
    with running({**inherited, **merged}, settings, folder / "logs") as pipeline:
        yield pipeline
