"""Many songs, some at a time: each is submitted, awaited and saved, and every step is recorded in the journal."""

import contextlib
import errno
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from voicelift_client.aio import AsyncJob, AsyncVoicelift
from voicelift_client.command.bar import Bar
from voicelift_client.command.journal import Entry, Journal, fingerprint
from voicelift_client.command.songs import Song
from voicelift_client.errors import (
    ConnectionFailed,
    InvalidOptions,
    NotFound,
    TargetExists,
    TooMany,
    Unauthenticated,
    Unavailable,
    VoiceliftError,
)
from voicelift_client.models import JobOptions

# Errors that would affect every song.
ENDS_ALL = (ConnectionFailed, InvalidOptions, TooMany, Unauthenticated, Unavailable)


@dataclass
class Outcome:
    """Number of songs `saved` now, and `done` before; `failed` has errors by song; `ended_by`: the error that ended the
    batch."""

    saved: int = 0
    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    ended_by: str | None = None


@dataclass
class Batch:
    """`on_saved` is called with the path of every saved file."""

    client: AsyncVoicelift
    url: str
    out: Path
    options: JobOptions
    journal: Journal
    bar: Bar
    on_saved: Callable[[Path], None]
    overwrite: bool = False
    outcome: Outcome = field(default_factory=Outcome)

    async def run(self, songs: list[Song], concurrency: int) -> Outcome:
        waiting = iter(songs)
        async with anyio.create_task_group() as group:
            for _ in range(min(concurrency, len(songs))):
                group.start_soon(self._work, waiting, group.cancel_scope)
        return self.outcome

    async def _work(self, waiting: Iterator[Song], all_work: anyio.CancelScope) -> None:
        for song in waiting:
            try:
                await self._separate(song)
            except (VoiceliftError, OSError, ValueError) as error:
                if isinstance(error, ENDS_ALL) or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
                    self.outcome.ended_by = str(error)
                    all_work.cancel()
                    return
                if not isinstance(error, TargetExists):  # with an existing job
                    self.journal.forget(song)
                self.outcome.failed[song.name] = str(error)
                self.bar.line(f"{song.name}: {error}")
            self.bar.finish(song.name)

    async def _separate(self, song: Song) -> None:
        request = fingerprint(song, self.url, self.options)
        entry = self.journal.get(song, request)
        if entry is not None and entry.files and all((self.out / file).exists() for file in entry.files):
            self.outcome.done += 1
            return
        if entry is None or entry.files:
            entry = Entry(song.key, request, str(uuid.uuid4()), job_id=entry.job_id if entry else None)
        self._refuse_to_replace(song)
        job, entry = await self._job(song, entry)
        await job.wait(on_progress=lambda progress: self.bar.update(song.name, progress))
        files = [await self._save(song, job, output.stem) for output in job.outputs]
        self.journal.note(entry, files=tuple(file.relative_to(self.out).as_posix() for file in files))
        for warning in job.warnings:
            self.bar.line(f"{song.name}: {warning}")
        self.bar.clear()
        for file in files:
            self.on_saved(file)
        self.outcome.saved += 1

    async def _job(self, song: Song, entry: Entry) -> tuple[AsyncJob, Entry]:
        """The job of an earlier run, unless it ended without a result; else a new one."""
        if entry.job_id is not None:
            with contextlib.suppress(NotFound):
                job = await self.client.job(entry.job_id)
                kept = job.info.outputs_expired_at is None
                if not job.info.is_over or (job.state == "succeeded" and kept):
                    return job, entry
            entry = Entry(song.key, entry.request, str(uuid.uuid4()))
        noted = [self.journal.put(entry)]
        job = await self.client.submit(
            song.source,
            idempotency_key=entry.idempotency_key,
            upload_id=entry.upload_id,
            on_upload=lambda upload_id: noted.append(self.journal.note(noted[-1], upload_id=upload_id)),
            on_progress=lambda progress: self.bar.update(song.name, progress),
            **self.options,
        )
        return job, self.journal.note(noted[-1], job_id=job.id)

    async def _save(self, song: Song, job: AsyncJob, stem: str) -> Path:
        ending = Path(await job.filename(stem)).suffix
        target = song.target.with_name(f"{song.target.name} ({stem}){ending}")
        target.parent.mkdir(parents=True, exist_ok=True)
        return await job.save(
            stem, target, overwrite=self.overwrite, on_progress=lambda progress: self.bar.update(song.name, progress)
        )

    def _refuse_to_replace(self, song: Song) -> None:
        """Before anything is computed. A stem of an earlier run is recognised by its checksum, later.

        Raises TargetExists."""
        if self.overwrite or not song.target.parent.is_dir():
            return
        earlier = self.journal.get(song, fingerprint(song, self.url, self.options))
        if earlier is not None and earlier.job_id is not None:
            return
        stems = self.options.get("stems", ("vocals", "instrumental"))
        names = {f"{song.target.name} ({stem})" for stem in stems}
        for file in song.target.parent.iterdir():
            if file.stem in names and file.suffix != ".part":
                raise TargetExists(file)
