"""Quality and cost over denoising steps from 1 to 100, samplers and eta.

The paper samples by DDIM with T = 50 steps from noise [P]; its companion adds noise in every step, best with eta = 0.4
and T = 50 [C]. The presets of the default model start from the conditioner's noised estimate [D]. Both are measured.

[P], [C], [I] and [D]: docs/method.md.
"""

import time
from dataclasses import dataclass
from typing import Any

from core.card import Preset
from core.diffusion.samplers import times
from lab.evaluation.datasets import Clip
from lab.evaluation.metrics import sdr
from lab.evaluation.scores import METRICS, Metric, Scores
from lab.study.grid import Grid
from lab.study.outcome import Outcome
from lab.study.run import Run
from lab.study.solvers import dpm_solver, heun
from lab.study.trial import Sampler, by_ddim, estimate_alone, separate, voice_scores

LIMITS = {"musdb7": 12}
STEPS = (1, 2, 5, 10, 20, 50, 100)
PAPER = 50
ETAS = (0.4, 1.0)
NEAR = 0.3  # t at which sampling from the estimate starts
SHOWN: dict[str, Metric] = {
    "sdr": METRICS["sdr"],
    "mrstft": METRICS["mrstft"],
    "lsd": METRICS["lsd"],
    "mel_mae": METRICS["mel_mae"],
    "silence_leakage": METRICS["silence_leakage"],
    "masked_sdr": Metric("masked SDR", "dB", True, 0.05),
    "rtf": Metric("processor s / audio s", "", False, 0.01, 3),
}


@dataclass(frozen=True)
class Setting:
    """A sampler and its settings. calls: generator calls per chunk."""

    sampler: Sampler
    t_start: float
    calls: int
    kind: str


def settings(run: Run) -> dict[str, Setting]:
    """The settings to compare, by their name in the table."""
    steps = STEPS[:3] if run.quick else STEPS
    samplers = {}
    if run.model.config.estimates:
        samplers["estimate alone"] = Setting(estimate_alone, 0.0, 0, "estimate")
        for name, preset in run.card.quality.items():
            samplers[f"preset {name}"] = Setting(by_ddim(preset), preset.t_start, preset.steps, "preset")
        samplers |= {f"t = {NEAR:g}, {n} steps": _ddim(n, NEAR) for n in steps if 1 < n <= 20}
    samplers |= {f"noise, {n} steps": _ddim(n, 1.0) for n in steps}
    for n in [n for n in (20, PAPER) if n in steps] or steps[-1:]:
        samplers |= {f"noise, {n} steps, eta {eta:g}": _ddim(n, 1.0, eta) for eta in ETAS}
    for n in [n for n in (5, 10, 20) if n in steps]:
        samplers[f"noise, {n} steps, DPM-Solver++"] = _solver(dpm_solver, n, n, "DPM-Solver++")
        samplers[f"noise, {n} steps, Heun"] = _solver(heun, n, 2 * n - 1, "Heun")
    return samplers


def _ddim(steps: int, t_start: float, eta: float = 0.0) -> Setting:
    kind = f"DDIM from t = {t_start:g}" if eta == 0 else f"DDIM, eta {eta:g}"
    return Setting(by_ddim(Preset(steps=steps, t_start=t_start, eta=eta)), t_start, steps, kind)


def _solver(solve: Any, steps: int, calls: int, kind: str) -> Setting:
    return Setting(lambda chunk: solve(chunk.velocity, chunk.start(1.0), times(steps)), 1.0, calls, kind)


def study(run: Run) -> Outcome:
    known = settings(run)

    def work(clip: Clip, condition: str) -> Scores:
        started = time.process_time()
        generated, masked = separate(run, clip, known[condition].sampler)
        seconds = time.process_time() - started
        scores = voice_scores(clip, generated) | {"rtf": seconds / clip.seconds}
        return scores | {"masked_sdr": None if clip.vocals is None else sdr(clip.vocals, masked)}

    grid = run.grid(run.clips(LIMITS), list(known), work)
    floor = f"noise, {PAPER if not run.quick else 5} steps"
    compared = {name: SHOWN[name] for name in ("sdr", "mrstft", "lsd")}
    first = grid.sets[0].name
    swept = [name for name, setting in known.items() if setting.kind == "DDIM from t = 1"]
    best = {m: _best(grid, first, swept, m) for m in ("sdr", "lsd", "mel_mae")}
    return Outcome(
        caption=f"{grid.caption} Generated voice, `masked`: masked voice; `noise`: from t = 1, as in the paper. "
        "Processor time includes rendering.",
        tables=[grid.table(SHOWN, "sampling"), grid.paired(floor, compared)],
        results={
            "summary": grid.summary(SHOWN),
            "settings": {n: {"t_start": s.t_start, "calls": s.calls, "kind": s.kind} for n, s in known.items()},
            "best": best,
            "clips": grid.clips(),
        },
        draw=lambda figure: _draw(figure, grid, known),
        finding=f"With DDIM from noise on {first}, `{best['sdr']}` has the best median SDR, `{best['lsd']}` the best "
        f"LSD and `{best['mel_mae']}` the best mel MAE.",
    )


def _best(grid: Grid, set_name: str, conditions: list[str], metric: str) -> str:
    sign = -1 if SHOWN[metric].higher else 1
    return min(conditions, key=lambda c: sign * grid.median(set_name, c, metric))


def _draw(figure: Any, grid: Grid, known: dict[str, Setting]) -> None:
    first = grid.sets[0].name
    panels = figure.subplots(1, 3)
    for axes, metric in zip(panels, ("sdr", "lsd", "mel_mae"), strict=True):
        for kind in dict.fromkeys(setting.kind for setting in known.values()):
            names = [name for name, setting in known.items() if setting.kind == kind]
            points = sorted((known[n].calls, grid.median(first, n, metric)) for n in names)
            if kind == "estimate":
                axes.axhline(points[0][1], color="grey", ls="--", label=kind)
            else:
                axes.plot([x for x, _ in points], [y for _, y in points], marker="o", ms=4, label=kind)
        axes.set(xscale="log", xlabel="calls of the generator", ylabel=f"{SHOWN[metric].title}, dB")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, title=first)
