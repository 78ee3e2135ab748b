"""How a worker process starts, or does not."""

import subprocess
import sys


def test_a_gpu_worker_does_not_start_without_a_gpu(service_env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "worker.app", "worker", "-Q", "gpu", "--pool=threads"]
    environment = {**service_env, "VOICELIFT_DEVICE": "cuda:99"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "The worker cannot start: The device 'cuda:99' is not available (" in done.stderr
