"""The API, the workers and a listener together: playback during a job, and the final record."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.audio.decode import DAMAGED_WARNING, open_audio
from core.audio.pcm import quantise
from core.card import load_card
from core.jobs.job import State
from core.keys import manifest_key
from tests.support.api_harness import Api, assert_problem, serving
from tests.support.media import tones, write_media
from tests.support.pipeline_harness import Pipeline
from tests.support.waiting import until

RATE = 44100


@pytest.fixture(scope="module")
def service(
    pipeline: Pipeline, redis_server: Any, s3_settings: dict[str, str], tiny_model_dir: Path
) -> Iterator[tuple[Pipeline, Api]]:
    with serving({**s3_settings, "REDIS_URL": redis_server.url, "model_dir": str(tiny_model_dir)}) as api:
        yield pipeline, api


def loud(folder: Path) -> Path:
    """A song in floats beyond full scale, whose stems must be limited to sum exactly."""
    wav = tones(RATE, int(3.7 * RATE), level=0.9)
    wav += np.float32(0.4) * np.random.default_rng(0).standard_normal(wav.shape).astype(np.float32)
    assert np.abs(wav).max() > 1.5
    return write_media(folder / "loud.wav", "pcm_f32le", wav, RATE)


def listen(api: Api, playlist_url: str, folder: Path) -> np.ndarray:
    """Download a playlist with all its files and decode it: integers [2, n] of 24 bits."""
    folder.mkdir()
    text = api.client.get(playlist_url).raise_for_status().text
    names = [line for line in text.splitlines() if not line.startswith("#")]
    names += [text.partition('#EXT-X-MAP:URI="')[2].partition('"')[0]]
    for name in names:
        segment = api.client.get(f"{playlist_url.rpartition('/')[0]}/{name}").raise_for_status()
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(segment.content)
    end = "#EXT-X-ENDLIST\n"  # without it the player waits for more
    (folder / "a.m3u8").write_text(text.removesuffix(end) + end)
    with av.open(str(folder / "a.m3u8")) as container:
        frames = [frame.to_ndarray().reshape(-1, 2).T for frame in container.decode(container.streams.audio[0])]
    return np.right_shift(np.concatenate(frames, axis=1), 8)


@pytest.mark.parametrize("render", ["masked", "generative"])
def test_hls_segments_equal_the_final_files(service: tuple[Pipeline, Api], render: str, tmp_path: Path) -> None:
    pipeline, api = service
    posted = api.post(loud(tmp_path).read_bytes(), steps="40", render=render).json()
    playlist_url = f"{posted['url']}/hls/vocals.m3u8"
    assert_problem(api.client.get(playlist_url), 409, "outputs_not_ready")
    seen: list[str] = []
    early: np.ndarray | None = None

    def ended() -> bool:
        nonlocal early
        response = api.client.get(playlist_url)
        if response.status_code == 200 and response.text not in seen:
            seen.append(response.text)
            if early is None:
                early = listen(api, playlist_url, tmp_path / "early")
        return bool(seen) and "#EXT-X-ENDLIST" in seen[-1]

    until(ended, pipeline.tail, 200)
    assert len(seen) > 1, "it could be played before the last piece"
    assert all(later.startswith(earlier) for earlier, later in pairwise(seen))

    job = pipeline.wait(posted["id"], 100)
    assert job.state is State.succeeded, f"{job.error}\n{pipeline.tail()}"
    body = api.client.get(posted["url"]).json()
    for stem, file in pipeline.outputs(job).items():
        path = tmp_path / f"{stem}.flac"
        path.write_bytes(file)
        with open_audio(path) as stream:
            final = quantise(np.concatenate(list(stream), axis=1), 24)
        played = listen(api, body["playlists"][stem], tmp_path / stem)
        assert np.array_equal(played, final), stem
        if stem == "vocals":
            assert early is not None
            assert np.array_equal(early, final[:, : early.shape[1]])


def test_a_damaged_file_is_reported_and_the_manifest_serves_the_job(
    service: tuple[Pipeline, Api], tiny_model_dir: Path, tmp_path: Path
) -> None:
    pipeline, api = service
    path = write_media(tmp_path / "a.flac", "flac", tones(RATE, 5 * RATE), RATE)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = np.random.default_rng(0).bytes(20_000)
    posted = api.post(bytes(content), "a.flac", seed="5").json()
    assert posted["warnings"] == []
    job = pipeline.wait(posted["id"], 100)
    assert job.state is State.succeeded, f"{job.error}\n{pipeline.tail()}"
    assert api.client.get(posted["url"]).json()["warnings"] == [DAMAGED_WARNING]

    manifest = json.loads(pipeline.storage.get_bytes(manifest_key(job.id)))
    card = load_card(tiny_model_dir)
    assert (manifest["id"], manifest["state"], manifest["null_error_db"]) == (job.id, "succeeded", None)
    assert manifest["model"]["licence"] == card.licence
    assert manifest["model"]["commercial_use"] is card.commercial_use
    assert manifest["options"]["seed"] == 5
    assert manifest["source"]["sha256"] == job.source.sha256
    assert manifest["audio"]["warnings"] == [DAMAGED_WARNING]
    assert manifest["outputs"] == [output.model_dump() for output in job.outputs]
    assert job.finished_at is not None
    assert manifest["created_at"] < manifest["started_at"] < manifest["finished_at"] <= job.finished_at
    assert manifest["finished_at"] == pytest.approx(job.finished_at, abs=5)
    assert manifest["timings"]["total_s"] == pytest.approx(manifest["finished_at"] - manifest["created_at"])
    assert manifest["timings"]["rtf"] == pytest.approx(job.timings.rtf)
    assert manifest["timings"]["inference_s"] == pytest.approx(job.timings.inference_s)
