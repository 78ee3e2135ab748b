"""The same recording with the same options and model was separated before: copy the files instead of doing it again.

Copies, so that either job can be deleted without the other. They are made on the S3 server and lie under the lease's
token. The store names one manifest, as for `finish`; from then on every attempt ends the job with that one. When the
earlier job is deleted, or expires, while its files are copied, the new job is simply worked on as any other.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import Any

from core.errors import NotFound, Stopped
from core.jobs.job import Audio, Job, Output, Source
from core.jobs.manifest import manifest_of, pieces_of
from core.keys import hls_init_key, hls_segment_key, manifest_key, output_key
from worker.heartbeats import Hold
from worker.objects import until_named
from worker.resident import Resident

_AT_ONCE = 8  # copies; each waits for the server


def reuse(resident: Resident, hold: Hold, job: Job, source: Source) -> bool:
    """Under prepare's lease: finish `job`, whose recording turned out to be `source`, from an earlier result if there
    is one; whether that was so.

    Raises StorageUnavailable, StoreUnavailable, Stopped, LeaseLost."""
    store, storage = resident.store, resident.storage
    if not job.cache:
        return False
    manifest = store.committed_manifest(job.id)
    if manifest is None:
        origin = store.equal_result(job.model_copy(update={"source": source}))
        result = None if origin is None else store.committed_manifest(origin.id)
        if result is None:
            return False
        manifest = _copied(resident, hold, job, source, result)
    if manifest is None:
        return False
    audio = Audio.model_validate(manifest["audio"])
    store.describe_source(hold.lease, source, audio.duration_s)
    storage.put_bytes(manifest_key(job.id), json.dumps(manifest, indent=1).encode(), "application/json")
    store.reused(
        hold.lease,
        manifest["cached_from"],
        manifest["chunks_total"],
        audio,
        pieces_of(manifest, job.model.geometry),
        [Output.model_validate(output) for output in manifest["outputs"]],
        manifest["null_error_db"],
    )
    return True


def _copied(resident: Resident, hold: Hold, job: Job, source: Source, result: dict[str, Any]) -> dict[str, Any] | None:
    """Copy the files that the manifest `result` names; the manifest that stands afterwards. None: some are gone."""
    store, storage, token = resident.store, resident.storage, hold.lease.token
    copies: dict[str, str] = {}
    outputs = []
    for output in map(Output.model_validate, result["outputs"]):
        extension = PurePosixPath(output.key).suffix.removeprefix(".")
        copies[output.key] = output_key(job.id, token, output.stem, extension)
        outputs.append(output.model_copy(update={"key": copies[output.key]}))
    for stem, playlist in result["playlists"].items():
        copies[playlist["init"]] = hls_init_key(job.id, stem, token)
        for number, segment in enumerate(playlist["segments"]):
            copies[segment["key"]] = hls_segment_key(job.id, stem, number, token)

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
    playlists = {
        stem: {
            "init": copies[playlist["init"]],
            "segments": [segment | {"key": copies[segment["key"]]} for segment in playlist["segments"]],
        }
        for stem, playlist in result["playlists"].items()
    }
    known = {"audio": Audio.model_validate(result["audio"]), "chunks_total": result["chunks_total"]}
    done = job.model_copy(update=known | {"source": source, "cached_from": result["id"]})
    manifest = manifest_of(done, store.now(), playlists, outputs, result["null_error_db"])
    standing = store.commit_manifest(hold.lease, manifest)
    if standing != manifest:
        storage.delete(copies.values())
    if standing is None:
        raise Stopped("The job was told to stop while the files of an earlier one were copied.")
    return standing
