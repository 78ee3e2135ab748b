"""Presigned uploads and their records, on a real Redis and a real S3 server.

Asserted here is what the S3 server enforces of a presigned PUT: the signature, the expiry, the key, and the signed
Content-Length of the whole and of each part. Not every server enforces copy conditions, hence the check after the
copy.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core import storage
from core.errors import NotFound, UploadIncomplete
from core.jobs.job import new_job_id
from core.jobs.scripts import connect
from core.jobs.store import JobStore
from core.jobs.uploads import Upload, Uploads
from core.keys import manifest_key, record_key, source_key, upload_key
from core.settings import Settings
from core.storage import PART_BYTES, Storage
from tests.support.waiting import until
from worker.chores import Chores

TTL_S = 600


@pytest.fixture
def objects(settings: Settings) -> Iterator[Storage]:
    objects = storage.from_settings(settings)
    yield objects
    objects.delete_prefix("uploads/")
    objects.delete_prefix("jobs/")
    for folder in ("uploads/", "jobs/"):
        for key, upload_id, _ in list(objects.open_multiparts(folder)):
            objects.abort(key, upload_id)


@pytest.fixture
def uploads(settings: Settings, objects: Storage) -> Iterator[Uploads]:
    with connect(settings) as client:
        yield Uploads(client, objects)


def begin(uploads: Uploads, size: int = 5, ttl_s: float = TTL_S) -> Upload:
    return uploads.begin("anna", "song.mp3", size, PART_BYTES, ttl_s)


def put(url: str, data: bytes) -> int:
    return httpx.put(url, content=data, trust_env=False).status_code


def test_exactly_the_announced_bytes_can_be_sent(uploads: Uploads) -> None:
    upload = begin(uploads)
    (part,) = uploads.parts(upload, 60)
    assert not part.received
    assert put(part.url, b"hell") == 403
    assert put(part.url, b"hello!") == 403
    with pytest.raises(UploadIncomplete) as refusal:
        uploads.complete(upload)
    assert refusal.value.details["received"] == 0
    other = upload.id[:-1] + ("1" if upload.id.endswith("0") else "0")
    assert put(part.url.replace(upload.id, other), b"hello") == 403
    assert put(part.url, b"hello") == 200
    uploads.complete(upload)
    assert uploads.parts(upload, 60)[0].received


def test_a_page_of_another_origin_may_send(uploads: Uploads) -> None:
    """A browser sends a preflight without a signature and requires its permission."""
    (part,) = uploads.parts(begin(uploads), 60)
    origin = "https://app.example"
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }
    response = httpx.options(part.url, headers=headers)
    assert response.status_code in (200, 204)
    assert response.headers["access-control-allow-origin"] in (origin, "*")
    assert "PUT" in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"].lower() in ("content-type", "*")
    sent = httpx.put(part.url, content=b"hello", headers={"Origin": origin})
    assert (sent.status_code, sent.headers["access-control-allow-origin"]) in ((200, origin), (200, "*"))


def test_a_presigned_url_expires(uploads: Uploads) -> None:
    (part,) = uploads.parts(begin(uploads), 1)
    until(lambda: put(part.url, b"hello") in (400, 403), "the URL expires")


def test_parts_are_accepted_in_any_order_and_joined(uploads: Uploads, objects: Storage) -> None:
    data = bytes(range(256)) * (PART_BYTES // 256) + b"the rest"
    upload = begin(uploads, len(data))
    first, second = uploads.parts(upload, 60)
    assert (first.offset, first.bytes, second.offset, second.bytes) == (0, PART_BYTES, PART_BYTES, 8)
    assert put(second.url, b"the res") == 403
    assert put(second.url, b"the rest") == 200
    for incomplete in (lambda: uploads.complete(upload), lambda: uploads.adopt(upload, source_key(new_job_id()))):
        with pytest.raises(UploadIncomplete) as refusal:
            incomplete()
        assert refusal.value.details == {"bytes": len(data), "received": 8}
    assert [part.received for part in uploads.parts(upload, 60)] == [False, True]
    assert put(first.url, data[:PART_BYTES]) == 200
    with pytest.raises(UploadIncomplete) as refusal:
        uploads.adopt(upload, source_key(new_job_id()))
    assert refusal.value.details == {"bytes": len(data), "received": len(data)}
    uploads.complete(upload)
    uploads.complete(upload)
    assert all(part.received for part in uploads.parts(upload, 60))
    assert objects.get_bytes(upload.key) == data


def test_a_job_takes_a_copy_that_later_writes_do_not_change(uploads: Uploads, objects: Storage) -> None:
    upload = begin(uploads)
    (part,) = uploads.parts(upload, 60)
    target = source_key(new_job_id())
    with pytest.raises(UploadIncomplete):
        uploads.adopt(upload, target)
    assert objects.head(target) is None
    put(part.url, b"hello")
    uploads.adopt(upload, target)
    assert put(part.url, b"olleh") == 200
    assert objects.get_bytes(target) == b"hello"
    uploads.discard(upload)
    with pytest.raises(NotFound):
        uploads.get("anna", upload.id)
    assert objects.head(upload.key) is None


def test_an_upload_of_another_size_is_refused(uploads: Uploads, objects: Storage) -> None:
    upload = begin(uploads)
    objects.put_bytes(upload.key, b"more than five", "audio/wav")  # like a server without the check
    target = source_key(new_job_id())
    with pytest.raises(UploadIncomplete) as refusal:
        uploads.adopt(upload, target)
    assert refusal.value.details == {"bytes": 5, "received": 14}
    assert objects.head(target) is None


def test_an_upload_belongs_to_its_tenant_and_expires(uploads: Uploads) -> None:
    upload = begin(uploads)
    assert uploads.get("anna", upload.id) == upload
    for tenant, upload_id in (("bert", upload.id), ("anna", "upl_nonsense"), ("anna", upload.id + "x")):
        with pytest.raises(NotFound, match="There is no such upload"):
            uploads.get(tenant, upload_id)
    expired = begin(uploads, ttl_s=-1)
    with pytest.raises(NotFound):
        uploads.get("anna", expired.id)


def test_the_janitor_deletes_expired_uploads_only(uploads: Uploads, objects: Storage) -> None:
    small, large, kept = begin(uploads, ttl_s=-1), begin(uploads, PART_BYTES + 1, ttl_s=-1), begin(uploads)
    for upload in (small, kept):
        objects.put_bytes(upload.key, b"hello", "audio/wav")
    assert uploads.sweep() == 2
    assert [item.key for item in objects.list("uploads/")] == [kept.key]
    assert list(objects.open_multiparts("uploads/")) == []
    assert large.multipart is not None
    assert uploads.sweep() == 0


def test_leftovers_of_a_killed_api_are_deleted(settings: Settings, uploads: Uploads, objects: Storage) -> None:
    """A multipart upload, one just written, and objects of a late PUT."""
    store = JobStore.from_settings(settings)
    chores = Chores(store, objects)
    killed, alone, answered = new_job_id(), new_job_id(), new_job_id()
    multipart = objects.start_multipart(source_key(killed), "audio/wav")
    objects.upload_part(source_key(killed), multipart, 1, bytes(100))
    for key in (source_key(alone), record_key(alone), source_key(answered), manifest_key(answered), "jobs/readme"):
        objects.put_bytes(key, b"x", "audio/wav")
    known = begin(uploads)
    stray = upload_key("upl_" + new_job_id().removeprefix("job_"))
    for key in (known.key, stray):
        objects.put_bytes(key, b"x", "audio/wav")

    store.client.set("vl:born", store.now() + 100)
    assert chores._drop_sources(datetime.now(UTC) + timedelta(seconds=5)) == 0, "Redis is younger: it was lost"
    store.client.delete("vl:born")
    store.backlog.wait_s()  # the API's check before it takes a recording
    assert chores.sweep_abandoned(3600) == 0, "an upload may be in transit"
    assert chores.sweep_abandoned(-5) == 3
    assert list(objects.open_multiparts("jobs/")) == []
    left = {item.key for item in objects.list("")}
    assert {source_key(answered), manifest_key(answered), "jobs/readme", known.key} <= left
    assert not {source_key(alone), record_key(alone), stray} & left
    store.client.close()


def test_a_job_that_the_store_knows_keeps_its_recording(settings: Settings, objects: Storage) -> None:
    store = JobStore.from_settings(settings)
    job_id = new_job_id()
    objects.put_bytes(source_key(job_id), b"x", "audio/wav")
    store.client.hset(f"vl:job:{job_id}", "id", job_id)
    assert Chores(store, objects).sweep_abandoned(-5) == 0
    assert objects.head(source_key(job_id)) is not None
    store.client.close()


def test_one_janitor_looks_for_abandoned_objects_once_an_hour(
    settings: Settings, objects: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = JobStore.from_settings(settings)
    ages: list[float] = []

    def record(age: float) -> int:
        ages.append(age)
        return 0

    for chores in (Chores(store, objects), Chores(store, objects)):
        monkeypatch.setattr(chores, "sweep_abandoned", record)
        chores.round()
        chores.round()
    assert ages == [86400.0]
    ttl = store.client.ttl("vl:chores")
    assert isinstance(ttl, int)
    assert 3500 < ttl <= 3600
    store.client.close()


def test_open_multipart_uploads_have_their_start_time(objects: Storage) -> None:
    objects.start_multipart("jobs/x/source", "audio/wav")
    ((key, _, started),) = objects.open_multiparts("jobs/")
    assert key == "jobs/x/source"
    assert abs(started - datetime.now(UTC)) < timedelta(minutes=5)
