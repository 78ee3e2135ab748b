"""The page on a touch screen: controls respond at every width, and nothing is downloaded before playback."""

from pathlib import Path
from typing import Any

import pytest

from tests.page.test_take_along import saved
from tests.support.api_harness import WAV, Api
from tests.support.page_harness import STEMS, Page, english, finish, noises, publish


def touch(page: Page, element_id: str) -> None:
    """Tap the middle of an element."""
    box = page.driver.execute_script(
        "const e = document.getElementById(arguments[0]); e.scrollIntoView({ block: 'center' });"
        "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]",
        element_id,
    )
    point = {"x": box[0], "y": box[1]}
    page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def swipe(page: Page, left: float, right: float) -> None:
    """Drag a finger over the waves between two shares of their width."""
    x, y, width = page.driver.execute_script(
        "const r = document.getElementById('seek').getBoundingClientRect(); return [r.x, r.y + r.height / 2, r.width]"
    )
    shares = [left + (right - left) * step / 5 for step in range(6)]
    for number, share in enumerate(shares):
        event = {"type": "touchMove" if number else "touchStart", "touchPoints": [{"x": x + share * width, "y": y}]}
        page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", event)
    page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.fixture
def finger(visit: Any, browser: Any) -> Any:
    def go(api: Api, fragment: str, width: int) -> Page:
        page: Page = visit(api)
        browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
        page.screen(width, 844)
        page.open(fragment)
        return page

    yield go
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


@pytest.mark.parametrize("width", [320, 390, 430])
def test_a_tap_on_solo_solos_the_stem(backend: Api, finger: Any, width: int) -> None:
    job_id = backend.job()["id"]
    for index in range(3):
        publish(backend, job_id, index, noises())
    page = finger(backend, f"#{job_id}", width)
    page.until(page["play"].is_enabled, "the song is playable")
    page.player("player.seek(2)")
    for part in STEMS:
        touch(page, f"solo-{part}")
        page.until(lambda wanted=part: page.player("player.mode") == wanted, f"only the {part} play")
    touch(page, "solo-instrumental")
    page.until(lambda: page.player("player.mode") == "mixture", "the mixture plays")
    assert page.player("player.position") == 2.0, "the position is unchanged"
    touch(page, "seek")
    page.until(lambda: page.player("player.position") == pytest.approx(5.0, abs=0.2), "a tap on the waveform seeks")


def test_drag_and_drop_is_not_offered_on_a_phone(backend: Api, finger: Any) -> None:
    page = finger(backend, "", 390)
    assert page.driver.find_element("css selector", ".lead").text == english("start.choose")


def test_a_finished_song_is_not_downloaded_before_playback(backend: Api, visit: Any) -> None:
    job_id = backend.job()["id"]
    for index in range(3):
        publish(backend, job_id, index, noises())
    page = visit(backend, f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    page.until(
        lambda: page.player("player.stems.every((stem) => stem.shape.length === 250)"), "the waveform is complete"
    )
    urls = page.requests()
    assert [url for url in urls if url.endswith(".m4s")] == []
    assert [url for url in urls if "/peaks" in url] == [f"{backend.url}/v1/jobs/{job_id}/peaks?from_bin=0"]
    page["play"].click()
    page.until(lambda: page.player("player.state") == "playing", "the song plays")
    assert [url for url in page.requests() if url.endswith(".m4s")] != []


def test_from_a_file_to_stems_by_touch(backend: Api, finger: Any, tmp_path: Path) -> None:
    page = finger(backend, "", 390)
    (tmp_path / "lied.wav").write_bytes(WAV)
    page.choose(tmp_path / "lied.wav")
    job_id = page.sent_job()
    publish(backend, job_id, 0, noises())
    page.until(page["play"].is_enabled, "the first piece is playable")
    touch(page, "play")
    page.until(lambda: page.player("player.position") > 0.3, "the song plays during separation")
    touch(page, "solo-vocals")
    page.until(lambda: page.player("player.mode") == "vocals", "only the vocals play")
    touch(page, "loop")
    page.until(lambda: page.text("hint") == english("deck.loop.how"), "the hint about loops is shown")
    for index in (1, 2):
        publish(backend, job_id, index, noises())
    finish(backend, job_id, {stem: f"fLaC of {stem}".encode() for stem in STEMS})
    page.until(page["share"].is_displayed, "the song is finished")
    touch(page, "share")
    page.until(page["share-make"].is_displayed, "the share dialog opens")
    touch(page, "share-make")
    page.until(page["share-link"].is_displayed, "the share link is shown")
    touch(page, "share-close")
    page.driver.execute_script("document.querySelector('#downloads a').id = 'first-download'")
    touch(page, "first-download")
    assert saved(page, "lied (vocals).flac").read_bytes() == b"fLaC of vocals"
    page.driver.execute_script("document.getElementById('seek').scrollIntoView({ block: 'center' })")
    swipe(page, 0.3, 0.6)
    loop = page.player("player.loop && [player.loop.from / player.rate, player.loop.to / player.rate]")
    assert loop == pytest.approx([3, 6], abs=0.1)
    assert page.driver.execute_script("return document.documentElement.scrollWidth") <= 390
    assert page.violations() == []
