"""Uploads that clients send straight to S3, by presigned URLs, before they make a job of them.

An upload has a record in Redis and, once its bytes have arrived, one object. It waits for a job until `expires_at`;
the job takes a copy as its source, so that whoever still holds a presigned URL cannot change what a job works on.
Larger uploads go in parts, each with a URL of its own; S3 itself knows which have arrived.

    vl:upload:{id}   the record      vl:uploads   ids by the time at which they expire
    vl:uploads:{tenant}              the tenant's own, likewise
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, StorageUnavailable, UploadIncomplete
from core.jobs.job import new_job_id
from core.jobs.scripts import Client, reachable
from core.keys import UPLOADS, is_upload_id, upload_key
from core.storage import Storage

CONTENT_TYPE = "application/octet-stream"  # what the client claims is not repeated to anyone
_EXPIRING = "vl:uploads"
_BATCH = 100


class Upload(BaseModel):
    """The record. Times are seconds since the epoch; `multipart` is S3's id of an upload in parts."""

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
        """The bytes of each part; all but the last are equal."""
        full, rest = divmod(self.bytes, self.part_bytes)
        return [self.part_bytes] * full + ([rest] if rest else [])


@dataclass(frozen=True)
class Piece:
    """One request that the client is to make: PUT `bytes` bytes, from `offset` on, to `url`."""

    number: int
    offset: int
    bytes: int
    url: str
    received: bool


class Uploads:
    """Raises StoreUnavailable and StorageUnavailable everywhere."""

    def __init__(self, client: Client, objects: Storage) -> None:
        self._client = client
        self._objects = objects

    def begin(self, tenant: str, filename: str, size: int, part_bytes: int, ttl_s: float) -> Upload:
        """Expect `size` bytes, in parts of `part_bytes` if it is more than that."""
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
            both.set(_record(upload_id), upload.model_dump_json())
            both.zadd(_EXPIRING, {upload_id: upload.expires_at})
            both.zadd(_of_tenant(tenant), {upload_id: upload.expires_at})
            both.execute()
        return upload

    def count(self, tenant: str) -> int:
        """How many uploads of the tenant wait for a job."""
        with reachable(), self._client.pipeline() as both:
            both.zremrangebyscore(_of_tenant(tenant), "-inf", time.time())
            both.zcard(_of_tenant(tenant))
            return int(both.execute()[1])

    def get(self, tenant: str, upload_id: str) -> Upload:
        """Raises NotFound: there is none, it has expired or was taken, or it is another tenant's."""
        upload = self._load(upload_id) if is_upload_id(upload_id) else None
        if upload is None or upload.tenant != tenant or upload.expires_at <= time.time():
            raise NotFound("There is no such upload. It may have expired, or a job has taken it already.")
        return upload

    def pieces(self, upload: Upload, ttl_s: int) -> list[Piece]:
        """What the client is to send; one piece for an upload that is not in parts."""
        if upload.multipart is None:
            url = self._objects.presign_put(upload.key, ttl_s, upload.bytes)
            return [Piece(1, 0, upload.bytes, url, self._arrived(upload))]
        try:
            received = {part.number for part, _ in self._objects.parts(upload.key, upload.multipart)}
        except NotFound:  # complete
            received = set(range(1, len(upload.parts) + 1))
        found, offset = [], 0
        for number, size in enumerate(upload.parts, start=1):
            url = self._objects.presign_part(upload.key, upload.multipart, number, ttl_s, size)
            found.append(Piece(number, offset, size, url, number in received))
            offset += size
        return found

    def complete(self, upload: Upload) -> None:
        """Make sure that all bytes are there, and make the parts one object. May be called again.

        Raises:
            UploadIncomplete: they are not."""
        if upload.multipart is not None and not self._arrived(upload):
            try:
                known = list(self._objects.parts(upload.key, upload.multipart))
            except NotFound:
                raise _incomplete(upload, 0) from None
            if [size for _, size in known] != upload.parts:
                raise _incomplete(upload, sum(size for _, size in known))
            try:
                self._objects.complete(upload.key, upload.multipart, [part for part, _ in known])
            except (NotFound, StorageUnavailable):
                if not self._arrived(upload):  # else another request was faster
                    raise
        self._check(upload.key, upload)

    def adopt(self, upload: Upload, source_key: str) -> None:
        """Copy the object to `source_key`. The upload itself stays until `discard`, when the job is safe.

        Raises:
            UploadIncomplete: the bytes are not there, or not as many as announced."""
        self._check(upload.key, upload)
        try:
            self._objects.copy(upload.key, source_key)
        except NotFound:
            raise _incomplete(upload, 0) from None
        try:
            self._check(source_key, upload)  # of the copy: it does not change any more
        except UploadIncomplete:
            self._objects.delete([source_key])
            raise

    def discard(self, upload: Upload) -> None:
        """Remove the object, parts of one, and the record."""
        if upload.multipart is not None:
            self._objects.abort(upload.key, upload.multipart)
        self._objects.delete([upload.key])
        with reachable(), self._client.pipeline() as both:
            both.delete(_record(upload.id))
            both.zrem(_EXPIRING, upload.id)
            both.zrem(_of_tenant(upload.tenant), upload.id)
            both.execute()

    def sweep(self) -> int:
        """Remove uploads that expired unused; -> how many. Any number of processes may do so at once."""
        with reachable():
            due: list[str] = self._client.zrangebyscore(_EXPIRING, "-inf", time.time(), 0, _BATCH)  # type: ignore[assignment]
        for upload_id in due:
            upload = self._load(upload_id)
            if upload is not None:
                self.discard(upload)
            else:
                with reachable():
                    self._client.zrem(_EXPIRING, upload_id)
        return len(due)

    def sweep_strays(self, older_than_s: float) -> int:
        """Remove objects without a record that are older: sent by a URL that was still good when its upload was
        swept or taken; -> how many."""
        before = datetime.fromtimestamp(time.time() - older_than_s, UTC)
        old = [found.key for found in self._objects.list(UPLOADS) if found.modified < before]
        with reachable(), self._client.pipeline(transaction=False) as asked:
            for key in old:
                asked.exists(_record(key.removeprefix(UPLOADS)))
            known = asked.execute()
        strays = [key for key, exists in zip(old, known, strict=True) if not exists]
        self._objects.delete(strays)
        return len(strays)

    def _load(self, upload_id: str) -> Upload | None:
        with reachable():
            text = self._client.get(_record(upload_id))
        return None if text is None else Upload.model_validate(json.loads(str(text)))

    def _arrived(self, upload: Upload) -> bool:
        found = self._objects.head(upload.key)
        return found is not None and found.bytes == upload.bytes

    def _check(self, key: str, upload: Upload) -> None:
        found = self._objects.head(key)
        if found is None or found.bytes != upload.bytes:
            raise _incomplete(upload, found.bytes if found else 0)


def new_upload_id() -> str:
    """`upl_` and 26 characters that sort by time, as a job's id."""
    return "upl_" + new_job_id().removeprefix("job_")


def _record(upload_id: str) -> str:
    return f"vl:upload:{upload_id}"


def _of_tenant(tenant: str) -> str:
    return f"vl:uploads:{tenant}"


def _incomplete(upload: Upload, found: int) -> UploadIncomplete:
    what = f"{found} of its {upload.bytes} bytes are there" if found else "nothing of it is there yet"
    how = "Send every part, then ask to complete it." if upload.multipart else "PUT the whole file to its URL first."
    return UploadIncomplete(f"The upload is not complete: {what}. {how}", bytes=upload.bytes, received=found)
