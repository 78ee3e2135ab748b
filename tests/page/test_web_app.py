"""docs/guides/web-app.md: its server, and its page in Chromium, of another origin than service and storage; and the
bucket rules of docs/install.md."""

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.access.keys import Keys
from core.settings import Settings
from core.storage import PART_BYTES, from_settings
from tests.support import node
from tests.support.api_harness import Api, free_address, serving
from tests.support.page_harness import Page
from tests.support.pipeline_harness import Pipeline, write_song
from tests.support.waiting import until

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "guides" / "web-app.md").read_text()
BLOCKS = dict(re.findall(r"^```\w+ ([\w.-]+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
FETCH = """
const [done] = arguments;
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, 0)).join("");
fetch(document.getElementById("download").href)
  .then((answer) => answer.arrayBuffer())
  .then((bytes) => crypto.subtle.digest("SHA-256", bytes))
  .then((sum) => done(hex(sum)), (error) => done(String(error)));
"""


@pytest.fixture
def address() -> str:
    """The address of the app."""
    return free_address()


@pytest.fixture
def service(site: tuple[Api, Pipeline], environment: dict[str, str], address: str) -> Iterator[Api]:
    """Like `site`, with workers: requires a key, takes uploads in small parts, and allows the app's origin."""
    more = {"auth": "on", "cors_origins": f"http://{address}", "upload_part_bytes": str(PART_BYTES)}
    with serving({**environment, **more}) as api:
        yield api


@pytest.fixture
def app(service: Api, address: str, tmp_path: Path) -> Iterator[str]:
    _, key = Keys(service.store.client).create("app", "default")
    service.client.headers["Authorization"] = f"Bearer {key}"
    for name in ("app.py", "index.html", "page.ts"):
        (tmp_path / name).write_text(BLOCKS[name])
    build, copy, run = BLOCKS["run"].splitlines()
    tools = {"PATH": f"{Path(sys.executable).parent}:{node.modules() / '.bin'}:{node.PROGRAMS}"}
    subprocess.run(["sh", "-euc", f"{build}\n{copy}"], cwd=tmp_path, env=tools, check=True)
    variables = {**tools, "VOICELIFT": service.url, "KEY": key, "PORT": address.rpartition(":")[2]}
    with subprocess.Popen(["sh", "-euc", f"exec {run}"], cwd=tmp_path, env=variables) as process:
        try:
            until(lambda: responds(f"http://{address}"), "the app starts", 60)
            yield f"http://{address}"
        finally:
            process.kill()


def responds(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_page_of_another_origin_sends_a_song(service: Api, app: str, browser: Any, tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 32.0)
    assert song.stat().st_size > PART_BYTES
    browser.get(app)
    page = Page(browser, app, tmp_path)
    page["song"].send_keys(str(song))
    page.until(lambda: page["download"].is_displayed() or page.text("error"), "the vocals can be downloaded", 240)
    assert page.text("error") == ""
    assert [float(page[bar].get_attribute("value") or 0) for bar in ("sent", "done")] == [1, 1]
    (job,) = service.client.get("/v1/jobs", params={"limit": 1}).json()["jobs"]
    assert (job["state"], job["source"]["bytes"]) == ("succeeded", song.stat().st_size)
    assert f"/v1/jobs/{job['id']}/hls/vocals.m3u8?token=" in str(page["voice"].get_attribute("src"))
    # By fetch, too: redirected from one origin to another, it asks the storage as `Origin: null`.
    summed = browser.execute_async_script(FETCH)
    assert summed == next(output["sha256"] for output in job["outputs"] if output["stem"] == "vocals")


def test_the_documented_bucket_rules_allow_pages_to_put_and_get(s3_settings: dict[str, str]) -> None:
    (rules,) = re.findall(r"^```json cors\n(.*?)^```$", (DOCS / "install.md").read_text(), re.MULTILINE | re.DOTALL)
    storage = from_settings(Settings.model_validate({**s3_settings, "S3_BUCKET": f"ruled-{uuid.uuid4().hex[:8]}"}))
    storage.ensure_bucket()
    storage._client.put_bucket_cors(Bucket=storage.bucket, CORSConfiguration=json.loads(rules))
    url = storage.presign_put("song", 60, 5)

    def preflight(origin: str, method: str) -> bool:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "content-type",
        }
        response = httpx.options(url, headers=headers, trust_env=False)
        allowed = response.headers.get("access-control-allow-origin") in (origin, "*")
        return allowed and method in response.headers.get("access-control-allow-methods", "")

    assert preflight("https://app.example", "PUT")
    assert not preflight("https://evil.example", "PUT")
    sent = httpx.put(url, content=b"hello", headers={"Origin": "https://app.example"}, trust_env=False)
    assert sent.status_code == 200
    fetched = httpx.get(storage.presign_get("song", 60, "song"), headers={"Origin": "null"}, trust_env=False)
    assert fetched.content == b"hello"
    assert fetched.headers["access-control-allow-origin"] in ("*", "null")
