"""The JavaScript of docs/api.md in a page of a real service."""

import re
from pathlib import Path
from typing import Any

from tests.support.api_harness import Api
from tests.support.pipeline_harness import Pipeline, write_song

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
USE = """
const [bytes, done] = arguments;
(async () => {
  const song = new File([new Uint8Array(bytes)], "song.wav");
  const { job, token } = await lift(location.href, null, song);
  const fractions = [], playlists = [];
  const end = await listen(location.href, job, token, (f) => fractions.push(f), (url) => playlists.push(url));
  const playlist = await (await fetch(playlists[0])).text();
  done({ ...end, fractions, playlist });
})().catch((error) => done({ error: String(error) }));
"""


def test_the_javascript_creates_a_job_and_follows_it(site: tuple[Api, Pipeline], visit: Any, tmp_path: Path) -> None:
    api, _ = site
    (script,) = re.findall(r"^```js\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    song = write_song(tmp_path / "documented.wav", 3.0, rate=8000, channels=1)
    result = visit(api).driver.execute_async_script(script + USE, list(song.read_bytes()))
    assert result.get("state") == "succeeded", result
    assert result["fractions"] == sorted(result["fractions"])
    assert result["fractions"][-1] == 1
    assert result["playlist"].startswith("#EXTM3U")
    assert f"{api.url}/v1/jobs/" in result["download"]
    assert "?token=" in result["download"]
