"""Generative against masked rendering; what each leaves of the instrumental, and whether the two stems add up.

The paper's output is the voice as the decoder makes it [P]. Here that voice may also guide a mask on the mixture [D]
(core/separation/render.py). An instrumental is the mixture less a voice; the error of their sum against the mixture is
exact zero by construction, except where the stems come from different renderings.

[P], [C], [I] and [D]: docs/method.md.
"""

from typing import Any

import numpy as np

from core.separation.track import separate_array
from lab.evaluation.datasets import Clip
from lab.evaluation.metrics import null_error
from lab.evaluation.scores import METRICS, Scorer, Scores, Target
from lab.study.grid import VOCALS, Judge
from lab.study.outcome import Outcome
from lab.study.run import Run

LIMITS = {"musdb7": 16, "mir1k": 8, "songs": 4}
GENERATIVE, MASKED = "vocals, generative", "vocals, masked"
LESS_GENERATIVE, LESS_MASKED = "instrumental: mixture less generative", "instrumental: mixture less masked"
METRICS_SHOWN = VOCALS | {"null_error": METRICS["null_error"]}


def study(run: Run) -> Outcome:
    judge, stems = Judge(), _Stems(run)

    def work(clip: Clip, condition: str) -> Scores:
        generative, masked = stems(clip)
        if condition in (GENERATIVE, MASKED):
            voice = generative if condition == GENERATIVE else masked
            # What a player hears who mixes this voice with the instrumental that is delivered.
            return judge(clip, voice) | {"null_error": null_error(clip.mixture, voice, clip.mixture - masked)}
        voice = generative if condition == LESS_GENERATIVE else masked
        vocals = np.zeros_like(clip.mixture) if clip.vocals is None else clip.vocals
        target = Target(Scorer(quick=True), clip, clip.accompaniment, vocals)
        return target.score(clip.mixture - voice) | {
            "null_error": null_error(clip.mixture, voice, clip.mixture - voice)
        }

    conditions = [GENERATIVE, MASKED, LESS_GENERATIVE, LESS_MASKED]
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
        caption=f"{grid.caption} Null error of a voice: with the delivered instrumental (mixture less masked).",
        tables=[
            grid.table(METRICS_SHOWN),
            grid.paired(GENERATIVE, paired, [MASKED]),
            grid.paired(LESS_GENERATIVE, paired, [LESS_MASKED]),
        ],
        results={"summary": grid.summary(METRICS_SHOWN), "clips": grid.clips()},
        draw=draw,
        finding=f"On {first}, masked vocals have {grid.median(first, MASKED, 'sdr'):.2f} dB SDR, generative ones "
        f"{grid.median(first, GENERATIVE, 'sdr'):.2f} dB.",
    )


class _Stems:
    """Both renderings of the clip that was asked for last."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._clip: Clip | None = None

    def __call__(self, clip: Clip) -> tuple[Any, Any]:
        if clip is not self._clip:
            stems = separate_array(self._run.engine, clip.mixture, clip.rate)
            self._clip, self._made = clip, (stems["vocals"], stems["masked"])
        return self._made
