"""docs/errors.md is complete and up to date."""

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
# Codes that clients never receive: base classes, and errors within workers or at the start of a process.
INTERNAL = {
    *("url_refused", "too_many"),
    *("lease_lost", "stopped", "checkpoint_invalid", "codec_weights_missing"),
}


def test_the_page_is_up_to_date() -> None:
    text = page.page(DESCRIPTION)
    assert (REPOSITORY / "docs" / "errors.md").read_text() == text, "python -m lab.docs"


def test_codes_and_texts_match() -> None:
    assert set(page.of_requests(DESCRIPTION)) == set(page.HTTP)
    assert set(page.of_jobs()) == set(page.JOB)
    documented = set(page.HTTP) | set(page.JOB)
    codes = {kind.code for kind in kinds(errors.VoiceliftError)}
    assert codes - documented == INTERNAL


def test_status_and_retryable_match_the_responses() -> None:
    known = {kind.code: kind for kind in kinds(errors.VoiceliftError)}
    for code, (status, retryable) in page.of_requests(DESCRIPTION).items():
        if code in known and code != "internal":
            assert (problems.status_of(known[code]("")), known[code].retryable) == (status, retryable), code


def test_refusals_of_files_are_job_errors() -> None:
    source = "".join(inspect.getsource(module) for module in (decode_process, decoder))
    refusals = set(re.findall(r'Refused\(\s*"(\w+)"', source))
    assert len(refusals) > 3
    assert refusals <= set(page.JOB)
