"""Jobs that were accepted by the first version of the store are served, and done, by this one.

Their records hold only what that version wrote: no pace, format, retention or listing."""

import json
from typing import Any

import pytest
from jobs import AUDIO, MODEL, OUTPUT

from core.jobs.job import JobOptions, Source, State, new_job_id
from core.jobs.view import JobView, Outlook


def old_job(shop: Any) -> str:
    """A job as the first version's create.lua left it."""
    client, job_id = shop.store.client, new_job_id()
    source = {"key": f"jobs/{job_id}/source", "filename": "song.wav", "bytes": 10, "content_type": None, "sha256": None}
    client.hset(
        f"vl:job:{job_id}",
        mapping={
            "id": job_id,
            "tenant": "default",
            "deadline_at": "",
            "options": JobOptions().model_dump_json(),
            "source": json.dumps(source),
            "model": MODEL.model_dump_json(),
            "state": "queued",
            "created_at": repr(shop.clock.now),
            "pieces_published": "0",
            "inference_s": "0",
            "revision": "1",
        },
    )
    event = json.dumps({"state": "queued", "revision": 1, "at": shop.clock.now})
    client.xadd(f"vl:job:{job_id}:events", {"type": "state", "data": event})
    client.zadd("vl:waiting:prepare", {f"prepare:{job_id}:0": shop.clock.now})
    client.zadd(f"vl:lane:prepare:job:{job_id}", {"0": 0})
    client.zadd("vl:lane:prepare:tenant:default", {job_id: client.incr("vl:turn")})
    client.zadd("vl:lane:prepare", {"default": client.incr("vl:turn")})
    return job_id


def test_an_old_job_is_served_listed_and_finished(shop: Any) -> None:
    store, job_id = shop.store, old_job(shop)
    assert store.outlooks([job_id]) == [Outlook(position=0)]
    assert JobView.of(store.get(job_id)).state == "queued"
    store.release()
    lease = shop.claim("prepare", job_id)
    source = Source(key=f"jobs/{job_id}/source", filename="song.wav", bytes=10, sha256="5ha")
    store.describe_source(lease, source, 10.0)
    assert store.chunk_ready(lease, 0, "mixture-0")
    assert store.outlooks([job_id]) == [Outlook()]
    assert store.prepared(lease, 1, AUDIO)
    store.release()
    assert store.separated(shop.claim("separate", job_id), "stem-0", 0.5)
    store.release()
    lease = shop.claim("publish", job_id)
    assert store.publish_piece(lease, 0, {})
    assert store.published(lease)
    store.release()
    lease = shop.claim("finish", job_id)
    assert store.finished(lease, [OUTPUT], None)
    job = store.get(job_id)
    assert (job.state, job.fraction, job.chunks_done) == (State.succeeded, 1.0, 1)
    assert JobView.of(job).outputs
    assert [found.id for found in store.list_jobs("default", State.succeeded, 10)] == [job_id]
    assert store.estimated_wait_s() == 0


def test_an_old_job_that_was_being_worked_on_goes_on(shop: Any) -> None:
    """Its finish was claimed by the first version, which noted no beginning."""
    store, job_id = shop.store, old_job(shop)
    record = f"vl:job:{job_id}"
    store.client.hset(record, mapping={"state": "running", "stage": "finishing", "started_at": repr(shop.clock.now)})
    store.client.hset(record, mapping={"chunks_total": 1, "duration_s": 10, "chunks_done": 1, "pieces_published": 1})
    store.client.hset(f"{record}:leases", f"finish:{job_id}:0", 7)
    store.client.zadd("vl:leases:finish", {f"finish:{job_id}:0": shop.clock.now + 20})
    assert store._run("complete", f"finish:{job_id}:0", 7, "[]", "") == 1
    assert store.get(job_id).state is State.succeeded


@pytest.mark.parametrize("how", ["cancel", "delete", "lease"])
def test_an_old_job_is_stopped_and_does_not_stop_others(shop: Any, how: str) -> None:
    store, job_id = shop.store, old_job(shop)
    store.release()
    if how == "lease":
        for _ in range(3):
            shop.claim("prepare", job_id)
            shop.clock.now += 30
            shop.workers()
            assert [work.job_id for work in shop.reap()] == [job_id]
            store.release()
        assert store.get(job_id).state is State.failed
    elif how == "cancel":
        assert store.request_cancel(job_id).state is State.canceled
    else:
        store.delete(job_id)
        assert store.get(job_id).deleted_at is not None
    while (sweep := store.take_sweep()) is not None:
        store.sweep_done(sweep)


def test_a_manifest_that_was_named_before_stands(shop: Any) -> None:
    """The first version kept it in the record."""
    store, job_id = shop.store, shop.create()
    shop.prepare(job_id, 0)
    store.client.hset(f"vl:job:{job_id}", "manifest", '{"old": true}')
    assert store.committed_manifest(job_id) == {"old": True}
    store.release()
    lease = shop.claim("finish", job_id)
    assert store.commit_manifest(lease, {"old": False}) == {"old": True}
    assert store.get(job_id).state is State.running
