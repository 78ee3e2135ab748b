"""`make costs`: what a song costs every part of the service, from the counters of a stack of its own.

python -m deploy.capacity.costs [--songs N] [--seconds S]

CPU seconds are the operating system's, so they hold on a busy machine, too; calls are those that
voicelift_backend_call_seconds counts; bytes are what lies in S3 when all songs are done and swept.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from deploy.local import client, plan
from deploy.local.demo import DEMO_SONG
from deploy.local.measure import print_table, repeated
from deploy.local.stack import Stack, interruptible
from deploy.rehearsal.parts import ended, post

SWEPT_S = 10.0  # after the last song: the janitor has looked


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make costs", description="What a song costs every part of the service.")
    parser.add_argument("--songs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=240.0, help="length of each (%(default)g)")
    args = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="voicelift-costs-"))
    try:
        with interruptible(), Stack(plan.make(folder, os.environ), folder / "log") as stack:
            song = repeated(DEMO_SONG, args.seconds, folder / "song.wav")
            stack.start()
            before = read(stack.plan)
            for _ in range(args.songs):
                ended(stack.plan.url, post(stack.plan.url, song))
            time.sleep(SWEPT_S)
            after = read(stack.plan)
            kept = sum(path.stat().st_size for path in (folder / "s3").rglob("*") if path.is_file())
    except (plan.StackError, client.ClientError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"A song of {args.seconds:g} s (16 bit, stereo, as WAV), the mean of {args.songs}:\n")
    print_table(rows(before, after, args.songs, song_bytes=kept / args.songs))
    return 0


Samples = dict[str, list[Sample]]
"""By process."""


def read(planned: plan.Plan) -> Samples:
    """All that the processes tell now."""
    return {
        name: [
            sample
            for family in text_string_to_metric_families(httpx.get(url, timeout=20, trust_env=False).text)
            for sample in family.samples
        ]
        for name, url in planned.metrics.items()
    }


def rows(before: Samples, after: Samples, songs: int, song_bytes: float) -> list[dict[str, str]]:
    def each(name: str, process: str | None = None, **labels: str) -> float:
        """How much the counter rose for a song: of one process or all, of the series with these labels."""
        return (_total(after, name, process, labels) - _total(before, name, process, labels)) / songs

    cells = {process: f"{each('process_cpu_seconds_total', process):.2f} CPU s" for process in after}
    for kind in ("prepare", "separate", "publish", "finish"):
        count, seconds = (each(f"voicelift_task_seconds_{of}", kind=kind) for of in ("count", "sum"))
        cells[f"task {kind}"] = f"{count:.1f} times, {seconds:.2f} s of a slot"
    for backend in ("redis", "s3"):
        cells[backend] = f"{each('voicelift_backend_call_seconds_count', backend=backend):.0f} calls"
    cells["kept in S3"] = f"{song_bytes / 1e6:.0f} MB"
    return [{"part": part, "a song": cell} for part, cell in cells.items()]


def _total(samples: Samples, name: str, process: str | None, labels: dict[str, str]) -> float:
    return sum(
        sample.value
        for told_by, told in samples.items()
        for sample in told
        if sample.name == name and process in (None, told_by) and labels.items() <= sample.labels.items()
    )


if __name__ == "__main__":
    sys.exit(main())
