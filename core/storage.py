"""Objects in S3, through boto3. Blocking and thread-safe: one `Storage` serves a whole process.

Failures become two domain errors: `NotFound` for a missing object, `StorageUnavailable` for everything else, because no
client of the service can cause it.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import boto3
from boto3.s3.transfer import TransferConfig

from core.errors import NotFound, StorageUnavailable
from core.s3 import ABSENT, make_client, translated
from core.settings import Settings
from core.watch import Observe, unobserved

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 5 * 1024 * 1024  # S3's minimum for every part but the last; small, because it is held in memory
_BLOCK_BYTES = 1024 * 1024
_DELETE_BATCH = 1000  # S3's maximum for one request
_FIRST_REGION = "us-east-1"  # the region that S3 does not accept as a location constraint

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ObjectInfo:
    """Facts of one object; a listing has no content type."""

    key: str
    bytes: int
    etag: str
    modified: datetime
    content_type: str | None = None


@dataclass(frozen=True)
class Part:
    """One uploaded part of a multipart upload, as an argument of `complete`."""

    number: int
    etag: str
    crc32: str | None


class Storage:
    """One bucket. `presign_client` signs URLs for the address that clients use for the same server."""

    def __init__(self, client: "S3Client", bucket: str, presign_client: "S3Client | None" = None) -> None:
        self._client = client
        self._presign_client = presign_client or client
        self.bucket = bucket

    def put_bytes(self, key: str, data: bytes | bytearray, content_type: str) -> None:
        """Write one whole object."""
        # boto3 accepts a bytearray; only its type stubs do not.
        with translated("write", key):
            self._client.put_object(Bucket=self.bucket, Key=key, Body=cast(bytes, data), ContentType=content_type)

    def put_file(self, key: str, path: Path, content_type: str, disposition: str | None = None) -> None:
        """Write a local file, in parts when it is large, with at most a few parts in memory."""
        extra = {"ContentType": content_type}
        if disposition is not None:
            extra["ContentDisposition"] = disposition
        with translated("write", key):
            self._client.upload_file(
                str(path), self.bucket, key, ExtraArgs=extra, Config=TransferConfig(use_threads=False)
            )

    def get_bytes(self, key: str) -> bytes:
        with translated("read", key):
            return self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes [start, end) of an object; `start` lies within it."""
        with translated("read", key):
            return self._client.get_object(Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}")["Body"].read()

    def blocks(self, key: str, size: int) -> Iterator[bytes]:
        """An object of `size` bytes, with one request per block: no connection is held while a slow reader consumes
        one."""
        for start in range(0, size, _BLOCK_BYTES):
            yield self.get_range(key, start, min(start + _BLOCK_BYTES, size))

    def download(self, key: str, path: Path) -> None:
        """Write an object into the file `path`, in constant memory. A failure leaves no file."""
        try:
            with translated("read", key), path.open("wb") as file:
                for block in self._client.get_object(Bucket=self.bucket, Key=key)["Body"].iter_chunks(_BLOCK_BYTES):
                    file.write(block)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def head(self, key: str) -> ObjectInfo | None:
        """Facts of an object, or None when it does not exist."""
        try:
            with translated("look up", key):
                head = self._client.head_object(Bucket=self.bucket, Key=key)
        except NotFound:
            return None
        return ObjectInfo(key, head["ContentLength"], head["ETag"], head["LastModified"], head.get("ContentType"))

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Objects whose key starts with `prefix`, in key order, page by page."""
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix))
        while True:
            with translated("list", prefix):
                page = next(pages, None)
            if page is None:
                return
            for entry in page.get("Contents", []):
                yield ObjectInfo(entry["Key"], entry["Size"], entry["ETag"], entry["LastModified"])

    def folders(self, prefix: str) -> Iterator[str]:
        """Names of the folders directly below `prefix` ("jobs/"), in order: one request per thousand."""
        pages = iter(
            self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        )
        while True:
            with translated("list", prefix):
                page = next(pages, None)
            if page is None:
                return
            for entry in page.get("CommonPrefixes", []):
                yield entry["Prefix"].removeprefix(prefix).rstrip("/")

    def copy(self, source: str, target: str) -> None:
        """Copy an object within the bucket, on the server (up to 5 GB). Raises NotFound, StorageUnavailable."""
        with translated("copy", source):
            self._client.copy_object(Bucket=self.bucket, Key=target, CopySource={"Bucket": self.bucket, "Key": source})

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; missing ones are ignored."""
        wanted = list(keys)
        for start in range(0, len(wanted), _DELETE_BATCH):
            batch = wanted[start : start + _DELETE_BATCH]
            with translated("delete", batch[0]):
                reply = self._client.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
            refused = [error for error in reply.get("Errors", []) if error.get("Code") not in ABSENT]
            if refused:
                raise StorageUnavailable(
                    f"The object storage did not delete {len(refused)} objects ({refused[0].get('Code')}).",
                    key=refused[0].get("Key"),
                )

    def delete_prefix(self, prefix: str) -> None:
        """Delete every object below `prefix`, which must name a folder ("jobs/.../")."""
        if not prefix.strip("/") or not prefix.endswith("/"):
            raise ValueError(f"not a folder prefix: {prefix!r}")
        self.delete([info.key for info in self.list(prefix)])

    def start_multipart(self, key: str, content_type: str) -> str:
        """Open a multipart upload; returns its upload id. `key` is invisible before `complete`."""
        with translated("write", key):
            opened = self._client.create_multipart_upload(Bucket=self.bucket, Key=key, ContentType=content_type)
        return opened["UploadId"]

    def upload_part(self, key: str, upload_id: str, number: int, data: bytes | bytearray) -> Part:
        """Send part `number` (from 1). All but the last have the same length, at least PART_BYTES."""
        with translated("write", key):
            sent = self._client.upload_part(
                Bucket=self.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=cast(bytes, data)
            )
        return Part(number, sent["ETag"], sent.get("ChecksumCRC32"))

    def complete(self, key: str, upload_id: str, parts: Iterable[Part]) -> None:
        """Join the parts to one visible object."""
        wanted: list[CompletedPartTypeDef] = []
        for part in parts:
            wanted.append({"ETag": part.etag, "PartNumber": part.number})
            if part.crc32 is not None:
                wanted[-1]["ChecksumCRC32"] = part.crc32
        with translated("write", key):
            self._client.complete_multipart_upload(
                Bucket=self.bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": wanted}
            )

    def abort(self, key: str, upload_id: str) -> None:
        """Drop a multipart upload and its parts; a missing one is ignored."""
        try:
            with translated("abort the upload of", key):
                self._client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
        except NotFound:
            pass

    def parts(self, key: str, upload_id: str) -> Iterator[tuple[Part, int]]:
        """The parts of a multipart upload so far, with their sizes. Raises NotFound when it is not open."""
        pages = iter(self._client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=key, UploadId=upload_id))
        while True:
            with translated("list the parts of", key):
                page = next(pages, None)
            if page is None:
                return
            for part in page.get("Parts", []):
                yield Part(part["PartNumber"], part["ETag"], part.get("ChecksumCRC32")), part["Size"]

    def open_multiparts(self, prefix: str) -> Iterator[tuple[str, str, datetime]]:
        """(key, upload id, start) of every open multipart upload below `prefix`."""
        pages = iter(self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=prefix))
        while True:
            with translated("list the open uploads of", prefix):
                page = next(pages, None)
            if page is None:
                return
            for upload in page.get("Uploads", []):
                yield upload["Key"], upload["UploadId"], upload["Initiated"]

    def presign_put(self, key: str, ttl_s: int, length: int) -> str:
        """A URL that allows anyone to write exactly `length` bytes to `key` for `ttl_s` seconds: the length is
        signed."""
        return self._presign_client.generate_presigned_url(
            "put_object", Params={"Bucket": self.bucket, "Key": key, "ContentLength": length}, ExpiresIn=ttl_s
        )

    def presign_part(self, key: str, upload_id: str, number: int, ttl_s: int, length: int) -> str:
        """The same for part `number` (from 1) of a multipart upload."""
        return self._presign_client.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self.bucket,
                "Key": key,
                "UploadId": upload_id,
                "PartNumber": number,
                "ContentLength": length,
            },
            ExpiresIn=ttl_s,
        )

    def presign_get(self, key: str, ttl_s: int, filename: str) -> str:
        """A URL that allows anyone to read `key` for `ttl_s` seconds, also by ranges, saved as `filename`."""
        return self._presign_client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self.bucket, "Key": key, "ResponseContentDisposition": attachment(filename)},
            ExpiresIn=ttl_s,
        )

    def ensure_bucket(self) -> None:
        """Create the bucket if it is missing; several processes may do so at once."""
        if self.has_bucket():
            return
        region = self._client.meta.region_name
        where: Any = {} if region == _FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            with translated("create the bucket", self.bucket):
                self._client.create_bucket(Bucket=self.bucket, **where)
        except StorageUnavailable:
            if not self.has_bucket():
                raise

    def try_to_ensure_bucket(self) -> None:
        """`ensure_bucket` at the start of a process: without S3 it logs a warning and continues."""
        try:
            self.ensure_bucket()
        except StorageUnavailable as error:
            log.warning("could not check the bucket %s: %s", self.bucket, error.message)

    def has_bucket(self) -> bool:
        """Whether the bucket exists. Raises StorageUnavailable when S3 does not respond or refuses access."""
        try:
            with translated("look up the bucket", self.bucket):
                self._client.head_bucket(Bucket=self.bucket)
        except NotFound:
            return False
        return True


def from_settings(settings: Settings, observe: Observe = unobserved) -> Storage:
    """A `Storage` for the bucket of the settings; its calls are reported to `observe`."""
    session = boto3.session.Session()  # shared: each holds S3's whole description, 15 MB
    client = make_client(session, settings, settings.s3_endpoint_url, observe)
    public = settings.s3_public_endpoint_url
    presign_client = None
    if public not in (None, settings.s3_endpoint_url):
        presign_client = make_client(session, settings, public, observe)
    return Storage(client, settings.s3_bucket, presign_client)


def safe_name(filename: str) -> str:
    """`filename` as a safe file name: path separators, control characters, leading dots and characters that Windows
    refuses are replaced."""
    safe = "".join("_" if char in '\\/:*?"<>|%' or not char.isprintable() else char for char in filename)
    return safe.encode("utf-8", "replace").decode().strip(" .")[-120:] or "audio"


def attachment(filename: str) -> str:
    """A Content-Disposition (RFC 6266) with `filename` in ASCII and in UTF-8."""
    safe = safe_name(filename)
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"
