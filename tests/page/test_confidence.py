"""The shade under vocals that are probably inaccurate, and its legend."""

from typing import Any

import pytest

from tests.page.test_compressed import save_data
from tests.support.api_harness import Api
from tests.support.page_harness import STEMS, Page, finish, noises, publish

OPACITY = """
const canvas = document.getElementById("waves");
const [x, y] = [arguments[0] * canvas.width, arguments[1] * canvas.height].map(Math.round);
return canvas.getContext("2d").getImageData(x, y, 1, 1).data[3];
"""
VOCALS, INSTRUMENTAL = 0.1, 0.9  # places above and below the waves of either stem
TIMES = (1.6, 4.8, 8.0)  # seconds within the three segments


def shaded(page: Page, lane: float) -> list[bool]:
    return [page.driver.execute_script(OPACITY, second / 10, lane) > 0 for second in TIMES]


@pytest.mark.parametrize("compressed", [False, True])
def test_an_uncertain_segment_is_shaded_and_explained(backend: Api, visit: Any, compressed: bool) -> None:
    job_id = backend.job()["id"]
    for index, confidence in enumerate((0.9, 0.1, None)):
        publish(backend, job_id, index, noises(), confidence)
    finish(backend, job_id, dict.fromkeys(STEMS, b"fLaC"))
    page: Page = visit(backend)
    save_data(page, compressed)
    try:
        page.open(f"#{job_id}")
        page.until(page["unsure"].is_displayed, "the legend is there")
        assert page.player("player.stems.every((stem) => Boolean(stem.m4a))") is compressed
        page.until(lambda: any(shaded(page, VOCALS)), "something is shaded")
        assert shaded(page, VOCALS) == [False, True, False]
        assert not any(shaded(page, INSTRUMENTAL))
        assert page.text("unsure") == "Shaded: the vocals are probably inaccurate here (32% of the song)."
        page.picture("unsure")
    finally:
        save_data(page, False)


def test_the_shade_grows_with_the_song(backend: Api, visit: Any) -> None:
    job_id = backend.job()["id"]
    publish(backend, job_id, 0, noises(), 0.9)
    page: Page = visit(backend, f"#{job_id}")
    page.until(page["play"].is_enabled, "it can be heard")
    assert not page["unsure"].is_displayed()
    publish(backend, job_id, 1, noises(), 0.1)
    page.until(page["unsure"].is_displayed, "the legend is there")
    page.until(lambda: shaded(page, VOCALS) == [False, True, False], "the second segment is shaded")
