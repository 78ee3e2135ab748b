"""`voicelift bench peers`: the same song, on the same machine, by HT-Demucs' own program and by Open-Unmix.

`voicelift separate` and `python -m demucs` run as commands, start included, so that time and memory are a user's. Both
have the same weights: the model's, if it is HT-Demucs, else random ones of the released sizes, which cost the same. The
packages are no dependency of Voicelift: without them the comparison says so.
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
HOW = "pip install '.[demucs]', pip install --no-deps openunmix"
OVERLAP = 0.25  # the program's default, and the adapter's


@dataclass(frozen=True)
class Run:
    """What every system gets."""

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
    """Writes peers.json: a row for each system with `ratio`, its time over the model's, and `skipped`."""
    card, chosen = load_card(model_dir), find_device(device)
    threads = threads or len(os.sched_getaffinity(0))
    skipped = [name for name, packages in NEEDED.items() if not all(map(importlib.util.find_spec, packages))]
    for name in skipped:
        print(f"{name} is skipped: not installed here. {HOW}")
    measured: list[tuple[str, float, int]] = []
    with tempfile.TemporaryDirectory(prefix="voicelift-bench-") as folder:
        how = Run(Path(folder, "song.wav"), chosen.type, threads, Path(folder))
        repeated(song, seconds, how.song)
        measured.append((f"voicelift separate, {card.name}", *_voicelift(how, model_dir, card, sampling)))
        if "HT-Demucs" not in skipped:
            peer = model_dir
            if (card.estimator or {}).get("kind") != "htdemucs":
                peer = _random_htdemucs(how.place, quick)
                taken = _voicelift(how, peer, load_card(peer), {})
                measured.append(("voicelift separate, HT-Demucs (random weights)", *taken))
            measured.append(("python -m demucs, the same weights", *_demucs(how, peer)))
        if "Open-Unmix" not in skipped:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                measured += pool.submit(_open_unmix, how, quick).result()
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


def _voicelift(how: Run, model_dir: Path, card: Card, sampling: dict[str, Any]) -> tuple[float, int]:
    options = {"quality": sampling.get("quality"), "steps": sampling.get("steps"), "t-start": sampling.get("t_start")}
    given = [text for name, value in options.items() if value is not None for text in (f"--{name}", str(value))]
    command = ["-m", "cli.main", "separate", str(how.song), "--model", str(model_dir.absolute()), *given]
    command += [
        "--stems",
        ",".join(card.stems),
        "--format",
        "wav16",
        "--overwrite",
        "--out",
        str(how.place / "voicelift"),
    ]
    return _command([*command, "--device", how.device, "--threads", str(how.threads)], {})


def _demucs(how: Run, model_dir: Path) -> tuple[float, int]:
    """The program, with the model's files where it looks for those of its publisher's hub."""
    card = load_card(model_dir)
    _, published = models()[card.name]
    hub = how.place / "hub" / f"models--{published.repository.replace('/', '--')}"
    snapshot = hub / "snapshots" / "here"
    (hub / "refs").mkdir(parents=True)
    (hub / "refs" / "main").write_text(snapshot.name)
    snapshot.mkdir(parents=True)
    for name in card.files:
        shutil.copyfile(model_dir / name, snapshot / name)
    weights = (card.estimator or {}).get("weights")
    listed = [name.removesuffix(".safetensors") for name in card.files]
    (snapshot / f"{card.name}.yaml").write_text(f"models: {listed}\n" + (f"weights: {weights}\n" if weights else ""))
    command = ["-m", "demucs", "-n", card.name, "-d", how.device, "--shifts", "0", "--overlap", str(OVERLAP)]
    environment = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(hub.parent), "OMP_NUM_THREADS": str(how.threads)}
    return _command([*command, "-o", str(how.place / "demucs"), str(how.song)], environment)


def _command(arguments: list[str], environment: dict[str, str]) -> tuple[float, int]:
    """Seconds that a Python command takes, and its most memory in bytes. Raises VoiceliftError: it failed."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        actions = [(os.POSIX_SPAWN_DUP2, said.fileno(), 1), (os.POSIX_SPAWN_DUP2, said.fileno(), 2)]
        own = {**os.environ, **environment, "PYTHONPATH": str(REPOSITORY)}
        pid = os.posix_spawn(sys.executable, [sys.executable, *arguments], own, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        taken = time.perf_counter() - began
        if status:
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-3:]
            raise VoiceliftError(f"{' '.join(arguments[:3])} failed: {' '.join(last)}")
    return taken, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _random_htdemucs(place: Path, quick: bool) -> Path:
    """A model folder."""
    write_htdemucs(place / "publisher", **(SMALL if quick else RELEASED))
    add("htdemucs", lambda name: place / "publisher" / name, place / "htdemucs")
    return place / "htdemucs"


def _open_unmix(how: Run, quick: bool) -> list[tuple[str, float, int]]:
    """The released `umxhq`'s sizes: four targets, as its package runs it with one Wiener iteration, and the network
    for vocals alone."""
    set_up(how.threads)
    device = torch.device(how.device)
    targets = open_unmix.networks(("vocals", "drums", "bass", "other"), 16 if quick else 512)
    vocals = open_unmix.separator({"vocals": targets["vocals"]}, 0, device, residual=True)
    whole = open_unmix.separator(targets, 1, device)
    song = torch.from_numpy(read_audio(how.song, open_unmix.RATE)[0])[None].to(device)
    return [
        ("Open-Unmix' network for vocals alone", _timed(lambda: vocals(song), device), peak_bytes()),
        ("Open-Unmix, four stems and Wiener filter", _timed(lambda: whole(song), device), peak_bytes()),
    ]


@torch.inference_mode()
def _timed(work: Callable[[], object], device: torch.device) -> float:
    """Once: these take minutes on a CPU."""
    wait_for(device)
    began = time.perf_counter()
    work()
    wait_for(device)
    return time.perf_counter() - began
