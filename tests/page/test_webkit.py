"""The main flow, practice and compressed playing in WebKit, Safari's engine, by Debian's WebKitGTK."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.page.test_compressed import RECORDED, alike, make, song
from tests.page.test_practice import STRETCHED, loudest_hz
from tests.page.test_take_along import done, samples, saved
from tests.support.api_harness import Api
from tests.support.page_harness import RATE, STEMS, Page, find, finish, noises, publish

# The page's policy allows no recorder in a worklet, and WebKitWebDriver cannot lift it.
RECORD = """
const record = (context, node) => {
  const recorder = context.createScriptProcessor(16384, 2, 2);
  window.tape = [];
  recorder.onaudioprocess = ({ inputBuffer }) => window.tape.push(inputBuffer.getChannelData(0).slice());
  node.connect(recorder);
  recorder.connect(context.destination);
};
"""
DRIVER = shutil.which("WebKitWebDriver")
SCREEN = shutil.which("Xvfb")
BROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)

pytestmark = pytest.mark.skipif(
    not (DRIVER and SCREEN and BROWSER),
    reason="needs Debian's webkit2gtk-driver, xvfb, gstreamer1.0-libav",
)


@contextmanager
def screen() -> Iterator[str]:
    """A virtual display; returns its name."""
    read, write = os.pipe()
    server = subprocess.Popen([SCREEN or "", "-displayfd", str(write), "-nolisten", "tcp"], pass_fds=[write])
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
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


def test_playing_while_separating_solo_and_download(backend: Api, safari: webdriver.Remote, tmp_path: Path) -> None:
    job_id, song = backend.job(name="lied.wav")["id"], noises()
    publish(backend, job_id, 0, song)
    page = Page(safari, backend.url, tmp_path / "home" / "Downloads")  # type: ignore[arg-type]
    page.open(f"#{job_id}")
    page.until(page["play"].is_enabled, "the first piece is playable")
    page["play"].click()
    page.until(lambda: page.player("player.position") > 0.3, "the song plays during separation")
    for index in (1, 2):
        publish(backend, job_id, index, song)
    page.until(lambda: page.player("player.length") > 9, "the second piece is loaded")
    page.until(lambda: page.player("player.position") > 4, "playback passes the first piece")
    page["solo-vocals"].click()
    gains: Any = page.player("['vocals', 'instrumental'].map((stem) => player.gain(stem))")
    assert gains == [1, 0], "the vocals alone"
    assert list(STEMS) == ["vocals", "instrumental"]
    finish(backend, job_id, {stem: f"fLaC of {stem}".encode() for stem in song})
    page.until(page["downloads"].is_displayed, "the downloads are shown")
    page["downloads"].find_element("tag name", "a").click()
    assert saved(page, "lied (vocals).flac").read_bytes() == b"fLaC of vocals"


@pytest.fixture
def page(backend: Api, safari: webdriver.Remote, tmp_path: Path) -> Page:
    """A finished song of noise, that can be heard."""
    job_id = backend.job(name="lied.wav")["id"]
    done(backend, job_id, noises())
    page = Page(safari, backend.url, tmp_path / "home" / "Downloads")  # type: ignore[arg-type]
    page.open(f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    return page


@pytest.mark.parametrize(("tempo", "semitones"), [(0.5, 0), (1.5, 12)])
def test_the_stretcher_keeps_the_pitch_and_moves_it_by_semitones(page: Page, tempo: float, semitones: int) -> None:
    recorded = np.array(page.driver.execute_async_script(STRETCHED, tempo, semitones))
    started = int(np.flatnonzero(np.abs(recorded) > 0.05)[0])
    assert loudest_hz(recorded[started + RATE // 10 :][: 2 * RATE]) == pytest.approx(440 * 2 ** (semitones / 12), abs=1)


def test_slower_and_back_and_a_loop_to_the_sample(page: Page) -> None:
    wavs = noises()
    page["play"].click()
    page.until(lambda: page.player("player.position") > 0.3, "the song plays")
    page.player("player.practise(0.5, -2)")
    page.until(lambda: page.player("player.state") == "playing", "playback resumes at the new tempo")
    since = page.player("[player.position, player.context.currentTime]")
    page.until(lambda: page.player("player.context.currentTime") > since[1] + 1.5, "playback continues")
    now = page.player("[player.position, player.context.currentTime]")
    assert (now[0] - since[0]) / (now[1] - since[1]) == pytest.approx(0.5, abs=0.15), "half as fast"
    page["reset"].click()
    page["play"].click()
    page.player("player.repeat(3.0, 3.5)")
    page.player(f"(async () => {{ {RECORD} record(player.context, player.output); await player.play(); }})()")
    page.until(
        lambda: page.driver.execute_script("return window.tape.length * 16384") > 3 * RATE,
        "several loop passes are recorded",
    )
    tape, passage = page.tape(), (wavs["vocals"][0] + wavs["instrumental"][0])[3 * RATE : 7 * RATE // 2]
    sounding = int(np.flatnonzero(tape)[0]) + RATE // 10
    at = find(tape[sounding : sounding + 64], passage)
    assert at >= 0, "the recording is from the passage"
    recorded = tape[sounding - at + len(passage) :][: 2 * len(passage)]
    np.testing.assert_allclose(recorded, np.tile(passage, 2), atol=1e-6)


def test_the_mix_is_saved_slower(page: Page) -> None:
    page.player("player.practise(0.8, 12)")
    page["save"].click()
    mix = samples(saved(page, "lied (mix).wav"))
    assert mix.shape == (2, round(10 * RATE / 0.8))


def test_a_compressed_song_is_in_step(backend: Api, page: Page, tmp_path: Path) -> None:
    """WebKit does not tell the kind of connection; the test says it is metered."""
    wavs, job_id = song(), backend.job(name="leise.wav")["id"]
    done(backend, job_id, wavs)
    for stem in STEMS:
        backend.client.post(f"/v1/jobs/{job_id}/outputs/{stem}/m4a")
    make(backend, job_id, wavs, tmp_path)
    page.driver.execute_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    page.driver.execute_script(f"location.hash = '{job_id}'")
    page.until(lambda: page.text("title") == "leise" and page["play"].is_enabled(), "the song is playable")
    page["play"].click()
    page.until(lambda: page.player("player.position") > 0.3, "the song plays")
    assert page.player("player.stems.every((stem) => stem.compressed)")
    assert alike(page.player(RECORDED), wavs["vocals"]) > 0.99
