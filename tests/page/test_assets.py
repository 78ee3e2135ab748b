"""The page's files over HTTP: their headers, and that nothing else can be had."""

import re
from pathlib import Path

import pytest
from api_harness import Api

from api.routes.page import WEB

FILES = sorted(path.name for path in WEB.iterdir())


@pytest.mark.parametrize("path", ["/", *(f"/assets/{name}" for name in FILES)])
def test_files_are_checked_for_news_and_may_load_nothing_from_elsewhere(studio: Api, path: str) -> None:
    answer = studio.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "*" not in policy
    again = studio.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/assets/", "/assets/nothing.js", "/assets/..%2fapp.py", "/assets/%2e%2e/app.py"])
def test_nothing_but_the_files_is_served(studio: Api, path: str) -> None:
    assert studio.client.get(path).status_code == 404


@pytest.mark.parametrize("name", FILES)
def test_files_name_no_other_address_and_stay_readable(name: str) -> None:
    text = (WEB / name).read_text()
    assert len(text.splitlines()) <= 300
    found = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert found - {"http://www.w3.org/2000/svg", "https://…"} == set()


def test_every_file_is_used() -> None:
    everything = "".join((WEB / name).read_text() for name in FILES)
    assert [name for name in FILES if name != "index.html" and name not in everything] == []
    assert Path(WEB / "index.html").exists()
