"""prepare and the source of the recording: a URL is fetched once, behind the address check, and stored in S3."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.card import Geometry
from core.jobs.job import Job, ModelRef, Source, State, new_job_id
from core.jobs.options import JobOptions
from core.jobs.queue import make_celery
from core.jobs.task import Kind, Task
from core.jobs.view import JobView
from core.keys import source_key
from core.settings import Settings
from core.transfer import fetch as fetching
from tests.support import web
from tests.support.media import tones, write_media
from worker.resident import Resident
from worker.settings import WorkerSettings
from worker.tasks import prepare
from worker.tasks.prepare import run

RATE, SECONDS = 24000, 2


class Place:
    """A worker without an engine, and a site with a song."""

    def __init__(self, site: web.Site, song: bytes, **settings: object) -> None:
        self.site, self.song = site, song
        site.routes["/songs/My Song.wav"] = site.routes["/songs/My%20Song.wav"] = lambda one: one.reply(200, song)
        allowed = {"fetch_ports": (site.port,), "fetch_allow": ("127.0.0.0/8",)}
        worker_settings = WorkerSettings.model_validate({**allowed, **settings})
        self.celery = make_celery(worker_settings)
        self.resident = Resident(worker_settings, self.celery, None)
        self.store, self.storage = self.resident.store, self.resident.storage

    def uploaded(self, data: bytes) -> Job:
        """A job whose recording is in S3, with short chunks."""
        job_id = new_job_id()
        source = Source(key=source_key(job_id), filename="a.wav", bytes=len(data))
        self.storage.put_bytes(source.key, data, "application/octet-stream")
        model = ModelRef(name="m", version="1", sample_rate=24000, geometry=Geometry(frames=96, stride=84))
        job = Job(id=job_id, tenant="t", options=JobOptions(), source=source, model=model, created_at=0.0)
        assert self.store.records.create(job)
        return job

    def job(self, path: str = "/songs/My%20Song.wav", url: str | None = None) -> Job:
        job_id = new_job_id()
        source = Source(
            key=source_key(job_id),
            filename="My Song.wav",
            bytes=None,
            url=url or f"http://127.0.0.1:{self.site.port}{path}",
        )
        model = ModelRef(name="m", version="1", sample_rate=24000, geometry=Geometry())
        job = Job(id=job_id, tenant="t", options=JobOptions(), source=source, model=model, created_at=0.0)
        assert self.store.records.create(job)
        return job

    def prepare(self, job: Job, kind: Kind | None = None) -> Job:
        self.store.turns.register_worker("cpu", "cpu", 9)
        self.store.turns.release()
        self.resident.perform(Task(kind=kind or job.first_kind, job_id=job.id), run)
        return self.store.records.get(job.id)

    def close(self) -> None:
        self.resident.scratch.close()
        self.celery.close()
        self.store.client.close()


@pytest.fixture
def site() -> Iterator[web.Site]:
    with web.serving() as site:
        yield site


@pytest.fixture
def song(tmp_path: Path) -> bytes:
    return write_media(tmp_path / "song.wav", "pcm_s16le", tones(RATE, RATE * SECONDS), RATE).read_bytes()


@pytest.fixture
def place(settings: Settings, site: web.Site, song: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(fetching, "PAUSE_S", 0.01)
    place = Place(site, song)
    yield place
    place.close()


def test_a_source_url_is_fetched_and_stored(place: Place) -> None:
    job = place.prepare(place.job())
    assert job.audio is not None, job.error
    assert (job.audio.samples, job.chunks_total, job.chunks_ready) == (RATE * SECONDS, 1, 1)
    assert (job.source.bytes, job.source.sha256) == (len(place.song), hashlib.sha256(place.song).hexdigest())
    assert place.storage.get_bytes(job.source.key) == place.song
    assert [received.path for received in place.site.received] == ["/songs/My%20Song.wav"]


def test_key_and_tempo_cover_the_whole_song_across_slices(place: Place, tmp_path: Path) -> None:
    beat = round(0.5 * RATE)
    wav = tones(RATE, 20 * beat) * 0.2
    wav[:, ::beat] = 0.9
    path = write_media(tmp_path / "clicks.wav", "pcm_s16le", wav, RATE)
    job = place.prepare(place.uploaded(path.read_bytes()))
    assert job.audio is None, "the first slice is short"
    done = place.prepare(job, Kind.extend)
    assert done.audio is not None
    assert done.audio.music.tempo_bpm == pytest.approx(120, rel=0.01)
    view = JobView.of(done).source
    assert (view.key, view.tempo_bpm) == (done.audio.music.key, done.audio.music.tempo_bpm)
    assert view.key is not None


def test_a_second_attempt_reuses_the_download(place: Place) -> None:
    job = place.job()
    place.storage.put_bytes(job.source.key, place.song, "application/octet-stream")
    done = place.prepare(job)
    assert place.site.received == []
    assert done.chunks_total == 1
    assert done.source.sha256 == hashlib.sha256(place.song).hexdigest()


@pytest.mark.parametrize(
    ("path", "code", "retryable"),
    [
        ("/absent", "source_url_failed", False),
        ("/inside", "source_url_refused", False),
        ("/busy", "source_url_unreachable", True),
        ("/huge", "source_too_large", False),
        ("/page", "unsupported_media", False),
    ],
)
def test_a_job_fails_with_the_reason(path: str, code: str, retryable: bool, place: Place) -> None:
    place.site.routes |= {
        "/inside": lambda one: one.reply(302, location="http://169.254.169.254/latest/meta-data/"),
        "/busy": lambda one: one.reply(503),
        "/huge": lambda one: one.reply(200, b"x", content_length="1000000000000"),
        "/page": lambda one: one.reply(200, b"<!doctype html><title>Sign in</title>" + b" " * 9999),
    }
    job = place.prepare(place.job(path))
    assert job.state is State.failed
    assert job.error is not None
    assert (job.error.code, job.error.retryable) == (code, retryable)
    assert len(job.error.message) > 20
    assert [item.key for item in place.storage.list(f"jobs/{job.id}/")] == ([job.source.key] if path == "/page" else [])


def test_internal_addresses_are_fetched_only_if_allowed(settings: Settings, site: web.Site, song: bytes) -> None:
    place = Place(site, song, fetch_allow=())
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"):
        job = place.prepare(place.job(url=f"http://{host}:{site.port}/songs/My%20Song.wav"))
        assert job.error is not None
        assert job.error.code in ("source_url_refused", "source_url_unreachable")
    assert site.connections == 0
    place.close()


def test_a_canceled_job_stops_its_download(place: Place) -> None:
    job = place.job("/slow")

    def slow(one: web.Handler) -> None:
        place.store.records.request_cancel(job.id)
        place.resident.heartbeats._beat()
        one.reply(200, bytes(10_000_000))

    place.site.routes["/slow"] = slow
    done = place.prepare(job)
    assert done.state is State.canceled
    assert place.storage.head(done.source.key) is None


def chunks_of(place: Place, job: Job) -> list[bytes]:
    keys = [place.store.records.mixture_key(job.id, index) for index in range(job.chunks_ready)]
    return [place.storage.get_bytes(key) for key in keys if key is not None]


def test_a_recording_cut_in_slices_equals_one_cut_at_once(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_media(tmp_path / "long.wav", "pcm_s16le", tones(RATE, RATE * 40), RATE)
    sliced = place.prepare(place.uploaded(path.read_bytes()))
    assert (sliced.chunks_ready, sliced.chunks_total, sliced.state) == (2, None, State.running)
    waiting = place.uploaded(path.read_bytes())  # for a slot
    monkeypatch.setattr(place.resident, "dispatch", lambda: None)
    seen = []
    while sliced.chunks_total is None:
        sliced = place.prepare(sliced, Kind.extend)
        seen.append(sliced.chunks_ready)
        monkeypatch.setattr(place.store.turns, "do_others_wait", lambda: True)
    assert seen[-1] == sliced.chunks_total == 36
    assert sliced.audio is not None
    assert sliced.audio.samples == RATE * 40

    monkeypatch.setattr(prepare, "FIRST_SLICE", 1000)
    whole = place.prepare(waiting)
    assert whole.chunks_total == 36
    assert chunks_of(place, whole) == chunks_of(place, sliced)
    rates = place.store.client.hgetall("vl:rates")
    assert float(rates["prepare"]) > 0, "the slices are measured together"


def test_the_slices_of_a_long_recording_grow_while_others_wait(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_media(tmp_path / "long.wav", "pcm_s16le", tones(RATE, RATE * 60), RATE)
    job = place.prepare(place.uploaded(path.read_bytes()))
    monkeypatch.setattr(place.store.turns, "do_others_wait", lambda: True)
    ready = [job.chunks_ready]
    while job.chunks_total is None:
        job = place.prepare(job, Kind.extend)
        ready.append(job.chunks_ready)
    assert ready == [2, 10, 18, 27, 40, 54]
    assert job.chunks_total == 54
