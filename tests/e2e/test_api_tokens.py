"""Job tokens, which players and links use instead of a key, and the limits of their access."""

import hashlib
import time
from collections.abc import Iterator

import httpx
import pytest

from core.access import tokens
from core.access.keys import Keys
from core.jobs import intents
from core.jobs.job import new_job_id
from tests.support.api_harness import WAV, Api, assert_problem, prepare, publish, serving, succeed

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def guarded_server(environment: dict[str, str]) -> Iterator[Api]:
    with serving({**environment, "auth": "on", "token_secret": SECRET, "token_ttl_s": "600"}) as api:
        yield api


@pytest.fixture
def guarded(guarded_server: Api) -> Api:
    guarded_server.store.client.flushall()
    guarded_server.storage.delete_prefix("jobs/")
    return guarded_server


@pytest.fixture
def anna(guarded: Api) -> Iterator[httpx.Client]:
    _, text = Keys(guarded.store.client).create("test", "anna")
    with httpx.Client(base_url=guarded.url, timeout=30, headers={"Authorization": f"Bearer {text}"}) as client:
        yield client


@pytest.fixture
def job(anna: httpx.Client) -> str:
    created = anna.post("/v1/jobs", files={"file": ("song.wav", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(3000))})
    assert created.status_code == 202, created.text
    return str(created.json()["id"])


def token_of(client: httpx.Client, job_id: str) -> str:
    response = client.post(f"/v1/jobs/{job_id}/token")
    assert response.status_code == 201, response.text
    assert response.headers["cache-control"] == "no-store"
    return str(response.json()["token"])


def test_a_player_follows_a_playlist_with_a_token_only(guarded: Api, anna: httpx.Client, job: str) -> None:
    prepare(guarded.store, job)
    publish(guarded, job, 0)
    token = token_of(anna, job)
    url = f"{guarded.url}/v1/jobs/{job}/hls/vocals.m3u8"
    listed = guarded.client.get(url, params={"token": token})
    assert listed.status_code == 200
    lines = listed.text.splitlines()
    [init] = [line.split('"')[1] for line in lines if line.startswith("#EXT-X-MAP")]
    segments = [line for line in lines if line and not line.startswith("#")]
    for name, data in ((init, b"init of vocals"), (segments[0], b"vocals 0")):
        response = guarded.client.get(httpx.URL(url).join(name))
        assert (response.status_code, response.content) == (200, data)
        bare = guarded.client.get(httpx.URL(url).join(name.partition("?")[0]))
        assert_problem(bare, 401, "unauthenticated")
    with_key = anna.get(url)
    assert "token" not in with_key.text, "the key's own playlist names no token"


def test_a_token_gives_access_to_outputs(guarded: Api, anna: httpx.Client, job: str) -> None:
    succeed(guarded, job)
    response = guarded.client.get(f"/v1/jobs/{job}/outputs/vocals", params={"token": token_of(anna, job)})
    assert response.status_code == 307
    assert httpx.get(response.headers["location"]).content == b"0123456789"
    head = guarded.client.head(f"/v1/jobs/{job}/outputs/vocals", params={"token": token_of(anna, job)})
    assert (head.status_code, head.headers["content-length"]) == (200, "10")
    assert guarded.client.head(f"/v1/jobs/{job}/outputs/vocals").status_code == 401
    assert "token" not in response.headers["location"]


def test_a_token_gives_access_to_events(guarded: Api, anna: httpx.Client, job: str) -> None:
    succeed(guarded, job)
    response = guarded.client.get(f"/v1/jobs/{job}/events", params={"token": token_of(anna, job)})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")


def test_a_token_shows_the_job_without_its_owners_fields(guarded: Api, anna: httpx.Client) -> None:
    fields = {
        "source_url": "https://media.example/song.mp3",
        "metadata": {"user": "8231"},
        "batch": "album-7",
        "webhook_url": "https://app.example/hook",
    }
    owned = anna.post("/v1/jobs", json=fields).raise_for_status().json()
    assert owned["source"]["url"] == fields["source_url"] and owned["metadata"] == fields["metadata"]
    seen = guarded.client.get(owned["url"], params={"token": token_of(anna, owned["id"])}).raise_for_status().json()
    hidden = {"metadata": {}, "batch": None, "webhook_url": None, "source": {**owned["source"], "url": None}}
    moving = {"queue_position": seen["queue_position"], "progress": seen["progress"]}
    assert seen == {**owned, **hidden, **moving}


def test_a_token_gives_no_other_access(guarded: Api, anna: httpx.Client, job: str) -> None:
    query = {"token": token_of(anna, job)}
    other = anna.post("/v1/jobs", files={"file": ("song.wav", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(3000))}).json()
    for method, path in (
        ("GET", "/v1/jobs"),
        ("GET", "/v1/models"),
        ("POST", f"/v1/jobs/{job}/cancel"),
        ("POST", f"/v1/jobs/{job}/token"),
        ("POST", f"/v1/jobs/{job}/events"),
        ("DELETE", f"/v1/jobs/{job}"),
        ("DELETE", f"/v1/jobs/{job}/outputs/vocals"),
        ("GET", f"/v1/jobs/{job}/events/"),
        ("GET", f"/v1/jobs/{job}/hls/vocals/a/b"),
    ):
        assert_problem(guarded.client.request(method, path, params=query), 401, "unauthenticated")
    for path in (f"{other['url']}/outputs/vocals", f"/v1/jobs/{new_job_id()}/outputs/vocals"):
        assert_problem(guarded.client.get(path, params=query), 401, "invalid_token")
    response = guarded.client.get(
        f"/v1/jobs/{job}/outputs/vocals", headers={"Authorization": f"Bearer {query['token']}"}
    )
    assert_problem(response, 401, "invalid_key")
    assert anna.get(f"/v1/jobs/{job}").json()["state"] == "queued"


def test_a_token_expires(guarded: Api, anna: httpx.Client, job: str) -> None:
    path, secret = f"/v1/jobs/{job}/outputs/vocals", hashlib.sha256(SECRET.encode()).digest()
    response = anna.post(f"/v1/jobs/{job}/token").json()
    expires_at = int(response["token"].partition(".")[0], 16)
    assert response["token"] == tokens.sign(secret, job, expires_at)
    assert 590 < expires_at - time.time() <= 600
    for change, code in ((0, "outputs_not_ready"), (-601, "invalid_token")):
        token = tokens.sign(secret, job, int(time.time()) + 600 + change)
        assert guarded.client.get(path, params={"token": token}).json()["code"] == code
    for broken in ("x", "", f"{response['token']}x", f"ffffffff.{response['token'].partition('.')[2]}"):
        assert guarded.client.get(path, params={"token": broken}).status_code == 401


def test_rate_limits_apply_to_tokens(guarded: Api, anna: httpx.Client, job: str) -> None:
    response = guarded.client.get(f"/v1/jobs/{job}/outputs/vocals", params={"token": token_of(anna, job)})
    assert_problem(response, 409, "outputs_not_ready")
    assert response.headers["ratelimit-remaining"] == "5999"


def test_job_bodies_contain_no_tokens(guarded: Api, anna: httpx.Client, job: str) -> None:
    succeed(guarded, job)
    token_of(anna, job)
    assert "token" not in anna.get(f"/v1/jobs/{job}").text


def test_without_authentication_a_token_changes_nothing(api: Api) -> None:
    job_id = api.job()["id"]
    succeed(api, job_id)
    assert api.client.post(f"/v1/jobs/{job_id}/token").status_code == 201
    for query in ({}, {"token": "x\r\n#EXT"}):
        assert api.client.get(f"/v1/jobs/{job_id}/outputs/vocals", params=query).status_code == 307


def test_revoked_tokens_are_refused_and_new_ones_work(guarded: Api, anna: httpx.Client, job: str) -> None:
    succeed(guarded, job)
    other = anna.post("/v1/jobs", files={"file": ("b.wav", WAV)}).json()["id"]
    old, elsewhere = token_of(anna, job), token_of(anna, other)
    url = f"{guarded.url}/v1/jobs/{job}"
    assert guarded.client.get(url, params={"token": old}).status_code == 200
    assert_problem(guarded.client.delete(f"{url}/token", params={"token": old}), 401, "unauthenticated")
    assert anna.delete(f"/v1/jobs/{job}/token").status_code == 204
    for path in ("", "/events", "/hls/vocals.m3u8", "/peaks", "/outputs/vocals", "/outputs/vocals/mp3", "/outputs.zip"):
        assert_problem(guarded.client.get(url + path, params={"token": old}), 401, "invalid_token", "revoked")
    assert guarded.client.get(url, params={"token": token_of(anna, job)}).status_code == 200
    assert guarded.client.get(f"{guarded.url}/v1/jobs/{other}", params={"token": elsewhere}).status_code == 200
    noted = intents.read(guarded.storage, job)
    assert noted is not None and noted.token_series == 1, "so it survives the loss of Redis"
