"""finish: encode the pieces into the final files, then write the manifest, then say that the job has
succeeded.

The outputs lie under the lease's token. The store names one manifest (`commit_manifest`), whoever asked first
with outputs in place; from then on every attempt writes that same manifest, so a late writer does no harm.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.audio.decode import SourceInfo
from core.audio.encode import StemFile, choose_format, write_stems
from core.audio.types import Wav
from core.errors import Stopped
from core.jobs.job import Audio, Job, Output, State
from core.keys import manifest_key, output_key
from worker.heartbeats import Hold
from worker.objects import unpack
from worker.resident import Resident


def run(resident: Resident, hold: Hold) -> None:
    """Raises StorageUnavailable, StoreUnavailable, Stopped, LeaseLost."""
    store, storage = resident.store, resident.storage
    job = store.get(hold.lease.work.job_id)
    manifest = store.committed_manifest(job.id) or _make(resident, hold, job)
    storage.put_bytes(manifest_key(job.id), json.dumps(manifest, indent=1).encode(), "application/json")
    outputs = [Output.model_validate(output) for output in manifest["outputs"]]
    if store.finished(hold.lease, outputs, manifest["null_error_db"]):
        resident.metrics.job_succeeded(store.get(job.id))


def _make(resident: Resident, hold: Hold, job: Job) -> dict[str, Any]:
    """Encode and upload the outputs; the manifest that stands afterwards."""
    store, storage, token = resident.store, resident.storage, hold.lease.token
    assert job.audio is not None, "finish runs after prepare"
    source = _source_info(job.audio)
    chosen = choose_format(job.options.format, source)
    records = store.pieces(job.id)
    with resident.scratch.folder() as folder:
        paths: dict[str, Path] = {stem: folder / f"{stem}.{chosen.extension}" for stem in job.options.stems}
        written = write_stems(_pieces(resident, hold, records), paths, chosen, source)
        outputs = []
        for file in written.files:
            hold.check()
            output = _output(file, output_key(job.id, token, file.stem, chosen.extension))
            storage.put_file(output.key, file.path, chosen.content_type)
            outputs.append(output)
    manifest = _manifest(job, store.now(), records, outputs, written.null_error_db)
    standing = store.commit_manifest(hold.lease, manifest)
    if standing != manifest:
        storage.delete([output.key for output in outputs])
    if standing is None:
        raise Stopped("The job was told to stop while its files were made.")
    return standing


def _pieces(resident: Resident, hold: Hold, records: list[dict[str, Any]]) -> Iterator[tuple[Wav, Wav, Wav]]:
    """(mixture, vocals, masked) of every piece, one in memory at a time; the last two are the same array when
    the rendering made them the same."""
    for record in records:
        hold.check()
        parts, _ = unpack(resident.storage.get_bytes(record["key"]))
        yield parts["mixture"], parts["vocals"], parts.get("masked", parts["vocals"])


def _source_info(audio: Audio) -> SourceInfo:
    assert audio.layout is not None, "prepare knows the layout"
    return SourceInfo(
        container=audio.container,
        codec=audio.codec,
        sample_rate=audio.sample_rate,
        channels=audio.channels,
        layout=audio.layout,
        duration_s=audio.duration_s,
        bits=audio.bits,
        is_float=audio.is_float,
        lossless=audio.lossless,
        tags=audio.tags,
    )


def _output(file: StemFile, key: str) -> Output:
    return Output.model_validate(
        {
            "stem": file.stem,
            "key": key,
            "format": str(file.format),
            "bytes": file.bytes,
            "sha256": file.sha256,
            "sample_rate": file.sample_rate,
            "channels": file.channels,
            "samples": file.samples,
            "duration_s": file.samples / file.sample_rate,
            "bits": file.bits,
            "converted": file.converted,
        }
    )


def _manifest(
    job: Job, now: float, records: list[dict[str, Any]], outputs: list[Output], null_error_db: float | None
) -> dict[str, Any]:
    """What the job was and what it made: enough to answer for it when Redis is lost.

    `now` is taken for the job's end: all that comes after is to write this down."""
    assert job.audio is not None, "finish runs after prepare"
    timings = job.timings.model_dump() | {
        "total_s": now - job.created_at,
        "rtf": job.timings.inference_s / job.audio.duration_s,
    }
    asked = job.model_dump(
        mode="json",
        include={
            "id",
            "tenant",
            "options",
            "source",
            "model",
            "created_at",
            "started_at",
            "audio",
            "chunks_total",
        },
    )
    playlists = {
        stem: {
            "init": records[0]["init"][stem],
            "segments": [segment for record in records for segment in record["segments"][stem]],
        }
        for stem in job.options.stems
    }
    return {
        "version": 1,
        **asked,
        "state": State.succeeded,
        "finished_at": now,
        "timings": timings,
        "outputs": [output.model_dump(mode="json") for output in outputs],
        "null_error_db": null_error_db,
        "playlists": playlists,
    }
