"""docs/errors.md: as the code says, and nothing is missing in it."""

import re
from pathlib import Path

from api import errors_page, problems
from api.app import create_app
from api.openapi import kinds
from api.settings import ApiSettings
from core import errors
from core.audio import decode_process

REPOSITORY = Path(__file__).resolve().parents[3]
DESCRIPTION = create_app(ApiSettings()).openapi()
# What no client meets: bases of others, and what stays between workers or keeps a process from starting.
INSIDE = {
    *("url_refused", "too_many"),
    *("lease_lost", "stopped", "checkpoint_invalid", "codec_weights_missing"),
}


def test_the_page_is_what_the_code_says() -> None:
    made = errors_page.page(DESCRIPTION)
    assert (REPOSITORY / "docs" / "errors.md").read_text() == made, "python -m api.errors_page > docs/errors.md"


def test_every_code_has_a_text_and_every_text_a_code() -> None:
    assert set(errors_page.of_requests(DESCRIPTION)) == set(errors_page.HTTP)
    assert set(errors_page.of_jobs()) == set(errors_page.JOB)
    told = set(errors_page.HTTP) | set(errors_page.JOB)
    everything = {kind.code for kind in kinds(errors.VoiceliftError)}
    assert everything - told == INSIDE


def test_status_and_retryable_are_those_that_are_answered() -> None:
    known = {kind.code: kind for kind in kinds(errors.VoiceliftError)}
    for code, (status, retryable) in errors_page.of_requests(DESCRIPTION).items():
        if code in known and code != "internal":
            assert (problems.status_of(known[code]("")), known[code].retryable) == (status, retryable), code


def test_what_refuses_a_file_in_a_worker_is_told_as_a_job_error() -> None:
    source = Path(decode_process.__file__).read_text()
    refusals = set(re.findall(r'Refused\(\s*"(\w+)"', source))
    assert len(refusals) > 3
    assert refusals <= set(errors_page.JOB)
