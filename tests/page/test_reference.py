"""/docs in a real Chromium: the whole contract, without external requests, and a request sent with a key."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from api.routes.description import REFERENCE
from core.access.keys import Keys
from core.jobs.options import JobOptions
from tests.support.api_harness import WAV, Api

VENDOR = REFERENCE / "vendor"
READ = """
const [id] = arguments;
const block = document.getElementById(id);
return block === null ? null : block.innerText;
"""


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def operation(driver: Any, tag: str, name: str) -> Any:
    """The expanded block of an operation."""
    block = driver.find_element(By.ID, f"operations-{tag}-{name}")
    if "is-open" not in (block.get_attribute("class") or ""):
        block.find_element(By.CLASS_NAME, "opblock-summary-control").click()
    return block


@pytest.fixture
def shown(locked: Api, visit: Any) -> Any:
    page = visit(locked, "docs", ready=False)
    page.until(lambda: page.driver.find_elements(By.CLASS_NAME, "opblock"), "the operations are listed")
    return page


def test_every_operation_shows_fields_headers_responses_and_examples(locked: Api, shown: Any) -> None:
    contract = locked.client.get("/openapi.json").json()
    driver = shown.driver
    names = {
        f"operations-{described['tags'][0]}-{described['operationId']}"
        for methods in contract["paths"].values()
        for described in methods.values()
    }
    names |= {f"operations-webhooks-{hook['post']['operationId']}" for hook in contract["webhooks"].values()}
    blocks = {block.get_attribute("id") for block in driver.find_elements(By.CLASS_NAME, "opblock")}
    assert names == blocks
    operation(driver, "jobs", "createJob")
    shown.until(
        lambda: "Idempotency-Replayed" in driver.execute_script(READ, "operations-jobs-createJob"),
        "the operation opens",
    )
    text = driver.execute_script(READ, "operations-jobs-createJob")
    for word in ("Idempotency-Key", "Location", "Retry-After", "X-Request-ID", "webhook_url", "unsupported_media"):
        assert word in text, word
    operation(driver, "jobs", "listJobs")
    shown.until(lambda: "next_cursor" in driver.execute_script(READ, "operations-jobs-listJobs"), "the operation opens")
    text = driver.execute_script(READ, "operations-jobs-listJobs")
    for word in ("cursor", "limit", "queue_position", "null_error_db"):
        assert word in text, word


def test_a_request_is_sent_with_a_key(locked: Api, shown: Any) -> None:
    _, key = Keys(locked.store.client).create("reader", "default")
    driver = shown.driver
    driver.find_element(By.CLASS_NAME, "authorize").click()
    dialog = driver.find_element(By.CLASS_NAME, "modal-ux")
    dialog.find_element(By.CSS_SELECTOR, "input").send_keys(key)
    dialog.find_element(By.CSS_SELECTOR, "button.authorize").click()
    dialog.find_element(By.CLASS_NAME, "close-modal").click()
    block = operation(driver, "models", "listModels")
    shown.until(lambda: block.find_elements(By.CLASS_NAME, "execute"), "the operation opens")[0].click()
    status = ".live-responses-table tbody .response-col_status"
    cells = shown.until(lambda: block.find_elements(By.CSS_SELECTOR, status), "the response is shown")
    assert [cell.text.strip() for cell in cells] == ["200"]
    assert "qualities" in driver.execute_script(READ, "operations-models-listModels")


def test_try_it_out_sends_only_filled_fields(locked: Api, shown: Any, tmp_path: Path) -> None:
    _, key = Keys(locked.store.client).create("reader", "default")
    (tmp_path / "song.wav").write_bytes(WAV)
    driver = shown.driver
    driver.execute_script(f"reference.preauthorizeApiKey('key', '{key}')")
    block = operation(driver, "jobs", "createJobFromFile")
    button = shown.until(lambda: block.find_elements(By.CLASS_NAME, "execute"), "the operation opens")[0]
    block.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(tmp_path / "song.wav"))
    driver.execute_script("arguments[0].click()", button)
    (job,) = shown.until(
        lambda: locked.client.get("/v1/jobs", headers=bearer(key)).json()["jobs"], "the job is created"
    )
    assert job["options"] == JobOptions().model_dump(mode="json")
    assert (job["source"]["filename"], job["metadata"], job["webhook_url"]) == ("song.wav", {}, None)


def test_the_page_loads_nothing_external(locked: Api) -> None:
    cells = locked.client.get("/docs")
    policy = dict(part.strip().partition(" ")[::2] for part in cells.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"].split() == ["'self'", locked.services.settings.s3_endpoint_url]
    assert not re.search(r"https?://", cells.text)
    for path in sorted(path for path in REFERENCE.rglob("*") if path.is_file()):
        assert locked.client.get(f"/docs/{path.relative_to(REFERENCE)}").content == path.read_bytes()
    assert locked.client.get("/docs/..%2fapp.py").status_code == 404


def test_vendored_files_match_their_readme() -> None:
    sums = dict(re.findall(r"^\| (\S+) \|.*\| `([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE))
    programs = {path.name: path for path in VENDOR.iterdir() if path.suffix in (".js", ".css")}
    assert set(sums) == set(programs)
    for name, path in programs.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sums[name]
    assert "Apache License" in (VENDOR / "LICENSE").read_text()
    assert Path(VENDOR / "swagger-ui-bundle.js.LICENSE.txt").exists()
