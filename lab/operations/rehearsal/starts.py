"""`make image-starts`: the time from `run` of each image of this project's code until it responds at /livez.

A worker responds after it has loaded its model. Redis and S3 run outside the containers. CONTAINER_ENGINE selects the
engine, docker or podman. CPU time depends less on the machine's load. Build the images first: make images.
"""

import argparse
import dataclasses
import os
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

from deploy.compose import images
from deploy.local import plan
from deploy.local.stack import Stack
from lab.operations.rehearsal.compose import COMPOSE_FILE
from lab.operations.rehearsal.fleet import run_rehearsal, until
from lab.tables import print_table

SERVICES = ("api", "worker-gpu-on-cpu", "worker-cpu")
# As in docker-compose.yml, but on the host's network.
OPTIONS = shlex.split(
    "--network host --read-only --cap-drop all --security-opt no-new-privileges --tmpfs /tmp --env VOICELIFT_DEVICE=cpu"
)
PASSED_ON = ("REDIS_URL", "S3_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make image-starts", description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=5, help="starts of each image")
    args = parser.parse_args(argv)

    def rehearsal(folder: Path) -> None:
        try:
            engine = images.engine()
        except images.NoEngineError as error:
            raise plan.StackError(str(error)) from None
        planned = plan.make(folder, os.environ)
        rows = []
        with Stack(dataclasses.replace(planned, app=("api",)), folder / "log") as stack:  # the API creates the bucket
            stack.start()
            for name in SERVICES:
                starts = [_start(engine, name, planned.environment) for _ in range(args.times)]
                times, cpu_times = zip(*starts, strict=True)
                rows.append({
                    "image": name,
                    "fastest": f"{min(times):.1f} s",
                    "median": f"{statistics.median(times):.1f} s",
                    "slowest": f"{max(times):.1f} s",
                    "CPU time, median": f"{statistics.median(cpu_times):.1f} s",
                })  # fmt: skip
        print_table(rows)

    return run_rehearsal(rehearsal)


def _start(engine: str, name: str, environment: dict[str, str]) -> tuple[float, float]:
    """Run the image of one service; returns the seconds until it responds and its CPU time. Raises StackError."""
    service, (port,) = COMPOSE_FILE["services"][name], plan.free_ports(1)
    environment = environment | {"VOICELIFT_PORT": str(port), "VOICELIFT_METRICS_PORT": str(port)}
    passed_on = [f"--env={variable}" for variable in (*PASSED_ON, "VOICELIFT_PORT", "VOICELIFT_METRICS_PORT")]
    line = [engine, "run", "--detach", *OPTIONS, *passed_on, service["image"], *service.get("command", [])]

    def responds() -> bool:
        try:
            return httpx.get(f"http://{plan.LOOPBACK}:{port}/livez", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    started = time.monotonic()
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise plan.StackError(f"{name} did not start: {done.stderr}")
    container = done.stdout.strip()
    try:
        until(responds, f"{name} responds")
        elapsed = time.monotonic() - started
        inspect = [engine, "inspect", "--format", "{{.State.Pid}}", container]
        pid = int(subprocess.run(inspect, capture_output=True, check=True).stdout)
        return elapsed, sum(psutil.Process(pid).cpu_times()[:4])  # user and system, its own and its children's
    finally:
        subprocess.run([engine, "rm", "--force", container], capture_output=True, check=True)


if __name__ == "__main__":
    sys.exit(main())
