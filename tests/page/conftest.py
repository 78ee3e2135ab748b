"""The page with a real service: `site` has workers; with `backend` the test takes the worker's part."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from tests.support.api_harness import Api, serving
from tests.support.page_harness import Page, chromium, noises, publish
from tests.support.pipeline_harness import Pipeline, piped


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture(scope="session")
def environment(redis_server: Any, s3_settings: dict[str, str], tiny_model_dir: Path) -> dict[str, str]:
    return {**s3_settings, "REDIS_URL": redis_server.url, "model_dir": str(tiny_model_dir)}


@pytest.fixture(scope="module")
def site(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Pipeline]]:
    folder, model = tmp_path_factory.mktemp("site"), Path(environment["model_dir"])
    with piped(environment, model, folder) as pipeline, serving(environment) as api:
        yield api, pipeline


@pytest.fixture(scope="module")
def api_server(environment: dict[str, str]) -> Iterator[Api]:
    with serving({**environment, "REDIS_URL": environment["REDIS_URL"].removesuffix("0") + "1"}) as api:
        yield api


@pytest.fixture
def backend(api_server: Api) -> Api:
    """An API over an empty Redis, without workers."""
    api_server.store.client.flushdb()
    return api_server


@pytest.fixture
def locked(environment: dict[str, str]) -> Iterator[Api]:
    """The same, with a key required."""
    with serving({**environment, "REDIS_URL": environment["REDIS_URL"].removesuffix("0") + "2", "auth": "on"}) as api:
        api.store.client.flushdb()
        yield api


@pytest.fixture
def visit(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Any]:
    """Open the page of an API as a new visitor. At the end: no other origin was contacted."""
    pages: list[Page] = []

    def go(api: Api, fragment: str = "", ready: bool = True) -> Page:
        folder = tmp_path / "downloads"
        folder.mkdir()
        browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
        page = Page(browser, api.url, folder)
        pages.append(page)
        for name in ("browser", "performance"):
            browser.get_log(name)
        page.screen(1180, 860)
        page.open(fragment, ready)
        return page

    yield go
    for page in pages:
        allowed = (page.url, "about:", "data:", "blob:", "chrome:")  # chrome: the browser's list of downloads
        others = [url for url in page.requests() if not url.startswith(allowed)]
        assert [url for url in others if "/outputs/" not in url] == []  # a download comes from S3, when it is clicked
        complaints = [entry["message"] for entry in browser.get_log("browser")]
        assert [
            complaint for complaint in complaints if "Content Security Policy" in complaint or "Uncaught" in complaint
        ] == []
    browser.execute_script("localStorage.clear(); sessionStorage.clear()")
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", ONLINE)
    browser.get("about:blank")


ONLINE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


@pytest.fixture
def page(backend: Api, visit: Any) -> Page:
    """A song of three pieces, ready to play, whose output a test can record."""
    job_id = backend.job()["id"]
    for index in range(3):
        publish(backend, job_id, index, noises())
    page: Page = visit(backend, f"#{job_id}")
    page.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})  # for the recorder, not for the page
    page.open(f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    return page
