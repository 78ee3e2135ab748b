"""The whole pipeline with its real parts, undisturbed and with killed workers: the files are always the same."""

import json
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from core.errors import NotFound
from core.jobs import events, intents
from core.jobs.job import State
from core.jobs.options import JobOptions
from core.keys import manifest_key
from core.separation.engine import Engine
from tests.support.pipeline_harness import CPU, GPU, Pipeline, undisturbed, write_song
from tests.support.waiting import until

STEPS = 40  # enough to interrupt a chunk in the middle
PIPELINE = {"VOICELIFT_LEASE_S": "6", "VOICELIFT_HEARTBEAT_S": "0.5"}  # short enough for a test to wait for


@pytest.fixture(scope="module")
def engine(tiny_model_dir: Path) -> Iterator[Engine]:
    engine = Engine.load(tiny_model_dir, "cpu")
    yield engine
    engine.close()


def test_a_song_is_separated(pipeline: Pipeline, engine: Engine, tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 4.0)
    job_id = pipeline.submit(song)
    job = pipeline.wait(job_id, 200)
    assert job.state is State.succeeded, f"{job.error}\n{pipeline.tail()}"
    assert job.chunks_total is not None
    assert job.chunks_total > 2
    assert (job.chunks_done, job.pieces_published) == (job.chunks_total, job.chunks_total)
    assert job.null_error_db is None, "vocals + instrumental equals the mixture exactly"
    assert {output.samples for output in job.outputs} == {176400}
    timings = job.timings
    assert timings.queue_s is not None
    assert timings.prepare_s is not None
    assert timings.first_piece_s is not None
    assert timings.total_s is not None
    assert 0 < timings.first_piece_s < timings.total_s
    assert timings.rtf == pytest.approx(timings.inference_s / 4.0)

    assert pipeline.outputs(job) == undisturbed(song, engine, tmp_path / "cli", JobOptions())
    manifest = json.loads(pipeline.storage.get_bytes(manifest_key(job_id)))
    assert manifest["outputs"] == [output.model_dump() for output in job.outputs]
    assert [event.type for event in events.read(pipeline.store.client, job_id)][-1] == "state"

    kinds = wait_for_sweep(pipeline, job_id)
    assert kinds == {"source", "job.json", "outputs", "hls", "peaks", "manifest.json"}, "intermediates are removed"

    again = pipeline.wait(pipeline.submit(song, cache=True), 60)
    assert (again.state, again.cached_from, again.timings.inference_s) == (State.succeeded, job_id, 0)
    assert pipeline.outputs(again) == pipeline.outputs(job)
    assert len(pipeline.store.records.pieces(again.id)) == job.chunks_total
    pipeline.store.records.delete(job_id)
    until(lambda: pipeline.keys(job_id) == [], "all of it is deleted")
    assert len(pipeline.outputs(again)) == 2, "deletes are independent"


def ended_in_s3(pipeline: Pipeline, job_id: str) -> bool:
    stored = intents.read(pipeline.storage, job_id)
    return stored is not None and stored.state.terminal


def wait_for_sweep(pipeline: Pipeline, job_id: str) -> set[str]:
    """Kinds of objects left after the intermediates are deleted."""

    def kinds() -> set[str]:
        return {key.split("/")[2] for key in pipeline.keys(job_id)}

    until(lambda: not kinds() & {"mixture", "stems", "pieces"}, lambda: f"intermediates are removed, not {kinds()}")
    return kinds()


def test_a_file_without_sound_fails_with_its_code(pipeline: Pipeline, tmp_path: Path) -> None:
    text = tmp_path / "song.mp3"
    text.write_text("this is not a song, whatever its name says " * 100)
    job = pipeline.wait(pipeline.submit(text), 60)
    assert job.state is State.failed
    assert job.error is not None
    assert job.error.code == "unsupported_media"


def test_cancel_stops_the_tasks_first(pipeline: Pipeline, tmp_path: Path) -> None:
    job_id = pipeline.submit(write_song(tmp_path / "song.wav", 12.0), steps=1000)
    pipeline.wait(job_id, 200, lambda job: job.chunks_ready >= 2 and pipeline.store.backlog.stats().in_flight > 0)
    job = pipeline.store.records.request_cancel(job_id)
    assert job.cancel_requested_at is not None
    assert job.state is State.running
    job = pipeline.wait(job_id, 10)
    assert job.state is State.canceled
    assert pipeline.store.backlog.stats().in_flight == 0
    until(lambda: len(pipeline.keys(job_id)) == 2, "its files are deleted")
    assert [key.split("/")[2] for key in pipeline.keys(job_id)] == ["job.json", "source"]


def test_a_passed_deadline_stops_the_job(pipeline: Pipeline, tmp_path: Path) -> None:
    """Within a chunk, between steps."""
    store = pipeline.store
    job_id = pipeline.submit(write_song(tmp_path / "song.wav", 12.0), steps=1000)
    pipeline.wait(job_id, 200, lambda job: job.chunks_ready >= 2 and store.backlog.stats().in_flight > 0)
    passed = store.now()
    store.client.hset(f"vl:job:{job_id}", "deadline_at", repr(passed))
    store.client.zadd("vl:deadlines", {job_id: passed})
    job = pipeline.wait(job_id, 30)
    assert job.state is State.canceled
    assert job.error is not None
    assert job.error.code == "deadline_exceeded"
    assert store.backlog.stats().in_flight == 0


def test_killed_workers_do_not_change_the_result(pipeline: Pipeline, engine: Engine, tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 6.0)
    job_id = pipeline.submit(song, steps=STEPS)
    pipeline.wait(job_id, 200, lambda job: job.chunks_done >= 2)
    pipeline.freeze_mid_chunk("gpu")
    pipeline.kill("gpu")
    pipeline.start("gpu", GPU)
    pipeline.wait(job_id, 200, lambda job: job.chunks_done >= 3)
    pipeline.kill("cpu")
    pipeline.start("cpu", CPU)
    job = pipeline.wait(job_id, 200)
    assert job.state is State.succeeded, f"{job.error}\n{pipeline.tail()}"
    assert pipeline.outputs(job) == undisturbed(song, engine, tmp_path / "cli", JobOptions(steps=STEPS))


def test_a_worker_frozen_past_its_lease_does_not_change_the_result(
    pipeline: Pipeline, engine: Engine, tmp_path: Path
) -> None:
    song = write_song(tmp_path / "song.wav", 6.0)
    options = JobOptions(steps=STEPS, render="generative", format="wav24")
    job_id = pipeline.submit(song, **options.model_dump())
    pipeline.wait(job_id, 200, lambda job: job.chunks_done >= 1)
    frozen = pipeline.processes["gpu"]
    pipeline.freeze_mid_chunk("gpu")
    pipeline.start("gpu2", (*GPU[:-1], "second@%h"))
    job = pipeline.wait(job_id, 200)
    frozen.send_signal(signal.SIGCONT)
    assert job.state is State.succeeded, f"{job.error}\n{pipeline.tail()}"
    assert pipeline.outputs(job) == undisturbed(song, engine, tmp_path / "cli", options)
    log = pipeline.logs / "gpu.log"
    until(lambda: "lease lost" in log.read_text(), "the frozen worker sees that its lease is lost")
    after = pipeline.store.records.get(job_id)
    assert (after.state, after.outputs, after.revision) == (job.state, job.outputs, job.revision)
    assert wait_for_sweep(pipeline, job_id) == {"source", "job.json", "outputs", "hls", "peaks", "manifest.json"}


def test_sigterm_lets_the_running_chunk_finish(pipeline: Pipeline, engine: Engine, tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 6.0)
    workers = [name for name in pipeline.processes if name.startswith("gpu")]
    slots = 2 * len(workers)
    until(lambda: pipeline.store.backlog.stats().gpu_slots == slots, "workers killed earlier have expired", 90)
    job_id = pipeline.submit(song, steps=STEPS)
    pipeline.wait(job_id, 200, lambda job: job.chunks_done >= 1)
    for name in workers:
        pipeline.kill(name, signal.SIGTERM)
    stats = pipeline.store.backlog.stats()
    assert (stats.in_flight, stats.gpu_slots) == (0, 0), "no lease expired"
    pipeline.kill("cpu", signal.SIGTERM)
    pipeline.start("gpu", GPU)
    pipeline.start("cpu", CPU)
    job = pipeline.wait(job_id, 200)
    assert job.state is State.succeeded, f"{job.error}\n{pipeline.tail()}"
    assert pipeline.outputs(job) == undisturbed(song, engine, tmp_path / "cli", JobOptions(steps=STEPS))


def test_a_full_redis_stops_no_worker_and_loses_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    client = pipeline.store.client
    before = {name: process.pid for name, process in pipeline.processes.items()}
    first = pipeline.submit(write_song(tmp_path / "song.wav", 4.0), steps=STEPS)
    pipeline.wait(first, 200, lambda job: job.chunks_ready >= 1)
    client.config_set("maxmemory", 1)
    try:
        log = pipeline.logs / "janitor.log"
        until(
            lambda: "temporarily unavailable" in log.read_text(), lambda: f"a message is refused: {pipeline.tail()}", 60
        )
        for name, process in pipeline.processes.items():
            assert process.poll() is None, f"{name} has ended\n{pipeline.tail()}"
    finally:
        client.config_set("maxmemory", 0)
    assert pipeline.wait(first, 200).state is State.succeeded
    second = pipeline.submit(write_song(tmp_path / "other.wav", 2.0))
    assert pipeline.wait(second, 200).state is State.succeeded
    assert {name: process.pid for name, process in pipeline.processes.items()} == before


def test_records_are_rebuilt_after_the_loss_of_redis(
    pipeline: Pipeline, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Meanwhile the workers continue, with unknown leases."""
    for name in ("REDIS_URL", "S3_ENDPOINT_URL", "S3_BUCKET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, pipeline.environment[name])
    song, silent = write_song(tmp_path / "song.wav", 4.0), tmp_path / "no.mp3"
    silent.write_text("this is not a song " * 500)
    done, failed = pipeline.submit(song), pipeline.submit(silent)
    over = [pipeline.wait(job_id, 200) for job_id in (done, failed)]
    for job in over:  # its first sweep stores the final state
        until(partial(ended_in_s3, pipeline, job.id), "its final state is stored")
    running = pipeline.submit(song, steps=STEPS)
    pipeline.wait(running, 200, lambda job: job.chunks_ready >= 1)
    pieces = pipeline.store.records.pieces(done)
    pipeline.store.client.flushall()

    assert main(["admin", "rebuild", "--dry-run"]) == 0
    with pytest.raises(NotFound):
        pipeline.store.records.get(done)
    for _ in range(2):  # again: nothing to do
        assert main(["admin", "rebuild"]) == 0
    assert f"{running} queued again" in capsys.readouterr().out
    for job in over:
        same = {"revision": 0, "device": None}
        again = pipeline.store.records.get(job.id)
        assert again.model_copy(update=same) == job.model_copy(update=same)
        assert again.revision > job.revision
        assert pipeline.outputs(again) == pipeline.outputs(job)
    intermediates: dict[str, None] = {"key": None, "peaks": None}
    assert pipeline.store.records.pieces(done) == [piece.model_copy(update=intermediates) for piece in pieces]
    again = pipeline.wait(running, 300)
    assert again.state is State.succeeded, again.error
    assert pipeline.outputs(again) == undisturbed(song, engine, tmp_path / "cli", JobOptions(steps=STEPS))
