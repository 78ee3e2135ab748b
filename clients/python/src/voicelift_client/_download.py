"""Download a finished file: resume by ranges after a broken connection, verify, and rename at the end.

The partial file is next to its target under a name with its checksum, so that a later call resumes it and never another
file. A URL of the object storage is valid for minutes; the service returns a new one each time.
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx

from voicelift_client._conversion import file_of
from voicelift_client._drive import TIMEOUT, Stream
from voicelift_client._service import Service, beginning, unbroken
from voicelift_client._submit import OnProgress
from voicelift_client.errors import ChecksumMismatch, ConnectionFailed, StorageRefused, TargetExists, UnexpectedResponse
from voicelift_client.models import ConversionInfo, JobInfo, OutputInfo, Progress

if TYPE_CHECKING:
    from hashlib import _Hash

HASH_BLOCK_BYTES = 1024 * 1024
# In Content-Disposition (RFC 6266) the UTF-8 name precedes its ASCII form.
_EXTENDED_NAME, _PLAIN_NAME = (
    re.compile(r"filename\*=utf-8''([^;\s]+)", re.IGNORECASE),
    re.compile(r'filename="([^"]+)"'),
)


async def save(
    service: Service,
    job: JobInfo,
    stem: str,
    target: str | os.PathLike[str],
    to: str | None,
    overwrite: bool,
    on_progress: OnProgress,
) -> Path:
    """Save a stem as the file `target`, or in the folder `target` by the service's name for it; returns the file. `to`:
    another format than the job's.

    Raises:
        KeyError: the job has no such stem.
        TargetExists: another file exists, and `overwrite` is not set.
        ChecksumMismatch, StorageRefused, ApiError, ConnectionFailed."""
    output = await file_of(service, job, stem, to)
    path, run = await place_of(service, target, output.url), service.driver.off_loop
    if path.exists() and not overwrite:
        if await run(lambda: path.stat().st_size == output.bytes and _sha256(path).hexdigest() == output.sha256):
            return path  # an earlier call has saved it
        raise TargetExists(path)
    part = part_of(path, output.sha256 or "")
    for last in (False, True):
        download = Download(service, output, part, on_progress)
        if await download.is_right():
            await run(lambda: put_in_place(part, path))
            return path
        await run(part.unlink)
        if last or not download.resumed:
            break  # a complete file with a wrong checksum: a retry would not help
    raise ChecksumMismatch(f"The checksum of {path.name} is wrong. Nothing was saved.")


async def place_of(service: Service, target: str | os.PathLike[str], url: str) -> Path:
    """The file that `target` means: itself, or one in it if it is a folder or ends like one, which is then created."""
    path = Path(target)
    if not path.is_dir() and not os.fspath(target).endswith(("/", os.sep)):
        return path
    path.mkdir(parents=True, exist_ok=True)
    return path / await filename_of(service, url)


async def filename_of(service: Service, url: str) -> str:
    """The name of the file at `url`, as the service names it for browsers."""
    response = await service.call("HEAD", url)
    header = response.headers.get("content-disposition", "")
    extended, plain = _EXTENDED_NAME.search(header), _PLAIN_NAME.search(header)
    name = unquote(extended[1]) if extended else plain[1] if plain else ""
    return name.replace("\\", "/").rpartition("/")[2].lstrip(".") or PurePosixPath(url).name


@dataclass
class Download:
    """`part` is the partial file of this call or of an earlier one, which makes it `resumed`."""

    service: Service
    output: OutputInfo | ConversionInfo
    part: Path
    on_progress: OnProgress
    resumed: bool = False
    _etag: str | None = None
    _hash: "_Hash" = field(default_factory=hashlib.sha256)
    _done: int = 0

    async def is_right(self) -> bool:
        """Download the whole file; returns whether its checksum is right."""
        await self._take_up()
        patience = self.service.patience()
        while self._done < self.output.bytes:
            before = self._done
            try:
                await self._get()
            except (ConnectionFailed, StorageRefused) as error:
                if self._done > before:
                    patience.renew()
                await self.service.rest(patience, error)
        return self._hash.hexdigest() == self.output.sha256

    async def _take_up(self) -> None:
        """Resume the file of an earlier call."""
        if self.part.exists() and self.part.stat().st_size <= self.output.bytes:
            self._hash = await self.service.driver.off_loop(lambda: _sha256(self.part))
            self._done, self.resumed = self.part.stat().st_size, True
        else:
            self._restart()

    def _restart(self) -> None:
        self.part.write_bytes(b"")
        self._hash, self._done = hashlib.sha256(), 0

    async def _get(self) -> None:
        """Read from one connection. Raises ConnectionFailed, StorageRefused, ApiError."""
        redirect = await self.service.call("GET", self.output.url)
        place = redirect.headers.get("location")
        if redirect.status_code != 307 or place is None:
            raise UnexpectedResponse(f"{self.output.url} does not lead to a file.")
        headers = {"Accept-Encoding": "identity"}  # a range of a compressed response would be useless
        if self._done:
            headers["Range"] = f"bytes={self._done}-"
            if self._etag:
                headers["If-Range"] = self._etag
        # A request without the service's key: the storage must not get it.
        request = self.service.driver.build("GET", place, headers=headers, timeout=TIMEOUT)
        with unbroken(request):
            async with self.service.driver.stream(request) as stream:
                await self._check_head(stream)
                await self._write(stream)

    async def _check_head(self, stream: Stream) -> None:
        response = stream.response
        if response.status_code == httpx.codes.OK and self._done:
            self._restart()  # the file has changed, or ranges are not supported
        elif response.status_code == httpx.codes.PARTIAL_CONTENT:
            if not response.headers.get("content-range", "").startswith(f"bytes {self._done}-"):
                raise UnexpectedResponse("The object storage sent another range than requested.")
        elif response.status_code != httpx.codes.OK:
            await beginning(stream)
            raise StorageRefused(
                f"The object storage at {response.request.url.host} refused the download with status "
                f"{response.status_code}.",
                response.status_code,
            )
        etag = response.headers.get("etag", "")
        self._etag = etag if etag.startswith('"') else None  # a weak ETag is invalid for ranges

    async def _write(self, stream: Stream) -> None:
        run = self.service.driver.off_loop
        with self.part.open("ab") as file:
            async for block in stream.blocks:
                if self._done + len(block) > self.output.bytes:
                    raise UnexpectedResponse("The object storage sent more bytes than the file has.")
                await run(_writing(file.write, self._hash.update, block))
                self._done += len(block)
                self.on_progress(Progress(phase="downloading", fraction=self._done / self.output.bytes))
        if self._done < self.output.bytes:
            raise ConnectionFailed("The download ended before the end of the file.")


def part_of(path: Path, content: str) -> Path:
    """Short enough for every file system, and unique per target and content."""
    tag = hashlib.sha256(f"{path.name}\0{content}".encode()).hexdigest()[:16]
    return path.with_name(f"{path.name[:40]}.{tag}.part")


def _writing(write: Callable[[bytes], object], update: Callable[[bytes], object], block: bytes) -> Callable[[], None]:
    def both() -> None:
        write(block)
        update(block)

    return both


def _sha256(path: Path) -> "_Hash":
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HASH_BLOCK_BYTES):
            digest.update(block)
    return digest


def put_in_place(part: Path, path: Path) -> None:
    with part.open("rb+") as file, contextlib.suppress(OSError):  # some file systems cannot
        os.fsync(file.fileno())
    part.replace(path)
