"""Uploads to a real S3 server: stored bytes and refusals, which leave nothing."""

import hashlib
import os
import tracemalloc
import uuid
from collections.abc import AsyncIterator, Iterable

import anyio
import pytest
from anyio import CapacityLimiter

from api.multipart import Event, PartBegin, PartData, PartEnd
from api.problems import MalformedForm
from api.uploads import MAX_FIELDS, Form, receive_form, safe_filename
from core.errors import EmptyAudio, InvalidOptions, StorageUnavailable, UnsupportedMedia, UploadTooLarge
from core.jobs.request import JobRequest
from core.settings import Settings
from core.storage import PART_BYTES, Storage, from_settings

MB = 1_000_000


@pytest.fixture(scope="module")
def s3(s3_settings: dict[str, str]) -> Storage:
    return from_settings(Settings.model_validate(s3_settings))


@pytest.fixture
def key() -> str:
    return f"jobs/{uuid.uuid4().hex}/source"


def file(data: bytes, name: str = "song.wav", block: int = 65536) -> list[Event]:
    view = memoryview(data)
    return [
        PartBegin("file", name),
        *(PartData(view[at : at + block]) for at in range(0, len(data), block)),
        PartEnd(),
    ]


def field(name: str, text: str) -> list[Event]:
    return [PartBegin(name, None), PartData(memoryview(text.encode())), PartEnd()]


def judge(request: JobRequest) -> None:
    if request.seed == 13:
        raise InvalidOptions("Not here.")


def receive(s3: Storage, key: str, *events: Iterable[Event], max_bytes: int = 100 * MB, fault: bool = False) -> Form:
    async def parts() -> AsyncIterator[Event]:
        for part in events:
            for event in part:
                yield event
        if fault:
            raise ConnectionResetError

    async def run() -> Form:
        return await receive_form(parts(), s3, key, max_bytes, CapacityLimiter(4), judge)

    return anyio.run(run)


def audio(length: int) -> bytes:
    return b"\xff\xfb" + os.urandom(length - 2)


@pytest.mark.parametrize("length", [2, 511, 70_000, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 77])
def test_stored_bytes_equal_the_sent_ones(s3: Storage, key: str, length: int) -> None:
    data = audio(length)
    form = receive(s3, key, file(data, block=65_000))
    assert s3.get_bytes(key) == data
    assert (form.bytes, form.sha256) == (length, hashlib.sha256(data).hexdigest())
    s3.delete([key])


def test_options_may_come_before_and_after_the_file(s3: Storage, key: str) -> None:
    form = receive(s3, key, field("steps", "7"), file(audio(1000)), field("stems", "instrumental, vocals"))
    assert (form.request.steps, form.request.stems) == (7, ("instrumental", "vocals"))
    assert form.filename == "song.wav"


REFUSED = [
    (UploadTooLarge, [file(audio(3 * MB))], {"max_bytes": 2 * MB}),
    (UploadTooLarge, [file(audio(12 * MB))], {"max_bytes": 11 * MB}),  # after two parts went out
    (UnsupportedMedia, [file(b"%PDF-1.4" + bytes(6 * MB))], {}),
    (UnsupportedMedia, [file(b"short text")], {}),
    (EmptyAudio, [file(b"")], {}),
    (InvalidOptions, [field("steps", "0"), file(audio(9000))], {}),
    (InvalidOptions, [file(audio(6 * MB)), field("steps", "0")], {}),
    (InvalidOptions, [field("seed", "13"), file(audio(9000))], {}),
    (InvalidOptions, [file(audio(6 * MB)), field("seed", "13")], {}),
    (MalformedForm, [file(audio(6 * MB)), file(audio(10))], {}),
    (MalformedForm, [file(audio(10)), [*field("seed", "1")] * (MAX_FIELDS + 1)], {}),
    (MalformedForm, [file(audio(10)), field("seed", "1" * 5000)], {}),
    (MalformedForm, [field("seed", "1")], {}),
    (MalformedForm, [[PartBegin("audio", "song.wav")], file(audio(10))], {}),
    (ConnectionResetError, [file(audio(6 * MB))], {"fault": True}),
]


@pytest.mark.parametrize(("error", "events", "how"), REFUSED)
def test_a_refused_form_leaves_nothing(
    s3: Storage, key: str, error: type[Exception], events: list[list[Event]], how: dict[str, int]
) -> None:
    with pytest.raises(error):
        receive(s3, key, *events, **how)  # type: ignore[arg-type]
    assert s3.head(key) is None
    assert list(s3.open_multiparts(key)) == []


def test_invalid_options_are_refused_before_the_file_is_read(s3: Storage, key: str) -> None:
    def never() -> Iterable[Event]:
        yield PartBegin("file", "song.wav")
        pytest.fail("the file was read on")

    for wrong in (field("quality", "best"), field("seed", "13")):
        with pytest.raises(InvalidOptions):
            receive(s3, key, wrong, never())


def test_an_unavailable_storage_is_reported(s3_settings: dict[str, str], key: str) -> None:
    refused = from_settings(Settings.model_validate({**s3_settings, "AWS_SECRET_ACCESS_KEY": "wrong"}))
    with pytest.raises(StorageUnavailable):
        receive(refused, key, file(audio(6 * MB)))


def test_memory_does_not_grow_with_the_file(s3: Storage, key: str) -> None:
    block = memoryview(audio(65536))

    def long_file() -> Iterable[Event]:
        yield PartBegin("file", "long.wav")
        for _ in range(600):
            yield PartData(block)
        yield PartEnd()

    tracemalloc.start()
    try:
        form = receive(s3, key, long_file())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    s3.delete([key])
    assert form.bytes == 600 * 65536
    assert peak < 2.5 * PART_BYTES


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("song.mp3", "song.mp3"),
        ("C:\\music\\song.mp3", "song.mp3"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\n.wav", "a_b__.wav"),
        ("", "recording"),
        ("声" * 300 + ".wav", "声" * 196 + ".wav"),
    ],
)
def test_file_names_keep_printable_characters(given: str, kept: str) -> None:
    assert safe_filename(given) == kept
