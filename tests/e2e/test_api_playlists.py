"""Playlists over HTTP: when there is one, what it says, and that nothing but its own segments can be had."""

from typing import Any

import pytest
from api_harness import Api, assert_problem, claim, prepare, separate, succeed

from core import keys
from core.errors import UnsupportedAudio
from core.jobs.job import Kind


def publish(api: Api, job_id: str, index: int) -> None:
    """Piece `index` as `publish` writes it: one segment per stem."""
    separate(api.store, job_id, index)
    lease = claim(api.store, Kind.publish, job_id)
    record: dict[str, Any] = {"key": keys.piece_key(job_id, index, lease.token), "init": {}, "segments": {}}
    for stem in ("vocals", "instrumental"):
        if index == 0:
            record["init"][stem] = keys.hls_init_key(job_id, stem, 7)
            api.storage.put_bytes(record["init"][stem], b"init of " + stem.encode(), "video/mp4")
        key = keys.hls_segment_key(job_id, stem, index, 7)
        api.storage.put_bytes(key, f"{stem} {index}".encode(), "video/mp4")
        record["segments"][stem] = [{"key": key, "duration_s": 3.2}]
    assert api.store.publish_piece(lease, index, record)
    assert api.store.published(lease)


def test_a_playlist_comes_with_the_first_piece_and_grows_to_its_end(api: Api) -> None:
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
    assert ended.text == growing.text + "#EXTINF:3.200000,\nvocals/000001.7.m4s\n#EXT-X-ENDLIST\n"
    assert ended.headers["cache-control"] == "private, max-age=86400"


def test_segments_are_found_by_name_and_nothing_else_is(api: Api) -> None:
    job_id = api.job()["id"]
    url = f"/v1/jobs/{job_id}/hls"
    prepare(api.store, job_id)
    publish(api, job_id, 0)
    for name, data in (("init.7.mp4", b"init of vocals"), ("000000.7.m4s", b"vocals 0")):
        answer = api.client.get(f"{url}/vocals/{name}")
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, data, "video/mp4")
    stray = keys.hls_segment_key(job_id, "vocals", 0, 6)  # by a worker that had lost its lease
    api.storage.put_bytes(stray, b"not the job's", "video/mp4")
    for name in ("000000.6.m4s", "000001.7.m4s", "nothing", "..%2f..%2fsource"):
        assert api.client.get(f"{url}/vocals/{name}").status_code == 404
    assert_problem(api.client.get(f"{url}/vocals/000000.6.m4s"), 404, "not_found", "segment")
    for path in ("drums.m3u8", "drums/000000.7.m4s"):
        assert_problem(api.client.get(f"{url}/{path}"), 404, "not_found", "vocals, instrumental")


def test_a_stem_that_was_not_asked_for_has_no_playlist(api: Api) -> None:
    job_id = api.job(stems="vocals")["id"]
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/hls/instrumental.m3u8"), 404, "not_found", "It has: vocals.")


def test_a_job_that_failed_plays_no_more(api: Api) -> None:
    job_id = api.job()["id"]
    prepare(api.store, job_id)
    publish(api, job_id, 0)
    lease = claim(api.store, Kind.separate, job_id, 1)
    api.store.fail_job(lease, UnsupportedAudio("It cannot be done."))
    assert api.client.get(f"/v1/jobs/{job_id}").json()["playlists"] == {}
    for path in ("vocals.m3u8", "vocals/000000.7.m4s"):
        answer = api.client.get(f"/v1/jobs/{job_id}/hls/{path}")
        assert_problem(answer, 409, "outputs_not_ready", "failed")


@pytest.mark.parametrize("path", ["vocals.m3u8", "vocals/000000.7.m4s"])
def test_what_has_expired_is_gone(api: Api, path: str) -> None:
    job_id = api.job()["id"]
    succeed(api, job_id)
    api.store.client.hset(f"vl:job:{job_id}", "outputs_expired_at", "1.5")
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/hls/{path}"), 404, "not_found", "expired")
    api.store.client.hdel(f"vl:job:{job_id}", "outputs_expired_at")
    api.store.client.delete(f"vl:job:{job_id}:pieces")  # as a sweep does between two reads
    assert_problem(api.client.get(f"/v1/jobs/{job_id}/hls/{path}"), 404, "not_found", "expired")
