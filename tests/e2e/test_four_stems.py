"""A model with four stems through the whole service: sums, playlists, and the same files as the command line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.main import main
from core.audio.decode import open_audio
from core.jobs.job import Job, State
from core.jobs.options import JobOptions
from core.separation.engine import Engine
from tests.support.pipeline_harness import Pipeline, piped, undisturbed, write_song

pytest.importorskip("demucs", reason="pip install '.[demucs]'")
from lab.bench.random_weights import write_htdemucs

pytestmark = pytest.mark.slow
FOUR = ("vocals", "drums", "bass", "other")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("four")
    write_htdemucs(folder / "publisher")
    assert main(["models", "add", "htdemucs", "--from", str(folder / "publisher"), "--to", str(folder / "model")]) == 0
    return folder / "model"


@pytest.fixture(scope="module")
def service(
    redis_server: Any, s3_settings: dict[str, str], model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    variables = {**s3_settings, "REDIS_URL": redis_server.url}
    with piped(variables, model, tmp_path_factory.mktemp("pipeline")) as pipeline:
        yield pipeline


def read(path: Path) -> np.ndarray:
    with open_audio(path) as stream:
        return np.rint(np.concatenate(list(stream), axis=1) * 2**15)


def stems_of(service: Pipeline, job: Job, folder: Path) -> dict[str, np.ndarray]:
    assert job.state is State.succeeded, f"{job.error}\n{service.tail()}"
    samples = {}
    for stem, data in service.outputs(job).items():
        (folder / f"{stem}.flac").write_bytes(data)
        samples[stem] = read(folder / f"{stem}.flac")
    return samples


def test_all_stems_sum_exactly_and_equal_those_of_the_command_line(
    service: Pipeline, model: Path, tmp_path: Path
) -> None:
    song = write_song(tmp_path / "song.wav", 2.4)
    requested = (*FOUR, "instrumental")
    whole, some = service.submit(song, stems=requested), service.submit(song, stems=("other", "bass"))
    job = service.wait(whole, 200)
    stems, mixture = stems_of(service, job, tmp_path), read(song)
    assert tuple(stems) == requested
    assert job.null_error_db is None
    assert np.array_equal(sum(stems[name] for name in FOUR), mixture)
    assert np.array_equal(stems["vocals"] + stems["instrumental"], mixture)
    assert all(stem.any() for stem in stems.values())

    manifest = service.store.records.committed_manifest(job.id)
    assert manifest is not None
    assert tuple(manifest.playlists) == requested
    assert len({len(playlist.segments) for playlist in manifest.playlists.values()}) == 1
    assert len(service.storage.get_bytes(manifest.peaks)) == 2 * len(requested) * 60

    two = stems_of(service, service.wait(some, 200), tmp_path)
    assert tuple(two) == ("other", "bass")
    assert all(np.array_equal(two[name], stems[name]) for name in two), "whichever other stems are requested"
    engine = Engine.load(model, "cpu")
    assert undisturbed(song, engine, tmp_path / "here", JobOptions(stems=requested)) == service.outputs(job)
    engine.close()
