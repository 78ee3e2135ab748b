"""The asynchronous client. `client.py` documents its methods."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType

import httpx
from typing_extensions import Self, Unpack

from voicelift_client import _archive, _download, _events, _requests, _wait
from voicelift_client._drive import AsyncDriver
from voicelift_client._handle import Handle
from voicelift_client._recordings import Source, recording_of
from voicelift_client._service import RETRY_FOR_S
from voicelift_client._submit import OnProgress, Submission, ignore
from voicelift_client.account import ApiKey, Delivery, KeyLimits, NewApiKey, SentMessage, Usage
from voicelift_client.models import BatchInfo, Converted, Event, JobOptions, ModelInfo, State, Token, WebhookSecret


class AsyncJob(Handle):
    """As `Job`."""

    async def refresh(self) -> Self:
        self.info = await _requests.refresh(self._service, self.info)
        return self

    async def wait(self, *, on_progress: OnProgress = ignore, timeout_s: float | None = None) -> Self:
        self.info = await _wait.wait(self._service, self.info, on_progress, timeout_s)
        return self

    def events(self, after: str | None = None) -> AsyncIterator[Event]:
        return _events.events(self._service, self.info, after)

    async def save(
        self,
        stem: str,
        target: str | os.PathLike[str],
        *,
        format: Converted | None = None,  # noqa: A002
        overwrite: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Path:
        return await _download.save(self._service, self.info, stem, target, format, overwrite, on_progress)

    async def save_all(
        self,
        target: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Path:
        return await _archive.save(self._service, self.info, target, overwrite, on_progress)

    async def filename(self, stem: str) -> str:
        return await _download.filename_of(self._service, self.info.output(stem).url)

    async def cancel(self) -> Self:
        self.info = await _requests.cancel(self._service, self.info)
        return self

    async def retry(self, *, idempotency_key: str | None = None) -> "AsyncJob":
        return AsyncJob(self._service, await _requests.retry(self._service, self.info, idempotency_key))

    async def delete(self) -> None:
        await _requests.delete(self._service, self.info)

    async def token(self) -> Token:
        return await _requests.token(self._service, self.info)

    async def revoke_tokens(self) -> None:
        await _requests.revoke_tokens(self._service, self.info)

    async def deliveries(self) -> list[Delivery]:
        return await _requests.deliveries(self._service, self.info)

    async def redeliver(self) -> list[Delivery]:
        return await _requests.redeliver(self._service, self.info)


class AsyncVoicelift:
    """As `Voicelift`."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        retry_for_s: float = RETRY_FOR_S,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        self._service = _requests.service_at(AsyncDriver(http_client, _requests.HEADERS), url, key, retry_for_s)

    async def separate(
        self,
        source: Source,
        *,
        filename: str | None = None,
        on_progress: OnProgress = ignore,
        timeout_s: float | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[JobOptions],
    ) -> AsyncJob:
        job = await self.submit(
            source, filename=filename, on_progress=on_progress, idempotency_key=idempotency_key, **options
        )
        return await job.wait(on_progress=on_progress, timeout_s=timeout_s)

    async def submit(
        self,
        source: Source,
        *,
        filename: str | None = None,
        on_progress: OnProgress = ignore,
        idempotency_key: str | None = None,
        upload_id: str | None = None,
        on_upload: Callable[[str], None] = ignore,
        **options: Unpack[JobOptions],
    ) -> AsyncJob:
        recording = recording_of(source, filename)
        submission = Submission(options, idempotency_key, upload_id, on_upload, on_progress)
        return AsyncJob(self._service, await submission.send(self._service, recording))

    async def job(self, job_id: str) -> AsyncJob:
        return AsyncJob(self._service, await _requests.job(self._service, job_id))

    async def jobs(self, state: State | None = None, *, batch: str | None = None) -> AsyncIterator[AsyncJob]:
        async for info in _requests.jobs(self._service, state, batch):
            yield AsyncJob(self._service, info)

    async def batch(self, label: str) -> BatchInfo:
        return await _requests.batch(self._service, label)

    async def wait_for_batch(
        self,
        label: str,
        *,
        on_progress: Callable[[BatchInfo], object] = ignore,
        timeout_s: float | None = None,
    ) -> BatchInfo:
        return await _wait.wait_for_batch(self._service, label, on_progress, timeout_s)

    async def usage(self) -> Usage:
        return await _requests.usage(self._service)

    async def models(self) -> list[ModelInfo]:
        return await _requests.models(self._service)

    async def webhook_secret(self) -> WebhookSecret:
        return await _requests.webhook_secret(self._service)

    async def replace_webhook_secret(self) -> WebhookSecret:
        return await _requests.replace_webhook_secret(self._service)

    async def test_webhook(self, url: str) -> SentMessage:
        return await _requests.test_webhook(self._service, url)

    async def create_key(
        self,
        name: str,
        *,
        tenant: str | None = None,
        expires_s: float | None = None,
        limits: KeyLimits | None = None,
    ) -> NewApiKey:
        return await _requests.create_key(self._service, name, tenant, expires_s, limits)

    def list_keys(self) -> AsyncIterator[ApiKey]:
        return _requests.keys(self._service)

    async def revoke_key(self, key_id: str) -> None:
        await _requests.revoke_key(self._service, key_id)

    async def close(self) -> None:
        await self._service.driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
