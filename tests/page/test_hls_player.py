"""The playlists in hls.js over Media Source Extensions, the player of other pages."""

from typing import Any

import numpy as np

from tests.support.api_harness import Api
from tests.support.page_harness import JOINT, RATE, RECORD, VENDOR, find, noises, publish


def test_hls_js_plays_from_the_first_piece_to_the_end_without_a_gap(backend: Api, visit: Any) -> None:
    song = noises()
    job_id = backend.job()["id"]
    publish(backend, job_id, 0, song)
    page = visit(backend)
    page.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    page.open()
    page.driver.execute_script((VENDOR / "hls.light.min.js").read_text())
    page.driver.execute_async_script(
        f"""{RECORD}
        const [url, rate, done] = arguments;
        window.audio = document.createElement("audio");
        window.faults = [];
        const hls = new Hls({{ enableWorker: false }});
        hls.on(Hls.Events.ERROR, (event, {{ fatal, details }}) => fatal && faults.push(details));
        hls.loadSource(url);
        hls.attachMedia(audio);
        const context = new AudioContext({{ sampleRate: rate }});
        record(context, context.createMediaElementSource(audio)).then(() => audio.play()).then(done, done);""",
        f"/v1/jobs/{job_id}/hls/vocals.m3u8",
        RATE,
    )
    position = "return audio.currentTime"
    page.until(lambda: page.driver.execute_script(position) > 1, "the first piece plays before the second is published")
    page.driver.execute_script("audio.pause()")  # a slow machine may fetch the second piece after the end of the first
    for index in (1, 2):
        publish(backend, job_id, index, song)
    page.until(lambda: page.driver.execute_script("return audio.buffered.end(0) > 9.9"), "the rest is buffered")
    page.driver.execute_script("return audio.play()")
    page.until(lambda: page.driver.execute_script("return audio.ended"), "the playlist plays to the end")
    assert page.driver.execute_script("return faults") == []
    assert abs(page.driver.execute_script(position) - 10.0) < 0.05
    tape, voice = page.tape(), song["vocals"][0]
    for joint in (int(JOINT), int(2 * JOINT), int(3 * JOINT)):
        at = find(voice[joint - 1000 : joint - 936], tape)
        assert at >= 0, f"the audio before the joint at {joint} is missing"
        np.testing.assert_allclose(tape[at : at + 2000], voice[joint - 1000 : joint + 1000], atol=1e-6)
