"""The files of a finished song, in its format and in conversions made on request."""

from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from core.errors import EncodingFailed
from core.jobs.conversion import CONVERSIONS, Conversion
from core.jobs.task import Kind
from core.keys import conversion_key
from tests.page.test_take_along import done
from tests.support.api_harness import Api, claim
from tests.support.page_harness import Page, noises

MP3 = b"ID3" + bytes(7_000_000)


def button(page: Page, stem: int, number: int) -> WebElement:
    files = page.driver.find_elements(By.CSS_SELECTOR, "#downloads li")
    return files[stem].find_elements(By.CSS_SELECTOR, ".convert")[number]


def label(page: Page, stem: int, number: int) -> str:
    """The text of a button, which is recreated with each language."""
    script = (
        "return document.querySelectorAll('#downloads li')[arguments[0]].querySelectorAll('.convert')[arguments[1]]"
    )
    return str(page.driver.execute_script(f"{script}.textContent", stem, number))


def convert(api: Api, job_id: str, index: int) -> None:
    """The steps of a worker."""
    lease = claim(api.store, Kind.convert, job_id, index)
    key = conversion_key(job_id, lease.token, "vocals", "mp3")
    api.storage.put_bytes(key, MP3, "audio/mpeg")
    assert api.store.leases.converted(lease, Conversion(index=index, key=key, bytes=len(MP3), sha256="5ha"))


def test_conversions_are_offered_with_size_and_encoded_once(backend: Api, visit: Any) -> None:
    job_id = backend.job(name="lied.wav")["id"]
    done(backend, job_id, noises())
    page = visit(backend, f"#{job_id}")
    page.until(page["save"].is_displayed, "the song is finished")
    files = page.driver.find_elements(By.CSS_SELECTOR, "#downloads li")
    assert [len(file.find_elements(By.CSS_SELECTOR, ".convert")) for file in files] == [2, 2, 0]
    mp3 = button(page, 0, 0)
    assert mp3.text == "MP3, about 305 kB"
    assert button(page, 1, 1).get_attribute("aria-label") == "Instrumental: M4A, about 320 kB"
    assert page.violations() == []
    mp3.click()
    page.until(lambda: mp3.text == "Making MP3" and not mp3.is_enabled(), "the progress of the conversion is shown")
    assert page.violations() == []
    page["language"].find_element(By.CSS_SELECTOR, "[value=de]").click()
    page.until(lambda: label(page, 0, 0) == "MP3 wird erstellt", "the progress is shown in German")
    convert(backend, job_id, 0)
    path = page.downloads / "lied (vocals).mp3"
    page.until(path.exists, "the file is saved")
    assert path.read_bytes() == MP3
    page.until(lambda: label(page, 0, 0) == "MP3, 7,0 MB", "the file size is shown")
    assert [url for url in page.requests() if url.endswith("/mp3")] != [], "the conversion was requested"
    path.unlink()
    button(page, 0, 0).click()
    page.until(path.exists, "the file is saved again")
    assert [url for url in page.requests() if url.endswith("/mp3")] == [], "not requested: downloads are not listed"


def test_a_failed_conversion_is_reported(backend: Api, visit: Any) -> None:
    job_id = backend.job(name="lied.wav")["id"]
    done(backend, job_id, noises())
    page = visit(backend, f"#{job_id}")
    page.until(page["save"].is_displayed, "the song is finished")
    button(page, 0, 1).click()
    page.until(lambda: label(page, 0, 1) == "Making M4A", "the conversion starts")
    lease = claim(backend.store, Kind.convert, job_id, CONVERSIONS.index("m4a"))
    assert backend.store.leases.fail_job(lease, EncodingFailed("The stems cannot be written with aac."))
    page.until(lambda: "aac" in page.text("alert"), "the alert gives the reason")
    assert button(page, 0, 1).is_enabled()
