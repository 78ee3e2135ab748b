"""The whole service for hostile files: the local stack with the tiny model, observed from outside.

with service(folder) as running: running.send(case, "flac")
"""

import ctypes
import os
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from deploy.local import plan
from deploy.local.stack import Stack
from tests.hostile.corpus import Case

TINY = Path(__file__).resolve().parents[1] / "data" / "tiny"
LONGEST_S = 60  # a low limit, so that small files exceed it
WAIT_S = 300  # for one job; the machine may be busy
PARTS = ("-m api", "celery", "worker.janitor", "worker.courier")
_PATIENT: dict[str, Any] = {"timeout": 120, "trust_env": False, "limits": httpx.Limits(keepalive_expiry=2)}
# Permitted codes; others name no reason.
REASONS = {
    "unsupported_media", "no_audio", "damaged_media", "empty_audio", "audio_too_long", "upload_too_large",
    "unsupported_audio", "malformed_form",
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """The outcome of a case in a format: good (separated) or bad, and its code."""

    case: Case
    format: str
    way: str
    status: int
    code: str
    good: bool
    seconds: float

    @property
    def wrong(self) -> str:
        """The broken promise; "" if none."""
        if self.status >= 500:
            return f"status {self.status}"
        if not self.good and self.code not in REASONS:
            return f"no reason, but {self.code}"
        if (self.case.expect == "good" and not self.good) or (self.case.expect == "bad" and self.good):
            return f"{'separated' if self.good else self.code}, expected {self.case.expect}"
        return ""


@dataclass
class Codecs:
    """The cost of decoder and encoder processes, sampled twenty times a second."""

    # process (number and start, for numbers come again): first and last time, peak bytes
    seen: dict[tuple[int, str], tuple[float, float, int]] = field(default_factory=dict)
    workers_peak: dict[str, int] = field(default_factory=dict)

    @property
    def longest_s(self) -> float:
        return max((last - first for first, last, _ in self.seen.values()), default=0.0)

    @property
    def peak_bytes(self) -> int:
        return max((peak for *_, peak in self.seen.values()), default=0)


@dataclass
class Running:
    client: httpx.Client
    processes: dict[str, psutil.Process]
    codecs: Codecs
    log: Path

    def send_all(self, requested: Sequence[tuple[Case, str]], at_once: int = 16) -> list[Outcome]:
        """Send each case and ask for its format."""
        with ThreadPoolExecutor(at_once) as pool:
            responses = pool.map(lambda each: self._send_or_report(*each), requested)
            return [outcome for outcomes in responses for outcome in outcomes]

    def _send_or_report(self, case: Case, output: str) -> list[Outcome]:
        try:
            return self.send(case, output)
        except httpx.HTTPError as error:
            return [Outcome(case, output, "form", 599, f"{type(error).__name__}: {error}", False, 0.0)]

    def send(self, case: Case, output: str) -> list[Outcome]:
        """As a form; if it is refused at submission, again as a presigned upload."""
        started = time.monotonic()
        boundary = uuid.uuid4().hex
        name = case.filename.encode("utf-8", "replace")
        body = b'--%s\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n' % (boundary.encode(), name)
        body += case.data
        for field_name, value in (("stems", "vocals"), ("steps", "1"), ("cache", "false"), ("format", output)):
            body += f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="{field_name}"\r\n\r\n{value}'.encode()
        body += f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        first = self._outcome(
            case, output, "form", self.client.post("/v1/jobs", content=body, headers=headers), started
        )
        if first.code != "unsupported_media" or first.status != 415:
            return [first]
        started = time.monotonic()
        upload = self.client.post("/v1/uploads", json={"bytes": len(case.data), "filename": "song"}).json()
        _put(upload["url"], case.data)
        requested = {
            "upload_id": upload["upload_id"],
            "stems": ["vocals"],
            "steps": 1,
            "cache": False,
            "format": output,
        }
        return [first, self._outcome(case, output, "upload", self.client.post("/v1/jobs", json=requested), started)]

    def _outcome(self, case: Case, output: str, way: str, response: httpx.Response, started: float) -> Outcome:
        if response.status_code != 202:
            code = response.json().get("code", "?") if "json" in response.headers.get("content-type", "") else "?"
            return Outcome(case, output, way, response.status_code, code, False, time.monotonic() - started)
        url = response.json()["url"]
        pause = 0.2
        while True:
            try:
                job = self.client.get(url).json()
            except httpx.TransportError:
                if time.monotonic() - started > WAIT_S:
                    raise
                time.sleep(1)  # an idle connection may be closed while it is reused
                continue
            taken = time.monotonic() - started
            if job["state"] in ("succeeded", "failed", "canceled", "expired"):
                code = (job["error"] or {}).get("code", "")
                return Outcome(case, output, way, 202, code, job["state"] == "succeeded", taken)
            if taken > WAIT_S:
                return Outcome(case, output, way, 202, f"stuck {job['state']}", False, taken)
            time.sleep(pause)
            pause = min(1.5, pause * 1.4)

    def dead(self) -> list[str]:
        """The processes of the service that have ended."""
        return [name for name, process in self.processes.items() if not process.is_running()]

    def tracebacks(self) -> list[str]:
        """Log lines with a traceback."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if "Traceback (most recent call last)" in line]


@contextmanager
def service(folder: Path) -> Iterator[Running]:
    variables = {
        "VOICELIFT_MODEL_DIR": str(TINY),
        "VOICELIFT_MAX_DURATION_S": str(LONGEST_S),
        "VOICELIFT_LOG_FORMAT": "json",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VOICELIFT_", "REDIS_", "S3_"))}
    planned = plan.make(folder, {**kept, **variables})
    log = folder / "log"
    with Stack(planned, log) as stack, httpx.Client(**_PATIENT, base_url=planned.url) as client:
        stack.start()
        below = psutil.Process().children(recursive=True)
        processes = {_name(each): each for each in below if _name(each)}
        running = Running(client, processes, Codecs(), log)
        over = threading.Event()
        watching = threading.Thread(target=_watch, args=(running, over), daemon=True)
        watching.start()
        try:
            yield running
        finally:
            over.set()
            watching.join()


def _put(url: str, data: bytes) -> None:
    """Like every S3 client: a 5xx is retried a few times."""
    for pause in (0.1, 1.0, 3.0):
        if httpx.put(url, content=data, trust_env=False, timeout=60).status_code < 500:
            return
        time.sleep(pause)
    httpx.put(url, content=data, trust_env=False, timeout=60).raise_for_status()


def _name(process: psutil.Process) -> str:
    try:
        line = process.cmdline()
    except psutil.NoSuchProcess:
        return ""
    part = next((part for part in PARTS if any(each.endswith(part) for each in (*line, " ".join(line)))), "")
    if part == "celery":
        return f"worker-{line[line.index('-Q') + 1]}" if "-Q" in line else ""
    return "api" if part == "-m api" else part.removeprefix("worker.")


def _watch(running: Running, over: threading.Event) -> None:
    worker = running.processes["worker-cpu"]
    codecs = running.codecs
    while not over.wait(0.05):
        now = time.monotonic()
        for pid in filter(_runs_a_codec, _children(worker.pid)):
            peak = _peak(pid)
            codec = pid, _started(pid)
            first, _, before = codecs.seen.get(codec, (now, now, 0))
            codecs.seen[codec] = first, now, max(before, peak)
        for name, process in running.processes.items():
            codecs.workers_peak[name] = max(codecs.workers_peak.get(name, 0), _peak(process.pid))


def _children(pid: int) -> list[int]:
    pids: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids += map(int, task.read_text().split())
        except OSError:
            continue
    return pids


def _runs_a_codec(pid: int) -> bool:
    try:
        return b"code_process" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _started(pid: int) -> str:
    """Start time of the process, in the kernel's units; "" when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 if "VmHWM:" in status else 0


class Opened:
    """Reports whether a file has been opened since (Linux' inotify)."""

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(self._descriptor, os.fsencode(path), 0x20) >= 0, "IN_OPEN"

    def __call__(self) -> bool:
        try:
            return bool(os.read(self._descriptor, 4096))
        except BlockingIOError:
            return False
