"""A file of each kind through the whole service: what comes back has the source's length, rate and channels."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media import tones, write_media
from pipeline_harness import Pipeline, running

from core.audio.decode import open_audio
from core.jobs.job import State
from core.settings import Settings

RATE, SECONDS = 44100, 2.3


def made(
    name: str, codec: str, rate: int = RATE, channels: int = 2, seconds: float = SECONDS, **options: Any
) -> Callable[[Path], tuple[Path, int, int, int]]:
    """-> (path, samples, rate, channels) of a file written into a folder."""

    def write(folder: Path) -> tuple[Path, int, int, int]:
        samples = round(seconds * rate)  # a whole number of milliseconds: some containers count in them
        path = write_media(folder / name, codec, tones(rate, samples, channels), rate, **options)
        return path, samples, rate, channels

    return write


SOURCES = {
    "wav 8 bit": made("a.wav", "pcm_u8"),
    "wav 16 bit": made("b.wav", "pcm_s16le"),
    "wav 24 bit": made("c.wav", "pcm_s24le"),
    "wav 32 bit float": made("d.wav", "pcm_f32le"),
    "flac": made("e.flac", "flac"),
    "mp3": made("f.mp3", "libmp3lame"),
    "m4a": made("g.m4a", "aac", muxer="ipod"),
    "ogg vorbis": made("h.ogg", "vorbis"),
    "opus": made("i.opus", "libopus", rate=48000),
    "webm": made("j.webm", "libopus", rate=48000),
    "mp4 video": made("k.mp4", "aac", video="mpeg4"),
    "mono": made("l.wav", "pcm_s16le", channels=1),
    "5.1": made("m.flac", "flac", channels=6),
    "8 kHz": made("n.wav", "pcm_s16le", rate=8000),
    "96 kHz": made("o.flac", "flac", rate=96000),
    "0.5 s": made("p.wav", "pcm_s16le", seconds=0.5),
    "unicode name": made("Größe — 歌 🎤.wav", "pcm_s16le"),
}
# Matroska, WebM and Vorbis in Ogg keep a few samples of the encoder's padding that nothing in the file tells apart.
PADDED = {"ogg vorbis": 4096, "webm": 0}


@pytest.fixture(scope="module")
def pipeline(
    redis_server: Any, s3_settings: dict[str, str], tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("formats")
    own = {
        **s3_settings,
        "REDIS_URL": redis_server.url,
        "VOICELIFT_MODEL_DIR": str(tiny_model_dir),
        "VOICELIFT_WORK_DIR": str(folder),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in own.items():
            patch.setenv(name, value)
        with running({**os.environ, **own}, Settings(), folder / "logs") as pipeline:
            pipeline.store.client.flushall()
            yield pipeline


@pytest.mark.parametrize("kind", SOURCES)
def test_what_comes_back_is_as_long_as_what_went_in(kind: str, pipeline: Pipeline, tmp_path: Path) -> None:
    path, samples, rate, channels = SOURCES[kind](tmp_path)
    job = pipeline.wait(pipeline.submit(path), 120)
    assert job.state is State.succeeded, f"{job.error}\n{pipeline.tail()}"
    decoded = {}
    for output in job.outputs:
        assert (output.sample_rate, output.channels) == (rate, channels)
        assert 0 <= output.samples - samples <= PADDED.get(kind, 0)
        file = tmp_path / f"{output.stem}.flac"
        file.write_bytes(pipeline.storage.get_bytes(output.key))
        with open_audio(file) as stream:
            decoded[output.stem] = np.concatenate(list(stream), axis=1)
        assert decoded[output.stem].shape == (channels, output.samples)
    with open_audio(path) as stream:
        mixture = np.concatenate(list(stream), axis=1)
    bits = 16 if (stream.info.bits or 24) <= 16 else 24
    whole = decoded["vocals"] + decoded["instrumental"]
    assert np.abs(whole - mixture).max() <= 0.51 / 2 ** (bits - 1), "the stems add up to the mixture"
