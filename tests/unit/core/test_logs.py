import json
import logging
import re
import time
import warnings
from collections.abc import Iterator
from datetime import datetime

import pytest

from core import logs
from core.settings import Settings

RFC3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture(autouse=True)
def _unchanged() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_ids_are_on_every_line_and_only_inside(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log_format="json"), "worker")
    logger = logging.getLogger("some.part")
    with logs.bind(job_id="job_1", request_id=None), logs.bind(chunk=3):
        logger.info("inside %s", "it", extra={"seconds": 1.5})
    logger.warning("outside")
    inside, outside = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert inside["message"] == "inside it"
    assert (inside["job_id"], inside["chunk"], inside["seconds"]) == ("job_1", 3, 1.5)
    assert "request_id" not in inside
    assert (inside["level"], inside["logger"], inside["process"]) == ("INFO", "some.part", "worker")
    assert "job_id" not in outside


def test_warnings_of_python_are_lines_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log_format="json"), "worker")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("out of the ordinary", UserWarning, stacklevel=1)
    (line,) = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert (record["logger"], record["process"]) == ("py.warnings", "worker")
    assert "out of the ordinary" in record["message"]


def test_text_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log_format="text", log_level="WARNING"), "api")
    logging.getLogger("x").info("not this")
    with logs.bind(job_id="job_1"):
        logging.getLogger("x").warning("this")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("WARNING api x: this job_id=job_1")
    assert re.fullmatch(RFC3339, line.split()[0])


def test_the_time_is_rfc_3339_with_its_zone(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log_format="json"), "api")
    logging.getLogger("x").info("now")
    line = json.loads(capsys.readouterr().err)
    assert re.fullmatch(RFC3339, line["time"])
    assert abs(datetime.fromisoformat(line["time"]).timestamp() - time.time()) < 60
    assert "asctime" not in line


def test_bound_ids_replace_outer_ones() -> None:
    with logs.bind(job_id="job_1", request_id="req_1"):
        with logs.bind_alone(request_id="req_2"), logs.bind(chunk=3):
            assert logs.bound() == {"request_id": "req_2", "chunk": 3}
        assert logs.bound() == {"job_id": "job_1", "request_id": "req_1"}


def test_unknown_variables_are_warned_of_at_start(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICELIFT_RETENTION", "60")
    logs.configure(Settings(log_format="json"), "api")
    (line,) = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert line["level"] == "WARNING"
    assert "VOICELIFT_RETENTION_S" in line["message"]
