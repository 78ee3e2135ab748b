"""Liveness and readiness: `/livez` and `/readyz` of the processes that serve only metrics.

After a failing `/livez`, restart the process: it does not recover. A failing `/readyz` names the unavailable
dependency: `redis`, `storage`, `disk`; a restart would not help. Each check runs in a thread, so that a hanging server
is detected and does not delay the response.
"""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from core.errors import VoiceliftError
from core.jobs.store import JobStore
from core.storage import Storage

EVERY_S = 5.0
STALE_S = 20.0  # a check without a result for so long

Check = Callable[[], str | None]
"""None if healthy, else the error in words."""


class Health:
    """`alive` and `ready` are checks by name; those of `alive` must be quick, because each request runs them."""

    def __init__(self, alive: Mapping[str, Check], ready: Mapping[str, Check]) -> None:
        self._alive = alive
        self._watched = {name: _Watched(check) for name, check in ready.items()}
        for name, watched in self._watched.items():
            threading.Thread(target=watched.run, name=f"health-{name}", daemon=True).start()

    def livez(self) -> dict[str, str | None]:
        return {name: check() for name, check in self._alive.items()}

    def readyz(self) -> dict[str, str | None]:
        return self.livez() | {name: watched.result() for name, watched in self._watched.items()}

    def serve(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes] | None:
        """The response to /livez and /readyz: 200 or 503, and JSON; None for other paths."""
        check_all = {"/livez": self.livez, "/readyz": self.readyz}.get(environ["PATH_INFO"])
        if check_all is None:
            return None
        results = check_all()
        ok = not any(results.values())
        checks = {name: {"ok": wrong is None, "detail": wrong or "ok"} for name, wrong in results.items()}
        start("200 OK" if ok else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [json.dumps({"status": "ok" if ok else "failing", "checks": checks}).encode()]


class _Watched:
    """A repeated check and its last result."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._result: str | None = "not checked yet"
        self._at = time.monotonic()

    def run(self) -> None:
        while True:
            try:
                self._result = self._check()
            except VoiceliftError as error:
                self._result = error.message
            except OSError as error:
                self._result = str(error)
            self._at = time.monotonic()
            time.sleep(EVERY_S)

    def result(self) -> str | None:
        age = time.monotonic() - self._at
        return f"no response for {age:.0f} s" if age > STALE_S else self._result


class Pulse:
    """The time of the last run of a repeated step."""

    def __init__(self, what: str, within_s: float) -> None:
        self._what, self._within_s = what, within_s
        self._at = time.monotonic()

    def beat(self) -> None:
        self._at = time.monotonic()

    def check(self) -> str | None:
        age = time.monotonic() - self._at
        return f"{self._what} has not run for {age:.0f} s" if age > self._within_s else None


def disk(folder: Path, least_bytes: int) -> Check:
    """Whether the disk for temporary files has so much free space."""

    def check() -> str | None:
        free = shutil.disk_usage(folder).free
        return f"only {free >> 20} MiB are free in {folder}" if free < least_bytes else None

    return check


def bucket(storage: Storage) -> Check:
    return lambda: None if storage.has_bucket() else "the bucket does not exist"


def ping(store: JobStore) -> None:
    """A check of Redis. Raises StoreUnavailable with the reason."""
    store.ping()
