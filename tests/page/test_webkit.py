"""The main flow in WebKit, Safari's engine, by Debian's WebKitGTK."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.page.test_take_along import saved
from tests.support.api_harness import Api
from tests.support.page_harness import STEMS, Page, finish, noises, publish

DRIVER = shutil.which("WebKitWebDriver")
SCREEN = shutil.which("Xvfb")
BROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)

pytestmark = pytest.mark.skipif(
    not (DRIVER and SCREEN and BROWSER), reason="needs Debian's webkit2gtk-driver, xvfb and gstreamer1.0-plugins-good"
)


@contextmanager
def screen() -> Iterator[str]:
    """A virtual display; returns its name."""
    read, write = os.pipe()
    server = subprocess.Popen([SCREEN or "", "-displayfd", str(write), "-nolisten", "tcp"], pass_fds=[write])
    os.close(write)
    try:
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def safari(tmp_path: Path) -> Iterator[webdriver.Remote]:
    downloads = tmp_path / "home" / "Downloads"
    downloads.mkdir(parents=True)
    (tmp_path / "home" / ".config").mkdir()
    (tmp_path / "home" / ".config" / "user-dirs.dirs").write_text('XDG_DOWNLOAD_DIR="$HOME/Downloads"\n')
    with screen() as display:
        environment = {
            **os.environ,
            "DISPLAY": display,
            "HOME": str(tmp_path / "home"),
            "XDG_CONFIG_HOME": str(tmp_path / "home" / ".config"),
            "LANG": "C.UTF-8",
        }
        options = Options()
        options.binary_location = str(BROWSER)
        options.add_argument("--automation")
        service = Service(DRIVER, env=environment)
        service.start()
        try:
            driver = webdriver.Remote(
                RemoteConnection(client_config=ClientConfig(service.service_url)), options=options
            )
            driver.set_script_timeout(60)
            yield driver
            driver.quit()
        finally:
            service.stop()


def test_playing_while_separating_solo_and_download(studio: Api, safari: webdriver.Remote, tmp_path: Path) -> None:
    job_id, song = studio.job(name="lied.wav")["id"], noises()
    publish(studio, job_id, 0, song)
    page = Page(safari, studio.url, tmp_path / "home" / "Downloads")  # type: ignore[arg-type]
    page.open(f"#{job_id}")
    page.until(page["play"].is_enabled, "the first piece can be heard")
    page["play"].click()
    page.until(lambda: page.player("player.position") > 0.3, "it plays while the rest is separated")
    for index in (1, 2):
        publish(studio, job_id, index, song)
    page.until(lambda: page.player("player.length") > 9, "the rest has come")
    page.until(lambda: page.player("player.position") > 4, "and is played after the first piece")
    page["solo-vocals"].click()
    gains: Any = page.player("['vocals', 'instrumental'].map((stem) => player.gain(stem))")
    assert gains == [1, 0], "the vocals alone"
    assert list(STEMS) == ["vocals", "instrumental"]
    finish(studio, job_id, {stem: f"fLaC of {stem}".encode() for stem in song})
    page.until(page["downloads"].is_displayed, "it is done")
    page["downloads"].find_element("tag name", "a").click()
    assert saved(page, "lied (vocals).flac").read_bytes() == b"fLaC of vocals"
