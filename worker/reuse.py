"""Reuse: copy the files of an earlier job with the same recording, options and model.

Copies, so that either job can be deleted without the other. The S3 server makes them under the lease's token. The store
names one manifest, as for `finish`; from then on every attempt ends the job with that one. If the earlier job is
deleted, or expires, during the copying, the new job is separated normally.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

from core.card import Stem
from core.errors import NotFound, Stopped
from core.jobs.job import Job, Source
from core.jobs.manifest import Manifest, Playlist
from core.keys import hls_init_key, hls_segment_key, manifest_key, output_key, peaks_key
from worker.heartbeats import Hold
from worker.objects import until_named
from worker.resident import Resident

_AT_ONCE = 8  # concurrent copies; each waits for the server


def reuse(resident: Resident, hold: Hold, job: Job, source: Source) -> bool:
    """Under prepare's lease: finish `job`, whose recording is `source`, from an earlier result if there is one. Returns
    whether it did.

    Raises StorageUnavailable, StoreUnavailable, Stopped, LeaseLost."""
    store, storage = resident.store, resident.storage
    if not job.cache:
        return False
    manifest = store.records.committed_manifest(job.id)
    if manifest is None:
        origin = store.records.equal_result(job.model_copy(update={"source": source}))
        result = None if origin is None else store.records.committed_manifest(origin.id)
        if result is None:
            return False
        manifest = _copied(resident, hold, job, source, result)
    if manifest is None:
        return False
    store.leases.describe_source(hold.lease, source, manifest.audio.duration_s)
    storage.put_bytes(manifest_key(job.id), manifest.text(), "application/json")
    store.leases.reused(hold.lease, manifest)
    return True


def _copied(resident: Resident, hold: Hold, job: Job, source: Source, result: Manifest) -> Manifest | None:
    """Copy the files of the manifest `result`; returns the manifest that counts. None: some files are gone."""
    store, storage, token = resident.store, resident.storage, hold.lease.token
    copies = {result.peaks: peaks_key(job.id, token)}
    for output in result.outputs:
        extension = PurePosixPath(output.key).suffix.removeprefix(".")
        copies[output.key] = output_key(job.id, token, output.stem, extension)
    for stem, playlist in result.playlists.items():
        copies[playlist.init] = hls_init_key(job.id, stem, token)
        for number, segment in enumerate(playlist.segments):
            copies[segment.key] = hls_segment_key(job.id, stem, number, token)

    def copy(pair: tuple[str, str]) -> None:
        hold.check()
        storage.copy(*pair)

    try:
        with until_named(storage, copies.values()), ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(copy, copies.items()):
                pass
    except NotFound:
        storage.delete(copies.values())
        return None
    outputs = [output.model_copy(update={"key": copies[output.key]}) for output in result.outputs]
    playlists: dict[Stem, Playlist] = {
        stem: Playlist(
            init=copies[playlist.init],
            segments=[segment.model_copy(update={"key": copies[segment.key]}) for segment in playlist.segments],
        )
        for stem, playlist in result.playlists.items()
    }
    facts = {"audio": result.audio, "chunks_total": result.chunks_total}
    done = job.model_copy(update=facts | {"source": source, "cached_from": result.id})
    manifest = Manifest.of(done, store.now(), playlists, outputs, result.null_error_db, copies[result.peaks])
    standing = store.leases.commit_manifest(hold.lease, manifest)
    if standing is None or standing.keys != manifest.keys:  # an earlier attempt's counts
        storage.delete(copies.values())
    if standing is None:
        raise Stopped("The job was asked to stop while files of an earlier job were copied.")
    return standing
