"""A slow or metered connection: a finished song is played from the M4A that the service makes.

Prints the figures of docs/guides/page.md: `pytest -s tests/page/test_compressed.py`.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.audio.convert import convert
from core.audio.decode import Limits
from core.audio.formats import OutputFormat
from core.jobs.conversion import Conversion, index_of
from core.jobs.task import Kind
from core.keys import conversion_key
from tests.page.test_four_stems import music
from tests.page.test_long_song import network
from tests.page.test_take_along import done, samples, saved
from tests.support.api_harness import Api, claim
from tests.support.media import write_media
from tests.support.page_harness import RATE, STEMS, Page, Song

RECORDED = """(async () => {
  const [stem] = player.stems;
  const left = [];
  for (let index = 0; index < stem.segments.length; index++) {
    await stem.decode(index);
    left.push(Array.from(stem.decoded.get(index).getChannelData(0)));
  }
  return left;
})()"""


def song() -> Song:
    vocals, *rest = music().values()
    return {"vocals": vocals, "instrumental": np.stack(rest).sum(axis=0)}


def make(api: Api, job_id: str, wavs: Song, folder: Path) -> None:
    """What a worker does: the M4A of each stem."""
    for stem, wav in wavs.items():
        index = index_of(STEMS, stem, "m4a")
        lease = claim(api.store, Kind.convert, job_id, index)
        source, target = folder / f"{stem}.wav", folder / f"{stem}.m4a"
        write_media(source, "pcm_f32le", wav, RATE)
        file = convert(source, target, OutputFormat.M4A, stem, {}, Limits(), lambda: None)
        key = conversion_key(job_id, lease.token, stem, "m4a")
        api.storage.put_file(key, target, "audio/mp4")
        conversion = Conversion(index=index, key=key, bytes=file.bytes, sha256=file.sha256)
        assert api.store.leases.converted(lease, conversion)


def alike(recorded: Any, wav: np.ndarray) -> float:
    """Correlation of what is heard with a stem. Fails if they are not in sync to the sample."""
    sound = np.concatenate(recorded)
    product = np.fft.irfft(np.fft.rfft(sound) * np.conj(np.fft.rfft(wav[0])), len(sound))
    assert product.argmax() == 0
    return float(np.corrcoef(sound, wav[0])[0, 1])


def save_data(page: Page, on: bool) -> None:
    page.driver.execute_cdp_cmd("Emulation.setDataSaverOverride", {"dataSaverEnabled": on})


def whole(page: Page) -> int:
    """Bytes of playing all of the song."""
    page.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    network(page)
    page["play"].click()
    page.until(lambda: page.player("player.position") > 2.5, "the song plays")
    page.player("player.seek(5)")
    page.until(lambda: page.player("player.position") > 5.5, "playback continues")
    page["play"].click()
    return network(page)[0]


@pytest.fixture
def thrifty(backend: Api, visit: Any) -> Any:
    page: Page = visit(backend)
    save_data(page, True)
    yield page
    save_data(page, False)


def test_a_finished_song_is_played_from_the_m4a_in_step_and_saved_without_loss(
    backend: Api, thrifty: Page, tmp_path: Path
) -> None:
    page, wavs, job_id = thrifty, song(), backend.job(name="lied.wav")["id"]
    done(backend, job_id, wavs)
    save_data(page, False)
    page.open(f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    lossless = whole(page)
    save_data(page, True)
    page.open(f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    page["play"].click()
    page.until(lambda: any("/m4a" in url for url in page.requests()), "the conversion is requested")
    assert page.player("player.state") == "waiting"
    make(backend, job_id, wavs, tmp_path)
    page.until(lambda: page.player("player.state") == "playing", "playback starts")
    page.until(lambda: page.text("hint").startswith("Slow or metered"), "the hint about compression is shown")
    assert page.violations() == []
    page.open(f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    small = whole(page)
    print(f"\n10 s of music: {lossless / 1e3:.0f} kB without loss, {small / 1e3:.0f} kB compressed")
    assert small < lossless / 3
    assert alike(page.player(RECORDED), wavs["vocals"]) > 0.99
    page["save"].click()
    mix = samples(saved(page, "lied (mix).wav"))
    np.testing.assert_allclose(mix, wavs["vocals"] + wavs["instrumental"], atol=2**-22)


def test_without_the_m4a_the_lossless_song_is_played(backend: Api, thrifty: Page) -> None:
    wavs, job_id = song(), backend.job()["id"]
    done(backend, job_id, wavs)
    thrifty.open(f"#{job_id}")
    thrifty.until(thrifty["play"].is_enabled, "the song is playable")
    thrifty["play"].click()
    thrifty.until(lambda: thrifty.player("player.state") == "playing", "playback starts after the timeout of 20 s", 40)
    assert alike(thrifty.player(RECORDED), wavs["vocals"]) > 0.999999
    assert not thrifty["hint"].text
