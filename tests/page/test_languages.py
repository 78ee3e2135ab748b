"""The page's texts: one file per language, all with the same keys and placeholders, and no text in the code."""

import json
import re
from typing import Any

import pytest
from selenium.webdriver.support.select import Select

from api.routes.page import WEB
from tests.support.api_harness import Api
from tests.support.page_harness import noises, publish

LANGUAGES = {path.stem: json.loads(path.read_text()) for path in (WEB / "languages").iterdir()}
ENGLISH: dict[str, str] = LANGUAGES["en"]
CODE = {path.name: path.read_text() for path in WEB.glob("*.js")}
PAGE = (WEB / "index.html").read_text()
COMPOSED = (
    "stem.",
    "format.",
    "state.",
    "quality.",
    "deck.",
    "music.",
)  # prefixes of keys that code composes: `stem.${name}`


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", text))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_language_has_all_keys_with_their_placeholders(language: str) -> None:
    english = LANGUAGES[language]
    assert list(english) == list(ENGLISH), "the same keys in the same order"
    for key, text in english.items():
        assert text.strip() == text != "", key
        assert placeholders(text) == placeholders(ENGLISH[key]), key


def test_the_page_offers_these_languages() -> None:
    named = re.search(r"LANGUAGES = \{(.*?)\}", CODE["language.js"])
    assert named and set(re.findall(r"(\w\w):", named[1])) == set(LANGUAGES) == {"en", "de", "es", "fr", "pt", "ja"}


def test_every_used_text_exists_and_every_text_is_used() -> None:
    everything = "\n".join([*CODE.values(), PAGE])
    used = set(re.findall(r'data-t(?:-\w+)?="([^"]+)"', PAGE))
    used |= {key for call in re.findall(r"\bt\(([^;]*)", everything) for key in re.findall(r'"([a-z][\w.-]*)"', call)}
    used |= set(re.findall(r'"((?:deck|key)\.[\w.-]+)"', everything))
    used = {key for key in used if key in ENGLISH or "." in key}
    assert used - set(ENGLISH) == set()
    unused = [key for key in ENGLISH if key not in used and not key.startswith(COMPOSED)]
    assert unused == []


def test_the_code_contains_no_texts() -> None:
    for name, text in CODE.items():
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
        literals = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)
        sentences = [text for pair in literals for text in pair if re.search(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", text)]
        assert sentences == [] or name in ("mixdown.js",), (name, sentences)
    visible = re.sub(r"<noscript>.*?</noscript>|<(script|style|title).*?</\1>|<[^>]*>", " ", PAGE, flags=re.DOTALL)
    assert set(re.findall(r"[A-Za-z]{3,}", visible)) <= {"Voicelift", "API", "FLAC"}


def test_the_browser_selects_the_language_and_the_user_can_change_it(backend: Api, visit: Any) -> None:
    job_id = backend.job()["id"]
    publish(backend, job_id, 0, noises())
    page = visit(backend, f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    assert page.text("solo-vocals") == "Solo" and page["play"].accessible_name == "Play"
    Select(page["language"]).select_by_visible_text("Deutsch")
    german = LANGUAGES["de"]
    page.until(lambda: page["play"].accessible_name == german["deck.play"], "the page switches to German")
    assert german["stage.separating"].partition("{")[0] in page.text("stage")
    assert page.driver.execute_script("return document.documentElement.lang") == "de"
    assert page.violations() == []
    page.open(f"#{job_id}")
    page.until(lambda: german["stem.vocals"] in page.text("strips"), "the page is in German after a reload")
    page.driver.execute_script("localStorage.clear()")
    page.driver.execute_cdp_cmd(
        "Emulation.setUserAgentOverride",
        {"userAgent": page.driver.execute_script("return navigator.userAgent"), "acceptLanguage": "ja-JP,en"},
    )
    page.open(f"#{job_id}")
    page.until(lambda: LANGUAGES["ja"]["stem.vocals"] in page.text("strips"), "the page uses the browser's language")
    page.driver.execute_cdp_cmd(
        "Emulation.setUserAgentOverride",
        {"userAgent": page.driver.execute_script("return navigator.userAgent"), "acceptLanguage": "en"},
    )
