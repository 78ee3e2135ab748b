"""finish on a real store and S3: the content of a job's files, and pieces that cannot be written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.audio.decode import LATE_WARNING, SourceInfo, open_audio
from core.audio.encode import write_stems
from core.audio.formats import OutputFormat
from core.audio.stems import Parts
from core.errors import SeparationFailed
from core.jobs.job import Audio, Job, Source, State, new_job_id
from core.jobs.leases import Lease
from core.jobs.options import JobOptions
from core.jobs.queue import make_celery
from core.jobs.task import Kind, Task
from core.jobs.view import JobView
from core.keys import source_key
from tests.support.jobs import MODEL, make_job, make_piece
from tests.support.media import picture, tones, write_media
from worker.objects import CONTENT_TYPE, pack, unpack
from worker.resident import Resident
from worker.settings import WorkerSettings
from worker.tasks import finish, prepare

RATE = 44100
AUDIO = Audio(
    container="wav", codec="pcm_f32le", sample_rate=RATE, channels=2, layout="stereo", samples=RATE, duration_s=1.0,
    is_float=True, lossless=True,
)  # fmt: skip


PEAKS = bytes(range(100))


class Place:
    """A worker, and jobs with one given piece."""

    def __init__(self) -> None:
        self.settings = WorkerSettings()
        self.celery = make_celery(self.settings)
        self.resident = Resident(self.settings, self.celery, None)
        self.store, self.storage = self.resident.store, self.resident.storage
        for queue in ("cpu", "gpu"):
            self.store.turns.register_worker("test", queue, 9, MODEL.key)

    def claim(self, kind: Kind, job: Job) -> Lease:
        self.store.turns.release()
        lease = self.store.leases.claim(Task(kind=kind, job_id=job.id), MODEL.key)
        assert lease is not None
        return lease

    def go_through(self, song: Path, output: OutputFormat) -> Job:
        """The job of a short song after `prepare` and `finish`; its vocals are half of the mixture."""
        job_id = new_job_id()
        source = Source(key=source_key(job_id), filename=song.name, bytes=song.stat().st_size)
        job = make_job(id=job_id, source=source, options=JobOptions(format=output.value))
        self.storage.put_file(source.key, song, CONTENT_TYPE)
        assert self.store.records.create(job)
        self.store.turns.release()
        self.resident.perform(Task(kind=Kind.prepare, job_id=job.id), prepare.run)
        key = self.store.records.mixture_key(job.id, 0)
        assert key is not None
        mixture = unpack(self.storage.get_bytes(key))[0]["mixture"]
        return self._from_the_engine_on(job, mixture, mixture / 2)

    def finish(self, output: OutputFormat, mixture: np.ndarray, vocals: np.ndarray) -> Job:
        """The job after `finish` of that piece."""
        job = make_job(options=JobOptions(format=output.value))
        assert self.store.records.create(job)
        lease = self.claim(Kind.prepare, job)
        self.store.leases.chunk_ready(lease, 0, "mixture")
        self.store.leases.prepared(lease, 1, AUDIO)
        return self._from_the_engine_on(job, mixture, vocals)

    def _from_the_engine_on(self, job: Job, mixture: np.ndarray, vocals: np.ndarray) -> Job:
        self.store.leases.separated(self.claim(Kind.separate, job), "stem", 1.0)
        publish = self.claim(Kind.publish, job)
        piece = make_piece(job.id, 0, publish.token)
        assert piece.key is not None and piece.peaks is not None
        self.storage.put_bytes(piece.peaks, PEAKS, CONTENT_TYPE)
        self.storage.put_bytes(piece.key, pack({"mixture": mixture, "vocals": vocals}, {}), CONTENT_TYPE)
        self.store.leases.publish_piece(publish, 0, piece)
        self.store.leases.published(publish)
        self.store.turns.release()
        self.resident.perform(Task(kind=Kind.finish, job_id=job.id), finish.run)
        return self.store.records.get(job.id)


@pytest.fixture
def place(settings: Any) -> Iterator[Place]:
    place = Place()
    yield place
    place.resident.close()
    place.celery.close()


@pytest.mark.parametrize(
    ("output", "value"), [(OutputFormat.FLAC, np.nan), (OutputFormat.MP3, np.inf), (OutputFormat.WAV32F, -np.inf)]
)
def test_non_finite_stems_fail_the_job_with_a_code(place: Place, output: OutputFormat, value: float) -> None:
    mixture = tones(RATE, RATE)
    vocals = mixture / 2
    vocals[1, 100] = value
    job = place.finish(output, mixture, vocals)
    assert job.state is State.failed
    assert job.error is not None
    assert (job.error.code, job.error.retryable) == (SeparationFailed.code, True)
    assert job.outputs == []


def test_a_null_error_that_is_nan_does_not_fail_the_job(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Manifests are compared by their files: NaN does not equal itself."""
    write = write_stems

    def without_a_number(*arguments: Any) -> Any:
        return write(*arguments)._replace(null_error_db=float("nan"))

    monkeypatch.setattr("worker.tasks.finish.write_stems", without_a_number)
    mixture = tones(RATE, RATE)
    job = place.finish(OutputFormat.WAV16, mixture, mixture / 2)
    assert job.state is State.succeeded
    assert all(place.storage.head(item.key) for item in job.outputs)
    assert len(job.outputs) == 2
    assert job.null_error_db is None


@pytest.mark.parametrize("output", list(OutputFormat))
def test_an_extremely_loud_voice_is_written_in_every_format_with_a_warning(place: Place, output: OutputFormat) -> None:
    mixture = tones(RATE, RATE)
    mixture[:, ::7] = 9e5  # where LAME aborts
    job = place.finish(output, mixture, mixture / 2)
    assert job.state is State.succeeded
    assert [item.stem for item in job.outputs] == ["vocals", "instrumental"]
    for item in job.outputs:
        head = place.storage.head(item.key)
        assert head is not None
        assert (item.format, item.bytes) == (output, head.bytes)
    manifest = place.store.records.committed_manifest(job.id)
    assert manifest is not None
    assert place.storage.get_bytes(manifest.peaks) == PEAKS
    warnings = JobView.of(job).warnings
    if output is OutputFormat.WAV32F:
        assert warnings == []
        return
    assert len(warnings) == 1, "once, although it applies to both stems"
    assert "exceeded full scale" in warnings[0]


@pytest.mark.parametrize("output", [OutputFormat(name) for name in ("wav16", "flac", "mp3", "m4a", "opus")])
def test_cover_and_tags_reach_the_outputs(place: Place, output: OutputFormat, tmp_path: Path) -> None:
    cover = picture("png")
    song = SourceInfo("flac", "flac", RATE, 2, "stereo", None, 16, False, True, {"title": "Song", "artist": "Ärger"})
    paths, wav = {"vocals": tmp_path / "song.flac"}, tones(RATE, RATE)  # a stem itself
    write_stems([Parts(wav, {"vocals": wav})], paths, OutputFormat.FLAC, song, cover=cover)
    job = place.go_through(paths["vocals"], output)
    assert job.state is State.succeeded
    for item in job.outputs:
        path = tmp_path / f"{item.stem}.{output.extension}"
        path.write_bytes(place.storage.get_bytes(item.key))
        with open_audio(path) as stream:
            assert stream.info.tags["title"] == f"Song (Vocals) ({item.stem.capitalize()})"
            assert stream.info.tags["artist"] == "Ärger"
            assert stream.cover == (None if output.extension == "wav" else cover)
    assert job.audio is not None
    assert job.audio.cover is not None
    assert job.audio.cover.startswith(f"jobs/{job.id}/cover.")


def test_a_video_with_late_sound_gets_a_warning(place: Place, tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mkv", "flac", tones(RATE, RATE), RATE, video="mpeg4", late=0.5)
    view = JobView.of(place.go_through(path, OutputFormat.FLAC))
    assert view.source.filled_s == 0.5
    assert view.warnings == [LATE_WARNING.format(0.5)]
    assert [output.samples for output in view.outputs] == [RATE + RATE // 2] * 2
