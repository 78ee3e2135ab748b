"""finish: encode the pieces into the final files, write the manifest, then mark the job as succeeded.

The outputs are stored under the lease's token. The store names one manifest (`commit_manifest`), the first with outputs
in place; from then on every attempt writes that same manifest, so a late writer does no harm.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.audio.decode import SourceInfo
from core.audio.encode import write_stems
from core.audio.formats import choose_format
from core.audio.stem_file import StemFile
from core.audio.stems import Parts
from core.errors import Stopped
from core.jobs.job import Audio, Job, Output
from core.jobs.manifest import Manifest, Piece, playlists_of
from core.keys import manifest_key, output_key, peaks_key
from worker.heartbeats import Hold
from worker.objects import CONTENT_TYPE, unpack, until_named
from worker.resident import Resident


def run(resident: Resident, hold: Hold) -> None:
    """Raises StorageUnavailable, StoreUnavailable, Stopped, LeaseLost, SeparationFailed, EncodingFailed."""
    store, storage = resident.store, resident.storage
    job = store.records.get(hold.lease.task.job_id)
    manifest = store.records.committed_manifest(job.id) or _make(resident, hold, job)
    resident.wait_for_storage(hold, storage.put_bytes, manifest_key(job.id), manifest.text(), "application/json")
    store.leases.finished(hold.lease, manifest.outputs, manifest.null_error_db)


def _make(resident: Resident, hold: Hold, job: Job) -> Manifest:
    """Encode and upload the outputs; returns the manifest that counts."""
    store, storage, token = resident.store, resident.storage, hold.lease.token
    assert job.audio is not None, "finish runs after prepare"
    source = _source_info(job.audio)
    chosen = choose_format(job.options.format, source)
    pieces = store.records.pieces(job.id)
    key = job.audio.cover
    cover = resident.wait_for_storage(hold, storage.get_bytes, key) if key is not None else None
    with resident.scratch.folder() as folder:
        paths: dict[str, Path] = {stem: folder / f"{stem}.{chosen.extension}" for stem in job.options.stems}
        same = job.options.format == "same"
        decoded = _decoded(resident, hold, pieces, job.model.stems)
        written = write_stems(decoded, paths, chosen, source, same, cover)
        outputs = [
            _output(file, output_key(job.id, token, file.stem, chosen.extension), written.warnings)
            for file in written.files
        ]
        peaks = peaks_key(job.id, token)
        keys = [peaks, *(output.key for output in outputs)]
        with until_named(storage, keys):
            rows = _peaks(resident, hold, pieces)
            resident.wait_for_storage(hold, storage.put_bytes, peaks, rows, CONTENT_TYPE)
            for file, output in zip(written.files, outputs, strict=True):
                hold.check()
                resident.wait_for_storage(hold, storage.put_file, output.key, file.path, chosen.content_type)
    playlists = playlists_of(pieces, job.options.stems)
    manifest = Manifest.of(job, store.now(), playlists, outputs, written.null_error_db, peaks)
    standing = store.leases.commit_manifest(hold.lease, manifest)
    if standing is None or standing.keys != manifest.keys:  # an earlier attempt's counts
        storage.delete(keys)
    if standing is None:
        raise Stopped("The job was asked to stop while its files were encoded.")
    return standing


def _decoded(resident: Resident, hold: Hold, pieces: list[Piece], stems: Sequence[str]) -> Iterator[Parts]:
    """Every piece, one in memory at a time; `stems` are the model's."""
    for piece in pieces:
        hold.check()
        assert piece.key is not None, "it is kept until the job ends"
        arrays, _ = unpack(resident.wait_for_storage(hold, resident.storage.get_bytes, piece.key))
        yield Parts.of(arrays, stems)


def _peaks(resident: Resident, hold: Hold, pieces: list[Piece]) -> bytes:
    """The waveform rows of the whole song."""
    keys = [piece.peaks for piece in pieces]
    assert None not in keys, "they are kept until the job ends"
    return b"".join(resident.wait_for_storage(hold, resident.storage.get_bytes, key) for key in keys if key is not None)


def _source_info(audio: Audio) -> SourceInfo:
    assert audio.layout is not None, "prepare knows the layout"
    return SourceInfo(**audio.model_dump(exclude={"samples", "filled_s", "cover", "warnings", "music"}))


def _output(file: StemFile, key: str, warnings: list[str]) -> Output:
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
            "warnings": warnings,
        }
    )
