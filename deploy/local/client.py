"""A small client of the service, as an app developer would write it: submit, follow, download."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from core.audio.names import stem_name

POLL_S = 0.3
TERMINAL = {"succeeded", "failed", "canceled", "expired"}


class ClientError(Exception):
    """The service refused the song or could not separate it; the message is the service's."""


def post(http: httpx.Client, song: Path) -> dict[str, Any]:
    """POST `song` as a new job without reuse of earlier results. Returns the job's body. Raises ClientError when the
    service refuses it."""
    with song.open("rb") as file:
        response = http.post("/v1/jobs", files={"file": (song.name, file)}, data={"cache": "false"}, timeout=None)
    return _body(response)


def follow(http: httpx.Client, job: dict[str, Any], check: Callable[[], None]) -> Iterator[dict[str, Any]]:
    """Yield the job's body after each change, until it has ended; `check` may raise between polls."""
    etag = None
    while True:
        check()
        response = http.get(f"/v1/jobs/{job['id']}", headers={"If-None-Match": etag} if etag else {})
        if response.status_code != 304:
            job, etag = _body(response), response.headers.get("ETag")
            yield job
        if job["state"] in TERMINAL:
            return
        time.sleep(POLL_S)


def download(http: httpx.Client, job: dict[str, Any], folder: Path, name: str) -> dict[str, Path]:
    """Save each output as `folder/name.stem.extension`; returns paths by stem. A failure leaves no partial file."""
    folder.mkdir(parents=True, exist_ok=True)
    saved: dict[str, Path] = {}
    for output in job["outputs"]:
        path = folder / stem_name(name, output["stem"], _extension(output["format"]))
        partial = path.with_name(f"{output['stem']}.part")
        try:
            with http.stream("GET", output["url"], follow_redirects=True) as response:
                if response.is_error:
                    response.read()
                _raise_for_problem(response)
                with partial.open("wb") as file:
                    file.writelines(response.iter_bytes())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        saved[output["stem"]] = path
    return saved


def _extension(audio_format: str) -> str:
    """wav16, wav24 and wav32f have the suffix .wav; other formats have their name."""
    return "wav" if audio_format.startswith("wav") else audio_format


def _body(response: httpx.Response) -> dict[str, Any]:
    _raise_for_problem(response)
    body: dict[str, Any] = response.json()
    return body


def _raise_for_problem(response: httpx.Response) -> None:
    if response.is_success:
        return
    try:
        problem = response.json()
        raise ClientError(f"{problem['detail']} ({problem['code']})")
    except (ValueError, KeyError, TypeError) as error:
        raise ClientError(f"The service returned status {response.status_code}.") from error
