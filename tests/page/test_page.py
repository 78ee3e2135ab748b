"""The use of the page, in a real Chromium with the whole service."""

from pathlib import Path
from typing import Any

import numpy as np
from selenium.webdriver.common.keys import Keys

from core.access.keys import Keys as Keyring
from core.card import Stem
from tests.support.api_harness import WAV, Api
from tests.support.page_harness import JOINT, RATE, RECORD, STEMS, Song, english, find, finish, noises, publish
from tests.support.pipeline_harness import Pipeline, write_song

OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


def test_a_song_from_the_file_to_the_downloads(site: tuple[Api, Pipeline], visit: Any, tmp_path: Path) -> None:
    api, pipeline = site
    page = visit(api)
    page.choose(write_song(tmp_path / "Ein Lied, spät.wav", 9.0))
    assert page.text("title") == "Ein Lied, spät"
    page.until(page["play"].is_enabled, f"the first piece is playable\n{pipeline.tail()}", 120)
    page["play"].click()
    page.until(lambda: page.player("player.position") > 1.0, "the position advances")
    loudest = """(async () => {
      const ear = player.context.createAnalyser();
      player.output.connect(ear);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const heard = new Float32Array(ear.fftSize);
      ear.getFloatTimeDomainData(heard);
      return Math.max(...heard.map(Math.abs));
    })()"""
    assert page.player(loudest) > 0.01
    page.until(lambda: len(page["downloads"].find_elements("tag name", "a")) == 3, "all downloads are listed", 120)
    job = api.client.get(f"/v1/jobs/{page.driver.current_url.partition('#')[2]}").json()
    assert job["state"] == "succeeded"
    assert "stereo, 0:09" in page.text("facts")
    links = page["downloads"].find_elements("css selector", "[data-stem]")
    for link, stem in zip(links, STEMS, strict=True):
        link.click()
        name = page.downloads / f"Ein Lied, spät ({stem}).flac"
        page.until(name.exists, f"{stem} is saved")
        saved = next(output for output in job["outputs"] if output["stem"] == stem)
        assert name.stat().st_size == saved["bytes"]
    page["delete"].click()
    page.driver.find_element("css selector", "#delete-dialog .primary").click()
    page.until(page["start"].is_displayed, "the form is shown")
    assert api.client.get(job["url"]).status_code == 404


def test_a_song_plays_while_it_is_separated(backend: Api, visit: Any) -> None:
    song = noises()
    job_id = backend.job()["id"]
    page = visit(backend, f"#{job_id}")
    page.until(lambda: "Waiting" in page.text("stage"), "the song is queued")
    assert not page["play"].is_enabled()
    publish(backend, job_id, 0, song)
    page.until(page["play"].is_enabled, "the first piece is playable")
    page["play"].click()
    page.until(
        lambda: page.player("player.state") == "waiting" and page.player("player.position") > 3,
        "playback waits for the next piece",
    )
    assert page.player("player.position") == 3.2
    assert page.text("now") == "0:03"
    assert page.text("length") == "0:10"
    publish(backend, job_id, 1, song)
    publish(backend, job_id, 2, song)
    page.until(lambda: page.player("player.position") > 3.5, "playback resumes")
    page.player("player.seek(9)")
    page.until(lambda: page.player("player.state") == "paused", "playback ends")
    assert page.player("player.position") == 10.0


def test_a_lost_connection_is_reported_and_playback_resumes(backend: Api, visit: Any) -> None:
    song = noises()
    job_id = backend.job()["id"]
    publish(backend, job_id, 0, song)
    page = visit(backend, f"#{job_id}")
    page.until(page["play"].is_enabled, "the first piece is playable")
    page["play"].click()
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
    for index in (1, 2):
        publish(backend, job_id, index, song)
    page.until(lambda: page.player("player.state") == "waiting", "playback waits for the network")
    page.until(lambda: "cannot be reached" in page.text("alert"), "the alert is shown")
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**OFFLINE, "offline": False})
    page.until(lambda: page.player("player.position") > 3.5, "playback resumes")
    assert not page["alert"].is_displayed()


def test_stems_play_sample_exactly_in_step(backend: Api, visit: Any) -> None:
    song = noises()
    job_id = backend.job()["id"]
    for index in range(3):
        publish(backend, job_id, index, song)
    page = visit(backend, f"#{job_id}")
    page.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})  # for the recorder, not for the page
    page.open(f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    page.player(f"(async () => {{ {RECORD} await player.play(); await record(player.context, player.output); }})()")
    page.until(lambda: page.player("player.position") > 4.0, "playback passes the first joint")
    alone: dict[Stem, slice] = {}
    for part in STEMS:
        page.listen(part)
        start = page.player("player.position") + 0.1  # by then it is switched, however long the click took
        page.until(lambda since=start: page.player("player.position") > since + 0.4, f"the {part} play")
        alone[part] = slice(int(start * RATE), int(start * RATE) + 10000)
    page["play"].click()
    tape, at = page.tape(), 0
    mixture = song["vocals"][0] + song["instrumental"][0]
    # One alignment for everything: after a switch playback continues at the same position.
    sounding = int(np.flatnonzero(tape)[0]) + RATE // 10
    at = find(tape[sounding : sounding + 64], mixture)
    assert at >= 0
    recorded = np.concatenate([np.zeros(max(0, at - sounding)), tape[max(0, sounding - at) :]])
    near_joint = slice(int(JOINT) - 2000, int(JOINT) + 2000)
    np.testing.assert_allclose(recorded[near_joint], mixture[near_joint], atol=1e-6)
    for part, there in alone.items():
        np.testing.assert_allclose(recorded[there], song[part][0][there], atol=1e-5)
    # No gap: no silence of a millisecond or longer.
    playing = np.abs(recorded[at : alone["instrumental"].stop])
    assert playing[: len(playing) // 44 * 44].reshape(-1, 44).max(axis=1).min() > 0


def test_keys_of_a_player(backend: Api, visit: Any) -> None:
    song = noises()
    job_id = backend.job()["id"]
    for index in range(3):
        publish(backend, job_id, index, song)
    page = visit(backend, f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    page.until(
        lambda: page.player("player.stems.every((stem) => stem.shape.length === 250)"), "the waveform is complete"
    )
    assert page.player("player.stems.map((stem) => stem.decoded.size)") == [0, 0]  # and no more than that is kept
    body = page.driver.find_element("tag name", "body")
    for key, gains in (("2", [1, 0]), ("3", [0, 1]), ("1", [1, 1])):
        body.send_keys(key)
        assert page.player("['vocals', 'instrumental'].map((part) => player.gain(part))") == gains
    body.send_keys(Keys.ARROW_RIGHT)
    assert page.player("player.position") == 5.0
    assert page["seek"].get_attribute("aria-valuetext") == "5 seconds of 10 seconds"
    body.send_keys(Keys.SPACE)
    page.until(lambda: page.player("player.state") == "playing", "the song plays")
    assert page["play"].accessible_name == "Pause"
    body.send_keys(Keys.SPACE)
    assert page.player("player.state") == "paused"
    page["level-vocals"].send_keys(Keys.HOME)
    assert page.player("player.gain('vocals')") == 0
    page["solo-instrumental"].send_keys(Keys.SPACE)  # where it means the button
    assert page.player("player.mode") == "instrumental"
    assert page["solo-instrumental"].get_attribute("aria-pressed") == "true"


def test_a_job_is_canceled_and_retried(backend: Api, visit: Any) -> None:
    job_id = backend.job()["id"]
    page = visit(backend, f"#{job_id}")
    page.until(page["cancel"].is_displayed, "the cancel button is shown")
    page["cancel"].click()
    page.until(lambda: page.text("stage") == "Canceled", "the song is canceled")
    assert backend.client.get(f"/v1/jobs/{job_id}").json()["state"] == "canceled"
    page["retry"].click()
    page.until(lambda: job_id not in page.driver.current_url, "the retry has a new job")
    page.until(lambda: "Waiting" in page.text("stage"), "the song is queued")
    page["another"].click()
    page.until(lambda: len(page["jobs"].find_elements("tag name", "a")) == 2, "both songs are listed")
    assert "Canceled, just now" in page.text("jobs")


def test_an_upload_is_canceled(backend: Api, visit: Any, tmp_path: Path) -> None:
    page = visit(backend)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    page.choose(write_song(tmp_path / "long.wav", 30.0))
    page.until(lambda: english("sending.part") + "1" in page.text("stage"), "the upload progress is shown")
    page["cancel"].click()
    assert page["start"].is_displayed()
    assert not page["alert"].is_displayed()
    assert backend.client.get("/v1/jobs").json()["jobs"] == []


def test_errors_are_shown_as_sentences(backend: Api, visit: Any, tmp_path: Path) -> None:
    page = visit(backend)
    letter = tmp_path / "letter.wav"
    letter.write_text("Dear all,\n" * 500)
    page.choose(letter)
    page.until(page["alert"].is_displayed, "the alert is shown")
    assert page.text("alert").startswith("The file is text. Send a recording")
    assert page["start"].is_displayed()
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
    (tmp_path / "song.wav").write_bytes(WAV)
    page.choose(tmp_path / "song.wav")
    page.until(lambda: "cannot be reached" in page.text("alert"), "the alert is shown")


def test_a_job_that_does_not_exist(backend: Api, visit: Any) -> None:
    page = visit(backend, "#job_01k8rz3v9q5w7x2m4n6p8r0s1t")
    page.until(page["alert"].is_displayed, "the alert is shown")
    assert page.text("alert") == "There is no such job."
    assert page["start"].is_displayed()


def test_the_page_is_accessible(backend: Api, visit: Any) -> None:
    song = noises()
    job_id = backend.job()["id"]
    page = visit(backend)
    for dark in (False, True):
        page.screen(1180, 860, dark)
        page.open()
        assert page.violations() == []
    page["key-open"].click()
    assert page.violations() == []
    publish(backend, job_id, 0, song)
    for dark in (False, True):
        page.screen(1180, 860, dark)
        page.open(f"#{job_id}")
        page.until(page["play"].is_enabled, "the song is playable")
        page.listen("vocals")
        assert page.violations() == []
    assert page["status"].get_attribute("role") == "status"
    assert "Lifting the voice" in page["status"].get_attribute("textContent")


def test_it_fits_a_phone(backend: Api, visit: Any) -> None:
    job_id = backend.job(name="a" * 150 + ".wav")["id"]
    publish(backend, job_id, 0, noises())
    page = visit(backend)
    page.screen(320, 640)
    for fragment in ("", f"#{job_id}"):
        page.open(fragment)
        if fragment:
            page.until(page["play"].is_enabled, "the song is playable")
        assert page.driver.execute_script("return document.documentElement.scrollWidth") == 320


def test_a_key_gives_access_to_the_page_events_and_downloads(locked: Api, visit: Any) -> None:
    _, key = Keyring(locked.store.client).create("a musician", tenant="band")
    page = visit(locked, ready=False)
    page.until(page["key-dialog"].is_displayed, "the key dialog opens")
    assert page.text("key-wrong") == english("key.needed")
    page["key"].send_keys("vl_wrong", Keys.ENTER)
    page.until(lambda: page.text("key-wrong") == english("key.wrong"), "the dialog rejects the key")
    assert page["key-dialog"].is_displayed() and not page["alert"].is_displayed()
    page["key"].clear()
    page["key"].send_keys(key, Keys.ENTER)
    page.wait_for_options()
    assert not page["alert"].is_displayed()
    headers = {"Authorization": f"Bearer {key}"}
    posted = locked.client.post(
        "/v1/jobs", files={"file": ("lied.wav", WAV)}, data={"stems": "vocals"}, headers=headers
    )
    job = posted.raise_for_status().json()
    page.driver.execute_script(f"location.hash = '{job['id']}'")
    page.until(lambda: "Waiting" in page.text("stage"), "the song is queued")
    song: Song = {"vocals": noises()["vocals"]}
    for index in range(3):
        publish(locked, job["id"], index, song)
    page.until(page["play"].is_enabled, "the song is playable")
    assert [strip.get_attribute("id") for strip in page["strips"].find_elements("class name", "strip")] == [
        "strip-vocals"
    ]
    assert not page.driver.find_element("css selector", ".listen").is_displayed()
    page["play"].click()
    page.until(lambda: page.player("player.position") > 0.2, "the position advances")
    finish(locked, job["id"], {"vocals": b"fLaC and more"})
    page.until(page["results"].is_displayed, "the results are shown")
    assert any(f"{job['url']}/events?token=" in url for url in page.requests())
    page["downloads"].find_element("tag name", "a").click()
    saved = page.downloads / "lied (vocals).flac"
    page.until(saved.exists, "the file is saved")
    assert saved.read_bytes() == b"fLaC and more"


def test_an_invalid_link_is_refused_with_a_sentence(backend: Api, visit: Any) -> None:
    page = visit(backend)
    page["link"].send_keys("http://127.0.0.1/song.mp3", Keys.ENTER)
    page.until(page["alert"].is_displayed, "the alert is shown")
    assert "source_url" in page.text("alert")
    assert page["start"].is_displayed()
    page["link"].clear()
    page["link"].send_keys("https://media.example/songs/lied.mp3", Keys.ENTER)
    page.sent_job()
    [job] = backend.client.get("/v1/jobs").json()["jobs"]
    assert job["source"]["url"] == "https://media.example/songs/lied.mp3"


def test_options_are_sent_and_remembered(backend: Api, visit: Any, tmp_path: Path) -> None:
    page = visit(backend)
    page.driver.find_element("css selector", "[name=quality][value=draft]").click()
    page.driver.find_element("css selector", "[name=stems][value=instrumental]").click()
    page.driver.find_element("css selector", "[name=stems][value=vocals]").click()  # one has to be left
    page["format"].send_keys("MP3")
    page.open()
    page.choose(write_song(tmp_path / "song.wav", 1.0))
    page.sent_job()
    [job] = backend.client.get("/v1/jobs").json()["jobs"]
    assert {name: job["options"][name] for name in ("quality", "stems", "format")} == {
        "quality": "draft",
        "stems": ["vocals"],
        "format": "mp3",
    }
