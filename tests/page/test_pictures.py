"""Each state of the page, checked by axe-core at its size and in its colours.

Stores the pictures of the documentation: `VOICELIFT_PICTURES=docs/pictures pytest -k "pictures or four" tests/page`.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys

from tests.page.conftest import ONLINE
from tests.page.test_compressed import song
from tests.page.test_long_song import put
from tests.support.api_harness import WAV, Api
from tests.support.page_harness import Page, finish, publish

NAME = "Harbour lights.flac"


def done(api: Api, name: str) -> str:
    """A finished song; returns the job's id."""
    job_id = str(api.job(name=name)["id"])
    for index in range(3):
        publish(api, job_id, index, song())
    finish(api, job_id, {"vocals": bytes(1_310_000), "instrumental": bytes(1_720_000)})
    return job_id


def still(page: Page) -> None:
    """Wait for the waveform, and for two more frames."""
    page.until(lambda: page.player("player.stems.every((stem) => stem.shape.length > 70)"), "the waveform is complete")
    page.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(() => arguments[0]()))")


@pytest.fixture
def finished(backend: Api, visit: Any) -> Page:
    page: Page = visit(backend, f"#{done(backend, NAME)}")
    page.until(page["save"].is_displayed, "the song is finished")
    still(page)
    return page


def test_start(backend: Api, visit: Any) -> None:
    for name in ("Harbour lights.flac", "Slow train.mp3"):
        done(backend, name)
    page = visit(backend)
    page.until(lambda: "0:10" in page.text("jobs"), "the songs are listed")
    page.picture("start")


def test_separating(backend: Api, visit: Any) -> None:
    job_id = backend.job(name=NAME)["id"]
    for index in range(2):
        publish(backend, job_id, index, song())
    page = visit(backend, f"#{job_id}")
    page.until(page["play"].is_enabled, "the first piece is playable")
    still(page)
    page["play"].click()
    page.until(lambda: page.player("player.position") > 2, "the song plays")
    page.picture("separating")


def test_finished_dark(finished: Page) -> None:
    finished.screen(1180, 860, dark=True)
    finished.player("player.seek(4)")
    still(finished)
    finished.picture("done-dark")
    finished.screen(1180, 860)


def test_phone(finished: Page) -> None:
    finished.screen(390, 844)
    finished.player("player.seek(4)")
    still(finished)
    finished.picture("phone")


def test_a_loop(finished: Page) -> None:
    finished["count-in"].click()
    finished.player("player.repeat(3, 6)")
    finished.player("player.practise(0.75, -2)")
    still(finished)
    finished.picture("loop")


def test_karaoke(finished: Page) -> None:
    finished["karaoke"].click()
    finished.until(lambda: finished.player("player.position") > 1, "the song plays")
    finished.driver.switch_to.active_element.send_keys(Keys.SPACE)
    still(finished)
    finished.picture("karaoke")
    finished["karaoke-leave"].click()


def test_a_share_link(finished: Page) -> None:
    finished["share"].click()
    finished["share-make"].click()
    finished.until(finished["share-link"].is_displayed, "the share link is shown")
    finished.picture("share")


def test_a_wrong_key(locked: Api, visit: Any) -> None:
    page = visit(locked, ready=False)
    page.until(page["key-dialog"].is_displayed, "the key dialog opens")
    page["key"].send_keys("vl_of_another_service", Keys.ENTER)
    page.until(lambda: page["key-wrong"].is_displayed(), "the dialog rejects the key")
    page.picture("wrong-key")


def test_a_long_song(backend: Api, visit: Any) -> None:
    bins = np.arange(1203 * 25)
    slow = 0.6 + 0.4 * np.sin(bins / 2500) * np.sin(bins / 611)
    rng = np.random.default_rng(3)
    phrases = rng.uniform(0.6, 1, (2, len(bins) // 75 + 1)).repeat(75, axis=1)[:, : len(bins)]
    verses = (bins // 1500) % 4 != 3
    voice = 170 * slow * verses * phrases[0] * rng.uniform(0.7, 1, len(bins))
    music = 180 * (0.8 + 0.2 * np.cos(bins / 4000)) * phrases[1] * rng.uniform(0.8, 1, len(bins))
    rows = np.stack([voice, 0.5 * voice, music, 0.5 * music], axis=1).astype(np.uint8)
    page = visit(backend, f"#{put(backend, 1200, rows.tobytes())}")
    page.until(page["play"].is_enabled, "the song is playable")
    still(page)
    page.player("player.seek(610)")
    still(page)
    page.picture("long")


def test_several_files(backend: Api, visit: Any, tmp_path: Path) -> None:
    files = {"Lyrics.wav": b"La la la\n" * 500, "Harbour lights.wav": WAV + bytes(2_000_000), "Slow train.wav": WAV}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    page = visit(backend)
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**ONLINE, "uploadThroughput": 200_000})
    page["file"].send_keys("\n".join(str(tmp_path / name) for name in files))
    page.until(
        lambda: "Sending: " in page.text("files") and "text" in page.text("files"),
        "one file is uploading, one is refused",
    )
    page.picture("queue")
