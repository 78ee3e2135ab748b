# ruff: noqa: N818  (names state the fact, without the suffix Error)
"""The tree of errors. Each is a fact of the domain, with a stable `code` and a sentence for the reader.

`api/problems.py` alone maps errors to HTTP; `retryable` decides whether a task is retried.
"""

from typing import Any, ClassVar


class VoiceliftError(Exception):
    """Base of all deliberate errors.

    `message` is shown to people: cause and remedy. `details` are machine-readable facts.
    """

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InputError(VoiceliftError):
    """The client's file or options cannot be used; a retry would fail too."""

    code = "invalid_input"


class UnsupportedMedia(InputError):
    code = "unsupported_media"


class NoAudio(InputError):
    code = "no_audio"


class DamagedMedia(InputError):
    code = "damaged_media"


class BodyTooSlow(InputError):
    """The body of the request arrives too slowly."""

    code = "body_too_slow"
    retryable = True


class EmptyAudio(InputError):
    code = "empty_audio"


class AudioTooLong(InputError):
    code = "audio_too_long"


class UploadTooLarge(InputError):
    code = "upload_too_large"


class UnsupportedAudio(InputError):
    """Audio with more channels or an unsupported sample rate."""

    code = "unsupported_audio"


class InvalidOptions(InputError):
    code = "invalid_options"


class MalformedJson(InputError):
    """The body is not valid JSON."""

    code = "malformed_json"


class InvalidIdempotencyKey(InputError):
    code = "invalid_idempotency_key"


class IdempotencyMismatch(InputError):
    """The key was used before for another request."""

    code = "idempotency_mismatch"


class UrlRefused(InputError):
    """A URL that the service does not connect to, because of its form, port or address."""

    code = "url_refused"


class SourceUrlRefused(UrlRefused):
    code = "source_url_refused"


class WebhookUrlRefused(UrlRefused):
    code = "webhook_url_refused"


class SourceUrlFailed(InputError):
    """The server of `source_url` responded, but not with a file."""

    code = "source_url_failed"


class SourceUrlUnreachable(InputError):
    """The server of `source_url` sent no response, or an incomplete one."""

    code = "source_url_unreachable"
    retryable = True


class SourceTooLarge(InputError):
    code = "source_too_large"


class ModelChanged(InputError):
    """The chunks of this job were cut for a model that the workers no longer have."""

    code = "model_changed"
    retryable = True


class SeparationFailed(InputError):
    """The model returned non-finite values for this recording."""

    code = "separation_failed"
    retryable = True


class EncodingFailed(InputError):
    """The encoder of the requested format failed on these stems."""

    code = "encoding_failed"


class ConversionFailed(InputError):
    """A finished file cannot be written in the requested format."""

    code = "conversion_failed"


class Unauthenticated(VoiceliftError):
    """The request has no valid key."""

    code = "unauthenticated"


class InvalidKey(Unauthenticated):
    code = "invalid_key"


class InvalidToken(Unauthenticated):
    code = "invalid_token"


class OperatorOnly(VoiceliftError):
    """Only an operator key may make this request."""

    code = "operator_only"


class TooMany(VoiceliftError):
    """A limit of the caller is reached; `retry_after_s` is the time until the next attempt."""

    code = "too_many"
    retryable = True


class Busy(VoiceliftError):
    """This process has reached a concurrency limit."""

    code = "busy"
    retryable = True


class TooManyAtOnce(TooMany):
    code = "too_many_at_once"


class RateLimited(TooMany):
    code = "rate_limited"


class QuotaExceeded(TooMany):
    code = "quota_exceeded"


class NotFound(VoiceliftError):
    code = "not_found"


class Conflict(VoiceliftError):
    """The request contradicts the state of its object."""

    code = "conflict"


class OutputsNotReady(Conflict):
    code = "outputs_not_ready"


class IdempotencyInProgress(Conflict):
    """Another request with the same key is in progress."""

    code = "idempotency_in_progress"
    retryable = True


class SourceGone(Conflict):
    """The recording of the job is deleted, so the job cannot be retried."""

    code = "source_gone"


class UploadIncomplete(Conflict):
    """Bytes of the upload are missing."""

    code = "upload_incomplete"


class QueueFull(VoiceliftError):
    code = "queue_full"
    retryable = True


class StorageUnavailable(VoiceliftError):
    """S3 cannot be reached, or failed to execute a call."""

    code = "storage_unavailable"
    retryable = True


class StoreUnavailable(VoiceliftError):
    """Redis cannot be reached."""

    code = "store_unavailable"
    retryable = True


class CourierUnavailable(VoiceliftError):
    """No courier sent the test event in time."""

    code = "courier_unavailable"
    retryable = True


class LeaseLost(VoiceliftError):
    """This worker no longer holds the task: another may execute it, and this worker's results must not become
    visible."""

    code = "lease_lost"


class Stopped(VoiceliftError):
    """The task was asked to stop: canceled, past its deadline, or its lease was lost."""

    code = "stopped"


class CheckpointError(VoiceliftError):
    code = "checkpoint_invalid"


class CodecWeightsMissing(VoiceliftError):
    code = "codec_weights_missing"


class InternalError(VoiceliftError):
    """An internal error. The log has the details, the message for callers has none."""


def codes(kind: type[VoiceliftError] = VoiceliftError) -> set[str]:
    """The codes of all errors."""
    return {kind.code}.union(*(codes(below) for below in kind.__subclasses__()))
