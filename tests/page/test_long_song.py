"""Cost of a song on a phone: bytes, memory and frames per second, for 28 s and 20 minutes.

Prints the figures of docs/guides/page.md: `pytest -s tests/page/test_long_song.py`.
"""

import json
from typing import Any

import numpy as np
import pytest

from core import keys
from core.audio import hls
from core.audio.playlist import BINS_PER_S
from core.card import Geometry, Stem
from core.jobs.job import Audio
from core.jobs.manifest import Piece, Segment
from core.jobs.task import Kind
from tests.support.api_harness import Api, claim, separate
from tests.support.page_harness import RATE, STEMS, Page, finish

GEOMETRY = Geometry()
PIECE_S = GEOMETRY.stride / 75
FRAMES = """
const done = arguments[0], until = performance.now() + 4000;
let frames = 0;
const count = (now) => { frames++; now < until ? requestAnimationFrame(count) : done(frames / 4); };
requestAnimationFrame(count);
"""


def put(api: Api, seconds: float, waveform: bytes = b"") -> str:
    """A finished song of equal pieces; returns the job's id. `waveform` has the rows of all pieces."""
    job_id, count = api.job(name="Evening concert.wav")["id"], round(seconds / PIECE_S)
    samples = round(count * PIECE_S * RATE)
    audio = Audio(
        sample_rate=RATE, channels=2, samples=samples, duration_s=samples / RATE, container="wav", codec="pcm_s16le"
    )
    lease = claim(api.store, api.store.records.get(job_id).first_kind, job_id)
    for index in range(count):
        api.store.leases.chunk_ready(lease, index, f"mixture-{index}")
    assert api.store.leases.prepared(lease, count, audio)
    noise = np.random.default_rng(1).normal(0, 0.02, (2, round(PIECE_S * RATE)))
    wav = (np.round(noise * 2**15) / 2**15).astype(np.float32)
    init: dict[Stem, str] = {}
    segments: dict[Stem, list[Segment]] = {}
    for stem in STEMS:
        init[stem] = keys.hls_init_key(job_id, stem, 0)
        api.storage.put_bytes(init[stem], hls.init_segment(RATE), "video/mp4")
        segments[stem] = []
        for segment in hls.media_segments(wav, 0, RATE, "stereo", GEOMETRY, False):
            key = keys.hls_segment_key(job_id, stem, segment.number, 0)
            api.storage.put_bytes(key, segment.data, "video/mp4")
            segments[stem].append(Segment(key=key, duration_s=segment.duration_s))
    size = round(PIECE_S * BINS_PER_S) * 2 * len(STEMS)
    rows = waveform or bytes(range(256)) * (count * size // 256)
    for index in range(count):
        peaks = keys.piece_peaks_key(job_id, index, 0)
        api.storage.put_bytes(peaks, rows[index * size : (index + 1) * size], "application/octet-stream")
        separate(api.store, job_id, index)
        lease = claim(api.store, Kind.publish, job_id)
        piece = Piece(peaks=peaks, init=init if index == 0 else {}, segments=segments)
        assert api.store.leases.publish_piece(lease, index, piece)
        assert api.store.leases.published(lease)
    finish(api, job_id, dict.fromkeys(STEMS, b"fLaC"))
    return str(job_id)


def network(page: Page) -> tuple[int, int]:
    """Bytes received and segments requested since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in page.driver.get_log("performance")]
    loaded = sum(m["params"]["encodedDataLength"] for m in messages if m["method"] == "Network.loadingFinished")
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return round(loaded), sum(".m4s" in url for url in urls)


def frames(page: Page) -> tuple[float, float]:
    """Frames per second, and milliseconds of the main thread per frame, by the browser's own account."""

    def busy() -> float:
        metrics = page.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    page.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    before = busy()
    rate = float(page.driver.execute_async_script(FRAMES))
    cost = (busy() - before) / rate / 4 * 1000
    page.driver.execute_cdp_cmd("Performance.disable", {})
    return rate, cost


@pytest.mark.parametrize("seconds", [28.0, 1200.0])
def test_bytes_memory_and_frames_of_a_song(seconds: float, backend: Api, visit: Any) -> None:
    job_id = put(backend, seconds)
    page = visit(backend)
    page.screen(390, 844)
    cdp = page.driver.execute_cdp_cmd
    network(page)
    page.open(f"#{job_id}")
    page.until(page["play"].is_enabled, "the song is playable")
    page.until(lambda: page.player("player.stems.every((stem) => stem.shape.length > 100)"), "the waveform is complete")
    before, none = network(page)
    page["play"].click()
    page.until(lambda: page.player("player.position") > 6, "the song plays", 120)
    playing, segments = network(page)
    position = page.player("player.position")
    ahead = segments / len(STEMS) * 3.2 - position
    heap = cdp("Runtime.getHeapUsage", {})
    decoded = page.player("player.stems.reduce((sum, { decoded }) => sum + decoded.size, 0)") * 3.2 * RATE * 8
    cdp("Emulation.setCPUThrottlingRate", {"rate": 4})
    try:
        rate, cost = frames(page)
        page.driver.get("about:blank")
        empty_rate, empty_cost = frames(page)
    finally:
        cdp("Emulation.setCPUThrottlingRate", {"rate": 1})
        page.open(ready=False)
    print(
        f"\n{seconds:.0f} s: {before / 1e3:.0f} kB before play, {playing / 1e6:.1f} MB after {position:.0f} s of it "
        f"({ahead:.0f} s ahead); decoded audio {decoded / 1e6:.0f} MB, JavaScript {heap['usedSize'] / 1e6:.1f} MB; "
        f"at a quarter of the processor {rate:.0f} frames per second with {cost:.1f} ms each, "
        f"an empty page {empty_rate:.0f} with {empty_cost:.1f} ms"
    )
    assert (before < 200_000, none) == (True, 0)
    assert ahead <= 30
    assert decoded < 60e6
    assert cost - empty_cost < 8  # of the 16.7 ms of a frame; the frame rate depends on the load and is only printed
