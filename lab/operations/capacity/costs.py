"""`make costs`: the cost of a song in every part of the service, from the counters of a separate stack.

python -m lab.operations.capacity.costs [--songs N] [--seconds S]

CPU seconds come from the operating system and include ended children (decoders), so they hold on a busy machine too.
Calls are those of voicelift_dependency_call_duration_seconds. The idle load (heartbeats, rounds) is measured first and
subtracted. Bytes are the objects in S3 after all songs are done and swept.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import boto3
import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from deploy.local import client, plan
from deploy.local.demo import DEMO_SONG
from deploy.local.stack import Stack, interruptible
from lab.operations.measure import NAMES, repeated
from lab.operations.rehearsal.fleet import post, wait_for_jobs
from lab.tables import print_table

IDLE_S = 20.0
SWEPT_S = 10.0  # after the last song, until the janitor has swept
KINDS, DEPENDENCIES = ("prepare", "extend", "separate", "publish", "finish"), ("redis", "s3")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="make costs", description="Measure the cost of a song in every part of the service."
    )
    parser.add_argument("--songs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=240.0, help="length of each song in seconds (%(default)g)")
    args = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="voicelift-costs-"))
    try:
        with interruptible(), Stack(plan.make(folder, os.environ), folder / "log") as stack:
            song = repeated(DEMO_SONG, args.seconds, folder / "song.wav")
            stack.start()
            still = counted(stack.plan)
            time.sleep(IDLE_S)
            before = counted(stack.plan)
            for _ in range(args.songs):
                wait_for_jobs(stack.plan.url, post(stack.plan.url, song))
            time.sleep(SWEPT_S)
            after = counted(stack.plan)
            kept = stored(stack.plan.environment)
    except (plan.StackError, client.ClientError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"A song of {args.seconds:g} s (16 bit, stereo, as WAV), mean of {args.songs}:\n")
    print_table(rows(still, before, after, args.songs, kept))
    return 0


Counts = dict[str, float]
"""Counters by name: `at` (the time), CPU seconds, tasks, calls."""


def counted(planned: plan.Plan) -> Counts:
    """All counters now."""
    samples = [
        sample
        for url in planned.metrics.values()
        for family in text_string_to_metric_families(httpx.get(url, timeout=60, trust_env=False).text)
        for sample in family.samples
    ]
    counts = {"at": time.monotonic(), **{f"{name}, CPU s": seconds for name, seconds in cpu().items()}}
    for kind in KINDS:
        counts[f"tasks {kind}"] = total(samples, "voicelift_task_duration_seconds_count", "kind", kind)
    for dependency in DEPENDENCIES:
        calls = total(samples, "voicelift_dependency_call_duration_seconds_count", "dependency", dependency)
        counts[f"calls to {dependency}"] = calls
    return counts


def stored(environment: Mapping[str, str]) -> int:
    """Bytes of all objects. The server's files would include deleted ones."""
    client = boto3.client("s3", endpoint_url=environment["S3_ENDPOINT_URL"],
                          aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
                          aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
                          region_name="us-east-1")  # fmt: skip
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=environment.get("S3_BUCKET", "voicelift"))
    return sum(item["Size"] for page in pages for item in page.get("Contents", []))


def total(samples: list[Sample], name: str, label: str, value: str) -> float:
    return sum(sample.value for sample in samples if sample.name == name and sample.labels[label] == value)


def cpu() -> dict[str, float]:
    """CPU seconds of the processes below this one, by name; a running decoder counts for its parent after its end."""
    seconds: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            line, times = " ".join(process.cmdline()), process.cpu_times()
            name = next((name for part, name in NAMES.items() if part in line), None)
            if name and name != "decoder":
                used = times.user + times.system + times.children_user + times.children_system
                seconds[name] = seconds.get(name, 0.0) + used
    return seconds


def rows(still: Counts, before: Counts, after: Counts, songs: int, kept: float) -> list[dict[str, str]]:
    """The increase from `before` to `after`, minus the idle load as from `still` to `before`; per song."""
    idle_s, busy_s = before["at"] - still["at"], after["at"] - before["at"]
    cells = {}
    for name in after.keys() - {"at"}:
        anyway = (before.get(name, 0.0) - still.get(name, 0.0)) * busy_s / idle_s
        cells[name] = f"{(after[name] - before.get(name, 0.0) - anyway) / songs:.1f}"
    cells["MB kept in S3"] = f"{kept / songs / 1e6:.0f}"
    return [{"what": name, "a song": cells[name]} for name in sorted(cells)]


if __name__ == "__main__":
    sys.exit(main())
