# ruff: noqa: N818  (they are named after the fact, as people say it)
"""One tree of errors. Each is a fact of the domain, with a stable `code` and a sentence for whoever meets it.

How an error looks over HTTP is decided in one place, `api/problems.py`; whether a task is tried again is
decided by `retryable`.
"""

from typing import Any, ClassVar


class VoiceliftError(Exception):
    """Base of all errors raised on purpose.

    `message` is shown to people: it says what happened and what to do. `details` are machine-readable facts.
    """

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InputError(VoiceliftError):
    """The caller's file or options cannot be used, however often they are tried."""

    code = "invalid_input"


class UnsupportedMedia(InputError):
    code = "unsupported_media"


class NoAudio(InputError):
    code = "no_audio"


class DamagedMedia(InputError):
    code = "damaged_media"


class BodyTooSlow(InputError):
    """The body of a request comes so slowly that it is not waited for any longer."""

    code = "body_too_slow"
    retryable = True


class EmptyAudio(InputError):
    code = "empty_audio"


class AudioTooLong(InputError):
    code = "audio_too_long"


class UploadTooLarge(InputError):
    code = "upload_too_large"


class UnsupportedAudio(InputError):
    """Audio, but with more channels or a stranger sample rate than the service takes."""

    code = "unsupported_audio"


class InvalidOptions(InputError):
    code = "invalid_options"


class MalformedJson(InputError):
    """The body is not the JSON that it claims to be."""

    code = "malformed_json"


class InvalidIdempotencyKey(InputError):
    code = "invalid_idempotency_key"


class IdempotencyMismatch(InputError):
    """The key was used before, for something else."""

    code = "idempotency_mismatch"


class UrlRefused(InputError):
    """An address that the service does not connect to: its form, its port, or where it leads."""

    code = "url_refused"


class SourceUrlRefused(UrlRefused):
    code = "source_url_refused"


class WebhookUrlRefused(UrlRefused):
    code = "webhook_url_refused"


class SourceUrlFailed(InputError):
    """The server behind `source_url` answered, but not with a file."""

    code = "source_url_failed"


class SourceUrlUnreachable(InputError):
    """The server behind `source_url` did not answer, or not to the end."""

    code = "source_url_unreachable"
    retryable = True


class SourceTooLarge(InputError):
    code = "source_too_large"


class ModelChanged(InputError):
    """The chunks of this job were cut for a model that the workers no longer have."""

    code = "model_changed"
    retryable = True


class SeparationFailed(InputError):
    """The model made values of this recording that are no sound: not a number, or infinite."""

    code = "separation_failed"
    retryable = True


class EncodingFailed(InputError):
    """The encoder of the format that was asked for cannot write these stems."""

    code = "encoding_failed"


class Unauthenticated(VoiceliftError):
    """The request does not say whose it is."""

    code = "unauthenticated"


class InvalidKey(Unauthenticated):
    code = "invalid_key"


class InvalidToken(Unauthenticated):
    code = "invalid_token"


class OperatorOnly(VoiceliftError):
    """The request is one that only an operator's key may make."""

    code = "operator_only"


class TooMany(VoiceliftError):
    """More than the caller may ask for now; `retry_after_s` tells when it may again."""

    code = "too_many"
    retryable = True


class Busy(VoiceliftError):
    """This process has as much going on as it can bear."""

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
    """The request contradicts the present state of the thing it names."""

    code = "conflict"


class OutputsNotReady(Conflict):
    code = "outputs_not_ready"


class IdempotencyInProgress(Conflict):
    """Another request with the same key is being answered at this moment."""

    code = "idempotency_in_progress"
    retryable = True


class SourceGone(Conflict):
    """The recording of the job is no longer kept, so it cannot be tried again."""

    code = "source_gone"


class UploadIncomplete(Conflict):
    """The bytes that an upload was made for have not all arrived."""

    code = "upload_incomplete"


class QueueFull(VoiceliftError):
    code = "queue_full"
    retryable = True


class StorageUnavailable(VoiceliftError):
    """S3 cannot be reached, or does not do what it was asked to."""

    code = "storage_unavailable"
    retryable = True


class StoreUnavailable(VoiceliftError):
    """Redis cannot be reached."""

    code = "store_unavailable"
    retryable = True


class CourierUnavailable(VoiceliftError):
    """Nobody has sent a test event while it was waited for."""

    code = "courier_unavailable"
    retryable = True


class LeaseLost(VoiceliftError):
    """This worker no longer holds the work: another may be doing it, and nothing we made may be seen."""

    code = "lease_lost"


class Stopped(VoiceliftError):
    """The work was told to stop: canceled, past its deadline, or its lease was lost."""

    code = "stopped"


class CheckpointError(VoiceliftError):
    code = "checkpoint_invalid"


class CodecWeightsMissing(VoiceliftError):
    code = "codec_weights_missing"


class InternalError(VoiceliftError):
    """A fault of ours. The message shown to callers names no detail; the log does."""


def codes(kind: type[VoiceliftError] = VoiceliftError) -> set[str]:
    """The codes of all errors that are defined."""
    return {kind.code}.union(*(codes(below) for below in kind.__subclasses__()))
