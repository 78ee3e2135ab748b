"""Records of jobs in S3 in addition to their manifests: the accepted request and, after the end, the outcome.

Written before a job is answered with 202, and again by the janitor after the job's end. If Redis loses all its data,
`voicelift admin rebuild` restores the records from these (rebuild.py).
"""

from pydantic import ValidationError

from core.errors import NotFound
from core.jobs.job import Job
from core.keys import record_key
from core.storage import Storage


def write(storage: Storage, job: Job) -> None:
    """Raises StorageUnavailable."""
    storage.put_bytes(record_key(job.id), job.model_dump_json().encode(), "application/json")


def note_series(storage: Storage, job_id: str, series: int) -> None:
    """Note that the job's tokens were revoked, so that they stay so without Redis. Raises StorageUnavailable."""
    job = read(storage, job_id)
    if job is not None:
        write(storage, job.model_copy(update={"token_series": series}))


def read(storage: Storage, job_id: str) -> Job | None:
    """None when there is none or it is unreadable. Raises StorageUnavailable."""
    try:
        return Job.model_validate_json(storage.get_bytes(record_key(job_id)))
    except (NotFound, ValidationError):
        return None
