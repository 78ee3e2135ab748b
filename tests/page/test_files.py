"""Several files at once, and details around a song: focus, hints, retry."""

from pathlib import Path
from typing import Any

from core.errors import SeparationFailed, UnsupportedAudio
from core.jobs.task import Kind
from tests.support.api_harness import WAV, Api, claim, prepare
from tests.support.page_harness import Page, english, noises, publish


def choose_all(page: Page, *files: Path) -> None:
    page["file"].send_keys("\n".join(map(str, files)))


def test_two_files_become_two_jobs_and_a_refused_one_stays_with_its_error(
    backend: Api, visit: Any, tmp_path: Path
) -> None:
    for name in ("one.wav", "two.wav"):
        (tmp_path / name).write_bytes(WAV)
    (tmp_path / "letter.wav").write_text("Dear all,\n" * 500)
    page = visit(backend)
    choose_all(page, tmp_path / "one.wav", tmp_path / "letter.wav", tmp_path / "two.wav")
    page.until(lambda: len(page["jobs"].find_elements("tag name", "a")) == 2, "both songs are listed")
    names = {job["source"]["filename"] for job in backend.client.get("/v1/jobs").json()["jobs"]}
    assert names == {"one.wav", "two.wav"}
    assert "letter" in page.text("files") and "The file is text." in page.text("files")
    assert page.violations() == []
    (again,) = [b for b in page["files"].find_elements("tag name", "button") if b.text == "Send again"]
    again.click()
    page.until(lambda: "The file is text." in page.text("files"), "the file is refused again")
    page["files"].find_elements("tag name", "button")[-1].click()
    page.until(lambda: not page["queue"].is_displayed(), "the queue is empty")


def test_focus_moves_to_the_opened_song(backend: Api, visit: Any) -> None:
    job_id = backend.job()["id"]
    page = visit(backend)
    page.until(lambda: page["jobs"].find_elements("tag name", "a"), "the song is listed")
    page["jobs"].find_element("tag name", "a").click()
    page.until(lambda: job_id in page.driver.current_url and page["song"].is_displayed(), "the song is shown")
    assert page.driver.switch_to.active_element.get_attribute("id") == "song"


def test_seeking_beyond_the_ready_part_shows_its_end(backend: Api, visit: Any) -> None:
    job_id = backend.job()["id"]
    publish(backend, job_id, 0, noises())
    page = visit(backend, f"#{job_id}")
    page.until(page["play"].is_enabled, "the first piece is playable")
    page["seek"].click()  # in the middle, at 5 s of which 3.2 are ready
    page.until(
        lambda: page.text("hint") == english("deck.ready", time="0:03"), "the hint about the ready part is shown"
    )
    assert page.player("player.position") == 3.2


def test_retry_is_offered_for_retryable_errors_only(backend: Api, visit: Any) -> None:
    page = visit(backend)
    for error, helps in ((UnsupportedAudio("It holds no sound."), False), (SeparationFailed("Not finite."), True)):
        job_id = backend.job()["id"]
        prepare(backend.store, job_id)
        backend.store.leases.fail_job(claim(backend.store, Kind.separate, job_id, 0), error)
        page.open(f"#{job_id}")
        page.until(page["delete"].is_displayed, "the job has ended")
        assert page["retry"].is_displayed() is helps
        assert page.violations() == []
