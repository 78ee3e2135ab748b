"""`make compose-test`: docker-compose.yml from nothing to a song and back, by whichever Compose there is.

It starts the cpu profile as a project apart, waits until all of it is well, makes a key, sends the demo song
through nginx, kills the gpu queue's worker meanwhile, plays the playlist, downloads both stems and adds them up, asks
Prometheus and Alertmanager, stops the API until its alert is there, takes everything down, starts it again on the same
volumes, finds the song again, replaces all containers by those of another build while songs are in flight, and back,
and removes all.

COMPOSE is the command (docker compose); COMPOSE_FILE may add a file for this machine. Build the images first:
make images.
"""

import argparse
import hashlib
import io
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import yaml
from numpy.typing import NDArray

from deploy.compose import images, make_secrets
from deploy.local import client, plan
from deploy.local.demo import DEMO_SONG
from deploy.local.stack import ROOT
from lab.operations.measure import repeated
from lab.operations.rehearsal.fleet import run_rehearsal, until
from lab.operations.rehearsal.upgrade import PATCHES, SONG_S, new_build
from lab.tables import print_table

PROJECT = "voicelift-test"
PROXY, PROMETHEUS, ALERTMANAGER = (f"http://{plan.LOOPBACK}:{port}" for port in (8080, 9090, 9093))
WORKER = "worker-gpu-on-cpu"
COMPOSE_FILE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
# The containers of this project's code, and their images.
OWN_IMAGES = {
    name: str(service["image"])
    for name, service in COMPOSE_FILE["services"].items()
    if service["image"].startswith("voicelift-") and name != "s3" and "cpu" in service.get("profiles", ["cpu"])
}
PACKAGES = "/venv/lib/python3.11/site-packages"  # where the images have the code
SONGS = 6  # in flight during an upgrade
WATCHED = ("api", "worker-gpu", "worker-cpu", "janitor", "courier", "prometheus")


class Compose:
    """The project, by Compose's own command."""

    def __init__(self) -> None:
        self.command = shlex.split(os.environ.get("COMPOSE", "docker compose"))
        self.override: Path | None = None  # one more Compose file

    def __call__(self, *words: str) -> str:
        """-> what it printed. Raises StackError."""
        line = [*self.command, "-p", PROJECT, "--profile", "cpu", *words]
        environment = dict(os.environ)
        if self.override is not None:
            environment["COMPOSE_FILE"] = f"{environment.get('COMPOSE_FILE', 'docker-compose.yml')}:{self.override}"
        done = subprocess.run(
            line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            output = done.stdout[-2000:] + done.stderr[-4000:]
            raise plan.StackError(f"{shlex.join(line)} failed ({done.returncode}):\n{output}")
        return done.stdout


class Clock:
    """Times of the steps, printed as they come."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []

    def step(self, what: str, act: Callable[[], Any]) -> Any:
        started = time.monotonic()
        result = act()
        self.report(what, f"{time.monotonic() - started:.1f} s")
        return result

    def report(self, what: str, figure: str) -> None:
        self.rows.append({"what": what, "": figure})
        print(f"{what}: {figure}", flush=True)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make compose-test", description=__doc__.partition("\n")[0])
    parser.add_argument("--song", type=Path, default=DEMO_SONG)
    parser.add_argument("--vocals", type=Path, metavar="FILE", help="its vocals by `make serve`, to compare")
    args = parser.parse_args(argv)

    def rehearsal(folder: Path) -> None:
        compose, clock = Compose(), Clock()
        make_secrets.make(make_secrets.FOLDER)
        compose("down", "-v")
        try:
            rehearse(compose, clock, folder, args.song, args.vocals)
        except BaseException:
            print(_logs(compose), file=sys.stderr)
            raise
        finally:
            clock.step("taken down, volumes and all", lambda: compose("down", "-v"))
        print()
        print_table(clock.rows)

    return run_rehearsal(rehearsal)


def rehearse(compose: Compose, clock: Clock, folder: Path, song: Path, reference: Path | None) -> None:
    clock.step("from nothing to ready", lambda: _up(compose))
    http = httpx.Client(base_url=PROXY, timeout=60, trust_env=False)
    http.headers["Authorization"] = f"Bearer {_key(compose)}"
    job = clock.step("the song, its worker killed on the way", lambda: _song(compose, clock, http, song))
    stems = client.download(http, job, folder, "song")
    clock.report("mixture - vocals - instrumental", _null_error(song, stems))
    if reference is not None:
        if not np.array_equal(_samples(reference), _samples(stems["vocals"])):
            raise plan.StackError(f"The vocals differ from {reference}.")
        clock.report(f"vocals against {reference}", "the same samples")
    clock.report("the playlist of the vocals", _played(http, job))
    until(lambda: all(_query(f'min(up{{job="{name}"}})') == 1 for name in WATCHED), "Prometheus reaches every process")
    until(lambda: _query("sum(voicelift_jobs_accepted_total)") == 1, "Prometheus counts one job")
    clock.report("Prometheus", f"{len(WATCHED)} kinds of process up, 1 job accepted")
    compose("stop", "api")
    clock.step("from no API to its alert", lambda: until(lambda: "ApiDown" in _alerts(), "ApiDown fires"))
    runbook = _alerts()["ApiDown"]
    compose("start", "api")
    clock.step(
        "from the API's start to no alert", lambda: until(lambda: "ApiDown" not in _alerts(), "ApiDown resolves")
    )
    if "## ApiDown" not in httpx.get(runbook, trust_env=False).text:
        raise plan.StackError(f"The alert's runbook is not at {runbook}.")
    clock.step("everything stopped", lambda: compose("down"))
    clock.step("everything started again", lambda: _up(compose))
    again = http.get(f"/v1/jobs/{job['id']}").raise_for_status().json()
    later = client.download(http, again, folder / "again", "song")
    if {stem: _digest(path) for stem, path in later.items()} != {stem: _digest(path) for stem, path in stems.items()}:
        raise plan.StackError("After the restart the stems are others.")
    clock.report("the song after the restart", f"{again['state']}, both stems the same")
    override, longer = other_build(folder / "build"), repeated(song, SONG_S, folder / "song.wav")
    for name, file in (("upgrade", override), ("roll back", None)):
        compose.override = file
        _replace(name, compose, clock, http, longer)


def _replace(name: str, compose: Compose, clock: Clock, http: httpx.Client, song: Path) -> None:
    """Send songs, replace the containers by those of `compose` as it is now, and wait for the songs."""
    ids = [client.post(http, song)["id"] for _ in range(SONGS)]

    def bodies() -> list[dict[str, Any]]:
        """Retries a 503, as a client should: new containers may not reach Redis at once."""
        responses: list[httpx.Response] = []

        def answered() -> bool:
            responses[:] = [http.get(f"/v1/jobs/{job_id}") for job_id in ids]
            return all(response.status_code != httpx.codes.SERVICE_UNAVAILABLE for response in responses)

        until(answered, "the API returns all songs")
        return [response.raise_for_status().json() for response in responses]

    until(lambda: any(body["progress"]["chunks_done"] for body in bodies()), "a chunk is done")
    before = _unfinished(bodies())
    clock.step(f"{name}: containers replaced", lambda: _up(compose))
    after = _unfinished(bodies())
    _check_build(compose)
    until(lambda: not _unfinished(bodies()), "all songs are finished")
    succeeded = sum(body["state"] == "succeeded" for body in bodies())
    figures = f"{before} unfinished before, {after} after, {succeeded} succeeded"
    if succeeded < SONGS or not after:
        raise plan.StackError(f"{name} with {SONGS} songs: {figures}.")
    clock.report(f"{name}: {SONGS} songs of {SONG_S:g} s", figures)


def _unfinished(bodies: list[dict[str, Any]]) -> int:
    return sum(body["state"] not in client.TERMINAL for body in bodies)


def other_build(folder: Path) -> Path:
    """Build images whose code writes another job record (see `upgrade`); the Compose file that selects them.

    Raises StackError: no container engine works, or the code to change has moved.
    """
    new_build(folder)
    try:
        engine = images.engine()
    except images.NoEngineError as error:
        raise plan.StackError(str(error)) from None
    build = {"dockerfile": str(folder / "Dockerfile"), "context": str(folder)}
    for image in set(OWN_IMAGES.values()):
        lines = [f"FROM {image}", *(f"COPY {path} {PACKAGES}/{path}" for path in PATCHES)]
        (folder / "Dockerfile").write_text("\n".join(lines))
        subprocess.run(images.command(engine, {"image": _other(image), "build": build}, os.environ), check=True)
    override = folder / "override.yml"
    services = {name: {"image": _other(image)} for name, image in OWN_IMAGES.items()}
    override.write_text(yaml.safe_dump({"services": services}))
    return override


def _other(image: str) -> str:
    return f"{image}-rehearsal"


def _check_build(compose: Compose) -> None:
    """Raises StackError when a container does not have the code that `compose` selects."""
    expected = len(PATCHES) if compose.override else 0
    search = f"cd {PACKAGES} && grep -l record_version {shlex.join(PATCHES)} | wc -l"
    for name in OWN_IMAGES:
        if int(compose("exec", "-T", name, "sh", "-c", search)) != expected:
            raise plan.StackError(f"{name} was not replaced by the other build.")


def _up(compose: Compose) -> None:
    compose("up", "-d")

    def ready() -> bool:
        try:
            response = httpx.get(f"{PROXY}/readyz", timeout=5, trust_env=False)
            return response.is_success and bool(response.json()["status"] == "ready")
        except (httpx.TransportError, ValueError):
            return False

    until(ready, "the service is ready")


def _key(compose: Compose) -> str:
    printed = compose("exec", "-T", "api", "voicelift", "keys", "create", "--name", "compose-test")
    key = re.search(r"^\s*(\S{30,})\s*$", printed, re.MULTILINE)
    if key is None:
        raise plan.StackError(f"No key was made: {printed}")
    return key[1]


def _song(compose: Compose, clock: Clock, http: httpx.Client, song: Path) -> dict[str, Any]:
    killed = False
    posted = client.post(http, song)
    for job in client.follow(http, posted, lambda: None):
        if job["progress"]["chunks_done"] and not killed:
            compose("kill", "-s", "SIGKILL", WORKER)
            compose("start", WORKER)
            killed = True
    if job["state"] != "succeeded" or not killed:
        raise plan.StackError(f"The song: {job['state']}, {job.get('error')}; worker killed: {killed}.")
    clock.report("time to first audio", f"{job['timings']['first_piece_s']:.1f} s")
    return dict(job)


def _samples(file: Path | io.BytesIO) -> NDArray[np.int64]:
    """[C, T], scaled to 32 bits."""
    with av.open(file if isinstance(file, io.BytesIO) else str(file), mode="r") as media:
        convert = av.AudioResampler(format="s32p")
        frames = [part for frame in media.decode(audio=0) for part in convert.resample(frame)]
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1).astype(np.int64)


def _null_error(song: Path, stems: dict[str, Path]) -> str:
    mixture, parts = _samples(song), [_samples(path) for path in stems.values()]
    if not np.array_equal(mixture, sum(parts)):
        raise plan.StackError("The stems do not add up to the song.")
    return "exactly zero"


def _played(http: httpx.Client, job: dict[str, Any]) -> str:
    """All of it, as a player would fetch it."""
    playlist = http.get(f"/v1/jobs/{job['id']}/hls/vocals.m3u8").raise_for_status()
    header = re.search(r'#EXT-X-MAP:URI="([^"]+)"', playlist.text)
    if header is None or "#EXT-X-ENDLIST" not in playlist.text:
        raise plan.StackError(f"The playlist is not whole: {playlist.text}")
    names = [header[1], *(line for line in playlist.text.splitlines() if line and not line.startswith("#"))]
    responses = [http.get(playlist.url.join(name), follow_redirects=True).raise_for_status() for name in names]
    decoded = _samples(io.BytesIO(b"".join(response.content for response in responses)))
    duration = sum(map(float, re.findall(r"#EXTINF:([\d.]+)", playlist.text)))
    return f"{len(names) - 1} segments, {duration:.2f} s, {decoded.shape[1]} samples decoded"


def _query(promql: str) -> float | None:
    response = httpx.get(f"{PROMETHEUS}/api/v1/query", params={"query": promql}, timeout=10, trust_env=False)
    result = response.raise_for_status().json()["data"]["result"]
    return float(result[0]["value"][1]) if result else None


def _alerts() -> dict[str, str]:
    """The alerts that Alertmanager holds, and where their runbook is."""
    response = httpx.get(f"{ALERTMANAGER}/api/v2/alerts", params={"active": "true"}, timeout=10, trust_env=False)
    alerts = response.raise_for_status().json()
    return {alert["labels"]["alertname"]: alert["annotations"]["runbook_url"] for alert in alerts}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _logs(compose: Compose) -> str:
    try:
        return compose("logs", "--tail", "30")
    except plan.StackError as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main())
