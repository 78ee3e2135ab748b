"""prepare and extend: download the source, decode it as a stream, and put every chunk into S3 as soon as it is decoded.

A `source_url` is downloaded once and stored in S3, where every later attempt and job reads the same bytes.

A recording is cut slice by slice: `prepare` cuts the first chunks, `extend` the rest, and yields its slot to waiting
tasks. Restartable: decoding yields the same samples again, and existing chunks are skipped.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from core.audio.chunker import ChunkAudio, iter_chunks
from core.audio.decode import Limits, PcmStream, SourceInfo, open_audio
from core.audio.music import KeyTempo, KeyTempoEstimator
from core.digest import sha256
from core.errors import Stopped
from core.jobs.estimates import FIRST_SLICE, slice_chunks
from core.jobs.job import Audio, Job, Music, Source
from core.jobs.task import Kind
from core.keys import cover_key, mixture_key
from core.transfer.address import Guard
from core.transfer.fetch import fetch
from worker.heartbeats import Hold
from worker.objects import CONTENT_TYPE, pack, until_named
from worker.priority import at_low_priority
from worker.resident import Resident
from worker.reuse import reuse


def run(resident: Resident, hold: Hold) -> None:
    """Raises InputError for a source that cannot be used, StorageUnavailable, StoreUnavailable, Stopped,
    LeaseLost."""
    job = resident.store.records.get(hold.lease.task.job_id)
    if hold.lease.task.kind is Kind.extend and job.chunks_ready:
        # Where a CPU separates, too, the rest of a long recording would slow down chunks that listeners wait for.
        at_low_priority(lambda: _cut(resident, hold, job))
    else:
        _cut(resident, hold, job)


def _cut(resident: Resident, hold: Hold, job: Job) -> None:
    settings, model = resident.settings, job.model
    limits = Limits(max_duration_s=settings.max_duration_s, max_channels=settings.max_channels)
    with resident.scratch.folder() as folder:
        path = folder / "source"
        obtained = _obtain(resident, hold, job, path)
        hold.check()
        if reuse(resident, hold, job, obtained):
            return
        with open_audio(path, limits) as source:
            resident.store.leases.describe_source(hold.lease, obtained, source.info.duration_s)
            chunks, ready = 0, 0
            rate, estimator = source.info.sample_rate, KeyTempoEstimator(source.info.sample_rate)
            for audio in iter_chunks(estimator.observing(source), rate, model.geometry, model.sample_rate):
                hold.check()
                if resident.draining.is_set():
                    raise Stopped("The worker is draining; another one continues from here.")
                ready += _offer(resident, hold, job, source.info, audio)
                chunks += 1
                if not audio.final and _is_over(resident, hold, job, ready):
                    resident.store.leases.pass_on(hold.lease)
                    return
            key = cover_key(job.id, hold.lease.token) if source.cover else None
            with until_named(resident.storage, [key] if key else []):
                if key and source.cover:
                    resident.wait_for_storage(hold, resident.storage.put_bytes, key, source.cover, CONTENT_TYPE)
                resident.store.leases.prepared(hold.lease, chunks, _describe(source, key, estimator.estimate()))


def _obtain(resident: Resident, hold: Hold, job: Job, path: Path) -> Source:
    """Write the recording to `path`; returns the known facts about it."""
    storage, settings, source = resident.storage, resident.settings, job.source
    if source.url is not None and storage.head(source.key) is None:
        guard = Guard.from_settings(settings)
        check = _checking(resident, hold)
        fetched = fetch(source.url, path, guard, settings.max_upload_bytes, settings.fetch_timeout_s, check)
        check()
        resident.wait_for_storage(hold, storage.put_file, source.key, path, CONTENT_TYPE)
        return source.model_copy(update={"bytes": fetched.bytes, "sha256": fetched.sha256})
    storage.download(source.key, path)
    if source.sha256 is not None:
        return source
    return source.model_copy(update={"bytes": path.stat().st_size, "sha256": sha256(path)})


def _checking(resident: Resident, hold: Hold) -> Callable[[], None]:
    """The check of a download between blocks: it can take minutes, which a draining worker does not have."""

    def check() -> None:
        hold.check()
        if resident.must_hand_over():
            raise Stopped("The worker is draining; another one downloads the recording.")

    return check


def _is_over(resident: Resident, hold: Hold, job: Job, ready: int) -> bool:
    """Whether this slice is complete: the first one is always short, so that new jobs start soon; later ones end only
    when a task waits for the slot."""
    if hold.lease.task.kind is Kind.prepare:
        return ready >= FIRST_SLICE
    return ready >= slice_chunks(job.chunks_ready) and resident.store.turns.do_others_wait()


def _offer(resident: Resident, hold: Hold, job: Job, info: SourceInfo, audio: ChunkAudio) -> bool:
    """Make one chunk ready; returns whether it was new."""
    index = audio.chunk.index
    if resident.store.records.mixture_key(job.id, index) is not None:
        return False
    key = mixture_key(job.id, index, hold.lease.token)
    arrays = {"mixture": audio.mixture, "model_input": audio.model_input}
    facts = {
        "rate": info.sample_rate,
        "layout": info.layout,
        "first_frame": audio.chunk.first_frame,
        "final": audio.final,
    }
    with until_named(resident.storage, [key]):
        resident.wait_for_storage(hold, resident.storage.put_bytes, key, pack(arrays, facts), CONTENT_TYPE)
        named = resident.store.leases.chunk_ready(hold.lease, index, key)
    if not named:
        resident.storage.delete([key])
    resident.dispatch()
    return True


def _describe(source: PcmStream, cover: str | None, music: KeyTempo) -> Audio:
    """The facts about a source that was read to its end."""
    rate = source.info.sample_rate
    totals = {"samples": source.samples, "duration_s": source.samples / rate, "filled_s": source.filled_s}
    return Audio(**asdict(source.info) | totals, cover=cover, warnings=source.warnings, music=Music(**asdict(music)))
