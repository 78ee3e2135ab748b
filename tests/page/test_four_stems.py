"""The page with the four stems of HT-Demucs, on a phone and a desk (pictures: test_pictures.py)."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core.audio.decode import open_audio
from core.settings import REPOSITORY
from tests.support.api_harness import CARD, Api, serving
from tests.support.page_harness import RATE, SECONDS, Song, finish, publish

DEMO_SONG = REPOSITORY / "deploy" / "local" / "demo_song" / "demo_song.flac"
FOUR = ("vocals", "drums", "bass", "other")


@pytest.fixture(scope="module")
def four(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("four")
    card = {**CARD, "name": "htdemucs", "version": "955717e8", "stems": FOUR, "licence": "weights for research only"}
    (folder / "card.json").write_text(json.dumps(card))
    redis = environment["REDIS_URL"].removesuffix("0") + "3"
    with serving(
        {**environment, "REDIS_URL": redis, "model_dir": str(folder), "VOICELIFT_MODEL_DIR": str(folder)}
    ) as api:
        api.store.client.flushdb()
        yield api


def music() -> Song:
    """Ten seconds of the demo song in four bands, which stand for its stems."""
    with open_audio(DEMO_SONG) as stream:
        whole = np.concatenate(list(stream), axis=1)[:, 10 * RATE : round((10 + SECONDS) * RATE)]
    spectrum, stems = np.fft.rfft(whole), {}
    hertz = np.fft.rfftfreq(whole.shape[1], 1 / RATE)
    for stem, (low, high) in zip(FOUR, ((300, 3000), (3000, 22050), (0, 150), (150, 300)), strict=True):
        band = np.where((hertz >= low) & (hertz < high), spectrum, 0)
        stems[stem] = np.fft.irfft(band, whole.shape[1]).astype(np.float32)
    return stems


def test_four_stems_fit_a_phone_and_a_desk(four: Api, visit: Any) -> None:
    song = music()
    job_id = four.job(name="Demo song.flac", stems=",".join(FOUR))["id"]
    for index in range(3):
        publish(four, job_id, index, song)
    finish(four, job_id, {stem: bytes(1000) for stem in FOUR})
    page = visit(four)
    for name, width, height in (("phone", 390, 844), ("desk", 1180, 1000)):
        page.screen(width, height)
        page.open(f"#{job_id}")
        page.until(page["play"].is_enabled, "the song is playable")
        for stem in FOUR:
            assert page[f"solo-{stem}"].is_displayed()
        assert page.driver.execute_script("return document.documentElement.scrollWidth") <= width
        page.picture(f"four-stems-{name}")
    assert "commercial" in page.driver.find_element("tag name", "body").text, "the licence"
