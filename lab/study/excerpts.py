"""Short vocal excerpts: the loudest 0.25 to 4 s of a voice.

in the song   the voice is muted outside of the excerpt; the accompaniment continues
alone         the recording is cut to the excerpt

The paper reports failures for short vocals and short context; a mask cannot hallucinate. SDR and LSD are of the
excerpt, leakage is of the rest.
"""

from typing import Any

import numpy as np

from core.audio.overlap import fade_in
from core.audio.types import Wav
from core.separation.track import separate_array
from lab.evaluation import metrics
from lab.evaluation.datasets import Clip
from lab.evaluation.scores import METRICS, Metric, Scores
from lab.study.grid import Grid
from lab.study.outcome import Outcome
from lab.study.run import Run

LIMITS = {"musdb7": 10, "mir1k": 8}
SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0)
FADE_S = 0.02
PLACES = ("in the song", "alone")
SHOWN: dict[str, Metric] = {
    "sdr": Metric("masked SDR", "dB", True, 0.05),
    "gain": Metric("masked SDR minus mixture's", "dB", True, 0.05),
    "generative_sdr": Metric("generative SDR", "dB", True, 0.05),
    "lsd": Metric("generative LSD", "dB", False, 0.05),
    "silence_leakage": METRICS["silence_leakage"],
}


def study(run: Run) -> Outcome:
    lengths = SECONDS[:2] if run.quick else SECONDS
    conditions = {f"{seconds:g} s {place}": (seconds, place) for place in PLACES for seconds in lengths}

    def work(clip: Clip, condition: str) -> Scores:
        seconds, place = conditions[condition]
        assert clip.vocals is not None, "the sets of this study have vocals"
        span = loudest(clip.vocals, round(seconds * clip.rate))
        voice = faded(clip.vocals, span, round(FADE_S * clip.rate))
        mixture = voice + clip.accompaniment
        if place == "alone":
            voice, mixture = voice[:, span], mixture[:, span]
            span = slice(0, voice.shape[1])
        stems = separate_array(run.engine, np.ascontiguousarray(mixture), clip.rate)
        true, generated, masked, mixed = (w[:, span] for w in (voice, stems["vocals"], stems["masked"], mixture))
        output_sdr, input_sdr = metrics.sdr(true, masked), metrics.sdr(true, mixed)
        return {
            "sdr": output_sdr,
            "gain": None if output_sdr is None or input_sdr is None else output_sdr - input_sdr,
            "generative_sdr": metrics.sdr(true, generated),
            "lsd": metrics.log_spectral_distance(true, generated),
            "silence_leakage": metrics.silence_leakage(voice, stems["masked"], mixture, clip.rate),
        }

    grid = run.grid(run.clips(LIMITS), list(conditions), work)
    longest = {place: f"{lengths[-1]:g} s {place}" for place in PLACES}
    tested = {name: SHOWN[name] for name in ("gain", "lsd")}
    first = grid.sets[0].name
    ends = [f"{seconds:g} s {PLACES[0]}" for seconds in (lengths[0], lengths[-1])]
    gains = [grid.median(first, end, "gain") for end in ends]
    return Outcome(
        caption=f"{grid.caption} Standard quality. One excerpt per clip, where the voice is loudest.",
        tables=[
            grid.table(SHOWN, "voice"),
            *(grid.paired(end, tested, [c for c in conditions if c.endswith(p)]) for p, end in longest.items()),
        ],
        results={"summary": grid.summary(SHOWN), "clips": grid.clips()},
        draw=lambda figure: _draw(figure, grid, lengths),
        finding=f"On {first}, the SDR of a voice of {lengths[0]:g} s in a song rises by {gains[0]:.1f} dB, that of "
        f"{lengths[-1]:g} s by {gains[1]:.1f} dB.",
    )


def loudest(voice: Wav, samples: int) -> slice:
    """The span of at most `samples` of `[C, n]` with the most energy."""
    samples = min(samples, voice.shape[1])
    total = np.concatenate([[0.0], np.cumsum(np.square(voice, dtype=np.float64).sum(0))])
    start = int(np.argmax(total[samples:] - total[:-samples]))
    return slice(start, start + samples)


def faded(voice: Wav, span: slice, fade: int) -> Wav:
    """`[C, n]` muted outside of `span`, with fades of at most `fade` samples inside it."""
    weights = np.zeros(voice.shape[1], np.float32)
    weights[span] = 1.0
    ramp = fade_in(min(fade, (span.stop - span.start) // 2))
    weights[span.start : span.start + len(ramp)] = ramp
    weights[span.stop - len(ramp) : span.stop] = ramp[::-1]
    return voice * weights


def _draw(figure: Any, grid: Grid, lengths: tuple[float, ...]) -> None:
    panels = figure.subplots(1, 3)
    for axes, metric in zip(panels, ("gain", "lsd", "silence_leakage"), strict=True):
        for place, style in zip(PLACES, ("-", "--"), strict=True):
            for colour, clip_set in enumerate(grid.sets):
                heights = [grid.median(clip_set.name, f"{seconds:g} s {place}", metric) for seconds in lengths]
                axes.plot(lengths, heights, style, marker="o", color=f"C{colour}", label=f"{clip_set.name}, {place}")
        axes.set(xscale="log", xlabel="seconds of voice", ylabel=f"{SHOWN[metric].title}, dB")
        axes.set_xticks(lengths, [f"{seconds:g}" for seconds in lengths])
        axes.minorticks_off()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
