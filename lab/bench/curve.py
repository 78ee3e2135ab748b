"""`voicelift bench curve`: quality against time over denoising steps, start of sampling, and added noise.

Scores are medians over dev clips, or over synthetic songs without `root`, of the masked and the generated voice.
"""

import itertools
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from core.card import Preset
from core.separation.engine import Engine
from core.separation.track import separate_array
from lab.bench import report
from lab.bench.measure import machine, model_facts
from lab.evaluation.datasets import Clip, limited, load, pool_set, synthetic_set
from lab.evaluation.metrics import multi_resolution_stft, sdr

STEPS, STARTS, ETAS = (1, 2, 4, 8, 16), (0.1, 0.2, 0.4, 1.0), (0.0, 0.5)
SET, CLIPS = "musdb7", 12
PAPER = Preset(steps=50, eta=0.0, t_start=1.0)


def run(model_dir: Path, device: str, threads: int | None, root: Path | None, quick: bool, out: Path) -> dict[str, Any]:
    """Write curve.json: a row per setting, including the presets of the card and the paper's T = 50."""
    if quick:
        source, clips = "synthetic songs", limited(synthetic_set(), 1, 2.0)
    elif root is None:
        source, clips = "synthetic songs", synthetic_set()
    else:
        source, clips = f"dev clips of {SET}", limited(pool_set(root, SET), CLIPS)
    loaded = [load(ref) for ref in clips.clips]
    engine = Engine.load(model_dir, device, threads)
    try:
        rows, settings = [], _settings(engine, quick)
        for name, preset in settings:
            rows.append(_scored(engine, loaded, name, preset))
            done = f"{preset.steps} steps from t = {preset.t_start:g}"
            print(f"[{len(rows)}/{len(settings)}] {done}: {rows[-1]['sdr']:.2f} dB", file=sys.stderr)
    finally:
        engine.close()
    report.show(f"Medians over {len(loaded)} {source}", rows)
    best = max(row["sdr"] for row in rows)
    draft = next(row for row in rows if row["name"] == "draft")
    print(f"\nThe best masked SDR exceeds that of the draft preset by {best - draft['sdr']:.2f} dB.")
    result = {
        "machine": machine(engine.device),
        "model": model_facts(engine.card),
        "clips": source,
        "count": len(loaded),
        "rows": rows,
        "best_over_draft_db": best - draft["sdr"],
    }

    def draw(axes: Any) -> None:
        for start in sorted({row["t_start"] for row in rows}):
            line = [row for row in rows if row["t_start"] == start and row["eta"] == 0]
            line.sort(key=lambda row: row["steps"])
            axes.plot([r["rtf"] for r in line], [r["sdr"] for r in line], marker="o", label=f"from t = {start:g}")
        axes.set(xscale="log", xlabel="real-time factor", ylabel="masked SDR, dB")
        axes.legend()

    report.save(out, "curve", result, draw)
    return result


def _settings(engine: Engine, quick: bool) -> list[tuple[str, Preset]]:
    named: list[tuple[str, Preset]] = [(name, preset) for name, preset in engine.card.quality.items()]
    grid = itertools.product(STEPS[:2], STARTS[:1], ETAS[:1]) if quick else itertools.product(STEPS, STARTS, ETAS)
    swept = [("", Preset(steps=n, t_start=start, eta=eta)) for n, start, eta in grid if n > 1 or eta == 0]
    return [*named, *swept, *([] if quick else [("paper", PAPER)])]


def _scored(engine: Engine, clips: list[Clip], name: str, preset: Preset) -> dict[str, Any]:
    scores: dict[str, list[float]] = {"sdr": [], "mrstft": [], "generated_sdr": [], "generated_mrstft": []}
    seconds = 0.0
    for clip in clips:
        stems, taken = _separate(engine, clip, preset)
        seconds += taken
        if clip.vocals is None:
            continue
        for kind, wav in (("", stems["masked"]), ("generated_", stems["vocals"])):
            for metric, value in (("sdr", sdr(clip.vocals, wav)), ("mrstft", multi_resolution_stft(clip.vocals, wav))):
                if value is not None:
                    scores[kind + metric].append(value)
    medians = {metric: float(np.median(values)) for metric, values in scores.items()}
    rtf = seconds / sum(clip.seconds for clip in clips)
    return {"name": name, **preset.model_dump(), "rtf": rtf, **medians}


def _separate(engine: Engine, clip: Clip, preset: Preset) -> tuple[dict[str, Any], float]:
    """The stems, and the wall time of the separation in seconds."""
    started = time.perf_counter()
    stems = separate_array(engine, clip.mixture, clip.rate, preset)
    return stems, time.perf_counter() - started
