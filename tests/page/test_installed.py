"""The page as an app on a phone: its manifest and icons, and a song shared by another app."""

import json
from typing import Any

from selenium.webdriver.common.keys import Keys

from tests.support.api_harness import WAV, Api
from tests.support.page_harness import noises, publish

FORM = "<form method=post enctype=multipart/form-data action='{}'><input type=file name=song></form>"


def test_it_can_be_installed(backend: Api, visit: Any) -> None:
    page = visit(backend)
    received = page.driver.execute_cdp_cmd("Page.getAppManifest", {})
    assert received["errors"] == []
    manifest = json.loads(received["data"])
    for icon in manifest["icons"]:
        response = backend.client.get(f"/assets/{icon['src']}")
        assert (response.status_code, response.headers["content-type"]) == (200, icon["type"])
    problems = page.driver.execute_cdp_cmd("Page.getInstallabilityErrors", {})["installabilityErrors"]
    assert [problem["errorId"] for problem in problems] == []


def test_a_song_shared_from_another_app_is_sent_after_confirmation(backend: Api, visit: Any, tmp_path: Any) -> None:
    song = tmp_path / "Ein Lied, spät.wav"
    song.write_bytes(WAV)
    page = visit(backend)
    active = "navigator.serviceWorker.getRegistration('/assets/').then((there) => Boolean(there?.active))"
    page.until(lambda: page.player(active), "the service worker is active")
    for received, sent in (("no", 0), ("yes", 1)):
        page.driver.get(f"data:text/html;charset=utf-8,{FORM.format(f'{backend.url}/assets/share')}")
        page.driver.find_element("css selector", "input").send_keys(str(song))
        page.driver.execute_script("document.forms[0].submit()")
        selector = "#shared-dialog[open]"
        page.until(lambda shown=selector: page.driver.find_elements("css selector", shown), "the confirmation is shown")
        assert "Ein Lied, spät" in page.text("shared-title")
        assert page.violations() == []
        page.driver.find_element("css selector", f"#shared-dialog [value={received}]").click()
        page.until(lambda many=sent: len(backend.client.get("/v1/jobs").json()["jobs"]) == many, f"{sent} are sent")
        assert "?" not in page.driver.current_url


def test_the_keyboard_reaches_every_control(backend: Api, visit: Any) -> None:
    job_id = backend.job()["id"]
    for index in range(3):
        publish(backend, job_id, index, noises())
    page = visit(backend, f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    wanted = page.driver.execute_script(
        "return Array.from(document.querySelectorAll('a, button, input, select'))"
        ".filter((e) => e.checkVisibility() && !e.closest('#jobs') && !e.disabled && (e.type !== 'radio' || e.checked))"
        ".map((e, i) => (e.id ||= `focus-${i}`))"
    )
    reached = set()
    for _ in range(len(wanted) + 2):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        focused = page.driver.switch_to.active_element
        reached.add(focused.get_attribute("id"))
    assert set(wanted) - reached == set()
    assert {
        "play",
        "seek",
        "tempo",
        "pitch",
        "karaoke",
        "solo-vocals",
        "mute-vocals",
        "level-vocals",
        "cancel",
    } <= reached
