"""`make costs`: what a song costs every part of the service, from the counters of a stack of its own.

python -m deploy.capacity.costs [--songs N] [--seconds S]

CPU seconds are the operating system's, those of ended children (decoders) with their parents', so they hold on a busy
machine, too; calls are those that voicelift_backend_call_seconds counts; bytes are what lies in S3 when all songs are
done and swept.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from deploy.local import client, plan
from deploy.local.demo import DEMO_SONG
from deploy.local.measure import NAMES, print_table, repeated
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
            before, cpu_before = read(stack.plan), cpu()
            for _ in range(args.songs):
                ended(stack.plan.url, post(stack.plan.url, song))
            time.sleep(SWEPT_S)
            after, cpu_after = read(stack.plan), cpu()
            kept = sum(path.stat().st_size for path in (folder / "s3").rglob("*") if path.is_file())
    except (plan.StackError, client.ClientError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"A song of {args.seconds:g} s (16 bit, stereo, as WAV), the mean of {args.songs}:\n")
    cpu_s = {name: (seconds - cpu_before.get(name, 0.0)) / args.songs for name, seconds in cpu_after.items()}
    print_table(rows(before, after, args.songs, cpu_s, song_bytes=kept / args.songs))
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


def cpu() -> dict[str, float]:
    """CPU seconds of the processes below this one, by name; a decoder that runs is left to its parent, when it ends."""
    seconds: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            line, times = " ".join(process.cmdline()), process.cpu_times()
            name = next((name for part, name in NAMES.items() if part in line and "honcho" not in line), None)
            if name and name != "decoder":
                used = times.user + times.system + times.children_user + times.children_system
                seconds[name] = seconds.get(name, 0.0) + used
    return seconds


def rows(
    before: Samples, after: Samples, songs: int, cpu_s: dict[str, float], song_bytes: float
) -> list[dict[str, str]]:
    def each(name: str, **labels: str) -> float:
        """How much the counter rose for a song, over all processes and the series with these labels."""
        return (_total(after, name, labels) - _total(before, name, labels)) / songs

    cells = {name: f"{seconds:.2f} CPU s" for name, seconds in cpu_s.items()}
    for kind in ("prepare", "separate", "publish", "finish"):
        cells[f"task {kind}"] = f"{each('voicelift_task_seconds_count', kind=kind):.1f} times"
    for backend in ("redis", "s3"):
        cells[f"calls to {backend}"] = f"{each('voicelift_backend_call_seconds_count', backend=backend):.0f}"
    cells["kept in S3"] = f"{song_bytes / 1e6:.0f} MB"
    return [{"part": part, "a song": cell} for part, cell in cells.items()]


def _total(samples: Samples, name: str, labels: dict[str, str]) -> float:
    told = (sample for process in samples.values() for sample in process if sample.name == name)
    return sum(sample.value for sample in told if labels.items() <= sample.labels.items())


if __name__ == "__main__":
    sys.exit(main())
