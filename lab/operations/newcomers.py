"""`make measure-newcomers`: time to first audio of a short song while long ones are prepared and separated.

python -m lab.operations.newcomers [LONG_SONGS ...]

Uses a separate service with the slots of `make serve`. Clips of 10 s are sent one after the other: first to the idle
service, then during the preparation of so many songs of 20 minutes (MP3), all of one tenant. The measured time is the
job's, from acceptance to its first playable piece. The songs are the demo song, repeated. docs/performance.md has the
figures.
"""

import argparse
import io
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import av
import httpx

from deploy.local import client, plan
from deploy.local.demo import DEMO_SONG
from deploy.local.stack import Stack, interruptible
from lab.operations.measure import repeated
from lab.tables import print_table

CLIP_S, LONG_S = 10.0, 1200.0
PROMISED_S = 3.0  # more than on an idle service


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="make measure-newcomers", description="Measure short songs while long ones are prepared."
    )
    parser.add_argument("long_songs", nargs="*", type=int, default=[1, 3, 6])
    parser.add_argument("--clips", type=int, default=5, help="clips per measurement, sent one after the other")
    args = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="voicelift-newcomers-"))
    try:
        with interruptible():
            rows = measured(args.long_songs, args.clips, folder)
    except (plan.StackError, client.ClientError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print_table([{name: str(value) for name, value in row.items() if name != "kept"} for row in rows])
    return 0 if all(row["kept"] for row in rows) else 1


def measured(counts: list[int], clips: int, folder: Path) -> list[dict[str, Any]]:
    """A row for the idle service and one for each number of long songs. Raises StackError, ClientError."""
    clip = repeated(DEMO_SONG, CLIP_S, folder / "clip.wav")
    song = long_mp3(LONG_S, folder / "long.mp3")
    with Stack(plan.make(folder / "data", os.environ), log=folder / "log") as stack:
        stack.start()
        with httpx.Client(base_url=stack.plan.url, timeout=60, trust_env=False) as http:
            first_piece_s(http, clip, stack)  # warms everything up
            idle = [first_piece_s(http, clip, stack) for _ in range(clips)]
            rows = [_row(0, idle, 0, statistics.median(idle))]
            for count in counts:
                rows.append(_with_bulk_load(http, stack, clip, song, clips, count, statistics.median(idle)))
                print(rows[-1], file=sys.stderr, flush=True)
    return rows


def _with_bulk_load(
    http: httpx.Client, stack: Stack, clip: Path, song: Path, clips: int, count: int, idle_s: float
) -> dict[str, Any]:
    ids = [client.post(http, song)["id"] for _ in range(count)]
    while not all(job(http, each)["progress"]["chunks_done"] for each in ids):
        stack.check()
        time.sleep(client.POLL_S)
    waits = [first_piece_s(http, clip, stack) for _ in range(clips)]
    preparing = sum(job(http, each)["progress"]["chunks_total"] is None for each in ids)
    for each in ids:
        http.delete(f"/v1/jobs/{each}").raise_for_status()
    while _working(stack):
        time.sleep(client.POLL_S)
    return _row(count, waits, preparing, idle_s)


def _row(count: int, waits: list[float], preparing: int, idle_s: float) -> dict[str, Any]:
    more = max(waits) - idle_s
    return {
        "long songs": count,
        "in preparation at the end": preparing,
        "time to first audio, median": f"{statistics.median(waits):.1f} s",
        "maximum": f"{max(waits):.1f} s",
        "maximum, more than idle": f"{more:.1f} s",
        "kept": more <= PROMISED_S,
    }


def first_piece_s(http: httpx.Client, clip: Path, stack: Stack) -> float:
    """Time to first audio of a clip, in seconds; it is followed to its end."""
    for body in client.follow(http, client.post(http, clip), stack.check):
        last = body
    if last["state"] != "succeeded":
        raise client.ClientError(f"the clip ended as {last['state']}: {last['error']}")
    seconds = float(last["timings"]["first_piece_s"])
    print(f"first piece after {seconds:.2f} s", file=sys.stderr, flush=True)
    return seconds


def job(http: httpx.Client, job_id: str) -> dict[str, Any]:
    body: dict[str, Any] = http.get(f"/v1/jobs/{job_id}").raise_for_status().json()
    return body


def _working(stack: Stack) -> bool:
    """Whether a worker has a task in flight."""
    texts = [
        httpx.get(stack.plan.metrics[name], timeout=30, trust_env=False).text for name in ("worker-gpu", "worker-cpu")
    ]
    lines = [line for text in texts for line in text.splitlines()]
    return any(line.startswith("voicelift_worker_tasks_in_flight{") and not line.endswith(" 0.0") for line in lines)


def long_mp3(seconds: float, path: Path) -> Path:
    """The demo song at 192 kbit/s, repeated, as one MP3 without a header; smaller than a large file (SHORT_BYTES)."""
    data = io.BytesIO()
    headless = {"write_xing": "0", "id3v2_version": "0"}
    source: Any
    with av.open(str(DEMO_SONG)) as source, av.open(data, "w", format="mp3", options=headless) as target:
        stream = target.add_stream("libmp3lame", rate=44100)
        stream.bit_rate = 192_000
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
        length_s = source.duration / av.time_base
    path.write_bytes(data.getvalue() * math.ceil(seconds / length_s))
    return path


if __name__ == "__main__":
    sys.exit(main())
