"""A recording fetched by the service and returned in the source's format; no secret in any log."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.access.keys import Keys
from core.audio.decode import probe
from core.jobs.job import State
from tests.conftest import Server
from tests.support import web
from tests.support.api_harness import free_address
from tests.support.media import tones, write_media
from tests.support.pipeline_harness import Pipeline, piped
from tests.support.waiting import until

CANARIES = {
    "VOICELIFT_TOKEN_SECRET": "canary-token-secret-canary-token-secret",
    "VOICELIFT_METRICS_TOKEN": "canary-metrics-token",
}
URL_SECRET, USER_SECRET = "canary-signature-in-a-url", "canary-in-the-metadata"


@pytest.fixture(scope="module")
def site() -> Iterator[web.Site]:
    with web.serving() as site:
        yield site


@pytest.fixture(scope="module")
def service(
    redis_server: Server, s3_settings: dict[str, str], tiny_model_dir: Path, site: web.Site,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Pipeline, str]]:  # fmt: skip
    """The whole service as processes at log level DEBUG, each with a log file; and the API's address."""
    folder, address = tmp_path_factory.mktemp("sources"), free_address()
    variables = {
        **s3_settings,
        **CANARIES,
        "REDIS_URL": redis_server.url,
        "VOICELIFT_AUTH": "on",
        "VOICELIFT_PORT": address.split(":")[1],
        "VOICELIFT_LOG_LEVEL": "DEBUG",
        "VOICELIFT_FETCH_ALLOW": "127.0.0.0/8",
        "VOICELIFT_FETCH_PORTS": str(site.port),
    }
    with piped(variables, tiny_model_dir, folder) as pipeline:
        pipeline.start("api", ("-m", "api"))
        pipeline.start("courier", ("-m", "worker.courier"))
        until(lambda: _responds(address), timeout_s=60)
        yield pipeline, f"http://{address}"


def _responds(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/livez").status_code == 200
    except httpx.TransportError:
        return False


def test_a_fetched_song_keeps_its_format_and_no_secret_is_logged(
    service: tuple[Pipeline, str], site: web.Site, s3_settings: dict[str, str], tmp_path: Path
) -> None:
    pipeline, url = service
    song = write_media(tmp_path / "song.mp3", "libmp3lame", tones(44100, 3 * 44100), 44100)
    site.routes["/song.mp3"] = lambda handler: handler.reply(200, song.read_bytes())
    site.routes["/hook"] = lambda handler: handler.reply(204)
    _, key = Keys(pipeline.store.client).create("canary", "anna")
    at = f"http://127.0.0.1:{site.port}"
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        secret = client.get("/v1/webhooks/secret").json()["secret"]
        options = {
            "source_url": f"{at}/song.mp3?X-Amz-Signature={URL_SECRET}",
            "webhook_url": f"{at}/hook?key={URL_SECRET}",
            "metadata": {"note": USER_SECRET},
            "format": "same",
            "steps": 2,
        }
        response = client.post("/v1/jobs", json=options, headers={"Idempotency-Key": "canary-idempotency"})
        assert response.status_code == 202, response.text
        job = pipeline.wait(response.json()["id"], 200)
        assert job.state is State.succeeded, f"{job.error}\n{pipeline.tail()}"
        body = client.get(response.json()["url"]).json()
        assert {output["format"] for output in body["outputs"]} == {"mp3"}
        assert body["source"]["filename"] == "song.mp3"
        until(lambda: any(each.path.startswith("/hook") for each in site.received), timeout_s=60)
        token = client.post(f"{response.json()['url']}/token").json()["token"]
        presigned = client.get(f"{response.json()['url']}/outputs/vocals").headers["location"]
        assert client.get(f"{response.json()['url']}/hls/vocals.m3u8", headers={"Authorization": ""}).status_code == 401
        for path in ("events", "hls/vocals.m3u8", "outputs/vocals", "hls/vocals/nothing", "nothing"):
            httpx.get(f"{url}{response.json()['url']}/{path}", params={"token": token})
        client.get("/v1/jobs", headers={"Authorization": f"Bearer {key}x"})
        upload = client.post("/v1/uploads", json={"bytes": 10}).json()
        httpx.put(upload["url"], content=b"0123456789", trust_env=False)
        client.post("/v1/jobs", json={"upload_id": upload["upload_id"], "source_url": options["source_url"]})
        client.post("/v1/jobs", json={"source_url": f"http://x:{USER_SECRET}@127.0.0.1/?{URL_SECRET}"})
    site.routes["/song.mp3"] = lambda handler: handler.reply(
        404
    )  # a failing assertion prints the reason, not the whole log
    file = tmp_path / "vocals.mp3"
    file.write_bytes(httpx.get(presigned, trust_env=False).content)
    assert (probe(file).codec, probe(file).sample_rate) == ("mp3", 44100)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        failed = client.post("/v1/jobs", json=options | {"cache": False}).json()
        assert pipeline.wait(failed["id"], 100).state is State.failed
    signature = presigned.partition("Signature=")[2].partition("&")[0]
    secrets = [*CANARIES.values(), s3_settings["AWS_SECRET_ACCESS_KEY"], key, key.rpartition("_")[2]]
    secrets += [secret, secret.removeprefix("whsec_"), token, token.partition(".")[2]]
    secrets += [URL_SECRET, USER_SECRET, signature]
    logs = {path.name: path.read_text(errors="replace") for path in pipeline.logs.glob("*.log")}
    assert set(logs) == {"api.log", "cpu.log", "gpu.log", "janitor.log", "courier.log"}
    assert job.id in logs["api.log"]
    assert job.id in logs["cpu.log"]
    leaks = [(name, text) for name, log in logs.items() for text in secrets if text in log]
    size = sum(map(len, logs.values()))
    print(f"\n{len(secrets)} secrets, {len(logs)} logs of {size} characters in all: {len(leaks)} found")
    assert leaks == []
