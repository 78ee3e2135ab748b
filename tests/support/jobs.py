"""Jobs and their parts for tests."""

from collections.abc import Sequence
from typing import Any

from core.audio.playlist import segments_per_piece
from core.card import Geometry, Stem
from core.jobs.job import Audio, Job, ModelRef, Output, Source, Timings, new_job_id
from core.jobs.manifest import Manifest, Piece, Segment
from core.jobs.options import JobOptions
from core.keys import hls_init_key, hls_segment_key, output_key, peaks_key, piece_key, piece_peaks_key, source_key

MODEL = ModelRef(name="m", version="1", sample_rate=24000, geometry=Geometry())
AUDIO = Audio(sample_rate=44100, channels=2, samples=441000, duration_s=10.0, container="wav", codec="pcm_s16le")
OUTPUT = Output(
    stem="vocals",
    key="k",
    format="flac",
    bytes=1,
    sha256="0",
    sample_rate=44100,
    channels=2,
    samples=441000,
    duration_s=10.0,
)


def make_job(**fields: Any) -> Job:
    """A queued job of tenant `t`, with the fields `fields`."""
    job_id = fields.get("id") or new_job_id()
    usual: dict[str, Any] = {
        "id": job_id,
        "tenant": "t",
        "options": JobOptions(),
        "source": Source(key=source_key(job_id), filename="f", bytes=1),
        "model": MODEL,
        "created_at": 0.0,
    }
    return Job(**usual | fields)


def make_piece(job_id: str, index: int, token: int, stems: Sequence[Stem] = ("vocals", "instrumental")) -> Piece:
    """Piece `index` as `publish` records it, with one segment per stem; its objects are not in S3."""
    number = index * segments_per_piece(Geometry())
    return Piece(
        key=piece_key(job_id, index, token),
        peaks=piece_peaks_key(job_id, index, token),
        init={stem: hls_init_key(job_id, stem, token) for stem in stems} if index == 0 else {},
        segments={stem: [Segment(key=hls_segment_key(job_id, stem, number, token), duration_s=3.2)] for stem in stems},
    )


def make_manifest(job: Job, token: int, **fields: Any) -> Manifest:
    """A manifest of `job` with one output, written under the lease `token`, with the fields `fields`."""
    usual: dict[str, Any] = {
        "id": job.id,
        "tenant": job.tenant,
        "options": job.options,
        "source": job.source,
        "model": job.model,
        "retention_s": job.retention_s,
        "created_at": job.created_at,
        "audio": AUDIO,
        "chunks_total": job.chunks_total or 1,
        "finished_at": job.created_at + 1,
        "timings": Timings(),
        "outputs": [OUTPUT.model_copy(update={"key": output_key(job.id, token, "vocals", "flac")})],
        "playlists": {},
        "peaks": peaks_key(job.id, token),
    }
    return Manifest(**usual | fields)
