"""The songs of a key: listed, searched, deleted, after a reload, and without a connection."""

from typing import Any

from tests.page.conftest import ONLINE
from tests.support.api_harness import Api
from tests.support.page_harness import Page, english, noises, publish

OFFLINE = {**ONLINE, "offline": True}


def listed(page: Page) -> list[str]:
    script = "return Array.from(document.querySelectorAll('#jobs strong'), (name) => name.textContent)"
    return [str(name) for name in page.driver.execute_script(script)]


def test_all_songs_are_listed_searched_and_deleted(backend: Api, visit: Any) -> None:
    publish(backend, backend.job(name="Sung.wav")["id"], 0, noises())
    oldest = backend.job(name="Árbol.wav")
    backend.client.post(f"{oldest['url']}/cancel").raise_for_status()
    for number in range(22):
        backend.job(name=f"Take {number}.wav")
    page = visit(backend)
    page.until(lambda: listed(page)[:1] == ["Take 21"], "the newest song is first")
    assert len(listed(page)) == 20
    assert page.violations() == []
    page["search"].send_keys("sung")
    page.until(lambda: "0:10, just now" in page.text("jobs"), "the search lists an old song with length and age")
    page["search"].clear()
    page["search"].send_keys("árb")
    page.until(lambda: listed(page) == ["Árbol"], "the search lists another song")
    page["jobs"].find_element("tag name", "button").click()
    assert "Árbol" in page.text("delete-title")
    assert page.violations() == []
    page.driver.find_element("css selector", "#delete-dialog .primary").click()
    page.until(lambda: page["none"].is_displayed(), "the deleted song is gone")
    assert backend.client.get(oldest["url"]).status_code == 404
    page["search"].clear()
    page["search"].send_keys("ake 1", "\b" * 5)
    page.until(lambda: len(listed(page)) == 23, "all other songs are listed")


def test_a_reload_continues_and_a_lost_connection_is_reported(backend: Api, visit: Any) -> None:
    job_id = backend.job(name="Lied.wav")["id"]
    publish(backend, job_id, 0, noises())
    page = visit(backend, f"#{job_id}")
    page.until(page["play"].is_enabled, "the first piece is playable")
    page.driver.refresh()
    page.until(page["play"].is_enabled, "the first piece is playable after a reload")
    publish(backend, job_id, 1, noises())
    page.until(lambda: page.player("player.length") == 6.4, "separation continues")
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
    page.until(lambda: page.text("offline").startswith(english("recent.offline.since")), "the offline note is shown")
    assert listed(page) == ["Lied"]
    assert page.violations() == []
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", ONLINE)
    page.until(lambda: not page["offline"].is_displayed(), "the offline note is hidden")
