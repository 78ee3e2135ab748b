"""The TypeScript client with a real service: in Node, over broken connections, and in a page of another origin."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from core.settings import REPOSITORY
from tests.clients.typescript.conftest import Harness, environment
from tests.support.page_harness import chromium
from tests.support.waiting import until

GUIDE = (REPOSITORY / "docs" / "guides" / "typescript.md").read_text()
BLOCKS = dict(re.findall(r"^```\w+ ([\w.-]+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))


def test_in_node(harness: Harness, node_modules: Path) -> None:
    variables = {
        "VOICELIFT": harness.front.url,
        "KEY": harness.key,
        "OPERATOR": harness.operator,
        "CONTROL": harness.pages,
        "SONG": str(harness.song),
        "ERRORS": str(REPOSITORY / "docs" / "errors.md"),
    }
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", "--test-concurrency=1", "test/unit.test.js", "test/service.test.js"],
        cwd=harness.package, env=environment(node_modules, **variables), capture_output=True, text=True, timeout=280,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{harness.pipeline.tail()}"
    counts = dict(re.findall(r"^# (\w+) (\d+)$", done.stdout, re.MULTILINE))
    assert (counts["fail"], counts["skipped"], counts["cancelled"], counts["todo"]) == ("0", "0", "0", "0")
    written = sum(
        len(re.findall(r"^test\(", file.read_text(), re.MULTILINE)) for file in harness.package.glob("test/*.js")
    )
    assert int(counts["pass"]) == written > 30


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


IN_A_PAGE = """
const [url, key, done] = arguments;
(async () => {
  const v = await import("/client/index.js");
  const voicelift = new v.Voicelift({ url, key, retryForS: 20 });
  const song = await (await fetch("/song.wav")).blob();
  // A chunk that no decoder reads makes it two parts.
  const large = new File([song, "JUNK", new Uint32Array([6e6]), new Uint8Array(6e6)], "Söng.wav");
  const options = { quality: "draft", format: "wav16", cache: false };
  const shown = [];
  const onProgress = ({ phase, fraction }) => shown.push([phase, fraction]);
  const job = await voicelift.separate(large, options, { onProgress, timeoutS: 120 });
  const small = await voicelift.submit(new File([song], "small.wav"), { ...options, steps: 1000, quality: undefined });
  await small.cancel();
  const pieces = [];
  for await (const event of job.events()) if (event.type === "piece") pieces.push(event.data.index);
  const vocals = await job.download("vocals");
  const playlist = await (await fetch(await job.playlistUrl("vocals"))).text();
  const fails = (settings) => new v.Voicelift({ url, ...settings, retryForS: 0 }).submit(song).catch((error) => error);
  const refused = await fails({ key: "vl_wrong" });
  const nowhere = await fails({ url: "http://127.0.0.1:1" });
  done({
    shown, pieces, playlist,
    bytes: vocals.size,
    expected: job.output("vocals").bytes,
    filename: await job.filename("vocals"),
    lost: large.size - job.info.source.bytes,
    archive: (await job.downloadAll()).size,
    peaks: (await job.peaks()).length,
    refused: [refused.name, refused.code],
    nowhere: [nowhere.name, nowhere.message],
    tenant: (await voicelift.usage()).tenant,
  });
})().catch((error) => done({ error: `${error.name}: ${error.message} ${error.stack}` }));
"""


def test_in_a_page_of_another_origin(harness: Harness, browser: webdriver.Chrome) -> None:
    browser.set_script_timeout(200)
    browser.get(f"{harness.pages}/")
    browser.get_log("performance")
    harness.storage.cut("up", 5_500_000)  # in the second part
    harness.storage.cuts = 0
    result = browser.execute_async_script(IN_A_PAGE, harness.front.url, harness.key)
    assert "error" not in result, f"{result['error']} {browser.get_log('browser')} {harness.pipeline.tail()}"
    uploading = [fraction for phase, fraction in result["shown"] if phase == "uploading"]
    assert uploading == sorted(uploading) and uploading[0] < 1.0 == uploading[-1]
    assert result["shown"][-1] == ["succeeded", 1]
    assert harness.storage.cuts == 1
    sent = requests(browser)
    puts = {url for method, url in sent if method == "PUT"}
    assert len(puts) >= 2 and all(url.startswith(harness.storage.url) for url in puts), "presigned, from another origin"
    assert result["lost"] == 0
    assert result["pieces"] == list(range(len(result["pieces"]))) != []
    assert result["bytes"] == result["expected"] > 500_000
    assert result["filename"] == "Söng (vocals).wav"
    assert result["playlist"].startswith("#EXTM3U")
    assert result["archive"] > result["bytes"]
    assert result["peaks"] > 100
    assert result["refused"] == ["Unauthenticated", "invalid_key"]
    assert result["nowhere"][0] == "ConnectionFailed" and "127.0.0.1:1 failed" in result["nowhere"][1]
    assert result["tenant"] == "default"
    assert not [url for _, url in sent if harness.key in url], "the key is in no URL"


def requests(browser: webdriver.Chrome) -> list[tuple[str, str]]:
    """Method and address of every request since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [m["params"]["request"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [(request["method"], request["url"]) for request in sent]


@pytest.fixture
def app(harness: Harness, node_modules: Path, tmp_path: Path) -> Iterator[str]:
    """The app of docs/guides/typescript.md."""
    for name in ("tsconfig.json", "server.ts", "page.ts", "index.html"):
        (tmp_path / name).write_text(BLOCKS[name])
    modules = tmp_path / "node_modules"
    (modules / "@voicelift").mkdir(parents=True)
    (modules / "@voicelift" / "client").symlink_to(harness.package)
    for name in ("hls.js", "@types", "undici-types"):
        (modules / name).symlink_to(node_modules / name)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    variables = {"VOICELIFT": harness.api.url, "KEY": harness.key, "PORT": str(harness.app_port)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-euc", BLOCKS["run"].replace("node server.js", "exec node server.js")],
            cwd=tmp_path, env=environment(node_modules, **variables), stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until(lambda: b"Listening" in (tmp_path / "log").read_bytes() or process.poll() is not None, timeout_s=200)
        assert process.poll() is None, (tmp_path / "log").read_text()
        yield f"http://127.0.0.1:{harness.app_port}"
    finally:
        process.terminate()
        process.wait(10)


def test_the_guide_to_a_web_app(harness: Harness, app: str, browser: webdriver.Chrome, tmp_path: Path) -> None:
    browser.get_log("performance")
    browser.get(app)
    song = tmp_path / "A song.wav"
    song.write_bytes(harness.song.read_bytes() + b"JUNK" + (6_000_000).to_bytes(4, "little") + bytes(6_000_000))
    browser.find_element("css selector", "input[type=file]").send_keys(str(song))

    def text() -> str:
        return browser.find_element("id", "status").text

    until(lambda: browser.find_element("id", "download").get_attribute("href"), text, 120)
    until(lambda: browser.execute_script("return document.querySelector('audio').currentTime") > 0.2, text, 30)
    link: Any = browser.find_element("id", "download").get_attribute("href")
    fetched = harness.api.client.get(link, follow_redirects=True)
    assert fetched.content.startswith(b"fLaC") or fetched.content.startswith(b"RIFF")
    sent = requests(browser)
    assert [url for method, url in sent if method == "PUT" and url.startswith(harness.storage.url)]
    assert [url for _, url in sent if "/events?token=" in url]
    assert not [url for _, url in sent if harness.key in url]
    assert text() == "Done."
