"""Practice: tempo, pitch, zoom and a count-in, with the stems in sync."""

from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys

from tests.support.api_harness import Api
from tests.support.page_harness import RATE, RECORD, Page, find, noises

# A tone of 440 Hz at `tempo` through the page's stretcher, faster than real time.
STRETCHED = """
const [tempo, semitones, done] = arguments;
(async () => {
  const rate = 44100;
  const context = new OfflineAudioContext(2, 3 * rate, rate);
  await context.audioWorklet.addModule("/assets/stretch.js");
  const stretch = new AudioWorkletNode(context, "stretch", { outputChannelCount: [2] });
  stretch.parameters.get("pitch").value = 2 ** (semitones / 12) / tempo;
  stretch.connect(context.destination);
  const buffer = context.createBuffer(2, 5 * rate, rate);
  const tone = Float32Array.from({ length: 5 * rate }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / rate) / 2);
  for (const channel of [0, 1]) buffer.copyToChannel(tone, channel);
  const source = new AudioBufferSourceNode(context, { buffer, playbackRate: tempo });
  source.connect(stretch);
  source.start();
  return Array.from((await context.startRendering()).getChannelData(0));
})().then(done, (error) => done(String(error)));
"""


def loudest_hz(tone: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(tone * np.hanning(len(tone)))).argmax() * RATE / len(tone))


@pytest.mark.parametrize(("tempo", "semitones"), [(0.5, 0), (1.5, 12)])
def test_a_tone_keeps_its_pitch_at_another_tempo_and_moves_by_semitones(
    backend: Api, visit: Any, tempo: float, semitones: int
) -> None:
    page = visit(backend)
    recorded = np.array(page.driver.execute_async_script(STRETCHED, tempo, semitones))
    started = int(np.flatnonzero(np.abs(recorded) > 0.05)[0])
    assert started / RATE == pytest.approx(
        page.driver.execute_async_script(
            "import('/assets/mixer.js').then(({ STRETCHED_S }) => arguments[0](STRETCHED_S))"
        ),
        abs=0.05,
    ), "the displayed position is the audible one"
    tone = recorded[started + RATE // 10 :][: 2 * RATE]
    assert loudest_hz(tone) == pytest.approx(440 * 2 ** (semitones / 12), abs=1)
    loudness = np.abs(tone[: len(tone) // 441 * 441]).reshape(-1, 441).max(axis=1)
    assert loudness.min() > 0.45, "no gap"


def taped(page: Page) -> float:
    """Recorded seconds."""
    return float(page.driver.execute_script("return window.tape.length * 128")) / RATE


def test_after_a_tempo_change_and_reset_the_stems_sum_sample_exactly(page: Page) -> None:
    song = noises()
    mixture = song["vocals"][0] + song["instrumental"][0]
    page["play"].click()
    page["tempo"].send_keys(*[Keys.ARROW_LEFT] * 2)
    page["pitch"].send_keys(Keys.ARROW_RIGHT)
    assert (page.text("tempo-value"), page.text("pitch-value")) == ("98%", "+1")
    assert page.player("[player.tempo, player.pitch]") == [0.98, 1]
    page.player("player.practise(0.5, 0)")
    since = page.player("[player.position, player.context.currentTime]")
    page.until(lambda: page.player("player.context.currentTime") > since[1] + 1.5, "playback continues")
    now = page.player("[player.position, player.context.currentTime]")
    assert (now[0] - since[0]) / (now[1] - since[1]) == pytest.approx(0.5, abs=0.15), "half as fast"
    page["reset"].click()
    assert page.player("[player.tempo, player.pitch]") == [1, 0]
    page.player(f"(async () => {{ {RECORD} await record(player.context, player.output); }})()")
    page.until(lambda: taped(page) > 1, "more audio is recorded")
    page["play"].click()
    tape = page.tape()
    sounding = int(np.flatnonzero(tape)[0]) + RATE // 10
    at = find(tape[sounding : sounding + 64], mixture)
    assert at >= 0, "the mixture again"
    np.testing.assert_allclose(tape[sounding:][: RATE // 2], mixture[at:][: RATE // 2], atol=1e-6)


def test_a_loop_is_counted_in_each_time(page: Page) -> None:
    song = noises()
    passage = (song["vocals"][0] + song["instrumental"][0])[RATE : RATE + RATE // 2]
    page.player("player.repeat(1, 1.5)")
    page["count-in"].click()
    assert page.player("player.countIn") == 3
    page.player("player.countIn = 0.5")  # the same, sooner
    page.player(f"(async () => {{ {RECORD} await player.play(); await record(player.context, player.output); }})()")
    page.until(lambda: page.text("counting") == "1", "the count-in reaches 1")
    assert page.player("player.position") == 1.0
    page.until(lambda: taped(page) > 2.6, "two loop passes are recorded")
    page["play"].click()
    tape = page.tape()
    first, second = (find(passage[at : at + 64], tape) - at for at in (RATE // 10, RATE // 5))
    assert first == second >= 0
    again = tape[first + RATE :][: len(passage)]
    np.testing.assert_allclose(again[RATE // 50 :], passage[RATE // 50 : len(again)], atol=1e-6)
    assert not tape[first + len(passage) + 200 : first + RATE - 200].any(), "silence before it"


def test_the_waves_are_zoomed_and_follow_the_position(page: Page) -> None:
    body = page.driver.find_element("tag name", "body")
    assert not page["farther"].is_enabled()
    page.player("player.seek(9)")
    page["closer"].click()
    page.until(lambda: page.text("zoomed") == "0:03 to 0:09", "the view is zoomed to six seconds")
    assert not page["closer"].is_enabled(), "no closer than that"
    page["seek"].click()
    assert page.player("player.position") == pytest.approx(6.6, abs=0.1), "a click seeks to the displayed position"
    body.send_keys("-")
    page.until(lambda: page.text("zoomed") == "", "the whole song is shown")
    body.send_keys("+")
    page.until(lambda: page.text("zoomed") != "", "the key zooms in")
    assert page.violations() == []


# The vertical centres of a row's elements, each once.
LINES = """
const shown = Array.from(document.querySelector(arguments[0]).children).filter((child) => child.offsetParent);
return Array.from(new Set(shown.map((child) => Math.round(child.offsetTop + child.offsetHeight / 2))));
"""


def test_the_controls_take_one_line_each_on_a_desk_in_each_language(page: Page) -> None:
    page.player("player.repeat(3, 6)")
    page.player("player.practise(0.75, -12)")
    page["closer"].click()
    for option in page["language"].find_elements("tag name", "option"):
        option.click()
        page.until(lambda: page["zoomed"].text, "the view is zoomed")
        for row in (".transport", ".practice"):
            centres = page.driver.execute_script(LINES, row)
            assert max(centres) - min(centres) <= 2, (option.text, row)


@pytest.mark.parametrize(
    ("stems", "expected"),
    [
        ("vocals drums other instrumental", "vocals drums other"),
        ("vocals drums instrumental", "vocals instrumental"),
        ("drums other", "drums other"),
        ("vocals instrumental", "vocals instrumental"),
    ],
)
def test_the_mixture_never_contains_a_sum_and_its_parts(backend: Api, visit: Any, stems: str, expected: str) -> None:
    page = visit(backend)
    ask = """const [stems, done] = arguments;
    import("/assets/stems.js").then(({ addends }) => done([...addends(stems, ["vocals", "drums", "other"])]));"""
    assert page.driver.execute_async_script(ask, stems.split()) == expected.split()
