# ruff: noqa: N818  (named after the fact, as in the service)
"""The tree of errors: responses of the service, outcomes of a job, and failures on the way.

    VoiceliftError
    ├── ApiError                 the service refused a request: code, status, retryable, request_id
    │   ├── InvalidRequest       400, 408, 413, 415, 422: InvalidOptions, UnsupportedMedia, UploadTooLarge, ...
    │   ├── Unauthenticated      401: no key, or a wrong one
    │   ├── Forbidden            403: the key may not do that
    │   ├── NotFound             404
    │   ├── Conflict             409: OutputsNotReady, SourceGone, UploadIncomplete, ...
    │   ├── TooMany              429: RateLimited, QuotaExceeded, TooManyAtOnce
    │   └── Unavailable          500, 503: QueueFull, Busy
    ├── JobNotSucceeded          a job ended without a result: JobFailed, JobCanceled, JobExpired
    ├── ConnectionFailed         no response, or an incomplete one
    ├── StorageRefused           the object storage refused an upload or a download
    ├── UnexpectedResponse         a response that is not this service's
    ├── ChecksumMismatch, TargetExists, WaitTimeout, BatchTimeout, SignatureInvalid

The class of an `ApiError` follows from its `code`; one with a code that this version does not know follows from its
status, so `except Conflict` also catches conflicts that a later service adds.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from voicelift_client.models import BatchInfo, FieldError, JobInfo, Problem


class VoiceliftError(Exception):
    """Base of all errors of this package. The text is a sentence for people.

    `retryable`: the same may succeed later. `attempts`: maximum consecutive attempts; None: as time allows."""

    retryable: bool = False
    attempts: int | None = None


class ApiError(VoiceliftError):
    """The service refused a request. `codes`: those of this class."""

    codes: ClassVar[frozenset[str]] = frozenset()
    statuses: ClassVar[frozenset[int]] = frozenset()

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        super().__init__(problem.detail)
        self.code = problem.code
        self.status = problem.status
        self.retryable = problem.retryable
        self.request_id = problem.request_id
        self.retry_after_s = retry_after_s
        self.errors: list[FieldError] = problem.errors or []
        self.details: Mapping[str, Any] = problem.model_extra or {}


class InvalidRequest(ApiError):
    """The request, or its file, is invalid."""

    codes = frozenset(
        {
            "malformed_form",
            "malformed_json",
            "invalid_request",
            "unsupported_content_type",
            "unsupported_content_encoding",
        }
    )
    statuses = frozenset({400, 405, 408, 413, 415, 422})


class InvalidOptions(InvalidRequest):
    """`errors` names each invalid option and the reason."""

    codes = frozenset({"invalid_options"})


class InvalidIdempotencyKey(InvalidRequest):
    codes = frozenset({"invalid_idempotency_key"})


class IdempotencyMismatch(InvalidRequest):
    """The Idempotency-Key was used before, for another request."""

    codes = frozenset({"idempotency_mismatch"})


class UnsupportedMedia(InvalidRequest):
    """The file is no recording."""

    codes = frozenset({"unsupported_media", "empty_audio"})


class UploadTooLarge(InvalidRequest):
    codes = frozenset({"upload_too_large"})
    statuses = frozenset({413})


class BodyTooSlow(InvalidRequest):
    codes = frozenset({"body_too_slow"})


class ConversionFailed(InvalidRequest):
    """The stem could not be written in the other format."""

    codes = frozenset({"conversion_failed"})


class UrlRefused(InvalidRequest):
    """The service does not connect to the `source_url` or `webhook_url`."""

    codes = frozenset({"source_url_refused", "webhook_url_refused"})


class MethodNotAllowed(InvalidRequest):
    codes = frozenset({"method_not_allowed"})


class Unauthenticated(ApiError):
    """The key is missing, unknown, revoked or expired."""

    codes = frozenset({"unauthenticated", "invalid_key", "invalid_token"})
    statuses = frozenset({401})


class Forbidden(ApiError):
    """The key is valid, but lacks the permission."""

    codes = frozenset({"operator_only"})
    statuses = frozenset({403})


class NotFound(ApiError):
    """The job, upload or stem does not exist, was deleted, has expired or is another tenant's."""

    codes = frozenset({"not_found"})
    statuses = frozenset({404})


class Conflict(ApiError):
    """The request contradicts the state of the job or upload."""

    codes = frozenset({"conflict"})
    statuses = frozenset({409})


class OutputsNotReady(Conflict):
    codes = frozenset({"outputs_not_ready"})


class IdempotencyInProgress(Conflict):
    codes = frozenset({"idempotency_in_progress"})


class SourceGone(Conflict):
    """The recording is deleted: send it again."""

    codes = frozenset({"source_gone"})


class UploadIncomplete(Conflict):
    codes = frozenset({"upload_incomplete"})


class TooMany(ApiError):
    """A limit of the key is reached."""

    statuses = frozenset({429})


class RateLimited(TooMany):
    codes = frozenset({"rate_limited"})


class QuotaExceeded(TooMany):
    codes = frozenset({"quota_exceeded"})


class TooManyAtOnce(TooMany):
    codes = frozenset({"too_many_at_once"})


class Unavailable(ApiError):
    """The service cannot process the request now."""

    codes = frozenset({"internal", "storage_unavailable", "store_unavailable", "courier_unavailable", "not_ready"})
    statuses = frozenset({500, 502, 503, 504})


class QueueFull(Unavailable):
    codes = frozenset({"queue_full"})


class Busy(Unavailable):
    codes = frozenset({"busy"})


class JobNotSucceeded(VoiceliftError):
    """The job ended without a result. `code` as in the job's `error`; None for a canceled one."""

    def __init__(self, job: JobInfo) -> None:
        error = job.error
        super().__init__(error.message if error else f"The job {job.id} was {job.state}.")
        self.job = job
        self.code = error.code if error else None
        self.retryable = error.retryable if error else False

    @classmethod
    def of(cls, job: JobInfo) -> "JobNotSucceeded":
        kinds = {"failed": JobFailed, "canceled": JobCanceled, "expired": JobExpired}
        return kinds[job.state](job)


class JobFailed(JobNotSucceeded):
    """`retryable`: `Job.retry()` may succeed."""


class JobCanceled(JobNotSucceeded):
    pass


class JobExpired(JobNotSucceeded):
    """Its deadline passed before the start."""


class ConnectionFailed(VoiceliftError):
    """No complete response arrived within the retries."""

    retryable = True


class StorageRefused(VoiceliftError):
    """The object storage refused an upload or a download; `status` is its HTTP status."""

    retryable = True  # with a fresh URL

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
        self.attempts = None if status >= 500 or status in (408, 429) else 2


class UnexpectedResponse(VoiceliftError):
    """The responding server is not a Voicelift service, or of another API version."""


class ChecksumMismatch(VoiceliftError):
    """The checksum of the download was wrong twice."""


class TargetExists(VoiceliftError):
    """The target of a stem exists with other content. It was not changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already and is not replaced.")
        self.path = path


class WaitTimeout(VoiceliftError):
    """The job did not end within the time limit. It continues."""

    retryable = True

    def __init__(self, job: JobInfo, timeout_s: float) -> None:
        super().__init__(f"The job {job.id} is still {job.state} after {timeout_s:g} s.")
        self.job = job


class BatchTimeout(VoiceliftError):
    """The jobs of a batch did not all end within the time limit. They continue."""

    retryable = True

    def __init__(self, batch: BatchInfo, timeout_s: float) -> None:
        waiting = batch.states.queued + batch.states.running
        super().__init__(
            f"{waiting} of {batch.jobs} jobs of the batch {batch.batch} have not finished after {timeout_s:g} s."
        )
        self.batch = batch


class SignatureInvalid(VoiceliftError):
    """The webhook was not signed by the service, or not within the last minutes."""


def api_errors(kind: type[ApiError] = ApiError) -> Iterator[type[ApiError]]:
    """All classes of the tree below `kind`, and `kind`; a class follows its bases."""
    yield kind
    for below in kind.__subclasses__():
        yield from api_errors(below)


def api_error(problem: Problem, retry_after_s: float | None = None) -> ApiError:
    """The error of the class for `problem`."""
    kinds = list(api_errors())
    by_code = (kind for kind in kinds if problem.code in kind.codes)
    by_status = (kind for kind in kinds if problem.status in kind.statuses)
    return next(by_code, next(by_status, ApiError))(problem, retry_after_s)
