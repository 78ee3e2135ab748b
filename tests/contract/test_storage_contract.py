"""The contract of every S3 server behind `Storage`, run on a real one: SeaweedFS."""

import hashlib
import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core import storage as storage_module
from core.errors import NotFound, StorageUnavailable
from core.settings import Settings
from core.storage import PART_BYTES, Storage, attachment, from_settings


@pytest.fixture(scope="module")
def s3(s3_settings: dict[str, str]) -> Storage:
    return from_settings(Settings.model_validate(s3_settings))


@pytest.fixture
def prefix(s3: Storage) -> Iterator[str]:
    folder = f"contract/{uuid.uuid4().hex}/"
    yield folder
    s3.delete_prefix(folder)


def test_bytes_are_read_back_with_their_metadata(s3: Storage, prefix: str) -> None:
    s3.put_bytes(prefix + "a", b"hello", "audio/wav")
    assert s3.get_bytes(prefix + "a") == b"hello"
    info = s3.head(prefix + "a")
    assert info is not None
    assert (info.key, info.bytes) == (prefix + "a", 5)


def test_a_bytearray_is_written_whole(s3: Storage, prefix: str) -> None:
    s3.put_bytes(prefix + "a", bytearray(b"from a buffer"), "audio/wav")
    assert s3.get_bytes(prefix + "a") == b"from a buffer"


def test_an_empty_object_is_an_object(s3: Storage, prefix: str) -> None:
    s3.put_bytes(prefix + "empty", b"", "text/plain")
    info = s3.head(prefix + "empty")
    assert info is not None
    assert info.bytes == 0


def test_missing_objects_raise_not_found(s3: Storage, prefix: str, tmp_path: Path) -> None:
    assert s3.head(prefix + "absent") is None
    with pytest.raises(NotFound):
        s3.get_bytes(prefix + "absent")
    with pytest.raises(NotFound):
        s3.download(prefix + "absent", tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_a_file_is_uploaded_and_downloaded(s3: Storage, prefix: str, tmp_path: Path) -> None:
    data = os.urandom(PART_BYTES * 2 + 4321)  # above boto3's multipart threshold
    (tmp_path / "up").write_bytes(data)
    s3.put_file(prefix + "big", tmp_path / "up", "audio/flac", disposition=attachment("big.flac"))
    s3.download(prefix + "big", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == data


def test_multipart_is_visible_only_when_complete(s3: Storage, prefix: str) -> None:
    data = os.urandom(PART_BYTES + 1000)
    upload = s3.start_multipart(prefix + "parts", "audio/wav")
    parts = [
        s3.upload_part(prefix + "parts", upload, 1, data[:PART_BYTES]),
        s3.upload_part(prefix + "parts", upload, 2, bytearray(data[PART_BYTES:])),
    ]
    assert s3.head(prefix + "parts") is None
    s3.complete(prefix + "parts", upload, parts)
    assert hashlib.sha256(s3.get_bytes(prefix + "parts")).digest() == hashlib.sha256(data).digest()


def test_an_aborted_multipart_leaves_nothing(s3: Storage, prefix: str) -> None:
    upload = s3.start_multipart(prefix + "gone", "audio/wav")
    s3.upload_part(prefix + "gone", upload, 1, b"x" * PART_BYTES)
    s3.abort(prefix + "gone", upload)
    s3.abort(prefix + "gone", upload)  # repeating succeeds
    assert s3.head(prefix + "gone") is None
    assert list(s3.list(prefix)) == []


def test_list_is_ordered_and_bounded_by_its_prefix(s3: Storage, prefix: str) -> None:
    for name in ("in/b", "in/a", "inside", "out"):
        s3.put_bytes(prefix + name, b"x", "text/plain")
    assert [item.key for item in s3.list(prefix + "in/")] == [prefix + "in/a", prefix + "in/b"]


def test_list_goes_beyond_one_page_and_delete_beyond_one_batch(
    s3: Storage, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_module, "_DELETE_BATCH", 3)
    for index in range(8):
        s3.put_bytes(f"{prefix}{index}", b"x", "text/plain")
    assert len(list(s3.list(prefix))) == 8
    s3.delete_prefix(prefix)
    assert list(s3.list(prefix)) == []


def test_deleting_a_missing_object_succeeds(s3: Storage, prefix: str) -> None:
    s3.put_bytes(prefix + "here", b"x", "text/plain")
    s3.delete([prefix + "never-was", prefix + "here"])
    assert s3.head(prefix + "here") is None


@pytest.mark.parametrize("unsafe", ["", "/", "jobs/job_1"])
def test_delete_prefix_requires_a_folder(s3: Storage, unsafe: str) -> None:
    with pytest.raises(ValueError, match="not a folder"):
        s3.delete_prefix(unsafe)


def test_presigned_urls_serve_ranges_under_a_safe_name(s3: Storage, prefix: str) -> None:
    s3.put_bytes(prefix + "song", b"0123456789", "audio/wav")
    url = s3.presign_get(prefix + "song", 60, 'Größe/"x".wav')
    whole = httpx.get(url)
    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert whole.headers["content-disposition"] == attachment('Größe/"x".wav')
    for wanted, content, content_type in (
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
    ):
        part = httpx.get(url, headers={"Range": wanted})
        assert (part.status_code, part.content, part.headers["content-range"]) == (206, content, content_type)
    assert httpx.get(url, headers={"Range": "bytes=10-"}).status_code == 416


def test_a_presigned_url_gives_access_to_its_object_only(s3: Storage, prefix: str) -> None:
    s3.put_bytes(prefix + "mine", b"mine", "text/plain")
    s3.put_bytes(prefix + "other", b"other", "text/plain")
    url = s3.presign_get(prefix + "mine", 60, "mine.txt")
    assert httpx.get(url.replace("/mine?", "/other?")).status_code == 403


def test_presigned_urls_have_the_public_host(s3_settings: dict[str, str]) -> None:
    settings = Settings.model_validate({**s3_settings, "S3_PUBLIC_ENDPOINT_URL": "https://media.example.org"})
    url = from_settings(settings).presign_get("jobs/a", 60, "a.wav")
    assert url.startswith(f"https://media.example.org/{settings.s3_bucket}/jobs/a?")


def test_ensure_bucket_creates_it_once(s3_settings: dict[str, str]) -> None:
    bucket = f"made-{uuid.uuid4().hex[:8]}"
    s3 = from_settings(Settings.model_validate({**s3_settings, "S3_BUCKET": bucket}))
    assert not s3.has_bucket()
    s3.ensure_bucket()
    s3.ensure_bucket()
    assert s3.has_bucket()


def test_a_wrong_secret_and_a_dead_server_are_storage_unavailable(s3_settings: dict[str, str]) -> None:
    refused = from_settings(Settings.model_validate({**s3_settings, "AWS_SECRET_ACCESS_KEY": "wrong"}))
    with pytest.raises(StorageUnavailable):
        refused.get_bytes("jobs/a")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    dead = from_settings(Settings.model_validate({**s3_settings, "S3_ENDPOINT_URL": nowhere}))
    with pytest.raises(StorageUnavailable, match="could not be reached"):
        dead.put_bytes("jobs/a", b"x", "text/plain")


@pytest.mark.parametrize(
    ("filename", "plain"),
    [
        ("song (vocals).wav", "song (vocals).wav"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a\r\nSet-Cookie: x.wav", "a__Set-Cookie_ x.wav"),
        ("声.flac", "_.flac"),
        ("...", "audio"),
        ('q"uote;.wav', "q_uote;.wav"),
    ],
)
def test_attachment_names_are_safe(filename: str, plain: str) -> None:
    header = attachment(filename)
    assert header.startswith(f"attachment; filename=\"{plain}\"; filename*=UTF-8''")
    assert header.isascii()
    assert header.isprintable()


def test_a_copy_is_independent_of_its_source(s3: Storage, prefix: str) -> None:
    s3.put_bytes(prefix + "a", b"hello", "audio/wav")
    s3.copy(prefix + "a", prefix + "b")
    s3.delete([prefix + "a"])
    assert s3.get_bytes(prefix + "b") == b"hello"
    with pytest.raises(NotFound):
        s3.copy(prefix + "absent", prefix + "c")


def test_folders_are_listed_without_their_contents(s3: Storage, prefix: str) -> None:
    for key in ("one/a", "one/b/c", "two/d", "plain"):
        s3.put_bytes(prefix + key, b"x", "text/plain")
    assert list(s3.folders(prefix)) == ["one", "two"]
