"""Wait for a job by its events, or by polling if events do not arrive."""

import math
import time
from collections.abc import Callable
from contextlib import aclosing

from voicelift_client._events import SILENCE_S, Listener
from voicelift_client._requests import batch_path
from voicelift_client._retry import retry_after_s
from voicelift_client._service import Service, parsed
from voicelift_client._submit import OnProgress
from voicelift_client.errors import ApiError, BatchTimeout, ConnectionFailed, JobNotSucceeded, WaitTimeout
from voicelift_client.models import BatchInfo, Event, JobInfo, Progress

LOSSES = 3  # consecutive connections without data after which a job is polled
POLL_S = 2.0  # without Retry-After and ETA
POLLS_TO_THE_END = 10


class Waiting:
    """Waits until `job` ends. ETA and queue position are no events: they need a poll of the job, at the interval of
    Retry-After."""

    def __init__(self, service: Service, job: JobInfo, on_progress: OnProgress, timeout_s: float | None) -> None:
        self._service, self._job, self._on_progress = service, job, on_progress
        self._timeout_s = timeout_s
        self._until = None if timeout_s is None else time.monotonic() + timeout_s
        self._etag: str | None = None
        self._fraction, self._phase = job.progress.fraction, job.stage or job.state
        self._poll_at = time.monotonic() + _poll_s(job, None)

    async def end(self) -> JobInfo:
        """The job in its final state.

        Raises ApiError, ConnectionFailed, WaitTimeout."""
        listener, losses = Listener(self._service, self._job), 0
        self._report()
        while not self._job.is_over:
            if losses < LOSSES:
                losses = 0 if await self._listen(listener) else losses + 1
            await self._poll()
            if not self._job.is_over:
                await self._rest(listener.retry_s if losses < LOSSES else self._poll_at - time.monotonic())
        return self._job

    async def _listen(self, listener: Listener) -> bool:
        """Follow the events of one connection; returns whether any data arrived."""
        received = False
        try:
            async with aclosing(listener.connection(self._left_s(SILENCE_S))) as connection:
                async for event in connection:
                    received = True
                    if event is not None:
                        self._note(event)
                    self._check()
                    if time.monotonic() >= self._poll_at and not listener.ended:
                        await self._poll()
        except ConnectionFailed:
            self._check()
        except ApiError as error:
            if not error.retryable:
                raise
        return received

    async def _poll(self) -> None:
        headers = {"If-None-Match": self._etag} if self._etag else {}
        response = await self._service.call("GET", self._job.url, headers=headers, at_most_s=self._left_s(math.inf))
        if response.status_code != 304:
            self._job = parsed(JobInfo, response)
            self._etag = response.headers.get("etag")
            self._fraction = max(self._fraction, self._job.progress.fraction)
            self._phase = self._job.stage or self._job.state
            self._report()
        self._poll_at = time.monotonic() + _poll_s(self._job, retry_after_s(response.headers))

    async def _rest(self, seconds: float) -> None:
        self._check()
        await self._service.driver.sleep(max(0.0, self._left_s(seconds)))

    def _note(self, event: Event) -> None:
        fraction, phase = event.data.get("fraction"), event.data.get("stage") or event.data.get("state")
        if isinstance(fraction, (int, float)):
            self._fraction = max(self._fraction, float(fraction))
        if isinstance(phase, str):
            self._phase = phase
        self._report()

    def _report(self) -> None:
        waits = self._phase == "queued"
        self._on_progress(
            Progress(
                phase=self._phase,
                fraction=self._fraction,
                eta_s=self._job.progress.eta_s,
                queue_position=self._job.queue_position if waits else None,
            )
        )

    def _left_s(self, at_most: float) -> float:
        return at_most if self._until is None else max(0.05, min(at_most, self._until - time.monotonic()))

    def _check(self) -> None:
        if self._until is not None and self._timeout_s is not None and time.monotonic() >= self._until:
            raise WaitTimeout(self._job, self._timeout_s)


async def wait(service: Service, job: JobInfo, on_progress: OnProgress, timeout_s: float | None) -> JobInfo:
    """The succeeded job. Raises JobNotSucceeded, and the errors of `Waiting.end`."""
    ended = await Waiting(service, job, on_progress, timeout_s).end()
    if ended.state != "succeeded":
        raise JobNotSucceeded.of(ended)
    return ended


async def wait_for_batch(
    service: Service, label: str, on_progress: Callable[[BatchInfo], object], timeout_s: float | None
) -> BatchInfo:
    """Poll a batch until all of its jobs have ended. Raises NotFound, BatchTimeout."""
    until, etag = None if timeout_s is None else time.monotonic() + timeout_s, ""
    info: BatchInfo | None = None
    while True:
        headers = {"If-None-Match": etag} if etag else {}
        response = await service.call("GET", batch_path(label), headers=headers)
        if response.status_code != 304 or info is None:
            info = parsed(BatchInfo, response)
            etag = response.headers.get("etag", "")
            on_progress(info)
        if info.finished:
            return info
        pause_s = retry_after_s(response.headers) or POLL_S
        if until is not None and timeout_s is not None and time.monotonic() + pause_s > until:
            raise BatchTimeout(info, timeout_s)
        await service.driver.sleep(pause_s)


def _poll_s(job: JobInfo, retry_after: float | None) -> float:
    """Seconds until the next poll of the job."""
    if retry_after is not None:
        return retry_after
    eta_s = job.progress.eta_s
    return POLL_S if eta_s is None else min(30.0, max(1.0, eta_s / POLLS_TO_THE_END))
