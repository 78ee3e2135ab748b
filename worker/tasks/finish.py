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
from core.audio.encode import StemFile, write_stems
from core.audio.formats import choose_format
from core.audio.types import Wav
from core.errors import Stopped
from core.jobs.job import Audio, Job, Output
from core.jobs.manifest import manifest_of
from core.keys import manifest_key, output_key
from worker.heartbeats import Hold
from worker.objects import unpack, until_named
from worker.resident import Resident


def run(resident: Resident, hold: Hold) -> None:
    """Raises StorageUnavailable, StoreUnavailable, Stopped, LeaseLost."""
    store, storage = resident.store, resident.storage
    job = store.get(hold.lease.work.job_id)
    manifest = store.committed_manifest(job.id) or _make(resident, hold, job)
    text = json.dumps(manifest, indent=1).encode()
    resident.insist(hold, storage.put_bytes, manifest_key(job.id), text, "application/json")
    outputs = [Output.model_validate(output) for output in manifest["outputs"]]
    store.finished(hold.lease, outputs, manifest["null_error_db"])


def _make(resident: Resident, hold: Hold, job: Job) -> dict[str, Any]:
    """Encode and upload the outputs; the manifest that stands afterwards."""
    store, storage, token = resident.store, resident.storage, hold.lease.token
    assert job.audio is not None, "finish runs after prepare"
    source = _source_info(job.audio)
    chosen = choose_format(job.options.format, source)
    records = store.pieces(job.id)
    with resident.scratch.folder() as folder:
        paths: dict[str, Path] = {stem: folder / f"{stem}.{chosen.extension}" for stem in job.options.stems}
        same = job.options.format == "same"
        written = write_stems(_pieces(resident, hold, records), paths, chosen, source, same)
        outputs = [_output(file, output_key(job.id, token, file.stem, chosen.extension)) for file in written.files]
        with until_named(storage, [output.key for output in outputs]):
            for file, output in zip(written.files, outputs, strict=True):
                hold.check()
                resident.insist(hold, storage.put_file, output.key, file.path, chosen.content_type)
    playlists: dict[str, Any] = {
        stem: {
            "init": records[0]["init"][stem],
            "segments": [segment for record in records for segment in record["segments"][stem]],
        }
        for stem in job.options.stems
    }
    manifest = manifest_of(job, store.now(), playlists, outputs, written.null_error_db)
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
        parts, _ = unpack(resident.insist(hold, resident.storage.get_bytes, record["key"]))
        yield parts["mixture"], parts["vocals"], parts.get("masked", parts["vocals"])


def _source_info(audio: Audio) -> SourceInfo:
    assert audio.layout is not None, "prepare knows the layout"
    return SourceInfo(**audio.model_dump(exclude={"samples", "warnings"}))


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
