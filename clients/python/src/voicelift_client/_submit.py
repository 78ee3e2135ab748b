"""From a recording to an accepted job: a small file as a form, a larger one by a presigned upload, in several parts if
the service says so. An upload resumes after a broken connection with the missing parts."""

import contextlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from voicelift_client._drive import TIMEOUT
from voicelift_client._recordings import Address, Body, Recording
from voicelift_client._service import Service, connection_failed
from voicelift_client.errors import ConnectionFailed, NotFound, StorageRefused, UploadIncomplete
from voicelift_client.models import JobInfo, JobOptions, Progress, UploadInfo, UploadPart

OnProgress = Callable[[Progress], None]


def ignore(_: object) -> None:
    """A progress callback that does nothing."""


FORM_BYTES = 4 * 1024 * 1024  # sent again from the start after a broken connection


@dataclass(frozen=True)
class Submission:
    """A job to create. With one `idempotency_key`, repeated requests create one job. `upload_id` resumes an earlier
    upload of the same recording; `on_upload` is called with the id of a new one, so that it can be resumed."""

    options: JobOptions
    idempotency_key: str | None = None
    upload_id: str | None = None
    on_upload: Callable[[str], None] = ignore
    on_progress: OnProgress = ignore

    async def send(self, service: Service, recording: Recording | Address) -> JobInfo:
        headers = {"Idempotency-Key": self.idempotency_key or str(uuid.uuid4())}
        options = {name: value for name, value in self.options.items() if value is not None}
        if isinstance(recording, Address):
            body: dict[str, Any] = {"json": {"source_url": recording.url, **_listed(options)}}
        elif recording.size <= FORM_BYTES and self.upload_id is None:
            data = b"".join(await service.driver.off_loop(lambda: list(recording.blocks(0, recording.size))))
            body = {"files": {"file": (recording.name, data)}, "data": _as_form(options)}
        else:
            job = await self._of_earlier_upload(service, headers, options)
            if job is not None:
                return job
            upload_id = await upload(service, recording, self.upload_id, self.on_upload, self.on_progress)
            body = {"json": {"upload_id": upload_id, **_listed(options)}}
        return await service.ask(JobInfo, "POST", "/v1/jobs", headers=headers, **body)

    async def _of_earlier_upload(
        self, service: Service, headers: Mapping[str, str], options: Mapping[str, Any]
    ) -> JobInfo | None:
        """The job of an earlier upload, if all of it has arrived, or if a request with a lost response has created the
        job."""
        if self.upload_id is None:
            return None
        body = {"upload_id": self.upload_id, **_listed(options)}
        with contextlib.suppress(NotFound, UploadIncomplete):
            return await service.ask(JobInfo, "POST", "/v1/jobs", headers=headers, json=body)
        return None


async def upload(
    service: Service,
    recording: Recording,
    upload_id: str | None,
    on_upload: Callable[[str], None],
    on_progress: OnProgress,
) -> str:
    """Send a recording to the object storage; returns the upload's id when every byte has arrived."""
    view = await _begun_before(service, recording, upload_id) if upload_id else None
    if view is None:
        body = {"bytes": recording.size, "filename": recording.name[-1000:]}
        view = await service.ask(UploadInfo, "POST", "/v1/uploads", json=body)
        on_upload(view.upload_id)
    meter = _Meter(recording.size, on_progress)
    patience, most = service.patience(), 0
    while True:
        parts = _parts(view)
        arrived = sum(part.bytes for part in parts if part.received)
        try:
            for part in parts:
                if not part.received:
                    await _put(service, recording, part, meter.from_bytes(arrived))
                    arrived += part.bytes
                    if arrived > most:
                        most = arrived
                        patience.renew()
            await service.call("POST", view.complete_url)
            return view.upload_id
        except (ConnectionFailed, StorageRefused, UploadIncomplete) as error:
            await service.rest(patience, _passing(error))
        view = await service.ask(UploadInfo, "GET", f"/v1/uploads/{view.upload_id}")  # fresh URLs


async def _begun_before(service: Service, recording: Recording, upload_id: str) -> UploadInfo | None:
    """An earlier upload of the recording, unless it has expired or was used."""
    try:
        view = await service.ask(UploadInfo, "GET", f"/v1/uploads/{upload_id}")
    except NotFound:
        return None
    return view if view.bytes == recording.size else None


def _parts(view: UploadInfo) -> list[UploadPart]:
    if view.parts is not None:
        return view.parts
    return [UploadPart(number=1, offset=0, bytes=view.bytes, url=view.url or "", received=view.received)]


async def _put(service: Service, recording: Recording, part: UploadPart, sent: Callable[[int], None]) -> None:
    """Raises ConnectionFailed, StorageRefused."""
    request = service.driver.build("PUT", part.url, headers={"Content-Length": str(part.bytes)}, timeout=TIMEOUT)
    request.stream = Body(recording, part.offset, part.bytes, sent)
    try:
        response = await service.driver.send(request)
    except httpx.TransportError as error:
        raise connection_failed(request, error) from error
    if not response.is_success:
        raise StorageRefused(
            f"The object storage at {request.url.host} refused part {part.number} with status {response.status_code}.",
            response.status_code,
        )


def _passing(error: ConnectionFailed | StorageRefused | UploadIncomplete) -> ConnectionFailed | StorageRefused:
    """Missing bytes of an incomplete upload are sent again."""
    return ConnectionFailed(str(error)) if isinstance(error, UploadIncomplete) else error


def _listed(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if name == "stems" else value for name, value in options.items()}


def _as_form(options: Mapping[str, Any]) -> dict[str, Any]:
    """Form fields are strings: lists are repeated, an object is JSON."""
    return {name: json.dumps(dict(value)) if name == "metadata" else value for name, value in _listed(options).items()}


class _Meter:
    """Progress of an upload, which never decreases."""

    def __init__(self, total: int, on_progress: OnProgress) -> None:
        self._total, self._on_progress, self._most = total, on_progress, -1

    def from_bytes(self, arrived: int) -> Callable[[int], None]:
        def sent(done: int) -> None:
            if arrived + done > self._most:
                self._most = arrived + done
                self._on_progress(Progress(phase="uploading", fraction=self._most / self._total))

        return sent
