"""Short vocal excerpts: a voice that sounds for a quarter of a second to two seconds.

in the song   the clip's accompaniment goes on, and of its voice only the loudest stretch is left
alone         the recording itself is no longer than that stretch

The paper names short vocals and short context as what goes wrong; a mask has nothing to invent. SDR and LSD are of the
stretch alone, leakage is what is heard of a voice elsewhere.
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
    "gain": Metric("masked SDR over mixture's", "dB", True, 0.05),
    "generative_sdr": Metric("generative SDR", "dB", True, 0.05),
    "lsd": Metric("generative LSD", "dB", False, 0.05),
    "silence_leakage": METRICS["silence_leakage"],
}


def study(run: Run) -> Outcome:
    lengths = SECONDS[:2] if run.quick else SECONDS
    known = {f"{seconds:g} s {place}": (seconds, place) for place in PLACES for seconds in lengths}

    def work(clip: Clip, condition: str) -> Scores:
        seconds, place = known[condition]
        assert clip.vocals is not None, "the sets of this study have vocals"
        span = loudest(clip.vocals, round(seconds * clip.rate))
        voice = only(clip.vocals, span, round(FADE_S * clip.rate))
        mixture = voice + clip.accompaniment
        if place == "alone":
            voice, mixture = voice[:, span], mixture[:, span]
            span = slice(0, voice.shape[1])
        stems = separate_array(run.engine, np.ascontiguousarray(mixture), clip.rate)
        true, generated, masked, heard = (w[:, span] for w in (voice, stems["vocals"], stems["masked"], mixture))
        reached, before = metrics.sdr(true, masked), metrics.sdr(true, heard)
        return {
            "sdr": reached,
            "gain": None if reached is None or before is None else reached - before,
            "generative_sdr": metrics.sdr(true, generated),
            "lsd": metrics.log_spectral_distance(true, generated),
            "silence_leakage": metrics.silence_leakage(voice, stems["masked"], mixture, clip.rate),
        }

    grid = run.grid(run.clips(LIMITS), list(known), work)
    longest = {place: f"{lengths[-1]:g} s {place}" for place in PLACES}
    tested = {name: SHOWN[name] for name in ("gain", "lsd")}
    first = grid.sets[0].name
    ends = [f"{seconds:g} s {PLACES[0]}" for seconds in (lengths[0], lengths[-1])]
    raised = [grid.median(first, end, "gain") for end in ends]
    return Outcome(
        caption=f"{grid.caption} Standard quality. One stretch of each clip: where its voice is loudest.",
        tables=[
            grid.table(SHOWN, "voice"),
            *(grid.paired(end, tested, [c for c in known if c.endswith(p)]) for p, end in longest.items()),
        ],
        results={"summary": grid.summary(SHOWN), "clips": grid.clips()},
        draw=lambda figure: _draw(figure, grid, lengths),
        finding=f"On {first}, a voice of {lengths[0]:g} s within a song is raised by {raised[0]:.1f} dB, one of "
        f"{lengths[-1]:g} s by {raised[1]:.1f} dB.",
    )


def loudest(voice: Wav, samples: int) -> slice:
    """The stretch of `samples` of `[C, n]` with most energy."""
    samples = min(samples, voice.shape[1])
    total = np.concatenate([[0.0], np.cumsum(np.square(voice, dtype=np.float64).sum(0))])
    start = int(np.argmax(total[samples:] - total[:-samples]))
    return slice(start, start + samples)


def only(voice: Wav, span: slice, fade: int) -> Wav:
    """`[C, n]` with silence outside of `span`, faded within its ends."""
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
