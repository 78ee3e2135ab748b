"""Uploads: clients send a recording straight to S3 by presigned URLs, then create a job from it.

An upload has a record in Redis and, after its bytes have arrived, one object. It waits for a job until `expires_at`.
The job copies it as its source, so that holders of a presigned URL cannot change the source of a job. Large uploads
have several parts, each with a URL; S3 knows which have arrived.
"""

import json
import time
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field
from ulid import ULID

from core.errors import NotFound, StorageUnavailable, UploadIncomplete
from core.jobs.names import redis_key
from core.jobs.scripts import Client, reachable
from core.jobs.view import View
from core.keys import UPLOADS, is_upload_id, upload_key
from core.storage import Part, Storage

CONTENT_TYPE = "application/octet-stream"  # the claimed type is not stored
_BATCH = 100


class Upload(BaseModel):
    """The record. Times are seconds since the epoch; `multipart` is S3's id of a multipart upload."""

    model_config = ConfigDict(frozen=True)

    id: str
    tenant: str
    filename: str
    bytes: int
    part_bytes: int
    multipart: str | None
    expires_at: float

    @property
    def key(self) -> str:
        return upload_key(self.id)

    @property
    def parts(self) -> list[int]:
        """The size of each part; all but the last are equal."""
        full, rest = divmod(self.bytes, self.part_bytes)
        return [self.part_bytes] * full + ([rest] if rest else [])


class UploadPart(View):
    """One request to make: PUT these bytes of the file to this URL."""

    number: int = Field(description="Part number, from 1.", examples=[1])
    offset: int = Field(description="Offset of this part in the file.", examples=[0])
    bytes: int = Field(description="Size of this part; the URL accepts no other.", examples=[33_554_432])
    url: str = Field(description="URL for the PUT; it needs no authorization header.")
    received: bool = Field(description="Whether this part has arrived.")


class Uploads:
    """All methods raise StoreUnavailable and StorageUnavailable."""

    def __init__(self, client: Client, objects: Storage) -> None:
        self._client = client
        self._objects = objects

    def begin(self, tenant: str, filename: str, size: int, part_bytes: int, ttl_s: float) -> Upload:
        """Create an upload of `size` bytes, in several parts if it exceeds `part_bytes`."""
        upload_id = new_upload_id()
        multipart = self._objects.start_multipart(upload_key(upload_id), CONTENT_TYPE) if size > part_bytes else None
        upload = Upload(
            id=upload_id,
            tenant=tenant,
            filename=filename,
            bytes=size,
            part_bytes=part_bytes,
            multipart=multipart,
            expires_at=time.time() + ttl_s,
        )
        with reachable(), self._client.pipeline() as both:
            both.set(redis_key("upload", upload_id), upload.model_dump_json())
            both.zadd(redis_key("uploads"), {upload_id: upload.expires_at})
            both.zadd(redis_key("tenant_uploads", tenant), {upload_id: upload.expires_at})
            both.execute()
        return upload

    def count(self, tenant: str) -> int:
        """The number of unused uploads of the tenant."""
        with reachable(), self._client.pipeline() as both:
            both.zremrangebyscore(redis_key("tenant_uploads", tenant), "-inf", time.time())
            both.zcard(redis_key("tenant_uploads", tenant))
            return int(both.execute()[1])

    def get(self, tenant: str, upload_id: str) -> Upload:
        """Raises NotFound for an unknown, expired or used upload, or one of another tenant."""
        upload = self._load(upload_id) if is_upload_id(upload_id) else None
        if upload is None or upload.tenant != tenant or upload.expires_at <= time.time():
            raise NotFound("There is no such upload. It may have expired, or a job has already used it.")
        return upload

    def parts(self, upload: Upload, ttl_s: int) -> list[UploadPart]:
        """The parts that the client has to send; one for a small upload."""
        if upload.multipart is None:
            url = self._objects.presign_put(upload.key, ttl_s, upload.bytes)
            return [UploadPart(number=1, offset=0, bytes=upload.bytes, url=url, received=self._arrived(upload))]
        try:
            received = {part.number for part, _ in self._objects.parts(upload.key, upload.multipart)}
        except NotFound:  # complete
            received = set(range(1, len(upload.parts) + 1))
        parts, offset = [], 0
        for number, size in enumerate(upload.parts, start=1):
            url = self._objects.presign_part(upload.key, upload.multipart, number, ttl_s, size)
            parts.append(UploadPart(number=number, offset=offset, bytes=size, url=url, received=number in received))
            offset += size
        return parts

    def complete(self, upload: Upload) -> None:
        """Check that all bytes are there, and join the parts. May be repeated.

        Raises:
            UploadIncomplete: bytes are missing."""
        if upload.multipart is not None and not self._arrived(upload):
            known = self._parts(upload)
            if [size for _, size in known] != upload.parts:
                raise _incomplete(upload, sum(size for _, size in known))
            try:
                self._objects.complete(upload.key, upload.multipart, [part for part, _ in known])
            except (NotFound, StorageUnavailable):
                if not self._arrived(upload):  # another request was faster
                    raise
        self._check(upload.key, upload)

    def adopt(self, upload: Upload, source_key: str) -> None:
        """Copy the object to `source_key`. The upload remains until `discard`, when the job is stored.

        Raises:
            UploadIncomplete: the bytes are missing, differ from the announced size, or the parts were not completed."""
        if upload.multipart is not None and not self._arrived(upload):
            raise _incomplete(upload, sum(size for _, size in self._parts(upload)))
        self._check(upload.key, upload)
        try:
            self._objects.copy(upload.key, source_key)
        except NotFound:
            raise _incomplete(upload, 0) from None
        try:
            self._check(source_key, upload)  # of the copy, which does not change any more
        except UploadIncomplete:
            self._objects.delete([source_key])
            raise

    def discard(self, upload: Upload) -> None:
        """Delete the object or its parts, and the record."""
        if upload.multipart is not None:
            self._objects.abort(upload.key, upload.multipart)
        self._objects.delete([upload.key])
        with reachable(), self._client.pipeline() as both:
            both.delete(redis_key("upload", upload.id))
            both.zrem(redis_key("uploads"), upload.id)
            both.zrem(redis_key("tenant_uploads", upload.tenant), upload.id)
            both.execute()

    def sweep(self) -> int:
        """Delete expired uploads; returns their number. Several processes may do so at once."""
        with reachable():
            due: list[str] = self._client.zrangebyscore(redis_key("uploads"), "-inf", time.time(), 0, _BATCH)  # type: ignore[assignment]
        for upload_id in due:
            upload = self._load(upload_id)
            if upload is not None:
                self.discard(upload)
            else:
                with reachable():
                    self._client.zrem(redis_key("uploads"), upload_id)
        return len(due)

    def sweep_strays(self, older_than_s: float) -> int:
        """Delete older objects without a record, sent by a URL that was still valid when its upload was swept or used.
        Returns their number."""
        before = datetime.fromtimestamp(time.time() - older_than_s, UTC)
        old = [item.key for item in self._objects.list(UPLOADS) if item.modified < before]
        with reachable(), self._client.pipeline(transaction=False) as pipeline:
            for key in old:
                pipeline.exists(redis_key("upload", key.removeprefix(UPLOADS)))
            known = pipeline.execute()
        strays = [key for key, exists in zip(old, known, strict=True) if not exists]
        self._objects.delete(strays)
        return len(strays)

    def _load(self, upload_id: str) -> Upload | None:
        with reachable():
            text = self._client.get(redis_key("upload", upload_id))
        return None if text is None else Upload.model_validate(json.loads(str(text)))

    def _parts(self, upload: Upload) -> list[tuple[Part, int]]:
        """The parts of an incomplete multipart upload that have arrived, with their sizes."""
        try:
            return list(self._objects.parts(upload.key, upload.multipart or ""))
        except NotFound:
            return []

    def _arrived(self, upload: Upload) -> bool:
        stored = self._objects.head(upload.key)
        return stored is not None and stored.bytes == upload.bytes

    def _check(self, key: str, upload: Upload) -> None:
        stored = self._objects.head(key)
        if stored is None or stored.bytes != upload.bytes:
            raise _incomplete(upload, stored.bytes if stored else 0)


def new_upload_id() -> str:
    """`upl_` and a ULID in lower case, so that ids sort by time."""
    return f"upl_{str(ULID()).lower()}"


def _incomplete(upload: Upload, received: int) -> UploadIncomplete:
    if upload.multipart and received == upload.bytes:
        state, action = "all parts have arrived but are not joined", "POST to its complete_url first."
    else:
        state = f"{received} of {upload.bytes} bytes have arrived"
        action = "Send every part, then POST to its complete_url." if upload.multipart else "PUT the whole file first."
    return UploadIncomplete(f"The upload is not complete: {state}. {action}", bytes=upload.bytes, received=received)
