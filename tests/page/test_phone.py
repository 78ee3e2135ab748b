"""The page on a touch screen: controls respond at every width, and nothing is downloaded before playback."""

from typing import Any

import pytest

from tests.support.api_harness import Api
from tests.support.page_harness import STEMS, Page, noises, publish, words


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
def test_a_tap_on_solo_solos_the_stem(studio: Api, finger: Any, width: int) -> None:
    job_id = studio.job()["id"]
    for index in range(3):
        publish(studio, job_id, index, noises())
    page = finger(studio, f"#{job_id}", width)
    page.until(page["play"].is_enabled, "it can be heard")
    page.player("player.seek(2)")
    for part in STEMS:
        touch(page, f"solo-{part}")
        page.until(lambda wanted=part: page.player("player.mode") == wanted, f"the {part} are alone")
    touch(page, "solo-instrumental")
    page.until(lambda: page.player("player.mode") == "mixture", "all is heard again")
    assert page.player("player.position") == 2.0, "and nothing has moved"
    touch(page, "seek")
    page.until(lambda: page.player("player.position") == pytest.approx(5.0, abs=0.2), "the waves still seek")


def test_drag_and_drop_is_not_offered_on_a_phone(studio: Api, finger: Any) -> None:
    page = finger(studio, "", 390)
    assert page.driver.find_element("css selector", ".lead").text == words("start.choose")


def test_a_finished_song_is_not_downloaded_before_playback(studio: Api, visit: Any) -> None:
    job_id = studio.job()["id"]
    for index in range(3):
        publish(studio, job_id, index, noises())
    page = visit(studio, f"#{job_id}")
    page.until(page["play"].is_enabled, "it can be heard")
    page.until(lambda: page.player("player.stems.every((stem) => stem.shape.length === 250)"), "its shape is known")
    asked = page.requests()
    assert [url for url in asked if url.endswith(".m4s")] == []
    assert [url for url in asked if "/peaks" in url] == [f"{studio.url}/v1/jobs/{job_id}/peaks?from_bin=0"]
    page["play"].click()
    page.until(lambda: page.player("player.state") == "playing", "it plays")
    assert [url for url in page.requests() if url.endswith(".m4s")] != []
