"""`make measure-api`: the capacity of one API process, with a separate Redis and S3; no worker takes the jobs.

python -m lab.operations.load [--quick] [--out FILE]

Polls waiting jobs on a fixed schedule (load_client.py), sends concurrent uploads, and records the API's memory while
large ones stream. Polling /livez in the same way, which touches neither Redis nor S3, shows the share of the client and
the web framework. Prints tables and writes them, with the figures, as JSON.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from deploy.local import client, plan
from deploy.local.stack import Stack, interruptible
from lab.operations import load_client
from lab.operations.load_client import Connection, Sample
from lab.tables import print_table

SAMPLE_S = 0.05
POLLED_JOBS = 20
SMALL_SONG_BYTES = 100_000
# Jobs are never executed, so only temporary servers are used.
NOT_FROM_OUTSIDE = ("REDIS_URL", "S3_ENDPOINT_URL", "S3_PUBLIC_ENDPOINT_URL")


@dataclasses.dataclass(frozen=True)
class Form:
    """Parameters: polls per second, seconds, concurrent uploads, their bytes, and repetitions."""

    rate: float
    poll_s: float
    concurrency: int
    submit_bytes: int
    submit_rounds: int
    stream_bytes: int


FULL = Form(rate=200, poll_s=20, concurrency=20, submit_bytes=5_000_000, submit_rounds=5, stream_bytes=200_000_000)
QUICK = Form(rate=200, poll_s=3, concurrency=4, submit_bytes=300_000, submit_rounds=2, stream_bytes=12_000_000)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make measure-api", description="Measure the capacity of one API process.")
    parser.add_argument("--quick", action="store_true", help="short form of a few seconds, without meaningful figures")
    parser.add_argument("--out", type=Path, default=Path("out/bench/api.json"), help="default: out/bench/api.json")
    args = parser.parse_args(argv)
    form = QUICK if args.quick else FULL
    folder = Path(tempfile.mkdtemp(prefix="voicelift-load-"))
    try:
        refuse_without_room(folder, 2 * form.concurrency * (form.stream_bytes + form.submit_rounds * form.submit_bytes))
        with interruptible(), Stack(api_alone(folder, form), log=folder / "log") as stack:
            stack.start()
            figures = asyncio.run(measured(stack.plan.url, api_process(), form))
            stack.check()
    except (plan.StackError, client.ClientError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(figures)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"\n{args.out}")
    return 0


def refuse_without_room(folder: Path, needed: int) -> None:
    """Raises StackError when the disk below `folder` has less free space."""
    if shutil.disk_usage(folder).free < needed:
        raise plan.StackError(
            f"This needs {needed / 1e9:.1f} GB for a while in {folder.parent}. Free space, or set TMPDIR to another "
            "folder."
        )


def api_alone(folder: Path, form: Form) -> plan.Plan:
    """The plan of an API without workers, open to this machine, that accepts files of the required size."""
    environ = {name: value for name, value in os.environ.items() if name not in NOT_FROM_OUTSIDE}
    largest = str(max(form.stream_bytes, form.submit_bytes))
    environ |= {"VOICELIFT_AUTH": "off", "VOICELIFT_MAX_UPLOAD_BYTES": largest}
    return dataclasses.replace(plan.make(folder, environ), app=("api",))


def api_process() -> psutil.Process:
    """The API among this process's descendants. Raises StackError."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "-m api" in " ".join(process.cmdline()):
                return process
    raise plan.StackError("The API process is missing.")


async def measured(url: str, api: psutil.Process, form: Form) -> dict[str, Any]:
    """All measurements in order. Raises ClientError when no job can be created."""
    load_before = os.getloadavg()
    fresh_mb = api.memory_info().rss / 1e6
    jobs = [await new_job(url) for _ in range(POLLED_JOBS)]
    known = [load_client.get(path, If_None_Match=await etag(url, path)) for path in jobs]
    questions = [
        ("GET /livez", 200, [load_client.get("/livez")]),
        ("GET /v1/jobs/{id}", 200, [load_client.get(path) for path in jobs]),
        ("GET /v1/jobs/{id}, If-None-Match", 304, known),
    ]
    polling = [await polled(url, api, form, *question) for question in questions]
    for row in polling:
        row["livez_share"] = polling[0]["p50_ms"] / row["p50_ms"]
    return {
        "machine": {"cpus": os.cpu_count(), "load_before": load_before, "load_after": os.getloadavg()},
        "form": dataclasses.asdict(form),
        "polled_jobs": POLLED_JOBS,
        "polling": polling,
        "submit": await submitted(url, api, form),
        "memory": {"fresh_mb": fresh_mb, **await streamed(url, api, form)},
    }


async def new_job(url: str) -> str:
    """The URL of a small new job. Raises ClientError."""
    sample, body = await load_client.upload(url, SMALL_SONG_BYTES)
    if sample.status != 202:
        raise client.ClientError(f"a new job got status {sample.status}: {body.decode()[:500]}")
    return str(json.loads(body)["url"])


async def etag(url: str, path: str) -> str:
    connection = await Connection.open(url)
    await connection.send(load_client.get(path))
    response = await connection.response()
    await connection.close()
    return response.headers["etag"]


async def polled(
    url: str, api: psutil.Process, form: Form, name: str, expected: int, requests: list[bytes]
) -> dict[str, Any]:
    """A row of the polling table: every response must have the status `expected`."""
    with cpu_shares(api) as shares:
        samples = await load_client.open_loop(url, requests, form.rate, form.poll_s)
    late = np.array([sample.late_s for sample in samples])
    return {
        "request": name,
        "rate": form.rate,
        **summary(samples, expected, "ms", 1e3),
        "client_late_p99_ms": float(np.quantile(late, 0.99)) * 1e3,
        **shares,
    }


async def submitted(url: str, api: psutil.Process, form: Form) -> dict[str, Any]:
    """Rounds of concurrent uploads: seconds from connecting to the response that the job is accepted."""
    started = time.perf_counter()
    with cpu_shares(api) as shares:
        samples: list[Sample] = []
        for _ in range(form.submit_rounds):
            samples += await load_client.upload_concurrently(url, form.concurrency, form.submit_bytes)
    rate = len(samples) * form.submit_bytes / 1e6 / (time.perf_counter() - started)
    sizes = {"concurrency": form.concurrency, "mb_each": form.submit_bytes / 1e6}
    return {**sizes, **summary(samples, 202, "s", 1.0), "mb_per_s": rate, **shares}


async def streamed(url: str, api: psutil.Process, form: Form) -> dict[str, Any]:
    """Concurrent large uploads, and the API's memory meanwhile: flat if the last quarter of the time needs no more than
    the first."""
    idle, started = api.memory_info().rss, time.perf_counter()
    async with watched_memory(api) as sizes:
        samples = await load_client.upload_concurrently(url, form.concurrency, form.stream_bytes)
    seconds = time.perf_counter() - started
    quarters = [float(part.max()) / 1e6 for part in np.array_split(np.array(sizes), 4)]
    return {
        "concurrency": form.concurrency,
        "mb_each": form.stream_bytes / 1e6,
        "errors": sum(sample.status != 202 for sample in samples),
        "seconds": seconds,
        "mb_per_s": form.concurrency * form.stream_bytes / 1e6 / seconds,
        "idle_mb": idle / 1e6,
        "peak_mb": max(sizes) / 1e6,
        "grown_mb": (max(sizes) - idle) / 1e6,
        "quarter_peaks_mb": quarters,
    }


@contextlib.asynccontextmanager
async def watched_memory(process: psutil.Process) -> AsyncIterator[list[int]]:
    """Resident bytes of `process`, sampled repeatedly."""
    sizes: list[int] = []

    async def watch() -> None:
        while True:
            sizes.append(process.memory_info().rss)
            await asyncio.sleep(SAMPLE_S)

    watching = asyncio.create_task(watch())
    try:
        yield sizes
    finally:
        watching.cancel()
        sizes += [process.memory_info().rss] * max(1, 4 - len(sizes))  # one for each quarter, however short


@contextlib.contextmanager
def cpu_shares(api: psutil.Process) -> Iterator[dict[str, float]]:
    """CPU use of the API and this client in cores; known after the block."""
    shares: dict[str, float] = {}
    before, started = (_cpu_s(api), time.process_time()), time.perf_counter()
    yield shares
    seconds = time.perf_counter() - started
    shares["api_cpu"] = (_cpu_s(api) - before[0]) / seconds
    shares["client_cpu"] = (time.process_time() - before[1]) / seconds


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def summary(samples: Sequence[Sample], expected: int, unit: str, per_s: float) -> dict[str, Any]:
    """Counts, and latencies of all samples, failed ones included, in `unit`."""
    latencies = np.array([sample.latency_s for sample in samples]) * per_s
    p50, p95, p99 = (float(value) for value in np.quantile(latencies, (0.5, 0.95, 0.99)))
    return {
        "requests": len(samples),
        "errors": sum(sample.status != expected for sample in samples),
        "statuses": {str(status): count for status, count in Counter(sample.status for sample in samples).items()},
        f"p50_{unit}": p50,
        f"p95_{unit}": p95,
        f"p99_{unit}": p99,
        f"max_{unit}": float(latencies.max()),
    }


def show(figures: dict[str, Any]) -> None:
    """Print the tables of docs/performance.md."""
    for rows in (figures["polling"], [figures["submit"]], [figures["memory"]]):
        print_table([{name.replace("_", " "): _cell(value) for name, value in row.items()} for row in rows])
        print()
    before, after = (figures["machine"][name][0] for name in ("load_before", "load_after"))
    print(f"{figures['machine']['cpus']} CPUs; load average before polling {before:.1f}, after {after:.1f}")


def _cell(value: Any) -> str:
    match value:
        case float():
            return f"{value:.3g}" if value < 100 else f"{value:.0f}"
        case list():
            return ", ".join(_cell(item) for item in value)
        case dict():
            return ", ".join(f"{count} x {status}" for status, count in value.items())
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
