"""A whole pipeline with two versions of a model at the same time, as in an upgrade, and with short songs next to
long ones."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from core.card import load_card
from core.jobs.job import Job, ModelRef, State
from core.jobs.options import JobOptions
from core.separation.engine import Engine
from tests.support.pipeline_harness import GPU, Pipeline, undisturbed, write_song


@pytest.fixture
def other_model(tiny_model_dir: Path, tmp_path: Path) -> Path:
    """Another version of the model, with other results."""
    folder = tmp_path / "other"
    shutil.copytree(tiny_model_dir, folder)
    weights = load_file(folder / "generator.safetensors")
    save_file({name: value * 0.5 for name, value in weights.items()}, folder / "generator.safetensors")
    card = json.loads((folder / "card.json").read_text())
    card["version"] = "9.9.9"
    card["files"]["generator.safetensors"] = hashlib.sha256((folder / "generator.safetensors").read_bytes()).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def files_by(model: Path, song: Path, folder: Path) -> dict[str, bytes]:
    engine = Engine.load(model, "cpu")
    try:
        return undisturbed(song, engine, folder, JobOptions())
    finally:
        engine.close()


def test_short_songs_can_be_played_while_long_ones_are_prepared(pipeline: Pipeline, tmp_path: Path) -> None:
    long_song = write_song(tmp_path / "long.wav", 1200.0, rate=8000, channels=1)
    clip = write_song(tmp_path / "clip.wav", 1.0)
    long_ids = [pipeline.submit(long_song) for _ in range(5)]
    pipeline.wait(long_ids[0], 100, lambda job: job.chunks_ready >= 4)
    for _ in range(3):
        playable = pipeline.wait(pipeline.submit(clip), 100, lambda job: job.pieces_published >= 1)
        assert playable.timings.first_piece_s is not None
        still = [pipeline.store.records.get(job_id) for job_id in long_ids]
        assert all(being_prepared(job) for job in still), "and none of these is ready"


def being_prepared(job: Job) -> bool:
    return job.chunks_total is None and not job.state.terminal


def test_two_versions_of_a_model_never_share_a_song(
    pipeline: Pipeline, tiny_model_dir: Path, other_model: Path, tmp_path: Path
) -> None:
    """Last in this module: it ends the worker of the first version."""
    song = write_song(tmp_path / "song.wav", 6.0)
    refs = {folder: ModelRef.of(load_card(folder)) for folder in (tiny_model_dir, other_model)}
    expected = {ref.key: files_by(folder, song, tmp_path / ref.version) for folder, ref in refs.items()}
    assert len({files["vocals"] for files in expected.values()}) == 2, "their results differ"

    submitted = [pipeline.submit(song, model=ref) for _ in range(2) for ref in refs.values()]  # the new ones wait
    pipeline.start("gpu-new", GPU, VOICELIFT_MODEL_DIR=str(other_model))
    jobs = [pipeline.wait(job_id, 250) for job_id in submitted]
    assert [job.state for job in jobs] == [State.succeeded] * 4, f"{jobs}\n{pipeline.tail()}"
    for job in jobs:
        assert pipeline.outputs(job) == expected[job.model.key]

    pipeline.kill("gpu")  # the upgrade continues: no worker has the old one any more
    late = [pipeline.submit(song, model=ref) for ref in refs.values()]
    assert pipeline.wait(late[1], 250).state is State.succeeded

    def is_over(job: Job) -> bool:  # as a janitor after the grace period
        pipeline.store.turns.reap(model_grace_s=0.001)
        return job.state.terminal

    old = pipeline.wait(late[0], 100, is_over)
    assert old.error is not None
    assert (old.state, old.error.code) == (State.failed, "model_changed")
