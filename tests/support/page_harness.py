"""The page in a real Chromium, and a worker whose steps a test controls."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from api.routes.page import WEB
from core import keys
from core.audio import hls
from core.audio.peaks import peak_rows
from core.card import Geometry, Stem
from core.jobs.job import Output
from core.jobs.manifest import Piece, Segment
from core.jobs.task import Kind
from tests.support.api_harness import Api, claim, prepare, separate

ENGLISH: dict[str, str] = json.loads((WEB / "languages" / "en.json").read_text())
VENDOR = Path(__file__).parents[1] / "page" / "vendor"
Song = dict[Stem, np.ndarray]  # each [2, n]
STEMS: tuple[Stem, ...] = ("vocals", "instrumental")
RATE, SECONDS = 44100, 10.0  # as in api_harness.prepare
PIECES = Geometry(frames=304, stride=240)  # a segment of 3.2 s each, and 0.4 s at the end
JOINT = 16 / 5 * RATE

# Records the output of a node on the audio thread, without gaps.
RECORD = """
const record = async (context, node) => {
  const code = `registerProcessor("tape", class extends AudioWorkletProcessor {
    process([[left]]) { if (left) this.port.postMessage(left.slice()); return true; } })`;
  await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(code)}`);
  const tape = new AudioWorkletNode(context, "tape");
  window.tape = [];
  tape.port.onmessage = ({ data }) => window.tape.push(data);
  node.connect(tape);
  tape.connect(context.destination);
};
"""


def english(key: str, **values: str) -> str:
    """The English text of `key` up to the first placeholder that `values` leaves open."""
    text = ENGLISH[key]
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text.partition("{")[0]


class Page:
    """The user's actions on the page and its visible state."""

    def __init__(self, driver: webdriver.Chrome, url: str, downloads: Path) -> None:
        self.driver, self.url, self.downloads = driver, url, downloads

    def open(self, fragment: str = "", ready: bool = True) -> None:
        self.driver.get("about:blank")
        self.driver.get(f"{self.url}/{fragment}")
        if ready:
            self.wait_for_options()

    def wait_for_options(self) -> None:
        self.until(lambda: self["format"].find_elements(By.TAG_NAME, "option")[1:], "the options are shown")

    def __getitem__(self, element_id: str) -> WebElement:
        return self.driver.find_element(By.ID, element_id)

    def text(self, element_id: str) -> str:
        return self[element_id].text

    def choose(self, song: Path) -> None:
        self["file"].send_keys(str(song))

    def sent_job(self) -> str:
        """The id of the job, when the service has accepted it and its view has opened."""
        self.until(lambda: "#job_" in self.driver.current_url, "the job is accepted")
        return self.driver.current_url.partition("#")[2]

    def listen(self, part: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, f"[name=listen][value={part}]").click()

    def until(self, condition: Any, what: str, timeout_s: float = 60) -> Any:
        deadline = time.monotonic() + timeout_s
        while not (result := condition()):
            assert time.monotonic() < deadline, f"not in time: {what}. {self.text('song')} {self.text('alert')}"
            time.sleep(0.05)
        return result

    def player(self, expression: str) -> Any:
        """The value of a JavaScript expression over the page's `player`; a promise is awaited."""
        return self.driver.execute_async_script(
            "const done = arguments[0];"
            f"import('/assets/main.js').then(({{ player }}) => {expression}).then(done, (e) => done(String(e)))"
        )

    def tape(self) -> np.ndarray:
        """The recording so far: the left channel."""
        blocks = self.driver.execute_script("return window.tape.map((block) => Array.from(block))")
        return np.concatenate([np.asarray(block, np.float32) for block in blocks])

    def requests(self) -> list[str]:
        """Every address requested by the browser since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def screen(self, width: int, height: int, dark: bool = False) -> None:
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def picture(self, name: str) -> None:
        """Check the state with axe-core. With VOICELIFT_PICTURES=FOLDER, store the screen as page-NAME.png there."""
        assert self.violations() == []
        if folder := os.environ.get("VOICELIFT_PICTURES"):
            assert self.driver.save_screenshot(str(Path(folder, f"page-{name}.png")))

    def violations(self) -> list[str]:
        """The accessibility violations reported by axe-core."""
        self.driver.execute_script((VENDOR / "axe.min.js").read_text())
        result = self.driver.execute_async_script("axe.run().then(arguments[0])")["violations"]
        return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in result for node in rule["nodes"]]


@contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    binary, driver_binary = shutil.which("chromium"), shutil.which("chromedriver")
    assert binary, "the page is tested in Chromium: install Debian's chromium and chromium-driver"
    assert driver_binary, "the page is tested by chromedriver: install Debian's chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (
        "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking "
        "--disable-component-update --disable-features=BackForwardCache "
        "--no-first-run --autoplay-policy=no-user-gesture-required --lang=en"
    ).split():
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    utf8 = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}  # otherwise file names lose their letters
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_binary, env=utf8))
    try:
        driver.set_script_timeout(60)
        yield driver
    finally:
        driver.quit()


def noises() -> Song:
    """A song of 10 s in which every moment is unique: stem -> [2, n], on the grid of 24 bits."""
    rng = np.random.default_rng(5)
    shape = (2, int(SECONDS * RATE))
    return {stem: (rng.integers(-(2**20), 2**20, shape) / 2**23).astype(np.float32) for stem in STEMS}


def publish(api: Api, job_id: str, index: int, song: Song, confidence: float | None = None) -> None:
    """Piece `index` (of three) as the worker writes it, with the confidence of its vocals; the first one prepares the
    job."""
    if index == 0:
        prepare(api.store, job_id, chunks=3)
    separate(api.store, job_id, index)
    lease = claim(api.store, Kind.publish, job_id)
    init: dict[Stem, str] = {}
    segments: dict[Stem, list[Segment]] = {}
    for stem, wav in song.items():
        if index == 0:
            init[stem] = keys.hls_init_key(job_id, stem, lease.token)
            api.storage.put_bytes(init[stem], hls.init_segment(RATE), "video/mp4")
        start, final = int(index * JOINT), index == 2
        piece = wav[:, start : None if final else int(start + JOINT)]
        segments[stem] = []
        for segment in hls.media_segments(piece, index, RATE, "stereo", PIECES, final):
            key = keys.hls_segment_key(job_id, stem, segment.number, lease.token)
            api.storage.put_bytes(key, segment.data, "video/mp4")
            sure = confidence if stem == "vocals" else None
            segments[stem].append(Segment(key=key, duration_s=segment.duration_s, confidence=sure))
    final = index == 2
    pieces = [wav[:, int(index * JOINT) : None if final else int((index + 1) * JOINT)] for wav in song.values()]
    peaks = keys.piece_peaks_key(job_id, index, lease.token)
    api.storage.put_bytes(peaks, peak_rows(pieces, RATE, final), "application/octet-stream")
    assert api.store.leases.publish_piece(lease, index, Piece(peaks=peaks, init=init, segments=segments))
    assert api.store.leases.published(lease)


def finish(api: Api, job_id: str, files: dict[str, bytes]) -> None:
    """Finish the job with `files` as outputs."""
    lease = claim(api.store, Kind.finish, job_id)
    outputs = []
    for stem, data in files.items():
        key = keys.output_key(job_id, lease.token, stem, "flac")
        api.storage.put_bytes(key, data, "audio/flac")
        facts = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "sample_rate": RATE, "channels": 2}
        outputs.append(Output(stem=stem, key=key, format="flac", samples=441000, duration_s=SECONDS, bits=16, **facts))
    assert api.store.leases.finished(lease, outputs, None)


def find(part: np.ndarray, whole: np.ndarray) -> int:
    """The position of `part` in `whole`, to the sample; -1 if it is absent."""
    for at in np.flatnonzero(np.abs(whole[: len(whole) - len(part)] - part[0]) < 1e-6):
        if np.allclose(whole[at : at + len(part)], part, atol=1e-6):
            return int(at)
    return -1
