"""`make measure`: run songs of several lengths, each through a fresh service, and print time and memory.

python -m lab.operations.measure [SECONDS ...]

For each length: time to first audio, also in units of a chunk's mean compute time, inference, total, real-time factor,
total time of the workers' calls to S3 (of reads, to the first byte), and the maximum resident memory of every process
of the stack; every stem must have the song's length, rate and channels. The songs are the demo song, repeated.
docs/performance.md has the figures.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import wave
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from deploy.local import client, plan
from deploy.local.demo import DEMO_SONG
from deploy.local.stack import Stack, interruptible
from lab.tables import print_table

SAMPLE_S = 0.1
WORKERS = ("worker-gpu", "worker-cpu")
# Part of a command line -> name of the process in the table; the first match counts.
NAMES = {
    "core.audio.decode_process": "decoder",
    "core.audio.encode_process": "encoder",
    "-m api": "api",
    "-Q gpu": "worker-gpu",
    "-Q cpu": "worker-cpu",
    "worker.janitor": "janitor",
    "worker.courier": "courier",
    "redis-server": "redis",
    "weed": "s3",
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="make measure", description="Measure time and memory of songs of these lengths."
    )
    parser.add_argument("seconds", nargs="*", type=float, default=[30.0, 300.0, 1800.0])
    args = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="voicelift-measure-"))
    rows: list[dict[str, str]] = []
    try:
        with interruptible():
            for seconds in args.seconds:
                song = repeated(DEMO_SONG, seconds, folder / f"song-{seconds:g}.wav")
                rows.append({"song": f"{seconds:g} s", **measured(song, folder / f"data-{seconds:g}")})
                print(" ".join(f"{name}: {value};" for name, value in rows[-1].items()), file=sys.stderr, flush=True)
    except (plan.StackError, client.ClientError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print_table(rows)
    return 0


def repeated(song: Path, seconds: float, path: Path) -> Path:
    """`song` repeated to so many seconds, as a 16-bit stereo WAV."""
    with av.open(str(song)) as container:
        stream = container.streams.audio[0]
        rate = stream.rate
        packed = av.AudioResampler(format="s16", layout="stereo")
        pcm = b"".join(
            part.to_ndarray().tobytes() for frame in container.decode(stream) for part in packed.resample(frame)
        )
    left = int(seconds * rate) * 4
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        while left > 0:
            file.writeframes(pcm[:left])
            left -= len(pcm)
    return path


def measured(song: Path, data: Path) -> dict[str, str]:
    """One song through a separate stack, as table cells."""
    data.mkdir()
    with Stack(plan.make(data, os.environ), log=data / "log") as stack, PeakMemory() as memory:
        stack.start()
        idle = dict(memory.peaks)
        with httpx.Client(base_url=stack.plan.url, timeout=60, trust_env=False) as http:
            job: dict[str, Any] = client.post(http, song)
            for body in client.follow(http, job, stack.check):
                job = body
        s3_s = sum(s3_seconds(stack.plan.metrics[worker]) for worker in WORKERS)
    if job["state"] != "succeeded":
        raise client.ClientError(f"the job ended as {job['state']}: {job['error']}")
    with wave.open(str(song)) as file:
        expected = (file.getnframes(), file.getframerate(), file.getnchannels())
    for output in job["outputs"]:
        written = (output["samples"], output["sample_rate"], output["channels"])
        if written != expected:
            raise client.ClientError(f"{output['stem']} has {written} samples, rate and channels instead of {expected}")
    timings = job["timings"]
    chunk_s = timings["inference_s"] / job["progress"]["chunks_total"]
    cells = {
        "first piece": f"{timings['first_piece_s']:.1f} s",
        "one chunk": f"{chunk_s:.2f} s",
        "first piece in chunks": f"{timings['first_piece_s'] / chunk_s:.1f}",
        "inference": f"{timings['inference_s']:.1f} s",
        "total": f"{timings['total_s']:.1f} s",
        "RTF": f"{timings['rtf']:.3f}",
        "calls to S3": f"{s3_s:.1f} s",
    }
    peaks = {f"{name} MB": f"{peak / 1e6:.0f}" for name, peak in sorted(memory.peaks.items())}
    return {**cells, "api idle MB": f"{idle.get('api', 0) / 1e6:.0f}", **peaks}


def s3_seconds(url: str) -> float:
    """The seconds of a process in calls to S3, from its metrics."""
    text = httpx.get(url, timeout=30, trust_env=False).raise_for_status().text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "voicelift_dependency_call_duration_seconds_sum" and sample.labels["dependency"] == "s3"
    )


class PeakMemory:
    """Samples the resident memory of this process's descendants; `peaks` has the maxima, in bytes, by name."""

    def __init__(self) -> None:
        self.peaks: dict[str, int] = defaultdict(int)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._done.wait(SAMPLE_S):
            for process in me.children(recursive=True):
                try:
                    line, resident = " ".join(process.cmdline()), process.memory_info().rss
                except psutil.Error:
                    continue
                name = next((name for part, name in NAMES.items() if part in line), None)
                # honcho runs each process through a shell with the same command line: the larger one counts.
                if name:
                    self.peaks[name] = max(self.peaks[name], resident)


if __name__ == "__main__":
    sys.exit(main())
