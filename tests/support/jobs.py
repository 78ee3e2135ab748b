"""Jobs and what belongs to them, as tests make them."""

from typing import Any

from core.card import Geometry
from core.jobs.job import Audio, Job, JobOptions, ModelRef, Output, Source, new_job_id
from core.keys import source_key

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


def make_job(**given: Any) -> Job:
    """A job of tenant `t`, waiting, with what is `given` instead."""
    job_id = given.get("id") or new_job_id()
    usual: dict[str, Any] = {
        "id": job_id,
        "tenant": "t",
        "options": JobOptions(),
        "source": Source(key=source_key(job_id), filename="f", bytes=1),
        "model": MODEL,
        "created_at": 0.0,
    }
    return Job(**usual | given)
