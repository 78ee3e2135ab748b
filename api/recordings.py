"""The four sources of a job's recording: a form, an upload, a URL, and an earlier job."""

import logging
from abc import ABC, abstractmethod

from api.schemas import JobBody
from api.uploads import Form, safe_filename
from core.errors import (
    Conflict,
    InvalidOptions,
    NotFound,
    SourceGone,
    SourceUrlRefused,
    UrlRefused,
    VoiceliftError,
    WebhookUrlRefused,
)
from core.jobs.job import Job, ModelRef, Source, State
from core.jobs.request import JobRequest
from core.jobs.uploads import Upload, Uploads
from core.settings import Settings
from core.storage import Storage
from core.transfer.address import Guard, filename_of

log = logging.getLogger(__name__)


class Recording(ABC):
    """A job request, with a recording that is not in place yet, unless it is `stored`. All methods block.

    `content` identifies the recording in the request's fingerprint; `retry_of` is the retried job."""

    stored = False

    def __init__(self, request: JobRequest, content: str, retry_of: str | None = None) -> None:
        self.request, self.content, self.retry_of = request, content, retry_of

    @abstractmethod
    def store(self, key: str) -> Source:
        """Put the recording at `key`, the source of a worker's task."""

    def release(self) -> None:  # noqa: B027  (most have nothing to give up)
        """The job is stored: release the original. Never raises."""


class FromForm(Recording):
    """The file of a form, written in place while it arrived."""

    stored = True

    def __init__(self, form: Form) -> None:
        super().__init__(form.request, form.sha256)
        self._form = form

    def store(self, key: str) -> Source:
        return Source(key=key, filename=self._form.filename, bytes=self._form.bytes, sha256=self._form.sha256)


class FromUpload(Recording):
    """An upload sent to S3 before. The job gets a copy, which holders of a presigned URL cannot change; then the upload
    is deleted."""

    def __init__(self, body: JobBody, upload_id: str, tenant: str, uploads: Uploads) -> None:
        super().__init__(body, f"upload:{upload_id}")
        self._upload_id, self._tenant, self._uploads = upload_id, tenant, uploads
        self._upload: Upload | None = None

    def store(self, key: str) -> Source:
        """Raises NotFound, UploadIncomplete, StorageUnavailable, StoreUnavailable."""
        self._upload = upload = self._uploads.get(self._tenant, self._upload_id)
        self._uploads.adopt(upload, key)
        return Source(key=key, filename=safe_filename(upload.filename), bytes=upload.bytes)

    def release(self) -> None:
        assert self._upload is not None, "it was stored before"
        try:
            self._uploads.discard(self._upload)
        except VoiceliftError as error:  # it expires
            log.warning("could not delete the used upload: %s", error.message)


class FromAddress(Recording):
    """A file that a worker downloads."""

    def __init__(self, body: JobBody, url: str, guard: Guard) -> None:
        """Raises SourceUrlRefused."""
        try:
            guard.parse(url)
        except UrlRefused as refusal:
            raise SourceUrlRefused(f"The source_url cannot be used. {refusal.message}", **refusal.details) from None
        super().__init__(body, f"url:{url}")
        self._url = url

    def store(self, key: str) -> Source:
        return Source(key=key, filename=safe_filename(filename_of(self._url)), bytes=None, url=self._url)


class FromJob(Recording):
    """The recording of a job that did not succeed. The new job gets a copy, with the old job's options. Only the
    model's limits are checked again, because the model may have changed."""

    def __init__(self, old: Job, storage: Storage) -> None:
        """Raises Conflict when there is nothing to retry."""
        if not old.state.terminal:
            raise Conflict(f"The job is still {old.state}. Cancel it or wait until it ends.", state=old.state)
        if old.state is State.succeeded:
            raise Conflict("The job has succeeded, so there is nothing to retry.", state=old.state)
        request = JobRequest.model_construct(  # unchecked: the rest of a very short deadline may be negative
            **dict(old.options),
            metadata=old.metadata,
            batch=old.batch,
            webhook_url=old.webhook_url,
            deadline_s=None if old.deadline_at is None else old.deadline_at - old.created_at,
            retention_s=old.retention_s,
            cache=old.cache,
        )
        super().__init__(request, f"retry:{old.id}", retry_of=old.id)
        self._old, self._storage = old, storage

    def store(self, key: str) -> Source:
        """Raises SourceGone, StorageUnavailable."""
        try:
            self._storage.copy(self._old.source.key, key)
        except NotFound:
            if self._old.source.url is None:  # otherwise it is downloaded again
                raise SourceGone("The job's recording has been deleted. Submit it again as a new job.") from None
        return self._old.source.model_copy(update={"key": key})


def check_request(request: JobRequest, settings: Settings, model: ModelRef) -> None:
    """Check the limits of this service. Raises InvalidOptions, WebhookUrlRefused."""
    model.check(request.options)
    most = settings.retention_s
    if request.retention_s is not None and request.retention_s > most:
        message = f"Input should be less than or equal to {most:g}"
        raise InvalidOptions(
            f"Invalid options. retention_s: {message}.",
            errors=[{"field": "retention_s", "message": message}],
        )
    if request.webhook_url is not None:
        check_webhook_url(request.webhook_url, settings)


def check_webhook_url(url: str, settings: Settings) -> None:
    """Check a URL by its form. Raises WebhookUrlRefused."""
    try:
        Guard.from_settings(settings).parse(url)
    except UrlRefused as refusal:
        raise WebhookUrlRefused(f"The webhook_url cannot be used. {refusal.message}", **refusal.details) from None
