"""boto3 for `core/storage.py`: client options, and conversion of errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from core.errors import NotFound, StorageUnavailable
from core.settings import Settings
from core.watch import Observe, watch_s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ABSENT = {"404", "NoSuchKey", "NotFound", "NoSuchUpload"}


def make_client(
    session: boto3.session.Session, settings: Settings, endpoint_url: str | None, observe: Observe
) -> "S3Client":
    """A client with timeouts and retries, whose calls are reported to `observe`."""
    key_id, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    client = session.client(
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
            # A private server is reached by address: its buckets have no host names.
            s3={"addressing_style": "path" if endpoint_url else "auto"},
        ),
    )
    watch_s3(client, observe)
    return client


@contextmanager
def translated(action: str, key: str) -> Iterator[None]:
    """Convert boto3's errors to domain errors, with the cause for the log."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in ABSENT:
            raise NotFound("The object does not exist in the object storage.", key=key) from error
        if code == "NoSuchBucket":
            raise StorageUnavailable("The bucket does not exist in the object storage.", key=key) from error
        raise StorageUnavailable(
            f"The object storage refused to {action} an object ({code or 'no reason given'}).", key=key
        ) from error
    except (BotoCoreError, Boto3Error) as error:
        cause: Any = error.__cause__ or error.__context__
        if isinstance(cause, ClientError) and str(cause.response.get("Error", {}).get("Code")) in ABSENT:
            raise NotFound("The object does not exist in the object storage.", key=key) from error
        raise StorageUnavailable(f"The object storage could not be reached to {action} an object.", key=key) from error
