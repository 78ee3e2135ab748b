"""Generative and masked rendering: vocals, instrumental, and the error of their sum.

The paper's output is the voice of the decoder [P]. Here it can also guide a mask on the mixture [D]
(core/separation/render.py). The instrumental is the mixture minus a voice, so both sum to the mixture exactly, unless
they come from different renderings.

[P], [C], [I] and [D]: docs/method.md.
"""

from typing import Any

import numpy as np

from core.separation.track import separate_array
from lab.evaluation.datasets import Clip
from lab.evaluation.metrics import null_error
from lab.evaluation.scores import METRICS, Scorer, Scores, Target
from lab.study.grid import VOCALS, VoiceScorer
from lab.study.outcome import Outcome
from lab.study.run import Run

LIMITS = {"musdb7": 16, "mir1k": 8, "songs": 4}
GENERATIVE, MASKED = "vocals, generative", "vocals, masked"
MINUS_GENERATIVE, MINUS_MASKED = "instrumental: mixture minus generative", "instrumental: mixture minus masked"
METRICS_SHOWN = VOCALS | {"null_error": METRICS["null_error"]}


def study(run: Run) -> Outcome:
    scorer, stems = VoiceScorer(), _Stems(run)

    def work(clip: Clip, condition: str) -> Scores:
        generative, masked = stems(clip)
        if condition in (GENERATIVE, MASKED):
            voice = generative if condition == GENERATIVE else masked
            # The error of a mix of this voice with the delivered instrumental.
            return scorer(clip, voice) | {"null_error": null_error(clip.mixture, voice, clip.mixture - masked)}
        voice = generative if condition == MINUS_GENERATIVE else masked
        vocals = np.zeros_like(clip.mixture) if clip.vocals is None else clip.vocals
        target = Target(Scorer(quick=True), clip, clip.accompaniment, vocals)
        return target.score(clip.mixture - voice) | {
            "null_error": null_error(clip.mixture, voice, clip.mixture - voice)
        }

    conditions = [GENERATIVE, MASKED, MINUS_GENERATIVE, MINUS_MASKED]
    grid = run.grid(run.clips(LIMITS), conditions, work)

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        places = np.arange(len(grid.sets))
        for axes, pair, title in ((left, conditions[:2], "vocals"), (right, conditions[2:], "instrumental")):
            for shift, condition in zip((-0.2, 0.2), pair, strict=True):
                medians = [grid.median(s.name, condition, "sdr") for s in grid.sets]
                axes.bar(places + shift, medians, 0.38, label=condition.split(": ")[-1])
            axes.set_xticks(places, [s.name for s in grid.sets])
            axes.set(title=title, ylabel="median SDR, dB")
            axes.legend()

    paired = {name: METRICS[name] for name in ("sdr", "mrstft", "mel_mae")}
    first = grid.sets[0].name
    return Outcome(
        caption=f"{grid.caption} Null error of vocals: with the delivered instrumental (mixture minus masked).",
        tables=[
            grid.table(METRICS_SHOWN),
            grid.paired(GENERATIVE, paired, [MASKED]),
            grid.paired(MINUS_GENERATIVE, paired, [MINUS_MASKED]),
        ],
        results={"summary": grid.summary(METRICS_SHOWN), "clips": grid.clips()},
        draw=draw,
        finding=f"On {first}, masked vocals have {grid.median(first, MASKED, 'sdr'):.2f} dB SDR, generative ones "
        f"{grid.median(first, GENERATIVE, 'sdr'):.2f} dB.",
    )


class _Stems:
    """Both renderings of a clip, cached for the last one."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._clip: Clip | None = None

    def __call__(self, clip: Clip) -> tuple[Any, Any]:
        if clip is not self._clip:
            stems = separate_array(self._run.engine, clip.mixture, clip.rate)
            self._clip, self._renderings = clip, (stems["vocals"], stems["masked"])
        return self._renderings
