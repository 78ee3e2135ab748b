"""Three hundred jobs in sequence after a hundred for warming up, then ten times the sustainable load, while memory,
open files and threads of every process are sampled."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.jobs.job import State
from lab.operations import load_client
from tests.chaos.place import WAIT_S, Place
from tests.chaos.rows import Row
from tests.chaos.songs import Songs, Workload

SETTINGS = {"VOICELIFT_MAX_WAIT_S": "15"}
WATCHED = ("api", "worker-gpu", "worker-cpu", "janitor", "courier", "redis", "s3")
SERVICES = WATCHED[:5]
IN_FLIGHT, WARM_UP, SOAK, OVERLOAD_S = 8, 100, 300, 300.0
WARM = 1 / 3  # share of the soak after which nothing should grow
MAX_GROWTH, MAX_FILES = 0.01, 3
EVERY_S = 1.0
PICTURE = Path("out/chaos-soak.png")


@dataclass
class Watch:
    """Samples of all processes while the block runs: seconds, and by process its resident bytes, files and threads."""

    place: Place
    at: list[float] = field(default_factory=list)
    seen: dict[str, list[tuple[int, int, int]]] = field(default_factory=lambda: {name: [] for name in WATCHED})

    def __enter__(self) -> "Watch":
        self._over, self._began = threading.Event(), time.monotonic()
        self._processes = {name: self.place.process(name) for name in WATCHED}
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(EVERY_S):
            self.at.append(time.monotonic() - self._began)
            for name, process in self._processes.items():
                with process.oneshot():
                    sample = process.memory_info().rss, process.num_fds(), process.num_threads()
                self.seen[name].append(sample)

    def growth(self, name: str) -> float:
        """Relative increase of memory after warming up, by a linear fit."""
        at, rss = np.array(self.at), np.array([rss for rss, *_ in self.seen[name]], float)
        warm = at >= WARM * at[-1]
        slope, start = np.polyfit(at[warm] - at[warm][0], rss[warm], 1)
        return float(slope * (at[-1] - at[warm][0]) / start)

    def risen(self, name: str, what: int) -> int:
        """Increase of files (1) or threads (2) from the end of warming up to the last fifth."""
        counts = [sample[what] for sample in self.seen[name]]
        fifth = max(1, len(counts) // 5)
        warm = int(WARM * len(counts))
        return round(np.median(counts[-fifth:]) - np.median(counts[warm : warm + fifth]))


def run(place: Place, songs: Songs, quick: bool) -> list[Row]:
    warm_up, jobs, seconds = (5, 20, 60.0) if quick else (WARM_UP, SOAK, OVERLOAD_S)
    _soak(place, songs, warm_up)
    with Watch(place) as soaked:
        soak, rate = _soak(place, songs, jobs)
    plot(soaked, PICTURE)
    loaded, rows = _overload(place, songs, 10 * rate, seconds)
    return [soak, *_grown(f"soak of {jobs} jobs", soaked), *rows, *_grown("ten times the load", loaded)]


def _soak(place: Place, songs: Songs, jobs: int) -> tuple[Row, float]:
    """The row, and jobs per second."""
    workload, names = Workload(place, songs), ("clip", "verse", "mono", "blink", "song")
    started = time.monotonic()
    for number in tqdm(range(jobs), desc="  soak"):
        while len(workload.open()) >= IN_FLIGHT:
            time.sleep(0.05)
        workload.post(names[number % len(names)], 3)
    ends = workload.ends()
    seconds = time.monotonic() - started
    row = Row(
        f"soak of {jobs} jobs",
        f"{jobs} jobs of 0.7 to 8 s, {IN_FLIGHT} in flight, {seconds:.0f} s; others before, to warm up",
        str(ends),
        "0 failed",
        ends.well,
    )
    return row, jobs / seconds


def _grown(what: str, watch: Watch) -> list[Row]:
    done = f"{what}: a sample of every process each second, {len(watch.at)} in all, the first third left out"
    growth = {name: watch.growth(name) for name in SERVICES}
    files, threads = ({name: watch.risen(name, kind) for name in SERVICES} for kind in (1, 2))

    def summary(by_name: Mapping[str, float], form: str) -> str:
        return ", ".join(f"{name} {value:{form}}" for name, value in by_name.items())

    return [
        Row(
            f"memory is flat ({what})",
            done,
            summary(growth, "+.1%"),
            "each below +1 %",
            max(growth.values()) < MAX_GROWTH,
        ),
        Row(
            f"open files and threads are flat ({what})",
            done,
            f"files {summary(files, '+d')}; threads {summary(threads, '+d')}",
            f"no more than {MAX_FILES} more",
            max(files.values()) <= MAX_FILES and max(threads.values()) <= MAX_FILES,
        ),
    ]


def _overload(place: Place, songs: Songs, rate: float, seconds: float) -> tuple[Watch, list[Row]]:
    """Posts are sent on a schedule, independent of earlier responses."""
    data = songs.get("chirp").path.read_bytes()
    head = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    tail = b'\r\n--X\r\nContent-Disposition: form-data; name="cache"\r\n\r\nfalse\r\n--X--\r\n'
    key = place.headers("crowd")["Authorization"]
    lines = ["POST /v1/jobs HTTP/1.1", "Host: localhost", f"Authorization: {key}"]
    lines += ["Content-Type: multipart/form-data; boundary=X", f"Content-Length: {len(head) + len(data) + len(tail)}"]
    request = "\r\n".join([*lines, "", ""]).encode() + head + data + tail
    with Watch(place) as watch:
        samples = asyncio.run(load_client.open_loop(place.url, [request], rate, seconds))
    response = place.http.post("/v1/jobs", files={"file": ("a.wav", data)})
    has_retry_after = response.status_code != 503 or "retry-after" in response.headers
    statuses = Counter(sample.status for sample in samples)
    latencies = np.array([sample.latency_s for sample in samples])
    ids = [job.id for job in place.store.records.list_jobs("crowd", None, 10_000)]
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end and any(not place.store.records.get(job_id).state.terminal for job_id in ids):
        time.sleep(1)
    done = sum(place.store.records.get(job_id).state is State.succeeded for job_id in ids)
    responses = ", ".join(f"{number} x {status or 'no answer'}" for status, number in sorted(statuses.items()))
    row = Row(
        "ten times the load is refused by 503, and nothing else",
        f"{rate:.1f} posts of 15 kB a second for {seconds:.0f} s, ten times what the soak reached; jobs are refused "
        "from a wait of 15 s on",
        f"{responses}; p99 {np.quantile(latencies, 0.99):.2f} s; of {len(ids)} accepted {done} succeeded",
        "202 and 503 with Retry-After; all accepted ones done",
        set(statuses) <= {202, 429, 503} and 503 in statuses and has_retry_after and done == len(ids),
    )
    return watch, [row]


def plot(watch: Watch, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(3, 1, figsize=(9, 8), sharex=True, layout="constrained")
    for ax, what, title in zip(axes, range(3), ("resident memory, MB", "open files", "threads"), strict=True):
        for name, samples in watch.seen.items():
            values = [each[what] / (1e6 if what == 0 else 1) for each in samples]
            ax.plot(watch.at, values, label=name, linewidth=1.2)
        ax.axvspan(0, WARM * watch.at[-1], color="0.93", zorder=0)
        ax.set_ylabel(title)
        ax.set_ylim(bottom=0)
        ax.grid(alpha=0.3)
    axes[0].legend(ncols=4, fontsize=8)
    axes[-1].set_xlabel("seconds (grey: warming up, left out of the figures)")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)
    plt.close(figure)
