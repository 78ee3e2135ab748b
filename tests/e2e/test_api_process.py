"""The API as a process, started as in production."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import psutil

from core.storage import PART_BYTES
from tests.support.api_harness import WAV, free_address, responds
from tests.support.waiting import until

REPOSITORY = Path(__file__).resolve().parents[2]
UPLOADS = 8


def test_memory_is_bounded_by_the_number_of_uploads(environment: dict[str, str]) -> None:
    address = free_address()
    port = address.split(":")[1]
    variables = {name: value for name, value in environment.items() if name.isupper()}
    variables |= {"VOICELIFT_MODEL_DIR": environment["model_dir"], "VOICELIFT_PORT": port}
    process = subprocess.Popen([sys.executable, "-m", "api"], env={**os.environ, **variables}, cwd=REPOSITORY)
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=120) as client:
            until(lambda: responds(client) or process.poll() is not None, "the API responds", 60)
            assert process.poll() is None, "the API did not start"
            memory = psutil.Process(process.pid).memory_info
            data = WAV + bytes(12_000_000)
            assert client.post("/v1/jobs", files={"file": ("first.wav", data)}).status_code == 202
            idle = peak = memory().rss
            statuses: list[int] = []

            def upload() -> None:
                statuses.append(client.post("/v1/jobs", files={"file": ("song.wav", data)}).status_code)

            threads = [threading.Thread(target=upload) for _ in range(UPLOADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():
                    peak = max(peak, memory().rss)
                    thread.join(0.02)
        assert statuses == [202] * UPLOADS
        allowed = UPLOADS * (PART_BYTES + 1_000_000) + 10_000_000
        print(f"\nidle {idle / 1e6:.0f} MB, with {UPLOADS} uploads of 12 MB at once {peak / 1e6:.0f} MB")
        assert peak - idle < allowed
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) in (0, -signal.SIGTERM)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
