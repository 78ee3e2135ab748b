"""Creating a job: accepted and refused requests; a refusal leaves nothing."""

import gzip
import hashlib
import json
import os
from dataclasses import replace
from typing import Any

import pytest

from core import keys
from tests.support.api_harness import MAX_UPLOAD, WAV, Api, assert_problem, open_uploads, sample
from tests.support.waiting import until


def test_a_recording_becomes_a_durable_job(api: Api) -> None:
    data = WAV + os.urandom(6_000_000)  # more than one part
    response = api.post(data, "Größe 声.wav", steps="9", stems="vocals", format="mp3", seed="42")
    assert response.status_code == 202
    job = response.json()
    assert response.headers["location"] == job["url"] == f"/v1/jobs/{job['id']}"
    assert int(response.headers["retry-after"]) >= 1
    assert job["state"] == "queued"
    assert job["options"] == {
        "stems": ["vocals"],
        "format": "mp3",
        "quality": "standard",
        "steps": 9,
        "eta": None,
        "seed": 42,
        "render": "masked",
    }
    assert job["source"]["filename"] == "Größe 声.wav"
    assert job["source"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert job["model"] == {
        "name": "tiny",
        "version": "3",
        "commercial_use": False,
        "stems": ["vocals", "instrumental"],
    }
    assert api.storage.get_bytes(keys.source_key(job["id"])) == data
    recorded = api.store.records.get(job["id"])
    assert (recorded.source.bytes, recorded.options.seed) == (len(data), 42)
    assert "song" not in keys.source_key(job["id"])


def test_options_may_be_repeated_comma_separated_or_left_empty(api: Api) -> None:
    assert api.job(stems=["instrumental", "vocals"])["options"]["stems"] == ["instrumental", "vocals"]
    assert api.job(stems="vocals,instrumental")["options"]["stems"] == ["vocals", "instrumental"]
    assert api.job(steps="", quality="")["options"]["quality"] == "standard"


def test_with_workers_alive_the_first_hint_is_sent(api: Api) -> None:
    api.store.turns.register_worker("cpu-1", "cpu", 2)
    job = api.job()
    [message] = api.store.client.lrange("cpu", 0, -1)
    assert job["id"] in json.dumps(json.loads(message)["headers"])


def test_a_lost_hint_does_not_lose_the_job(api: Api) -> None:
    def lost() -> float:
        return sample(api, "voicelift_hints_failed_total")

    api.store.turns.register_worker("cpu-1", "cpu", 2)

    class DeadQueue:
        def send_task(self, *_: object, **__: object) -> None:
            raise ConnectionError

    api.swap(replace(api.services, celery=DeadQueue()))
    before = lost()
    job = api.job()
    assert api.store.records.get(job["id"]).state == "queued"
    assert lost() == before + 1


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"steps": "0"}, "steps", "greater than or equal to 1"),
        ({"steps": "many"}, "steps", "valid integer"),
        ({"eta": "nan"}, "eta", "equal to 1"),
        ({"seed": "-1"}, "seed", "greater than or equal to 0"),
        ({"stems": "vocals,drums"}, "stems.1", "no drums: choose from vocals, instrumental"),
        ({"stems": "vocals,Drums"}, "stems.1", "should match pattern"),
        ({"stems": "vocals,vocals"}, "stems", "once"),
        ({"format": "aiff"}, "format", "'flac'"),
        ({"quality": "best"}, "quality", "'draft', 'standard' or 'high'"),
        ({"steps": ["1", "2"]}, "steps", "more than once"),
        ({"speed": "9"}, "speed", "no such option"),
    ],
)
def test_invalid_options_are_named(api: Api, fields: dict[str, Any], field: str, message: str) -> None:
    problem = assert_problem(api.post(**fields), 422, "invalid_options", field)
    assert problem["errors"][0]["field"] == field
    assert message in problem["errors"][0]["message"]
    assert not problem["retryable"]
    assert api.stored() == []


def test_files_other_than_recordings_are_refused(api: Api) -> None:
    assert_problem(api.post(b"%PDF-1.7" + bytes(2_000_000)), 415, "unsupported_media", "PDF")
    assert_problem(api.post(b"<html></html>"), 415, "unsupported_media", "text")
    assert_problem(api.post(b""), 422, "empty_audio", "empty")
    assert api.stored() == []


def test_malformed_forms_are_refused(api: Api) -> None:
    post = api.client.post
    for data in (b"x", WAV, bytes(100_000), bytes(2_000_000)):
        response = post("/v1/jobs", files={"audio": ("song.wav", data)})
        assert_problem(response, 400, "malformed_form", 'Send the recording in the form field "file"')
        assert '"audio"' in response.json()["detail"]
    assert_problem(post("/v1/jobs", content=b"x"), 415, "unsupported_content_type", "multipart")
    assert_problem(post("/v1/jobs"), 415, "unsupported_content_type", "multipart")
    head = {"Content-Type": "multipart/form-data; boundary=X"}
    assert_problem(post("/v1/jobs", content=b"--X\r\n", headers=head), 400, "malformed_form", "interrupted")
    assert_problem(post("/v1/jobs", content=b"junk", headers=head), 400, "malformed_form")
    address = {"source_url": "https://media.example/song.mp3"}
    assert_problem(post("/v1/jobs/from-file", json=address), 415, "unsupported_content_type", "multipart")
    assert api.stored() == []


def test_from_file_accepts_forms_only(api: Api) -> None:
    """For generated clients with one body type per operation."""
    files, key = {"file": ("song.wav", WAV)}, {"Idempotency-Key": "once"}
    response = api.client.post("/v1/jobs/from-file", files=files, data={"stems": "vocals"}, headers=key)
    assert response.status_code == 202, response.text
    job = response.json()
    assert (job["options"]["stems"], job["source"]["filename"]) == (["vocals"], "song.wav")
    again = api.client.post("/v1/jobs", files=files, data={"stems": "vocals"}, headers=key)
    assert again.json()["id"] == job["id"], "they are one operation"


def test_file_names_are_kept(api: Api) -> None:
    for sent, shown in (("filename*=UTF-8''Beyonc%C3%A9.mp3", "Beyoncé.mp3"), ('filename="%22x%22.wav"', '"x".wav')):
        body = FILE_PART.replace(b'filename="a.wav"', sent.encode()) + b"\r\n--X--\r\n"
        head = {"Content-Type": "multipart/form-data; boundary=X"}
        response = api.client.post("/v1/jobs", content=body, headers=head)
        assert response.status_code == 202, response.text
        assert response.json()["source"]["filename"] == shown


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/uploads"])
def test_compressed_bodies_are_refused_before_they_are_read(api: Api, path: str) -> None:
    head = {"Content-Type": "application/json"}
    squeezed = gzip.compress(b'{"bytes": 5}')
    for encoding in ("gzip", "br", "GZIP, identity"):
        response = api.client.post(path, content=squeezed, headers=head | {"Content-Encoding": encoding})
        assert_problem(response, 415, "unsupported_content_encoding", encoding.lower())
        assert response.headers["accept-encoding"] == "identity"
    got, closed = talk(api, f"{HEAD}Content-Length: 9000000\r\nContent-Encoding: gzip")
    assert (got.startswith("HTTP/1.1 415 "), closed) == (True, True)
    plain = api.client.post("/v1/uploads", json={"bytes": 5}, headers={"Content-Encoding": "identity"})
    assert plain.status_code == 201
    assert api.client.get("/livez", headers={"Content-Encoding": "gzip"}).status_code == 200, "it has no body"


def talk(api: Api, head: str, *body: bytes) -> tuple[str, bool]:
    """Send a raw request; returns the response until the server closed or paused, and whether it closed."""
    with api.connect() as raw:
        raw.sendall((head + "\r\n\r\n").encode())
        for block in body:
            raw.sendall(block)
        raw.settimeout(3)
        got = b""
        try:
            while block := raw.recv(65536):
                got += block
        except TimeoutError:
            return got.decode(), False
        return got.decode(), True


HEAD = "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=X\r\n"
FILE_PART = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + WAV


def test_a_too_large_content_length_is_refused_before_the_body(api: Api) -> None:
    got, closed = talk(api, f"{HEAD}Content-Length: {10 * MAX_UPLOAD}")
    assert got.startswith("HTTP/1.1 413 ")
    assert '"code":"upload_too_large"' in got
    assert "12 MB" in got
    assert closed


def test_expect_100_continue_spares_the_upload(api: Api) -> None:
    got, _ = talk(api, f"{HEAD}Content-Length: {10 * MAX_UPLOAD}\r\nExpect: 100-continue")
    assert got.startswith("HTTP/1.1 413 ")


def test_a_too_large_chunked_body_is_refused_while_receiving(api: Api) -> None:
    blocks = [b"10000\r\n" + bytes(65536) + b"\r\n"] * (MAX_UPLOAD // 65536 + 8)
    first = b"%x\r\n%s\r\n" % (len(FILE_PART), FILE_PART)
    got, closed = talk(api, f"{HEAD}Transfer-Encoding: chunked", first, *blocks, b"0\r\n\r\n")
    assert got.startswith("HTTP/1.1 413 ")
    assert not closed  # a short rest was read and dropped, so the connection stays open
    assert api.stored() == []
    assert open_uploads(api) == 0


def test_routes_without_files_accept_no_large_body(api: Api) -> None:
    response = api.client.post("/v1/jobs/x/cancel", content=bytes(70_000))
    assert_problem(response, 413, "upload_too_large")


def test_a_disconnected_client_leaves_nothing(api: Api) -> None:
    with api.connect() as raw:
        raw.sendall(f"{HEAD}Content-Length: 9000000\r\n\r\n".encode() + FILE_PART + bytes(7_000_000))
        until(lambda: open_uploads(api) == 1)
    until(lambda: open_uploads(api) == 0)
    assert api.stored() == []
