"""The synchronous client. It has the methods of `aio.py`, without `await`."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import httpx
from typing_extensions import Self, Unpack

from voicelift_client import _archive, _download, _events, _requests, _wait
from voicelift_client._drive import SyncDriver, iterate, run
from voicelift_client._handle import Handle
from voicelift_client._recordings import Source, recording_of
from voicelift_client._service import RETRY_FOR_S
from voicelift_client._submit import OnProgress, Submission, ignore
from voicelift_client.account import ApiKey, Delivery, KeyLimits, NewApiKey, SentMessage, Usage
from voicelift_client.models import BatchInfo, Converted, Event, JobOptions, ModelInfo, State, Token, WebhookSecret


class Job(Handle):
    """A job of the service. `info` has all of its fields as of the last update."""

    def refresh(self) -> Self:
        """Update `info`."""
        self.info = run(_requests.refresh(self._service, self.info))
        return self

    def wait(self, *, on_progress: OnProgress = ignore, timeout_s: float | None = None) -> Self:
        """Wait until the job has succeeded.

        Raises JobNotSucceeded (JobFailed, JobCanceled, JobExpired), WaitTimeout, ApiError, ConnectionFailed."""
        self.info = run(_wait.wait(self._service, self.info, on_progress, timeout_s))
        return self

    def events(self, after: str | None = None) -> Iterator[Event]:
        """The past and future events of the job, until it ends; `after` is the id of the last received event."""
        return iterate(_events.events(self._service, self.info, after))

    def save(
        self,
        stem: str,
        target: str | os.PathLike[str],
        *,
        format: Converted | None = None,  # noqa: A002
        overwrite: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Path:
        """Save a stem as a file, or in a folder by the service's name for it; returns the file. Resumes an earlier
        partial download, and verifies the checksum. `format` requests a lossy file of a lossless
        output, which the service makes once.

        Raises TargetExists (another file is there), KeyError (no such stem), ChecksumMismatch, StorageRefused,
        ApiError, ConnectionFailed."""
        return run(_download.save(self._service, self.info, stem, target, format, overwrite, on_progress))

    def save_all(
        self,
        target: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Path:
        """Save all stems as one ZIP archive: as a file, or in a folder by the service's name for it. It is packed while
        it is sent and cannot be resumed: over a bad connection use `save`.

        Raises TargetExists, OutputsNotReady (the job has no stems), ChecksumMismatch, ApiError, ConnectionFailed."""
        return run(_archive.save(self._service, self.info, target, overwrite, on_progress))

    def filename(self, stem: str) -> str:
        """The service's name for the file of a stem. Raises KeyError."""
        return run(_download.filename_of(self._service, self.info.output(stem).url))

    def cancel(self) -> Self:
        """Ask the job to stop; its state becomes canceled once it has. Raises Conflict when it has ended."""
        self.info = run(_requests.cancel(self._service, self.info))
        return self

    def retry(self, *, idempotency_key: str | None = None) -> "Job":
        """A new job from the recording of one that failed, was canceled or has expired."""
        return Job(self._service, run(_requests.retry(self._service, self.info, idempotency_key)))

    def delete(self) -> None:
        """Delete the job with its recording and files. A missing job is ignored."""
        run(_requests.delete(self._service, self.info))

    def token(self) -> Token:
        """A token for players and links: gives access to this job's events, playlists and outputs as `?token=...`."""
        return run(_requests.token(self._service, self.info))

    def revoke_tokens(self) -> None:
        """Let no token of this job hold that was made so far."""
        run(_requests.revoke_tokens(self._service, self.info))

    def deliveries(self) -> list[Delivery]:
        """The delivery attempts of the job's webhook."""
        return run(_requests.deliveries(self._service, self.info))

    def redeliver(self) -> list[Delivery]:
        """Deliver the job's webhook again, now. Raises Conflict: it was delivered."""
        return run(_requests.redeliver(self._service, self.info))


class Voicelift:
    """A service at `url`, with an API key. Defaults: VOICELIFT_URL and VOICELIFT_KEY of the environment.

    A request is retried after an error that the service calls retryable and after a broken connection, for
    `retry_for_s` seconds without any success. `http_client` supplies custom settings (proxies, certificates)."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        retry_for_s: float = RETRY_FOR_S,
        http_client: httpx.Client | None = None,
    ) -> None:
        self._service = _requests.service_at(SyncDriver(http_client, _requests.HEADERS), url, key, retry_for_s)

    def separate(
        self,
        source: Source,
        *,
        filename: str | None = None,
        on_progress: OnProgress = ignore,
        timeout_s: float | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Send a recording and wait until it is separated; returns the job, whose stems `Job.save` saves.

        `source` is a path, an open binary file, or a URL (https://...) that the service downloads. `timeout_s` counts
        from the acceptance of the job. Raises the errors of `submit` and `Job.wait`."""
        job = self.submit(
            source, filename=filename, on_progress=on_progress, idempotency_key=idempotency_key, **options
        )
        return job.wait(on_progress=on_progress, timeout_s=timeout_s)

    def submit(
        self,
        source: Source,
        *,
        filename: str | None = None,
        on_progress: OnProgress = ignore,
        idempotency_key: str | None = None,
        upload_id: str | None = None,
        on_upload: Callable[[str], None] = ignore,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Send a recording; returns the job as soon as the service has accepted it.

        A larger file goes to the object storage, in parts. `on_upload` is called with the id of that upload; pass it as
        `upload_id` to a later call to send only missing parts. `idempotency_key`: calls with the same key, source and
        options return the same job; without it each call creates a new one.

        Raises ApiError, ConnectionFailed, StorageRefused, OSError, ValueError (the file is empty)."""
        recording = recording_of(source, filename)
        submission = Submission(options, idempotency_key, upload_id, on_upload, on_progress)
        return Job(self._service, run(submission.send(self._service, recording)))

    def job(self, job_id: str) -> Job:
        """Raises NotFound."""
        return Job(self._service, run(_requests.job(self._service, job_id)))

    def jobs(self, state: State | None = None, *, batch: str | None = None) -> Iterator[Job]:
        """Your jobs, newest first: all, or those in a state, or of a batch."""
        return (Job(self._service, info) for info in iterate(_requests.jobs(self._service, state, batch)))

    def batch(self, label: str) -> BatchInfo:
        """Progress of the jobs with the option `batch=label`. Raises NotFound: there are none."""
        return run(_requests.batch(self._service, label))

    def wait_for_batch(
        self,
        label: str,
        *,
        on_progress: Callable[[BatchInfo], object] = ignore,
        timeout_s: float | None = None,
    ) -> BatchInfo:
        """Wait until all jobs of a batch have ended; create them all before. Raises BatchTimeout."""
        return run(_wait.wait_for_batch(self._service, label, on_progress, timeout_s))

    def usage(self) -> Usage:
        """Usage, remaining quotas and rates, and their reset times."""
        return run(_requests.usage(self._service))

    def models(self) -> list[ModelInfo]:
        """The models, and the permitted use of their results."""
        return run(_requests.models(self._service))

    def webhook_secret(self) -> WebhookSecret:
        """The secret for `verify_webhook`."""
        return run(_requests.webhook_secret(self._service))

    def replace_webhook_secret(self) -> WebhookSecret:
        """Create a new secret. For a day webhooks are signed with both."""
        return run(_requests.replace_webhook_secret(self._service))

    def test_webhook(self, url: str) -> SentMessage:
        """Send a signed test event to a URL, by the same path as events of jobs; returns the outcome."""
        return run(_requests.test_webhook(self._service, url))

    def create_key(
        self,
        name: str,
        *,
        tenant: str | None = None,
        expires_s: float | None = None,
        limits: KeyLimits | None = None,
    ) -> NewApiKey:
        """With an operator key: create a key, of your tenant or of another. Not retried after a broken connection,
        because the secret of a lost response cannot be shown again.

        Raises Forbidden: yours is no operator key."""
        return run(_requests.create_key(self._service, name, tenant, expires_s, limits))

    def list_keys(self) -> Iterator[ApiKey]:
        """With an operator key: all keys of the service, newest first, including revoked ones."""
        return iterate(_requests.keys(self._service))

    def revoke_key(self, key_id: str) -> None:
        """With an operator key: revoke a key, immediately and permanently."""
        run(_requests.revoke_key(self._service, key_id))

    def close(self) -> None:
        run(self._service.driver.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
