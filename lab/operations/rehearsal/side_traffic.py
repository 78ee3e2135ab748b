"""Other traffic of a day, from a separate tenant: a reused result, a webhook, a broken file, and one that is no
audio."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from deploy.local.demo import DEMO_SONG
from deploy.local.plan import LOOPBACK, Plan
from lab.operations.rehearsal.fleet import wait_for_job

TENANT = "anna"


class _Accepting(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def receiver() -> Iterator[int]:
    """A receiver of webhooks; its port on the loopback interface."""
    with ThreadingHTTPServer((LOOPBACK, 0), _Accepting) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def send(planned: Plan, song: Path, port: int) -> None:
    """Send everything; returns when the jobs have ended. The song is sent twice, so that the second one reuses the
    result."""
    command = ["voicelift", "keys", "create", "--name", "rehearsal", "--tenant", TENANT]
    done = subprocess.run(command, env=planned.environment, capture_output=True, text=True, check=True)
    (key,) = (line for line in done.stdout.splitlines() if line.startswith("vl_"))
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=planned.url, headers=headers, timeout=60, trust_env=False) as http:
        whole, broken = song.read_bytes(), DEMO_SONG.read_bytes()[:600]
        for content in (whole, whole, broken):
            files, data = {"file": (song.name, content)}, {"webhook_url": f"http://{LOOPBACK}:{port}/webhook"}
            wait_for_job(http, http.post("/v1/jobs", files=files, data=data).raise_for_status().headers["Location"])
        http.post("/v1/jobs", files={"file": ("letter.txt", b"no song")})
