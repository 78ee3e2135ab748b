"""Objects in S3, through boto3. Blocking and thread-safe: one `Storage` serves a whole process.

Failures become two domain errors: `NotFound` for an absent object, `StorageUnavailable` for everything else,
because nothing that a caller of the service did can be the cause.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from core.errors import NotFound, StorageUnavailable
from core.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 5 * 1024 * 1024  # S3's minimum for every part but the last; small, because it is held in memory
_BLOCK_BYTES = 1024 * 1024
_DELETE_BATCH = 1000  # S3's maximum for one request
_ABSENT = {"404", "NoSuchKey", "NotFound", "NoSuchUpload"}
_FIRST_REGION = "us-east-1"  # the one that S3 does not want named when a bucket is created

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ObjectInfo:
    """What S3 says about one object; a listing does not tell the content type."""

    key: str
    bytes: int
    etag: str
    modified: datetime
    content_type: str | None = None


@dataclass(frozen=True)
class Part:
    """One uploaded part of a multipart upload, as `complete` wants it back."""

    number: int
    etag: str
    crc32: str | None


class Storage:
    """One bucket. `presign_client` signs URLs for the address under which clients reach the same server."""

    def __init__(self, client: "S3Client", bucket: str, presign_client: "S3Client | None" = None) -> None:
        self._client = client
        self._presign_client = presign_client or client
        self.bucket = bucket

    def put_bytes(self, key: str, data: bytes | bytearray, content_type: str) -> None:
        """Write one object whole."""
        # boto3 takes a bytearray as it is; only its type stubs do not know.
        with _translated("write", key):
            self._client.put_object(Bucket=self.bucket, Key=key, Body=cast(bytes, data), ContentType=content_type)

    def put_file(self, key: str, path: Path, content_type: str, disposition: str | None = None) -> None:
        """Write a local file, in parts when it is large, holding at most a few parts in memory."""
        extra = {"ContentType": content_type}
        if disposition is not None:
            extra["ContentDisposition"] = disposition
        with _translated("write", key):
            self._client.upload_file(
                str(path), self.bucket, key, ExtraArgs=extra, Config=TransferConfig(use_threads=False)
            )

    def get_bytes(self, key: str) -> bytes:
        with _translated("read", key):
            return self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def download(self, key: str, path: Path) -> None:
        """Write an object into the file `path`, in constant memory. A failure leaves no file."""
        try:
            with _translated("read", key), path.open("wb") as file:
                for block in self._client.get_object(Bucket=self.bucket, Key=key)["Body"].iter_chunks(_BLOCK_BYTES):
                    file.write(block)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def head(self, key: str) -> ObjectInfo | None:
        """Facts about an object, or None when it does not exist."""
        try:
            with _translated("look up", key):
                found = self._client.head_object(Bucket=self.bucket, Key=key)
        except NotFound:
            return None
        return ObjectInfo(key, found["ContentLength"], found["ETag"], found["LastModified"], found.get("ContentType"))

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Objects whose key starts with `prefix`, in key order, fetched page by page."""
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix))
        while True:
            with _translated("list", prefix):
                page = next(pages, None)
            if page is None:
                return
            for found in page.get("Contents", []):
                yield ObjectInfo(found["Key"], found["Size"], found["ETag"], found["LastModified"])

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; those that do not exist are fine."""
        wanted = list(keys)
        for start in range(0, len(wanted), _DELETE_BATCH):
            batch = wanted[start : start + _DELETE_BATCH]
            with _translated("delete", batch[0]):
                answer = self._client.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
            refused = [error for error in answer.get("Errors", []) if error.get("Code") not in _ABSENT]
            if refused:
                raise StorageUnavailable(
                    f"The object storage kept {len(refused)} deleted objects ({refused[0].get('Code')}).",
                    key=refused[0].get("Key"),
                )

    def delete_prefix(self, prefix: str) -> None:
        """Remove every object below `prefix`, which must name a folder ("jobs/.../")."""
        if not prefix.strip("/") or not prefix.endswith("/"):
            raise ValueError(f"not a folder prefix: {prefix!r}")
        self.delete([found.key for found in self.list(prefix)])

    def start_multipart(self, key: str, content_type: str) -> str:
        """Open a multipart upload; -> its upload id. Nothing is visible under `key` before `complete`."""
        with _translated("write", key):
            opened = self._client.create_multipart_upload(Bucket=self.bucket, Key=key, ContentType=content_type)
        return opened["UploadId"]

    def upload_part(self, key: str, upload_id: str, number: int, data: bytes | bytearray) -> Part:
        """Send part `number` (from 1). All but the last have the same length, at least PART_BYTES."""
        with _translated("write", key):
            sent = self._client.upload_part(
                Bucket=self.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=cast(bytes, data)
            )
        return Part(number, sent["ETag"], sent.get("ChecksumCRC32"))

    def complete(self, key: str, upload_id: str, parts: Iterable[Part]) -> None:
        """Make the parts one visible object."""
        wanted: list[CompletedPartTypeDef] = []
        for part in parts:
            wanted.append({"ETag": part.etag, "PartNumber": part.number})
            if part.crc32 is not None:
                wanted[-1]["ChecksumCRC32"] = part.crc32
        with _translated("write", key):
            self._client.complete_multipart_upload(
                Bucket=self.bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": wanted}
            )

    def abort(self, key: str, upload_id: str) -> None:
        """Drop a multipart upload and its parts; one that is gone already is fine."""
        try:
            with _translated("abort the upload of", key):
                self._client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
        except NotFound:
            pass

    def presign_get(self, key: str, ttl_s: int, filename: str) -> str:
        """A URL that lets anyone read `key` for `ttl_s` seconds, by ranges too, saved as `filename`."""
        return self._presign_client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self.bucket, "Key": key, "ResponseContentDisposition": attachment(filename)},
            ExpiresIn=ttl_s,
        )

    def ensure_bucket(self) -> None:
        """Create the bucket unless it is there; several processes may do so at once."""
        if self.has_bucket():
            return
        region = self._client.meta.region_name
        where: Any = {} if region == _FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            with _translated("create the bucket", self.bucket):
                self._client.create_bucket(Bucket=self.bucket, **where)
        except StorageUnavailable:
            if not self.has_bucket():
                raise

    def try_to_ensure_bucket(self) -> None:
        """`ensure_bucket` for a process that starts: without S3 it starts all the same, and says so in its log."""
        try:
            self.ensure_bucket()
        except StorageUnavailable as error:
            log.warning("the bucket %s could not be made sure of: %s", self.bucket, error.message)

    def has_bucket(self) -> bool:
        """Whether the bucket exists. Raises StorageUnavailable when S3 does not answer or refuses us."""
        try:
            with _translated("look up the bucket", self.bucket):
                self._client.head_bucket(Bucket=self.bucket)
        except NotFound:
            return False
        return True


def from_settings(settings: Settings) -> Storage:
    """A `Storage` for the bucket that the settings name."""
    session = boto3.session.Session()  # shared: each holds S3's whole description, 15 MB
    client = _client(session, settings, settings.s3_endpoint_url)
    public = settings.s3_public_endpoint_url
    presign_client = None if public in (None, settings.s3_endpoint_url) else _client(session, settings, public)
    return Storage(client, settings.s3_bucket, presign_client)


def attachment(filename: str) -> str:
    """A Content-Disposition (RFC 6266) that saves as `filename`: as ASCII, and as UTF-8 for who reads that.

    Path separators, control characters, leading dots and what Windows refuses are replaced.
    """
    safe = "".join("_" if char in '\\/:*?"<>|%' or not char.isprintable() else char for char in filename)
    safe = safe.encode("utf-8", "replace").decode().strip(" .")[-120:] or "audio"
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def _client(session: boto3.session.Session, settings: Settings, endpoint_url: str | None) -> "S3Client":
    key_id, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    return session.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=settings.s3_region,
        aws_access_key_id=key_id.get_secret_value() if key_id else None,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        config=Config(
            signature_version="s3v4",
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 5},
            max_pool_connections=32,
            tcp_keepalive=True,
            request_checksum_calculation=settings.s3_checksums,
            response_checksum_validation=settings.s3_checksums,
            # A server of one's own is reached by address: its buckets have no host names.
            s3={"addressing_style": "path" if endpoint_url else "auto"},
        ),
    )


@contextmanager
def _translated(action: str, key: str) -> Iterator[None]:
    """Turn boto3's errors into ours, keeping the cause for the log."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _ABSENT:
            raise NotFound("The object does not exist in the object storage.", key=key) from error
        if code == "NoSuchBucket":
            raise StorageUnavailable("The bucket does not exist in the object storage.", key=key) from error
        raise StorageUnavailable(
            f"The object storage refused to {action} an object ({code or 'no reason given'}).", key=key
        ) from error
    except (BotoCoreError, Boto3Error) as error:
        cause: Any = error.__cause__ or error.__context__
        if isinstance(cause, ClientError) and str(cause.response.get("Error", {}).get("Code")) in _ABSENT:
            raise NotFound("The object does not exist in the object storage.", key=key) from error
        raise StorageUnavailable(f"The object storage could not be reached to {action} an object.", key=key) from error
