"""The Python client with broken connections and refusals, without workers."""

import hashlib
import io
import logging
import os
import threading
import zipfile
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from api import slots
from api.routes import events as route
from core import keys
from core.access.keys import Keys
from core.errors import StorageUnavailable
from core.storage import Storage
from tests.clients.python.conftest import Harness, new_key
from tests.support.api_harness import WAV, prepare, succeed
from tests.support.waiting import until
from voicelift_client import AsyncVoicelift, Event, Job, KeyLimits, Progress, Voicelift, _wait, verify_webhook
from voicelift_client._events import Listener
from voicelift_client.errors import (
    BatchTimeout,
    ChecksumMismatch,
    Conflict,
    ConnectionFailed,
    Forbidden,
    InvalidOptions,
    JobCanceled,
    NotFound,
    OutputsNotReady,
    RateLimited,
    StorageRefused,
    TargetExists,
    TooManyAtOnce,
    Unauthenticated,
    UnexpectedResponse,
    VoiceliftError,
    WaitTimeout,
)

MEGABYTE = 1_000_000
RESENT = 400_000  # bytes in transit when a connection breaks, headers included


def song(folder: Path, size: int) -> Path:
    path = folder / "Söng.wav"
    path.write_bytes(WAV + os.urandom(size - len(WAV)))
    return path


def only_job(harness: Harness, data: bytes) -> str:
    """The id of the only job, whose recording is `data`."""
    (job,) = harness.api.store.records.list_jobs("default", None, 10, None)
    assert harness.api.storage.get_bytes(keys.source_key(job.id)) == data
    assert job.source.filename == "Söng.wav"
    return job.id


def in_background(work: Callable[[], Any]) -> Callable[[], Any]:
    """Start `work` in a thread; returns a function that waits for its result."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except VoiceliftError as error:
            results.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result() -> Any:
        thread.join(60)
        assert results, "not within a minute"
        if isinstance(results[0], VoiceliftError):
            raise results[0]
        return results[0]

    return result


def finished_job(harness: Harness, client: Voicelift, data: bytes) -> Job:
    """A job whose vocals are `data`."""
    job = client.submit(io.BytesIO(WAV), filename="Söng.wav")
    succeed(harness.api, job.id, {"vocals": data})
    return job.refresh()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_multipart_upload_resumes_with_the_missing_parts(harness: Harness, tmp_path: Path, kind: str) -> None:
    path = song(tmp_path, 12 * MEGABYTE)  # three parts
    shown: list[Progress] = []
    harness.storage.cut("up", 7 * MEGABYTE)
    if kind == "sync":
        job_id = harness.client().submit(path, on_progress=shown.append).id
    else:

        async def submit() -> str:
            async with AsyncVoicelift(harness.front.url, harness.key, retry_for_s=20) as client:
                return (await client.submit(path, on_progress=shown.append)).id

        job_id = anyio.run(submit)
    assert harness.storage.cuts == 1
    assert only_job(harness, path.read_bytes()) == job_id
    # After the cut: the part that it broke and the last one, not the first.
    assert harness.storage.bytes["up"] < 7 * MEGABYTE + RESENT
    fractions = [progress.fraction for progress in shown]
    assert fractions == sorted(fractions)
    assert (shown[-1].phase, shown[-1].fraction) == ("uploading", 1.0)


def test_a_failed_single_put_is_retried(harness: Harness, tmp_path: Path) -> None:
    path = song(tmp_path, 5 * MEGABYTE)
    harness.storage.cut("up", MEGABYTE, 2 * MEGABYTE)
    harness.client().submit(path)
    assert harness.storage.cuts == 2
    only_job(harness, path.read_bytes())


def test_an_earlier_upload_is_resumed(harness: Harness, tmp_path: Path) -> None:
    path, started = song(tmp_path, 12 * MEGABYTE), list[str]()
    harness.storage.cut("up", 7 * MEGABYTE)
    with pytest.raises(ConnectionFailed, match=f"127.0.0.1:{harness.storage.port}"):
        harness.client(retry_for_s=0).submit(path, idempotency_key="k", on_upload=started.append)
    (upload_id,) = started
    harness.storage.cut("up")
    job = harness.client().submit(path, idempotency_key="k", upload_id=upload_id, on_upload=started.append)
    assert harness.storage.bytes["up"] < 7 * MEGABYTE + RESENT
    assert only_job(harness, path.read_bytes()) == job.id
    harness.storage.cut("up")
    again = harness.client().submit(path, idempotency_key="k", upload_id=upload_id, on_upload=started.append)
    assert (again.id, started, harness.storage.bytes["up"]) == (job.id, [upload_id], 0), "its response may be lost"
    other = harness.client().submit(path, upload_id=upload_id, on_upload=started.append)
    assert other.id != job.id and len(started) == 2, "the upload was used"


def test_a_lost_request_or_response_creates_one_job(harness: Harness, tmp_path: Path) -> None:
    path = song(tmp_path, 3 * MEGABYTE)  # a form
    harness.front.cut("up", MEGABYTE)
    first = harness.client().submit(path, idempotency_key="k")
    assert harness.front.cuts == 1
    harness.front.cut("down", 10)
    again = harness.client().submit(path, idempotency_key="k")
    assert harness.front.cuts == 2
    assert first.id == again.id == only_job(harness, path.read_bytes())


def test_each_event_arrives_once_over_broken_connections(harness: Harness) -> None:
    job = harness.client().submit(io.BytesIO(WAV))
    harness.front.cut("down", 900, 100)  # among the events, then in the response head
    received = in_background(lambda: [(event.id, event.type) for event in job.events()])
    prepare(harness.api.store, job.id, 2)
    until(lambda: harness.front.cuts == 2, "the stream is cut twice")
    harness.api.store.records.request_cancel(job.id)
    got = received()
    stored = harness.api.client.get(f"/v1/jobs/{job.id}/events", headers={"Authorization": f"Bearer {harness.key}"})
    expected = [line.split(": ")[1] for line in stored.text.splitlines() if line.startswith("id: ")]
    assert [event_id for event_id, _ in got] == expected
    assert list(job.events(after=got[-1][0])) == []
    assert [event.id for event in job.events(after=got[1][0])] == expected[2:]


def test_waiting_survives_a_broken_event_stream(harness: Harness) -> None:
    job, shown = harness.client().submit(io.BytesIO(WAV)), list[Progress]()
    harness.front.cut("down", 900)
    waiting = in_background(lambda: job.wait(on_progress=shown.append))
    succeed(harness.api, job.id)
    assert waiting().state == "succeeded"
    assert harness.front.cuts == 1
    fractions = [progress.fraction for progress in shown]
    assert fractions == sorted(fractions)
    assert (shown[0].phase, shown[-1].phase, shown[-1].fraction) == ("queued", "succeeded", 1.0)


def test_a_job_is_polled_when_events_do_not_arrive(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    harness.api.swap(replace(harness.api.services, listeners=slots.Slots("event streams", 1, 1)))
    job, other = harness.client().submit(io.BytesIO(WAV)), harness.client().submit(io.BytesIO(WAV))
    busy = other.events()
    assert next(iter(busy)).type == "state"
    with pytest.raises(TooManyAtOnce, match="Wait for one to end"):
        next(iter(harness.client(retry_for_s=0).job(job.id).events()))
    waiting = in_background(lambda: job.wait(timeout_s=60))
    prepare(harness.api.store, job.id)
    harness.api.store.records.request_cancel(job.id)
    with pytest.raises(JobCanceled) as error:
        waiting()
    assert (error.value.code, error.value.job.state, error.value.retryable) == (None, "canceled", False)
    other.cancel()
    assert [event.data["state"] for event in busy if event.type == "state"] == ["canceled"]


def test_a_silent_event_stream_times_out(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "RECONNECT_MS", 50)
    monkeypatch.setattr(_wait, "SILENCE_S", 0.3)  # less than the ping interval
    opened: list[str | None] = []
    real = Listener.connection

    def connection(self: Listener, silence_s: float) -> AsyncGenerator[Event | None, None]:
        opened.append(self.after)
        return real(self, silence_s)

    monkeypatch.setattr(Listener, "connection", connection)
    job = harness.client().submit(io.BytesIO(WAV))
    waiting = in_background(job.wait)
    until(lambda: len(opened) == 1 + _wait.LOSSES)
    succeed(harness.api, job.id)
    assert waiting().state == "succeeded"
    assert len(opened) == 1 + _wait.LOSSES, "the rest is polled"
    assert len(set(opened)) == 2, "from the beginning, and then after the first event"


def test_waiting_times_out(harness: Harness) -> None:
    job = harness.client().submit(io.BytesIO(WAV))
    with pytest.raises(WaitTimeout, match="is still queued"):
        job.wait(timeout_s=0.2)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_broken_download_resumes(harness: Harness, tmp_path: Path, kind: str) -> None:
    data, target, shown = os.urandom(6 * MEGABYTE), tmp_path / "vocals.flac", list[Progress]()
    job = finished_job(harness, harness.client(), data)
    harness.storage.cut("down", 2 * MEGABYTE, 2 * MEGABYTE)
    if kind == "sync":
        assert job.save("vocals", target, on_progress=shown.append) == target
    else:

        async def save() -> None:
            async with AsyncVoicelift(harness.front.url, harness.key, retry_for_s=20) as client:
                await (await client.job(job.id)).save("vocals", target, on_progress=shown.append)

        anyio.run(save)
    assert harness.storage.cuts == 2
    assert harness.storage.bytes["down"] < 2 * MEGABYTE + RESENT, "the last of three connections, not all of the file"
    assert target.read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["vocals.flac"]
    assert [progress.fraction for progress in shown] == sorted(progress.fraction for progress in shown)


def test_a_partial_download_of_an_earlier_call_is_completed(harness: Harness, tmp_path: Path) -> None:
    data, target = os.urandom(4 * MEGABYTE), tmp_path / ("Ü" * 120 + ".flac")
    job = finished_job(harness, harness.client(retry_for_s=0), data)
    harness.storage.cut("down", 3 * MEGABYTE)
    with pytest.raises(ConnectionFailed):
        job.save("vocals", target)
    (part,) = tmp_path.iterdir()
    assert part.suffix == ".part" and part.stat().st_size > 2 * MEGABYTE
    harness.storage.cut("down")
    assert job.save("vocals", target).read_bytes() == data
    assert harness.storage.bytes["down"] < 2 * MEGABYTE
    assert list(tmp_path.iterdir()) == [target]


def test_a_wrong_file_is_never_saved(harness: Harness, tmp_path: Path) -> None:
    data, target = os.urandom(MEGABYTE), tmp_path / "vocals.flac"
    job = finished_job(harness, harness.client(retry_for_s=0), data)
    harness.storage.cut("down", MEGABYTE // 2)
    with pytest.raises(ConnectionFailed):
        job.save("vocals", target)
    (part,) = tmp_path.iterdir()
    part.write_bytes(bytes(part.stat().st_size))  # corrupt the partial file
    assert job.save("vocals", target).read_bytes() == data, "downloaded again from the beginning"
    target.unlink()
    output = harness.api.store.records.get(job.id).outputs[0]
    harness.api.storage.put_bytes(output.key, bytes(MEGABYTE), "audio/flac")
    with pytest.raises(ChecksumMismatch, match="checksum"):
        job.save("vocals", target)
    harness.api.storage.put_bytes(output.key, bytes(2 * MEGABYTE), "audio/flac")
    with pytest.raises(UnexpectedResponse, match="more bytes than the file has"):
        job.save("vocals", target)
    harness.api.storage.delete([output.key])
    with pytest.raises(StorageRefused, match="404"):
        harness.client().job(job.id).save("vocals", target)
    assert not target.exists()


def test_all_stems_are_saved_as_one_archive(harness: Harness, tmp_path: Path) -> None:
    stems = {"vocals": os.urandom(MEGABYTE), "instrumental": os.urandom(MEGABYTE)}
    job = harness.client().submit(io.BytesIO(WAV), filename="Söng.wav")
    with pytest.raises(OutputsNotReady):
        job.save_all(tmp_path / "stems.zip")
    succeed(harness.api, job.id, stems)
    harness.front.cut("down", MEGABYTE)
    saved = job.refresh().save_all(tmp_path)
    assert harness.front.cuts == 1
    with zipfile.ZipFile(saved) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"Söng ({stem}).flac": data for stem, data in stems.items()
        }
    with pytest.raises(TargetExists):
        job.save_all(saved)
    assert list(tmp_path.iterdir()) == [saved]


def test_existing_files_are_not_overwritten(harness: Harness, tmp_path: Path) -> None:
    job = finished_job(harness, harness.client(), b"0123456789")
    saved = job.save("vocals", f"{tmp_path}/new/")
    assert saved == tmp_path / "new" / "Söng (vocals).flac"
    harness.storage.cut("down")
    assert job.save("vocals", saved.parent) == saved
    assert harness.storage.bytes["down"] == 0, "the same file is not downloaded again"
    saved.write_bytes(b"mine")
    with pytest.raises(TargetExists, match="is not replaced"):
        job.save("vocals", saved)
    assert saved.read_bytes() == b"mine"
    assert hashlib.sha256(job.save("vocals", saved, overwrite=True).read_bytes()).hexdigest() == job.outputs[0].sha256
    with pytest.raises(KeyError, match="it has: vocals"):
        job.save("drums", tmp_path)


def test_requests_above_the_concurrency_limit_are_retried_after_retry_after(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "voicelift_client")
    monkeypatch.setattr(slots, "RETRY_AFTER_S", 1)
    forms, key_id = slots.Slots("uploads", 1, 0), harness.key.split("_")[1]
    forms.take(key_id)
    harness.api.swap(replace(harness.api.services, forms=forms))
    client = harness.client()
    submitting = in_background(lambda: client.submit(io.BytesIO(WAV)))
    until(lambda: "1 uploads are in progress with this key" in caplog.text)
    forms.give_back(key_id)
    assert submitting().state == "queued"


def test_a_rate_limit_beyond_the_retry_time_is_an_error(harness: Harness) -> None:
    client = harness.client(new_key(harness.api, requests_per_minute=1), retry_for_s=0)
    assert client.models()[0].name == "voicelift-tiny"
    with pytest.raises(RateLimited, match="1 requests per minute") as error:
        client.models()
    assert error.value.retry_after_s is not None and 0 < error.value.retry_after_s <= 60


def test_requests_to_an_unavailable_service_are_retried(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "voicelift_client")

    class Failing(Storage):
        """S3 is unavailable for the first request."""

        def put_bytes(self, key: str, data: bytes | bytearray, content_type: str) -> None:
            harness.api.swap(harness.api.services)
            raise StorageUnavailable("The object storage cannot be reached.", retry_after_s=1)

    storage = Failing(harness.api.storage._client, harness.api.storage.bucket)
    harness.api.swap(replace(harness.api.services, storage=storage))
    job = harness.client().submit(io.BytesIO(WAV), filename="Söng.wav")
    assert only_job(harness, WAV) == job.id
    (record,) = (record for record in caplog.records if record.name == "voicelift_client")
    assert record.getMessage().startswith("The object storage cannot be reached. Next attempt in ")


@pytest.mark.parametrize("size", [3000, 3 * MEGABYTE, 6 * MEGABYTE])
def test_a_wrong_key_fails_without_retry(
    harness: Harness, tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VOICELIFT_KEY", raising=False)
    path = song(tmp_path, max(size, len(WAV)))
    for key in (None, f"vl_{'0' * 12}_{'0' * 64}"):
        with pytest.raises(Unauthenticated) as error, Voicelift(harness.front.url, key) as client:
            client.submit(path)
        assert error.value.code == ("invalid_key" if key else "unauthenticated")
        assert error.value.request_id
    assert harness.api.stored() == []


def test_a_wrong_key_is_reported_even_if_the_response_is_lost(harness: Harness, tmp_path: Path) -> None:
    """The API responds and closes without reading the body, which can reset the connection before the client reads
    the response."""
    harness.front.cut("up", 0)
    with pytest.raises(Unauthenticated), harness.client(f"vl_{'0' * 12}_{'0' * 64}", retry_for_s=0) as client:
        client.submit(song(tmp_path, 3 * MEGABYTE))
    assert harness.front.cuts == 1


def test_each_error_code_has_its_class(harness: Harness, tmp_path: Path) -> None:
    client = harness.client()
    with pytest.raises(InvalidOptions, match="steps") as error:
        client.submit(io.BytesIO(WAV), steps=0)
    assert [fault.field for fault in error.value.errors] == ["steps"]
    with pytest.raises(NotFound):
        client.job("job_01k8rz3v9q5w7x2m4n6p8r0s1t")
    with pytest.raises(ValueError, match="empty"):
        client.submit(io.BytesIO(b""))
    with pytest.raises(FileNotFoundError):
        client.submit(tmp_path / "nothing.wav")


def test_a_batch_is_awaited_and_usage_is_returned(harness: Harness) -> None:
    client, counts = harness.client(), list[int]()
    with pytest.raises(NotFound):
        client.wait_for_batch("album-7")
    jobs = [client.submit(io.BytesIO(WAV), batch="album-7", seed=seed) for seed in range(2)]
    client.submit(io.BytesIO(WAV))
    assert {job.id for job in client.jobs(batch="album-7")} == {job.id for job in jobs}
    jobs[0].cancel()
    with pytest.raises(BatchTimeout, match="1 of 2 jobs of the batch album-7"):
        client.wait_for_batch("album-7", timeout_s=0)
    waiting = in_background(lambda: client.wait_for_batch("album-7", on_progress=lambda it: counts.append(it.jobs)))
    until(lambda: counts)
    succeed(harness.api, jobs[1].id)
    assert (waiting().finished, client.batch("album-7").states.succeeded) == (True, 1)
    usage = client.usage()
    assert (usage.tenant, usage.jobs_in_flight.used) == ("default", 1)


def test_an_operator_manages_keys(harness: Harness) -> None:
    with pytest.raises(Forbidden, match="operator key"):
        harness.client().create_key("user 8231")
    _, text = Keys(harness.api.store.client).create("backend", "default", operator=True)
    operator = harness.client(text)
    created = operator.create_key("user 8231", tenant="user-8231", limits=KeyLimits(jobs_in_flight=2))
    user = harness.client(created.key)
    usage = user.usage()
    assert (usage.tenant, usage.key_id, usage.jobs_in_flight.limit) == ("user-8231", created.id, 2)
    assert created.key not in repr(created)
    assert [key.name for key in operator.list_keys()] == ["user 8231", "backend", "client"]
    operator.revoke_key(created.id)
    with pytest.raises(Unauthenticated):
        user.usage()


def test_webhooks_are_tested_verified_and_redelivered(harness: Harness, courier: None) -> None:
    client, hook = harness.client(), f"http://127.0.0.1:{harness.site.port}/hook"
    harness.site.routes["/hook"] = lambda handler: handler.reply(204)
    assert client.test_webhook(hook).outcome == "delivered"
    secret = client.webhook_secret().secret

    def event() -> Any:
        return verify_webhook(secret, harness.site.received[-1].headers, harness.site.received[-1].body)

    assert event().type == "webhook.test"
    harness.site.routes["/hook"] = lambda handler: handler.reply(410)
    job = client.submit(io.BytesIO(WAV), webhook_url=hook, metadata={"user": "8231"}).cancel()
    until(lambda: [delivery.outcome for delivery in job.deliveries()] == ["gone"])
    harness.site.routes["/hook"] = lambda handler: handler.reply(204)
    job.redeliver()
    until(lambda: [delivery.outcome for delivery in job.deliveries()] == ["gone", "delivered"])
    assert (event().type, event().data.id, event().data.metadata) == ("job.canceled", job.id, {"user": "8231"})
    with pytest.raises(Conflict):
        job.redeliver()


def test_jobs_are_listed_canceled_retried_and_deleted(harness: Harness) -> None:
    client = harness.client()
    jobs = [client.submit(io.BytesIO(WAV), metadata={"n": str(number)}, stems=["vocals"]) for number in range(3)]
    assert [job.id for job in client.jobs()] == [job.id for job in reversed(jobs)]
    assert jobs[0].cancel().state == "canceled"
    assert [job.info.metadata for job in client.jobs("canceled")] == [{"n": "0"}]
    again = jobs[0].retry()
    assert (again.info.retry_of, again.state, again.info.options.stems) == (jobs[0].id, "queued", ["vocals"])
    token = again.token().token
    opened = {
        path: harness.api.client.get(path, params={"token": token}).status_code for path in (again.info.url, "/v1/jobs")
    }
    assert opened == {again.info.url: 200, "/v1/jobs": 401}
    for _ in range(2):
        again.delete()
    assert again.id not in [job.id for job in client.jobs()]
