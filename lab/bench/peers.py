"""`voicelift bench peers`: speed and memory on one song, compared with the programs of HT-Demucs and Open-Unmix.

`voicelift separate` and `python -m demucs` run as commands, including their start. Both use the same weights: those of
the model if it is HT-Demucs, else random weights of the released sizes, which have the same cost. The packages are
optional; systems without them are skipped.
"""

import importlib.util
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.card import Card, load_card
from core.errors import VoiceliftError
from core.published import add, models
from core.separation.device import find_device, set_up
from core.settings import REPOSITORY
from lab.bench import open_unmix, report
from lab.bench.measure import machine, model_facts, peak_bytes, wait_for
from lab.bench.random_weights import RELEASED, SMALL, write_htdemucs
from lab.bench.song import repeated
from lab.evaluation.audio_files import read_audio

NEEDED = {"HT-Demucs": ("demucs", "julius"), "Open-Unmix": (open_unmix.PACKAGE,)}
INSTALL = "pip install '.[demucs]', pip install --no-deps openunmix"
OVERLAP = 0.25  # default of the program and of the adapter


@dataclass(frozen=True)
class Setup:
    """The song and the resources of all systems. place: a temporary folder."""

    song: Path
    device: str
    threads: int
    place: Path


def run(
    model_dir: Path,
    device: str,
    threads: int | None,
    sampling: dict[str, Any],
    song: Path,
    seconds: float,
    quick: bool,
    out: Path,
) -> dict[str, Any]:
    """Write peers.json: a row per system, with `ratio`: its time divided by the model's; `skipped`: missing systems."""
    card, chosen = load_card(model_dir), find_device(device)
    threads = threads or len(os.sched_getaffinity(0))
    skipped = [name for name, packages in NEEDED.items() if not all(map(importlib.util.find_spec, packages))]
    for name in skipped:
        print(f"{name} is skipped: it is not installed. Install: {INSTALL}")
    measured: list[tuple[str, float, int]] = []
    with tempfile.TemporaryDirectory(prefix="voicelift-bench-") as folder:
        setup = Setup(Path(folder, "song.wav"), chosen.type, threads, Path(folder))
        repeated(song, seconds, setup.song)
        measured.append((f"voicelift separate, {card.name}", *_voicelift(setup, model_dir, card, sampling)))
        if "HT-Demucs" not in skipped:
            peer = model_dir
            if (card.estimator or {}).get("kind") != "htdemucs":
                peer = _random_htdemucs(setup.place, quick)
                taken = _voicelift(setup, peer, load_card(peer), {})
                measured.append(("voicelift separate, HT-Demucs (random weights)", *taken))
            measured.append(("python -m demucs, the same weights", *_demucs(setup, peer)))
        if "Open-Unmix" not in skipped:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                measured += pool.submit(_open_unmix, setup, quick).result()
    first = measured[0][1]
    rows: list[dict[str, Any]] = [
        {"system": name, "s": taken, "rtf": taken / seconds, "ratio": taken / first, "peak_mb": peak / 1e6}
        for name, taken, peak in measured
    ]
    report.show(f"{seconds:g} s of music, {threads} threads", rows)
    result = {
        "machine": machine(chosen) | {"threads": threads},
        "model": model_facts(card),
        "sampling": card.sampling(**sampling).model_dump(),
        "seconds": seconds,
        "rows": rows,
        "skipped": skipped,
    }
    report.save(out, "peers", result, lambda axes: report.bars(axes, {r["system"]: r["rtf"] for r in rows}, "RTF"))
    return result


def _voicelift(setup: Setup, model_dir: Path, card: Card, sampling: dict[str, Any]) -> tuple[float, int]:
    options = {"quality": sampling.get("quality"), "steps": sampling.get("steps"), "t-start": sampling.get("t_start")}
    given = [text for name, value in options.items() if value is not None for text in (f"--{name}", str(value))]
    command = ["-m", "cli.main", "separate", str(setup.song), "--model", str(model_dir.absolute()), *given]
    command += [
        "--stems",
        ",".join(card.stems),
        "--format",
        "wav16",
        "--overwrite",
        "--out",
        str(setup.place / "voicelift"),
    ]
    return _command([*command, "--device", setup.device, "--threads", str(setup.threads)], {})


def _demucs(setup: Setup, model_dir: Path) -> tuple[float, int]:
    """Run the program, with the model's files in a local copy of its publisher's hub."""
    card = load_card(model_dir)
    _, published = models()[card.name]
    hub = setup.place / "hub" / f"models--{published.repository.replace('/', '--')}"
    snapshot = hub / "snapshots" / "local"
    (hub / "refs").mkdir(parents=True)
    (hub / "refs" / "main").write_text(snapshot.name)
    snapshot.mkdir(parents=True)
    for name in card.files:
        shutil.copyfile(model_dir / name, snapshot / name)
    weights = (card.estimator or {}).get("weights")
    listed = [name.removesuffix(".safetensors") for name in card.files]
    (snapshot / f"{card.name}.yaml").write_text(f"models: {listed}\n" + (f"weights: {weights}\n" if weights else ""))
    command = ["-m", "demucs", "-n", card.name, "-d", setup.device, "--shifts", "0", "--overlap", str(OVERLAP)]
    environment = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(hub.parent), "OMP_NUM_THREADS": str(setup.threads)}
    return _command([*command, "-o", str(setup.place / "demucs"), str(setup.song)], environment)


def _command(arguments: list[str], environment: dict[str, str]) -> tuple[float, int]:
    """Run a Python command; returns its wall time in seconds and its peak memory in bytes.

    Raises:
        VoiceliftError: the command failed.
    """
    started = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        actions = [(os.POSIX_SPAWN_DUP2, log.fileno(), 1), (os.POSIX_SPAWN_DUP2, log.fileno(), 2)]
        variables = {**os.environ, **environment, "PYTHONPATH": str(REPOSITORY)}
        pid = os.posix_spawn(sys.executable, [sys.executable, *arguments], variables, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        taken = time.perf_counter() - started
        if status:
            log.seek(0)
            last = log.read().decode(errors="replace").strip().splitlines()[-3:]
            raise VoiceliftError(f"{' '.join(arguments[:3])} failed: {' '.join(last)}")
    return taken, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _random_htdemucs(place: Path, quick: bool) -> Path:
    """Create a model folder with random weights."""
    write_htdemucs(place / "publisher", **(SMALL if quick else RELEASED))
    add("htdemucs", lambda name: place / "publisher" / name, place / "htdemucs")
    return place / "htdemucs"


def _open_unmix(setup: Setup, quick: bool) -> list[tuple[str, float, int]]:
    """(system, seconds, peak bytes) of the sizes of `umxhq`: vocals alone, and four targets with one Wiener iteration.

    Peak memory is that of this process so far.
    """
    set_up(setup.threads)
    device = torch.device(setup.device)
    targets = open_unmix.networks(("vocals", "drums", "bass", "other"), 16 if quick else 512)
    vocals = open_unmix.separator({"vocals": targets["vocals"]}, 0, device, residual=True)
    four = open_unmix.separator(targets, 1, device)
    song = torch.from_numpy(read_audio(setup.song, open_unmix.RATE)[0])[None].to(device)
    return [
        ("Open-Unmix, vocals network alone", _timed(lambda: vocals(song), device), peak_bytes()),
        ("Open-Unmix, four stems and Wiener filter", _timed(lambda: four(song), device), peak_bytes()),
    ]


@torch.inference_mode()
def _timed(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of one run without warm-up, because runs take minutes on a CPU."""
    wait_for(device)
    started = time.perf_counter()
    work()
    wait_for(device)
    return time.perf_counter() - started
