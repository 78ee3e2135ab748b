"""Results that leave the page: the saved mix, all stems at once, a share link; and karaoke."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys

from core.access import tokens
from core.access.keys import Keys as Keyring
from tests.support.api_harness import WAV, Api
from tests.support.page_harness import RATE, SECONDS, Page, Song, english, finish, noises, publish

COUNT = int(SECONDS * RATE)


def tone_and_noise() -> Song:
    tone = np.sin(2 * np.pi * 440 * np.arange(COUNT) / RATE) / 4
    vocals = (np.round(np.stack([tone, -tone]) * 2**23) / 2**23).astype(np.float32)
    return {"vocals": vocals, "instrumental": noises()["instrumental"]}


def done(api: Api, job_id: str, song: Song) -> None:
    for index in range(3):
        publish(api, job_id, index, song)
    finish(api, job_id, {stem: f"fLaC of {stem}".encode() for stem in song})


def saved(page: Page, name: str) -> Path:
    path = page.downloads / name
    page.until(lambda: path.exists() and path.stat().st_size, f"{name} is saved")  # WebKit creates it empty
    return path


def samples(path: Path) -> np.ndarray:
    """[2, n] of a WAV of 24 bits."""
    data = path.read_bytes()
    assert data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") == len(data) - 8
    assert int.from_bytes(data[24:28], "little") == RATE
    frames = np.frombuffer(data[44:], np.uint8).reshape(-1, 2, 3).astype(np.int32)
    values = frames[..., 0] | frames[..., 1] << 8 | frames[..., 2] << 16
    return np.asarray((values - (values >> 23 << 24)) / 2**23).T


def test_the_saved_mix_equals_playback_and_all_stems_are_one_archive(backend: Api, visit: Any) -> None:
    song, job_id = tone_and_noise(), backend.job(name="lied.wav")["id"]
    done(backend, job_id, song)
    page = visit(backend, f"#{job_id}")
    page.until(page["save"].is_displayed, "the song is finished")
    page["save"].click()
    mix = samples(saved(page, "lied (mix).wav"))
    np.testing.assert_array_equal(
        mix, (song["vocals"] + song["instrumental"]).astype(np.float64), "the mixture, to the bit"
    )
    (page.downloads / "lied (mix).wav").unlink()
    page["mute-instrumental"].click()
    page.player("(player.level('vocals', 0.5), player.practise(0.8, 12))")
    page["save"].click()
    mix = samples(saved(page, "lied (mix).wav"))
    assert mix.shape == (2, round(COUNT / 0.8)), "slower"
    middle = mix[0][RATE : 11 * RATE]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert spectrum.argmax() * RATE / len(middle) == pytest.approx(880, abs=0.5), "an octave higher, and no noise"
    blocks = np.abs(mix[:, : mix.shape[1] // RATE * RATE]).reshape(2, -1, RATE // 10).max(axis=2)
    assert blocks == pytest.approx(1 / 8, abs=0.01), "at half the level, to its end"
    page.driver.find_element("css selector", "#downloads li:last-child a").click()
    with zipfile.ZipFile(io.BytesIO(saved(page, "lied.zip").read_bytes())) as archive:
        assert archive.read("lied (vocals).flac") == b"fLaC of vocals"
        assert len(archive.namelist()) == 2


def test_a_share_link_works_without_a_key_until_it_expires(locked: Api, visit: Any) -> None:
    _, key = Keyring(locked.store.client).create("a musician", tenant="band")
    headers = {"Authorization": f"Bearer {key}"}
    job = locked.client.post("/v1/jobs", files={"file": ("lied.wav", WAV)}, headers=headers).raise_for_status().json()
    done(locked, job["id"], noises())
    page = visit(locked, ready=False)
    page.until(page["key-dialog"].is_displayed, "the key dialog opens")
    page["key"].send_keys(key, Keys.ENTER)
    page.wait_for_options()
    page.driver.execute_script(f"location.hash = '{job['id']}'")
    page.until(page["share"].is_displayed, "the song is finished")
    page["share"].click()
    assert page.text("share-why") == english("share.why"), "explained before"
    assert not page["share-link"].is_displayed()
    page["share-make"].click()
    page.until(page["share-link"].is_displayed, "the share link is shown")
    assert page.text("share-why").startswith(english("share.until"))
    assert page.violations() == []
    link = str(page["share-link"].get_attribute("value"))

    page.driver.execute_script("sessionStorage.clear()")
    page.open(link.removeprefix(f"{locked.url}/"), ready=False)
    page.until(page["play"].is_enabled, "the song is playable with the link")
    assert not page["key-dialog"].is_displayed() and not page["alert"].is_displayed()
    for control in ("delete", "share", "key-open", "recent"):
        assert not page[control].is_displayed(), control
    page["play"].click()
    page.until(lambda: page.player("player.position") > 0.2, "the song plays")
    page["downloads"].find_element("tag name", "a").click()
    assert saved(page, "lied (vocals).flac").read_bytes() == b"fLaC of vocals"

    page.open(f"#{job['id']}", ready=False)
    page.until(page["key-dialog"].is_displayed, "the key dialog opens again")
    page["key"].send_keys(key, Keys.ENTER)
    page.until(page["share"].is_displayed, "the owner's view is back")
    page["share"].click()
    page["share-revoke"].click()
    page.until(lambda: page.text("share-why") == english("share.revoked"), "the revocation is confirmed")
    assert page["share-make"].is_displayed() and not page["share-link"].is_displayed()
    assert page.violations() == []

    page.driver.execute_script("sessionStorage.clear()")
    for ended in (link.removeprefix(f"{locked.url}/"), f"#{job['id']}?token={tokens.sign(bytes(32), job['id'], 1)}"):
        page.open(ended, ready=False)
        page.until(lambda: "This link has expired, was revoked" in page.text("alert"), "the alert gives the reason")
        assert not page["key-dialog"].is_displayed()


def test_karaoke_starts_with_one_click_and_space_pauses(backend: Api, visit: Any) -> None:
    job_id = backend.job()["id"]
    for index in range(3):
        publish(backend, job_id, index, noises())
    page = visit(backend, f"#{job_id}")
    page.until(page["karaoke"].is_enabled, "the song is playable")
    page["mute-vocals"].click()
    page["karaoke"].click()
    page.until(lambda: page.player("player.state") == "playing", "the song plays")
    gains = "['vocals', 'instrumental'].map((stem) => player.gain(stem))"
    assert page.player(gains) == [pytest.approx(0.1), 1], "the voice at -20 dB"
    assert page.driver.execute_script("return document.fullscreenElement?.id") == "song"
    assert page.violations() == []
    page.driver.switch_to.active_element.send_keys(Keys.SPACE)
    assert page.player("player.state") == "paused"
    page["karaoke-leave"].click()
    assert page.player(gains) == [0, 1], "the gains are restored"
    assert page.driver.execute_script("return document.fullscreenElement") is None
    assert page["solo-vocals"].is_displayed()
