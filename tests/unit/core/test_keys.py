import time

import pytest

from core import keys
from core.jobs.job import new_job_id
from tests.support.waiting import until


def test_job_ids_are_well_formed_unique_and_sort_by_time() -> None:
    first = new_job_id()
    before = time.time_ns() // 1_000_000  # ids tell milliseconds
    until(lambda: time.time_ns() // 1_000_000 > before, "the clock advances")
    later = [new_job_id() for _ in range(1000)]
    assert all(keys.is_job_id(job) and len(job) == 30 for job in [first, *later])
    assert len(set(later)) == 1000
    assert first < min(later)


@pytest.mark.parametrize("text", ["", "job_", "job_../../etc", "job_" + "l" * 26, "job_" + "0" * 27, "JOB_" + "0" * 26])
def test_other_text_is_not_a_job_id(text: str) -> None:
    assert not keys.is_job_id(text)


def test_everything_of_a_job_lies_below_its_prefix() -> None:
    job = new_job_id()
    ids = [
        keys.source_key(job),
        keys.mixture_key(job, 3, 7),
        keys.stem_key(job, 3, 7),
        keys.piece_key(job, 3, 7),
        keys.hls_init_key(job, "vocals", 7),
        keys.hls_segment_key(job, "vocals", 12, 7),
        keys.output_key(job, 7, "vocals", "flac"),
        keys.manifest_key(job),
    ]
    assert len(set(ids)) == len(ids)
    assert all(key.startswith(keys.job_prefix(job)) for key in ids)
    assert keys.stem_key(job, 3, 7) == f"jobs/{job}/stems/00003.7.safetensors"
