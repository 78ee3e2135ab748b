"""Playlists over HTTP: when they exist, their content, and that only their segments are served."""

import pytest

from core import keys
from core.audio.playlist import segments_per_piece
from core.card import GRID_FRAMES
from core.errors import UnsupportedAudio
from core.jobs.manifest import Segment
from core.jobs.task import Kind
from tests.support.api_harness import Api, assert_problem, claim, prepare, publish, separate, succeed
from tests.support.jobs import make_piece


def test_a_playlist_starts_with_the_first_piece_and_grows_to_the_end(api: Api) -> None:
    url = f"/v1/jobs/{api.job()['id']}"
    job_id = url.rpartition("/")[2]
    assert_problem(api.client.get(f"{url}/hls/vocals.m3u8"), 409, "outputs_not_ready", "yet")
    assert api.client.get(url).json()["playlists"] == {}
    prepare(api.store, job_id)
    assert_problem(api.client.get(f"{url}/hls/vocals.m3u8"), 409, "outputs_not_ready", "yet")
    publish(api, job_id, 0)
    playlists = api.client.get(url).json()["playlists"]
    assert playlists == {stem: f"{url}/hls/{stem}.m3u8" for stem in ("vocals", "instrumental")}
    growing = api.client.get(playlists["vocals"])
    assert growing.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert growing.headers["cache-control"] == "no-store"
    assert growing.text.endswith("#EXTINF:3.200000,\nvocals/000000.7.m4s\n")
    assert '#EXT-X-MAP:URI="vocals/init.7.mp4"' in growing.text
    publish(api, job_id, 1)
    ended = api.client.get(playlists["vocals"])
    assert ended.text == growing.text + "#EXTINF:3.200000,\nvocals/000004.7.m4s\n#EXT-X-ENDLIST\n"
    assert ended.headers["cache-control"] == "private, max-age=86400"


def test_only_segments_are_served_by_name(api: Api) -> None:
    job_id = api.job()["id"]
    url = f"/v1/jobs/{job_id}/hls"
    prepare(api.store, job_id)
    publish(api, job_id, 0)
    for name, data in (("init.7.mp4", b"init of vocals"), ("000000.7.m4s", b"vocals 0")):
        response = api.client.get(f"{url}/vocals/{name}")
        assert (response.status_code, response.content, response.headers["content-type"]) == (200, data, "video/mp4")
    stray = keys.hls_segment_key(job_id, "vocals", 0, 6)  # by a worker that had lost its lease
    api.storage.put_bytes(stray, b"not the job's", "video/mp4")
    for name in ("000000.6.m4s", "000001.7.m4s", "nothing", "..%2f..%2fsource"):
        assert api.client.get(f"{url}/vocals/{name}").status_code == 404
    assert_problem(api.client.get(f"{url}/vocals/000000.6.m4s"), 404, "not_found", "segment")
    for path in ("drums.m3u8", "drums/000000.7.m4s"):
        assert_problem(api.client.get(f"{url}/{path}"), 404, "not_found", "vocals, instrumental")


def test_a_segment_is_served_without_reading_other_pieces(api: Api) -> None:
    job_id = api.job()["id"]
    prepare(api.store, job_id, chunks=3)
    for index in range(3):
        publish(api, job_id, index)
    for name, data in (("000000.7.m4s", b"vocals 0"), ("000004.7.m4s", b"vocals 1"), ("000008.7.m4s", b"vocals 2")):
        api.store.client.config_resetstat()
        response = api.client.get(f"/v1/jobs/{job_id}/hls/vocals/{name}")
        assert (response.status_code, response.content) == (200, data)
        calls = api.store.client.info("commandstats")
        assert calls["cmdstat_hgetall"]["calls"] == 1, "the job's record, without the list of pieces"
        assert calls["cmdstat_hget"]["calls"] == 1
    for name in ("000003.7.m4s", "000012.7.m4s", "9" * 400 + ".7.m4s"):
        assert api.client.get(f"/v1/jobs/{job_id}/hls/vocals/{name}").status_code == 404


def test_the_waveform_grows_and_can_be_fetched_from_a_bin_on(api: Api) -> None:
    job_id = api.job()["id"]
    url = f"/v1/jobs/{job_id}/peaks"
    assert_problem(api.client.get(url), 409, "outputs_not_ready", "yet")
    prepare(api.store, job_id, chunks=3)
    per_piece = api.store.records.get(job_id).model.geometry.stride // 3
    for index in range(3):
        publish(api, job_id, index)
        response = api.client.get(url)
        assert (response.status_code, response.headers["content-type"]) == (200, "application/octet-stream")
        assert response.content == b"".join(bytes([piece]) * 4 * per_piece for piece in range(index + 1))
    assert response.headers["cache-control"] == "no-store"
    tail = api.client.get(url, params={"from_bin": 2 * per_piece - 1}).content
    assert tail == bytes([1]) * 4 + bytes([2]) * 4 * per_piece
    assert api.client.get(url, params={"from_bin": 3 * per_piece}).content == b""
    assert_problem(api.client.get(url, params={"from_bin": -1}), 422, "invalid_request")


def test_the_confidence_grows_and_can_be_fetched_from_a_segment_on(api: Api) -> None:
    job_id = api.job()["id"]
    url = f"/v1/jobs/{job_id}/confidence"
    assert_problem(api.client.get(url), 409, "outputs_not_ready", "yet")
    prepare(api.store, job_id)
    expected: list[dict[str, float | None]] = []
    for index, confidence in enumerate((0.25, None)):  # the second is of a worker that gives none
        separate(api.store, job_id, index)
        piece = make_piece(job_id, index, 7)
        segments = [segment.model_copy(update={"confidence": confidence}) for segment in piece.segments["vocals"]]
        lease = claim(api.store, Kind.publish, job_id)
        known = piece.model_copy(update={"segments": piece.segments | {"vocals": segments}})
        assert api.store.leases.publish_piece(lease, index, known)
        assert api.store.leases.published(lease)
        expected.append({"start_s": 3.2 * index, "duration_s": 3.2, "confidence": confidence})
        response = api.client.get(url)
        assert response.json() == {"segments": expected}
    assert response.headers["cache-control"] == "private, max-age=86400"
    assert api.client.get(url, params={"from_segment": 1}).json() == {"segments": expected[1:]}
    assert api.client.get(url, params={"from_segment": 2}).json() == {"segments": []}
    assert_problem(api.client.get(url, params={"from_segment": -1}), 422, "invalid_request")


def test_a_job_without_vocals_has_no_confidence(api: Api) -> None:
    job_id = api.job(stems="instrumental")["id"]
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/confidence"), 404, "not_found", "It has: instrumental.")


def test_a_song_of_20_minutes_is_shown_with_less_than_200_kb(api: Api) -> None:
    job_id = api.job()["id"]
    geometry = api.store.records.get(job_id).model.geometry
    chunks, count = -(-20 * 60 * 75 // geometry.stride), segments_per_piece(geometry)
    prepare(api.store, job_id, chunks=chunks)
    for index in range(chunks):
        separate(api.store, job_id, index)
        piece = make_piece(job_id, index, 123456)
        numbers = range(index * count, (index + 1) * count)
        segments = {
            stem: [Segment(key=keys.hls_segment_key(job_id, stem, n, 123456), duration_s=3.2) for n in numbers]
            for stem in piece.segments
        }
        assert piece.peaks is not None
        rows = bytes(geometry.stride // GRID_FRAMES * 2 * len(segments))
        api.storage.put_bytes(piece.peaks, rows, "application/octet-stream")
        lease = claim(api.store, Kind.publish, job_id)
        assert api.store.leases.publish_piece(lease, index, piece.model_copy(update={"segments": segments}))
        assert api.store.leases.published(lease)
    url = f"/v1/jobs/{job_id}"
    paths = (url, *(f"{url}/{name}" for name in ("hls/vocals.m3u8", "hls/instrumental.m3u8", "peaks", "confidence")))
    sizes = {path: len(api.client.get(path).raise_for_status().content) for path in paths}
    assert sizes[f"{url}/peaks"] >= 20 * 60 * 25 * 2 * 2
    assert sum(sizes.values()) < 200_000, sizes


def test_a_stem_that_was_not_requested_has_no_playlist(api: Api) -> None:
    job_id = api.job(stems="vocals")["id"]
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/hls/instrumental.m3u8"), 404, "not_found", "It has: vocals.")


def test_a_failed_job_cannot_be_played(api: Api) -> None:
    job_id = api.job()["id"]
    prepare(api.store, job_id)
    publish(api, job_id, 0)
    lease = claim(api.store, Kind.separate, job_id, 1)
    api.store.leases.fail_job(lease, UnsupportedAudio("It cannot be done."))
    assert api.client.get(f"/v1/jobs/{job_id}").json()["playlists"] == {}
    for path in ("vocals.m3u8", "vocals/000000.7.m4s"):
        response = api.client.get(f"/v1/jobs/{job_id}/hls/{path}")
        assert_problem(response, 409, "outputs_not_ready", "failed")


@pytest.mark.parametrize("path", ["hls/vocals.m3u8", "hls/vocals/000000.7.m4s", "peaks", "confidence"])
def test_expired_files_are_gone(api: Api, path: str) -> None:
    job_id = api.job()["id"]
    succeed(api, job_id)
    api.store.client.hset(f"vl:job:{job_id}", "outputs_expired_at", "1.5")
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/{path}"), 404, "not_found", "expired")
    api.store.client.hdel(f"vl:job:{job_id}", "outputs_expired_at")
    api.store.client.delete(f"vl:job:{job_id}:pieces")  # as a sweep does between two reads
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/{path}"), 404, "not_found", "expired")
