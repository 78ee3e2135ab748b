"""A file of each kind through the whole service: outputs have the source's length, rate and channels."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.audio.decode import open_audio
from core.jobs.job import State
from tests.support.media import tones, write_media
from tests.support.pipeline_harness import Pipeline

RATE, SECONDS = 44100, 2.3


def make_file(
    name: str, codec: str, rate: int = RATE, channels: int = 2, seconds: float = SECONDS, **options: Any
) -> Callable[[Path], tuple[Path, int, int, int]]:
    """Returns (path, samples, rate, channels) of a file written into a folder."""

    def write(folder: Path) -> tuple[Path, int, int, int]:
        samples = round(seconds * rate)  # a whole number of milliseconds: some containers count in them
        path = write_media(folder / name, codec, tones(rate, samples, channels), rate, **options)
        return path, samples, rate, channels

    return write


SOURCES = {
    "wav 8 bit": make_file("a.wav", "pcm_u8"),
    "wav 16 bit": make_file("b.wav", "pcm_s16le"),
    "wav 24 bit": make_file("c.wav", "pcm_s24le"),
    "wav 32 bit float": make_file("d.wav", "pcm_f32le"),
    "flac": make_file("e.flac", "flac"),
    "mp3": make_file("f.mp3", "libmp3lame"),
    "m4a": make_file("g.m4a", "aac", muxer="ipod"),
    "ogg vorbis": make_file("h.ogg", "vorbis"),
    "opus": make_file("i.opus", "libopus", rate=48000),
    "webm": make_file("j.webm", "libopus", rate=48000),
    "mp4 video": make_file("k.mp4", "aac", video="mpeg4"),
    "mono": make_file("l.wav", "pcm_s16le", channels=1),
    "5.1": make_file("m.flac", "flac", channels=6),
    "8 kHz": make_file("n.wav", "pcm_s16le", rate=8000),
    "96 kHz": make_file("o.flac", "flac", rate=96000),
    "0.5 s": make_file("p.wav", "pcm_s16le", seconds=0.5),
    "unicode name": make_file("Größe — 歌 🎤.wav", "pcm_s16le"),
}
# Matroska, WebM and Vorbis in Ogg keep a few samples of the encoder's padding that the file does not declare.
PADDED = {"ogg vorbis": 4096, "webm": 0}


@dataclass(frozen=True)
class Sent:
    """A recording and its job."""

    path: Path
    samples: int
    rate: int
    channels: int
    job_id: str


@pytest.fixture(scope="module")
def sent(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sent]:
    """All recordings are sent at once, so that tests do not wait for each other."""
    folder = tmp_path_factory.mktemp("sources")
    recordings: dict[str, Sent] = {}
    for kind, write in SOURCES.items():
        path, samples, rate, channels = write(folder)
        recordings[kind] = Sent(path, samples, rate, channels, pipeline.submit(path))
    return recordings


@pytest.mark.parametrize("kind", SOURCES)
def test_output_has_the_length_of_the_input(
    kind: str, sent: dict[str, Sent], pipeline: Pipeline, tmp_path: Path
) -> None:
    source = sent[kind]
    samples, rate, channels = source.samples, source.rate, source.channels
    job = pipeline.wait(source.job_id, 200)
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
    with open_audio(source.path) as stream:
        mixture = np.concatenate(list(stream), axis=1)
    bits = 16 if (stream.info.bits or 24) <= 16 else 24
    whole = decoded["vocals"] + decoded["instrumental"]
    assert np.abs(whole - mixture).max() <= 0.51 / 2 ** (bits - 1), "the stems sum to the mixture"
