"""All stems of a job as one ZIP archive, packed by the service while it is sent."""

import os
import zipfile
from pathlib import Path

from voicelift_client._download import part_of, place_of, put_in_place
from voicelift_client._drive import TIMEOUT
from voicelift_client._service import Service
from voicelift_client._submit import OnProgress
from voicelift_client.errors import ApiError, ChecksumMismatch, ConnectionFailed, TargetExists
from voicelift_client.models import JobInfo, Progress


async def save(
    service: Service, job: JobInfo, target: str | os.PathLike[str], overwrite: bool, on_progress: OnProgress
) -> Path:
    """Save the archive as the file `target`, or in the folder `target`; returns the file.

    Raises TargetExists, ChecksumMismatch, ApiError, ConnectionFailed."""
    url = job.archive_url or f"{job.url}/outputs.zip"
    path = await place_of(service, target, url)
    if path.exists() and not overwrite:
        raise TargetExists(path)
    part = part_of(path, job.id)
    try:
        await _get_whole(service, url, part, on_progress)
        if not await service.driver.off_loop(lambda: _is_whole(part)):
            raise ChecksumMismatch(f"The download of {path.name} is damaged. Nothing was saved.")
        await service.driver.off_loop(lambda: put_in_place(part, path))
    finally:
        part.unlink(missing_ok=True)  # it cannot be resumed
    return path


async def _get_whole(service: Service, url: str, part: Path, on_progress: OnProgress) -> None:
    patience = service.patience()
    while True:
        try:
            return await _get(service, url, part, on_progress)
        except (ApiError, ConnectionFailed) as error:
            await service.rest(patience, error)


async def _get(service: Service, url: str, part: Path, on_progress: OnProgress) -> None:
    done, run = 0, service.driver.off_loop
    async with service.stream(url, headers={}, timeout=TIMEOUT) as stream:
        size = int(stream.response.headers.get("content-length", 0))
        with part.open("wb") as file:
            async for block in stream.blocks:
                await run(lambda block=block: file.write(block))  # type: ignore[misc]
                done += len(block)
                on_progress(Progress(phase="downloading", fraction=done / max(done, size)))
    if done < size:
        raise ConnectionFailed("The download ended before the end of the file.")


def _is_whole(part: Path) -> bool:
    """Check the checksums in the archive."""
    try:
        with zipfile.ZipFile(part) as archive:
            return archive.testzip() is None
    except zipfile.BadZipFile:
        return False
