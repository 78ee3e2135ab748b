"""`voicelift bench peers`: the same song, on the same machine, by HT-Demucs and Open-Unmix.

Both come from their PyPI packages with the sizes of their released models and random weights, which cost the same time
as trained ones. They are no dependency of Voicelift: without them the comparison says so. To have them:

    pip install --no-deps demucs openunmix && pip install julius
"""

import importlib
import importlib.util
import time
from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.codec.encodec import import_encodec
from core.separation.engine import Engine
from core.separation.track import separate_array
from lab.bench import report
from lab.bench.measure import machine, model_facts, wait_for

RATE = 44100
NEEDED = {"HT-Demucs": ("demucs", "julius"), "Open-Unmix": ("openunmix",)}
HOW = "pip install --no-deps demucs openunmix && pip install julius"


def run(
    model_dir: Path, device: str, threads: int | None, sampling: dict[str, Any], seconds: float, quick: bool, out: Path
) -> dict[str, Any]:
    """Writes peers.json: a row for each system with `ratio`, its time over Voicelift's, and `skipped`."""
    with closing(Engine.load(model_dir, device, threads)) as engine:
        engine.warm_up()
        preset = engine.card.sampling(**sampling)
        song = 0.1 * np.random.default_rng(0).standard_normal((2, round(seconds * RATE))).astype(np.float32)
        separate_array(engine, song[:, : 2 * RATE], RATE, preset, render="masked")
        began = time.perf_counter()
        separate_array(engine, song, RATE, preset, render="masked")
        taken = time.perf_counter() - began
    rows: list[dict[str, Any]] = [
        {"system": f"Voicelift ({preset.steps} steps)", "s": taken, "rtf": taken / seconds, "ratio": 1.0}
    ]
    skipped = []
    for name, packages in NEEDED.items():
        missing = [package for package in packages if importlib.util.find_spec(package) is None]
        if missing:
            skipped.append(name)
            print(f"{name} is skipped: {', '.join(missing)} not installed here. {HOW}")
            continue
        for system, work in SYSTEMS[name](torch.from_numpy(song)[None].to(engine.device), quick):
            work_s = _timed(work, engine.device)
            rows.append({"system": system, "s": work_s, "rtf": work_s / seconds, "ratio": work_s / taken})
    report.show(f"{seconds:g} s of stereo at {RATE} Hz, the peers with random weights", rows)
    result = {
        "machine": machine(engine.device),
        "model": model_facts(engine.card),
        "sampling": preset.model_dump(),
        "seconds": seconds,
        "rows": rows,
        "skipped": skipped,
    }
    report.save(out, "peers", result, lambda axes: report.bars(axes, {r["system"]: r["rtf"] for r in rows}, "RTF"))
    return result


Systems = list[tuple[str, Callable[[], object]]]


@torch.inference_mode()
def _timed(work: Callable[[], object], device: torch.device) -> float:
    """Once: these take minutes on a CPU."""
    wait_for(device)
    began = time.perf_counter()
    work()
    wait_for(device)
    return time.perf_counter() - began


def _demucs(song: Tensor, quick: bool) -> Systems:
    """The released `htdemucs`: sizes of its configuration, segments of 7.8 s; by default they overlap by a quarter."""
    build = importlib.import_module("demucs.htdemucs").HTDemucs
    apply: Callable[..., Tensor] = importlib.import_module("demucs.apply").apply_model
    sizes: dict[str, Any] = {"bottom_channels": 512, "dconv_mode": 3, "segment": Fraction(39, 5)}
    if quick:
        sizes = {"channels": 8, "t_layers": 1, "segment": Fraction(1)}
    model = build(["drums", "bass", "other", "vocals"], **sizes).to(song.device).eval()

    def separate(overlap: float) -> Callable[[], object]:
        return lambda: apply(model, song, shifts=0, split=True, overlap=overlap)

    return [(f"HT-Demucs, overlap {overlap:g}", separate(overlap)) for overlap in (0.0, 0.25)]


def _open_unmix(song: Tensor, quick: bool) -> Systems:
    """The released `umxhq`: four targets, as its package runs it with one Wiener iteration, and the networks alone."""
    import_encodec()  # openunmix, too, imports torchaudio and needs nothing of it here
    package = importlib.import_module("openunmix.model")
    hidden = 16 if quick else 512
    targets = ("vocals", "drums", "bass", "other")
    networks = {name: package.OpenUnmix(nb_bins=2049, hidden_size=hidden, max_bin=1487) for name in targets}
    whole = package.Separator(networks, niter=1, sample_rate=RATE).to(song.device).eval()
    vocals = package.Separator({"vocals": networks["vocals"]}, niter=0, residual=True).to(song.device).eval()
    return [
        ("Open-Unmix, four stems and Wiener filter", lambda: whole(song)),
        ("Open-Unmix, network for vocals alone", lambda: vocals(song)),
    ]


SYSTEMS = {"HT-Demucs": _demucs, "Open-Unmix": _open_unmix}
