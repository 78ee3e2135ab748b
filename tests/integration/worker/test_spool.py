"""Stems that wait for S3 on the worker's disk, with a real Redis and a real S3 server."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.card import load_card
from core.errors import StorageUnavailable
from core.jobs.job import ModelRef
from core.jobs.queue import make_celery
from core.jobs.task import Kind, Task
from core.separation.request import ChunkRequest, ChunkResult
from tests.support.jobs import make_job
from worker.objects import pack, unpack
from worker.resident import Resident
from worker.settings import WorkerSettings
from worker.tasks.separate import run


class Engine:
    """Returns its card, and counts the calls."""

    def __init__(self, folder: Path) -> None:
        self.card = load_card(folder)
        self.device = torch.device("cpu")
        self.calls = 0

    def separate(self, request: ChunkRequest, _stop: object) -> ChunkResult:
        self.calls += 1
        return ChunkResult({"vocals": request.mixture}, seconds=1.5)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("ends", ["here", "leaves", "canceled"])
def test_a_stem_is_computed_once_however_long_s3_is_away(
    settings: Any, tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    worker_settings = WorkerSettings()
    engine, celery = Engine(tiny_model_dir), make_celery(worker_settings)
    resident = Resident(worker_settings, celery, engine)  # type: ignore[arg-type]
    store, storage = resident.store, resident.storage
    store.turns.register_worker("w", "gpu", 4, resident.model)
    store.turns.register_worker("w", "cpu", 4)
    job = make_job(model=ModelRef.of(engine.card))
    assert store.records.create(job)
    store.turns.release()
    prepare = store.leases.claim(Task(kind=Kind.prepare, job_id=job.id))
    assert prepare is not None
    wav = np.zeros((1, 100), np.float32)
    storage.put_bytes(
        "mixture", pack({"mixture": wav, "model_input": wav}, {"rate": 8000, "layout": "mono", "first_frame": 0}), "x/y"
    )
    store.leases.chunk_ready(prepare, 0, "mixture")
    store.turns.release()

    gone, put_file = True, storage.put_file
    pauses: list[float] = []

    def put(*args: Any) -> None:
        if gone:
            raise StorageUnavailable("away")
        put_file(*args)

    def pause(seconds: float) -> bool:
        nonlocal gone
        pauses.append(seconds)
        assert resident.spool.size() > 0
        if ends == "here" and len(pauses) == 3:
            gone = False
        elif ends == "leaves" and len(pauses) == 1:
            resident.drain()
        elif ends == "canceled" and len(pauses) == 1:
            store.records.request_cancel(job.id)
            resident.heartbeats._beat()
        return False

    monkeypatch.setattr(storage, "put_bytes", put)
    monkeypatch.setattr(storage, "put_file", put)
    monkeypatch.setattr(resident.draining, "wait", pause)
    task = Task(kind=Kind.separate, job_id=job.id)
    resident.perform(task, run)
    if ends == "leaves":  # another process on this machine takes the chunk, when S3 is back
        assert store.client.hget(f"vl:job:{job.id}:attempts", task.member) == "0"
        assert store.records.stem_key(job.id, 0) is None
        gone = False
        resident.draining.clear()
        store.turns.release()
        resident.perform(task, run)
    key = store.records.stem_key(job.id, 0)
    if ends == "canceled":
        assert key is None
    else:
        assert key is not None
        arrays, _ = unpack(storage.get_bytes(key))
        np.testing.assert_array_equal(arrays["vocals"], wav)
        assert store.records.get(job.id).timings.inference_s == 1.5
    assert engine.calls == 1
    assert resident.spool.size() == 0
    resident.close()
    celery.close()
