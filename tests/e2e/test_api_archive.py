"""All stems in one download, packed while it is sent."""

import io
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import httpx
import psutil
import pytest

from core.errors import NoAudio
from core.jobs.task import Kind
from core.keys import job_prefix
from tests.support.api_harness import Api, assert_problem, claim, free_address, responds, succeed
from tests.support.waiting import until

REPOSITORY = Path(__file__).resolve().parents[2]
STEMS = {"vocals": b"0123456789", "instrumental": b"abc"}


def test_the_archive_contains_the_files_of_single_downloads(api: Api) -> None:
    job = api.job(name="../Söng: 1.mp3")
    url = f"{job['url']}/outputs.zip"
    assert_problem(api.client.get(url), 409, "outputs_not_ready", "queued")
    assert job["archive_url"] is None
    succeed(api, job["id"], STEMS)
    assert api.client.get(job["url"]).json()["archive_url"] == url
    response = api.client.get(url)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/zip")
    assert int(response.headers["content-length"]) == len(response.content)
    assert "filename*=UTF-8''S%C3%B6ng_%201.zip" in response.headers["content-disposition"]
    assert (response.headers["cache-control"], response.headers["accept-ranges"]) == ("no-store", "none")
    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        assert packed.testzip() is None
        assert {name: packed.read(name) for name in packed.namelist()} == {
            "Söng_ 1 (vocals).flac": STEMS["vocals"],
            "Söng_ 1 (instrumental).flac": STEMS["instrumental"],
        }
    for output in api.client.get(job["url"]).json()["outputs"]:
        single = api.client.head(output["url"]).headers["content-disposition"]
        assert f"UTF-8''S%C3%B6ng_%201%20%28{output['stem']}%29.flac" in single


def test_head_returns_size_and_name(api: Api) -> None:
    job = api.job()
    succeed(api, job["id"], STEMS)
    whole, head = (api.client.request(method, f"{job['url']}/outputs.zip") for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "content-disposition", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]


def test_a_job_token_gives_access_to_its_archive_only(api: Api) -> None:
    first = api.job()
    succeed(api, first["id"], STEMS)
    second = api.job()
    tokens = [api.client.post(f"{job['url']}/token").json()["token"] for job in (first, second)]
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}  # where a key is needed, or a token
    for method in ("GET", "HEAD"):
        responses = [
            api.client.request(method, f"{first['url']}/outputs.zip", params={"token": token}, headers=elsewhere)
            for token in tokens
        ]
        assert [response.status_code for response in responses] == [200, 401]


def test_no_archive_without_files(api: Api) -> None:
    failed = api.job()
    api.store.leases.fail_job(claim(api.store, Kind.prepare, failed["id"]), NoAudio("No sound."))
    assert_problem(api.client.get(f"{failed['url']}/outputs.zip"), 409, "outputs_not_ready", "failed")
    gone = api.job()
    succeed(api, gone["id"], STEMS)
    api.storage.delete_prefix(f"{job_prefix(gone['id'])}outputs/")
    assert_problem(api.client.get(f"{gone['url']}/outputs.zip"), 404, "not_found", "expired")
    api.store.client.hset(f"vl:job:{gone['id']}", "outputs_expired_at", "1")
    assert_problem(api.client.get(f"{gone['url']}/outputs.zip"), 404, "not_found", "expired")
    unknown = gone["url"][:-1] + ("0" if gone["url"][-1] != "0" else "1")
    assert_problem(api.client.get(f"{unknown}/outputs.zip"), 404, "not_found", "no such job")


def test_a_file_deleted_meanwhile_aborts_the_download(api: Api) -> None:
    job = api.job()
    succeed(api, job["id"], {"vocals": bytes(20_000_000), "instrumental": b"abc"})
    with api.client.stream("GET", f"{job['url']}/outputs.zip") as download:
        blocks = download.iter_raw()
        next(blocks)
        api.storage.delete_prefix(f"{job_prefix(job['id'])}outputs/")
        with pytest.raises(httpx.RemoteProtocolError):
            list(blocks)
    until(lambda: api.services.archives._held.total() == 0)


def test_memory_is_bounded_for_large_archives_and_slow_readers(api: Api, environment: dict[str, str]) -> None:
    size, downloads = 60_000_000, 3
    job = api.job()
    succeed(api, job["id"], dict.fromkeys(STEMS, bytes(size)))
    address = free_address()
    variables = {name: value for name, value in environment.items() if name.isupper()}
    variables |= {"VOICELIFT_MODEL_DIR": environment["model_dir"], "VOICELIFT_PORT": address.split(":")[1]}
    process = subprocess.Popen([sys.executable, "-m", "api"], env={**os.environ, **variables}, cwd=REPOSITORY)
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=120) as client:
            until(lambda: responds(client) or process.poll() is not None, "the API responds", 60)
            memory = psutil.Process(process.pid).memory_info
            client.get(job["url"])
            idle = peak = memory().rss
            sizes: list[int] = []

            def download() -> None:
                with client.stream("GET", f"{job['url']}/outputs.zip") as response:
                    sizes.append(sum(map(len, response.iter_raw())))

            with client.stream("GET", f"{job['url']}/outputs.zip") as slow:
                taken = slow.iter_raw()
                next(taken)  # and no more until the others are complete
                threads = [threading.Thread(target=download) for _ in range(downloads)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    while thread.is_alive():
                        peak = max(peak, memory().rss)
                        thread.join(0.02)
        whole = 2 * size
        assert len(sizes) == downloads
        assert all(whole < each < whole + 1000 for each in sizes)
        print(f"\nidle {idle / 1e6:.0f} MB, with {downloads + 1} archives of 120 MB at once {peak / 1e6:.0f} MB")
        assert peak - idle < (downloads + 1) * 4_000_000 + 15_000_000
    finally:
        process.kill()
        process.wait()
