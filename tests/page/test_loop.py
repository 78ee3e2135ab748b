"""Practice: a sample-exact loop, set by mouse, touch or keys; and muting."""

from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.support.page_harness import RATE, RECORD, Page, english, find, noises


def loop(page: Page) -> Any:
    return page.player("player.loop && [player.loop.from / player.rate, player.loop.to / player.rate]")


def test_a_loop_over_a_joint_repeats_sample_exactly(page: Page) -> None:
    song = noises()
    mixture = song["vocals"][0] + song["instrumental"][0]
    page.player("player.repeat(3.0, 3.5)")  # segments meet at 3.2 s
    page.player(f"(async () => {{ {RECORD} await player.play(); await record(player.context, player.output); }})()")
    page.until(
        lambda: page.driver.execute_script("return window.tape.length * 128") > 2.5 * RATE,
        "several loop passes are recorded",
    )
    page["play"].click()
    tape, passage = page.tape(), mixture[3 * RATE : 7 * RATE // 2]
    sounding = int(np.flatnonzero(tape)[0]) + RATE // 10
    at = find(tape[sounding : sounding + 64], passage)
    assert at >= 0, "the recording is from the passage"
    recorded = tape[sounding - at + len(passage) :][: 2 * len(passage)]
    np.testing.assert_allclose(recorded, np.tile(passage, 2), atol=1e-6)


def test_a_drag_over_the_waves_marks_a_loop_and_a_click_seeks(page: Page) -> None:
    waves, width = page["seek"], page["seek"].size["width"]
    drag = ActionChains(page.driver).move_to_element_with_offset(waves, round(-0.3 * width), 0)
    drag.click_and_hold().move_by_offset(round(0.2 * width), 0).release().perform()
    assert loop(page) == pytest.approx([2.0, 4.0], abs=0.05)
    assert page.player("player.position") == pytest.approx(2.0, abs=0.05), "it begins where the loop does"
    assert page.text("loop") == "Loop 0:02 to 0:04"
    assert page["loop"].get_attribute("aria-pressed") == "true"
    waves.click()
    assert page.player("player.position") == pytest.approx(5.0, abs=0.05)
    assert loop(page) is not None
    page["loop"].click()
    assert loop(page) is None
    assert page.player("player.position") == pytest.approx(5.0, abs=0.05)


def test_a_loop_is_set_and_ended_by_keys(page: Page) -> None:
    body = page.driver.find_element("tag name", "body")
    page.player("player.seek(1.5)")
    body.send_keys("[")
    page.until(
        lambda: page.text("hint") == english("deck.loop.begins", time="0:01"), "the hint about the loop's end is shown"
    )
    body.send_keys(Keys.ARROW_RIGHT, "]")
    assert loop(page) == [1.5, 6.5]
    assert page.violations() == []
    body.send_keys(Keys.ESCAPE)
    assert loop(page) is None
    body.send_keys("[]")
    page.until(lambda: page.text("hint") == english("deck.loop.short"), "the hint about a short loop is shown")


def test_a_muted_stem_is_silent_and_solo_plays_it(page: Page) -> None:
    page["mute-vocals"].click()
    assert page.player("['vocals', 'instrumental'].map((part) => player.gain(part))") == [0, 1]
    assert page["mute-vocals"].get_attribute("aria-pressed") == "true"
    page["solo-vocals"].click()
    assert page.player("['vocals', 'instrumental'].map((part) => player.gain(part))") == [1, 0]
    page["solo-vocals"].click()
    page["mute-vocals"].click()
    assert page.player("['vocals', 'instrumental'].map((part) => player.gain(part))") == [1, 1]
