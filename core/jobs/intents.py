"""What S3 knows of a job that is not in its manifest: what was accepted, and, when it is over, how it ended.

Written before a job is answered with 202, and again by the janitor once the job is over: if Redis is lost with all its
data, `voicelift admin rebuild` makes the records again from this (rebuild.py).
"""

from pydantic import ValidationError

from core.errors import NotFound
from core.jobs.job import Job
from core.keys import record_key
from core.storage import Storage


def write(storage: Storage, job: Job) -> None:
    """Raises StorageUnavailable."""
    storage.put_bytes(record_key(job.id), job.model_dump_json().encode(), "application/json")


def read(storage: Storage, job_id: str) -> Job | None:
    """None when there is none, or it cannot be read. Raises StorageUnavailable."""
    try:
        return Job.model_validate_json(storage.get_bytes(record_key(job_id)))
    except (NotFound, ValidationError):
        return None
