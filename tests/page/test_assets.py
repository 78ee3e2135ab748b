"""The page's files over HTTP: their headers, and that nothing else is served."""

import hashlib
import re
from pathlib import Path

import pytest

from api.routes.page import WEB
from tests.support.api_harness import Api

FILES = sorted(str(path.relative_to(WEB)) for path in WEB.rglob("*") if path.is_file())
SOURCES = [name for name in FILES if not name.startswith("vendor/") and not name.endswith(".png")]


@pytest.mark.parametrize("path", ["/", *(f"/assets/{name}" for name in FILES)])
def test_files_are_revalidated_and_load_nothing_external(backend: Api, path: str) -> None:
    response = backend.client.get(path)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "*" not in policy
    again = backend.client.get(path, headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/assets/", "/assets/nothing.js", "/assets/..%2fapp.py", "/assets/%2e%2e/app.py"])
def test_only_the_files_are_served(backend: Api, path: str) -> None:
    assert backend.client.get(path).status_code == 404


@pytest.mark.parametrize("name", SOURCES)
def test_files_name_no_external_address_and_stay_readable(name: str) -> None:
    text = (WEB / name).read_text()
    assert len(text.splitlines()) <= 300
    urls = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert urls - {"http://www.w3.org/2000/svg", "https://…"} == set()


def test_every_file_is_used() -> None:
    everything = "".join((WEB / name).read_text() for name in SOURCES)
    named = [name for name in SOURCES if name not in ("index.html",) and not name.startswith("languages/")]
    assert [name for name in named if name not in everything] == []
    assert Path(WEB / "index.html").exists()


def test_vendored_files_match_their_readme() -> None:
    vendor = WEB / "vendor"
    sums = dict(re.findall(r"^\| (\S+) \|.*\| `([0-9a-f]{64})` \|$", (vendor / "README.md").read_text(), re.MULTILINE))
    programs = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in vendor.glob("*.js")}
    assert programs == sums
    assert "Mozilla Public License" in (vendor / "MPL-2.0.txt").read_text()
