"""From the socket into S3: an upload is written as it arrives, in parts, and never held whole.

One upload holds at most one part (5 MiB) in memory: reading pauses while a part is sent.
"""

import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeVar

from anyio import CancelScope, CapacityLimiter, to_thread

from api.multipart import Event, PartBegin, PartData, PartEnd
from api.problems import MalformedForm
from api.schemas import FILE_FIELD, request_of
from api.sniff import HEAD_BYTES, refuse_non_audio
from core.errors import EmptyAudio, UploadTooLarge, VoiceliftError
from core.jobs.request import JobRequest
from core.storage import PART_BYTES, Part, Storage

log = logging.getLogger(__name__)

MAX_FIELDS = 32
MAX_FIELD_BYTES = 4096
MAX_METADATA_BYTES = 4 * MAX_FIELD_BYTES  # JSON may need more bytes for a text than the text has
CONTENT_TYPE = "application/octet-stream"  # the claimed type is not stored

Result = TypeVar("Result")


@dataclass(frozen=True)
class Form:
    """An accepted form, whose file is in S3."""

    filename: str
    bytes: int
    sha256: str
    request: JobRequest


async def receive_form(
    parts: AsyncIterator[Event],
    storage: Storage,
    key: str,
    max_bytes: int,
    threads: CapacityLimiter,
    judge: Callable[[JobRequest], None],
) -> Form:
    """Write the form's file to `key` and read the job's fields, before or after the file. `judge` raises for a request
    that this service cannot accept.

    If this raises, nothing remains in S3.

    Raises:
        MalformedForm: no file, two files, or too many fields.
        InvalidOptions: a field is unknown or has an invalid value.
        UnsupportedMedia, EmptyAudio, UploadTooLarge: the file is refused.
        StorageUnavailable: S3 did not accept it.
    """
    upload: Upload | None = None
    fields: list[tuple[str, str]] = []
    filename, open_part, text = "", "", bytearray()
    try:
        async for event in parts:
            match event:
                case PartBegin(name=name) if name == FILE_FIELD:
                    if upload is not None:
                        raise MalformedForm(f'The form has more than one "{FILE_FIELD}". Send one recording per job.')
                    judge(request_of(fields))  # the fields before the file are checked early
                    upload = Upload(storage, key, max_bytes, threads)
                    open_part, filename = name, event.filename or ""
                case PartBegin(name=name, filename=str(other)) if other:
                    raise MalformedForm(
                        f'A file is in the form field "{name[:100]}". Send the recording in the form field '
                        f'"{FILE_FIELD}".'
                    )
                case PartBegin(name=name):
                    if len(fields) >= MAX_FIELDS:
                        raise MalformedForm(f"The form has more than {MAX_FIELDS} fields.")
                    open_part = name
                case PartData(data=data) if open_part == FILE_FIELD and upload is not None:
                    await upload.write(data)
                case PartData(data=data):
                    most = MAX_METADATA_BYTES if open_part == "metadata" else MAX_FIELD_BYTES
                    if len(text) + len(data) > most:
                        raise MalformedForm(f'The field "{open_part[:100]}" is longer than {most} bytes.')
                    text += data
                case PartEnd() if open_part != FILE_FIELD:
                    fields.append((open_part, text.decode("utf-8", "replace").strip()))
                    text.clear()
        if upload is None:
            raise MalformedForm(f'The form has no file. Send the recording as the form field "{FILE_FIELD}".')
        request = request_of(fields)
        judge(request)
        await upload.close()
    except BaseException:
        if upload is not None:
            with CancelScope(shield=True):
                await upload.discard()
        raise
    return Form(safe_filename(filename), upload.bytes, upload.sha256, request)


class Upload:
    """One object in progress. Small files become one put, larger ones a multipart upload of equal parts."""

    def __init__(self, storage: Storage, key: str, max_bytes: int, threads: CapacityLimiter) -> None:
        self.bytes = 0
        self._storage, self._key, self._max_bytes, self._threads = storage, key, max_bytes, threads
        self._buffer = bytearray()
        self._digest = hashlib.sha256()
        self._upload_id: str | None = None
        self._parts: list[Part] = []
        self._recognised = False
        self._written = False

    @property
    def sha256(self) -> str:
        """SHA-256 of all bytes, in hex; complete after `close`."""
        return self._digest.hexdigest()

    async def write(self, data: memoryview) -> None:
        """Accept the next bytes; returns once there is room for more."""
        self.bytes += len(data)
        if self.bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        while len(data):
            room = PART_BYTES - len(self._buffer)
            self._buffer += data[:room]
            data = data[room:]
            if not self._recognised and len(self._buffer) >= HEAD_BYTES:
                self._recognise()
            if len(self._buffer) == PART_BYTES:
                await self._in_thread(self._send_part)

    async def close(self) -> None:
        """Make the object visible."""
        if self.bytes == 0:
            raise EmptyAudio("The file is empty. Send a recording.")
        if not self._recognised:
            self._recognise()
        await self._in_thread(self._finish)

    async def discard(self) -> None:
        """Delete everything written to S3. Never raises: the first error is reported."""
        try:
            await self._in_thread(self._remove)
        except VoiceliftError as error:
            log.warning("could not clean up after a refused upload: %s", error.message)

    def _recognise(self) -> None:
        refuse_non_audio(bytes(self._buffer[:HEAD_BYTES]))
        self._recognised = True

    def _send_part(self) -> None:
        self._digest.update(self._buffer)
        if self._upload_id is None:
            self._upload_id = self._storage.start_multipart(self._key, CONTENT_TYPE)
        number = len(self._parts) + 1
        self._parts.append(self._storage.upload_part(self._key, self._upload_id, number, self._buffer))
        self._buffer.clear()

    def _finish(self) -> None:
        if self._upload_id is None:
            self._digest.update(self._buffer)
            self._written = True
            self._storage.put_bytes(self._key, self._buffer, CONTENT_TYPE)
            return
        if self._buffer:
            self._send_part()
        self._written = True
        self._storage.complete(self._key, self._upload_id, self._parts)

    def _remove(self) -> None:
        self._buffer.clear()
        if self._upload_id is not None:
            self._storage.abort(self._key, self._upload_id)
        if self._written:
            self._storage.delete([self._key])

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await to_thread.run_sync(work, limiter=self._threads)


def too_large(max_bytes: int) -> UploadTooLarge:
    return UploadTooLarge(
        f"The file exceeds the limit of {max_bytes / 1e6:g} MB.",
        max_bytes=max_bytes,
    )


def safe_filename(filename: str) -> str:
    """The client's file name for display and downloads: last component, printable, at most 200 characters."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char if char.isprintable() else "_" for char in name).strip()
    return name[-200:] or "recording"
