"""docs/errors.md: as the code says, and nothing is missing in it."""

import inspect
import re
from pathlib import Path

from api import problems
from api.app import create_app
from api.responses import kinds
from api.settings import ApiSettings
from core import errors
from core.audio import decode_process, decoder
from lab.docs import errors as page

REPOSITORY = Path(__file__).resolve().parents[4]
DESCRIPTION = create_app(ApiSettings()).openapi()
# What no client meets: bases of others, and what stays between workers or keeps a process from starting.
INSIDE = {
    *("url_refused", "too_many"),
    *("lease_lost", "stopped", "checkpoint_invalid", "codec_weights_missing"),
}


def test_the_page_is_what_the_code_says() -> None:
    text = page.page(DESCRIPTION)
    assert (REPOSITORY / "docs" / "errors.md").read_text() == text, "python -m lab.docs"


def test_every_code_has_a_text_and_every_text_a_code() -> None:
    assert set(page.of_requests(DESCRIPTION)) == set(page.HTTP)
    assert set(page.of_jobs()) == set(page.JOB)
    documented = set(page.HTTP) | set(page.JOB)
    everything = {kind.code for kind in kinds(errors.VoiceliftError)}
    assert everything - documented == INSIDE


def test_status_and_retryable_are_those_that_are_answered() -> None:
    known = {kind.code: kind for kind in kinds(errors.VoiceliftError)}
    for code, (status, retryable) in page.of_requests(DESCRIPTION).items():
        if code in known and code != "internal":
            assert (problems.status_of(known[code]("")), known[code].retryable) == (status, retryable), code


def test_what_refuses_a_file_in_a_worker_is_told_as_a_job_error() -> None:
    source = "".join(inspect.getsource(module) for module in (decode_process, decoder))
    refusals = set(re.findall(r'Refused\(\s*"(\w+)"', source))
    assert len(refusals) > 3
    assert refusals <= set(page.JOB)
