"""Context length: the same recordings in chunks of 1.7 to 27 s.

The paper uses chunks of 13 s and reports hallucinations with short context [P]. Here every recording is at least as
long as the longest chunk, and only the length of chunks varies. Leakage measures hallucinations, in addition to the
usual distances. Chunks overlap by a sixteenth.

[P], [C], [I] and [D]: docs/method.md.
"""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from core.card import GRID_RATE, Card, Geometry, Preset
from lab.evaluation.datasets import Clip, ClipRef, EvaluationSet, limited, load, pool_set
from lab.evaluation.scores import METRICS, Scores
from lab.study.grid import VOCALS, Grid
from lab.study.outcome import Outcome
from lab.study.run import Run
from lab.study.trial import by_ddim, separate, voice_scores

FRAMES = (128, 256, 512, 1024, 2048)
SECONDS = 30.0
NOISE = Preset(steps=20, t_start=1.0)
LIMITS = {"mir1k": 6, "songs": 2, "instrumental": 6}
SHOWN = {name: metric for name, metric in VOCALS.items() if name != "sir"}


def study(run: Run) -> Outcome:
    frames = FRAMES[:2] if run.quick else FRAMES
    presets = {"preset standard": run.card.quality["standard"], "noise, 20 steps": NOISE}
    if run.quick:
        presets["noise, 20 steps"] = NOISE.model_copy(update={"steps": 2})
    conditions = {f"{length(n):.1f} s, {name}": (n, preset) for name, preset in presets.items() for n in frames}

    def work(clip: Clip, condition: str) -> Scores:
        n, preset = conditions[condition]
        return voice_scores(clip, separate(run, clip, by_ddim(preset), card=in_chunks(run.card, n))[0])

    sets = run.clips({}) if run.quick or run.folder else _long(run)
    grid = run.grid(sets, list(conditions), work, joined)
    usual = f"{length(1024 if 1024 in frames else frames[-1]):.1f} s, "
    tables = [grid.table(SHOWN, "chunks, sampling")]
    tables += [
        grid.paired(
            usual + name, {m: METRICS[m] for m in ("sdr", "silence_leakage")}, [c for c in conditions if name in c]
        )
        for name in presets
    ]
    first = grid.sets[0].name
    ends = [grid.median(first, f"{length(n):.1f} s, preset standard", "sdr") for n in (frames[0], frames[-1])]
    return Outcome(
        caption=f"{grid.caption} Generated voice. mir1k: clips of one karaoke song, joined to at least 28 s.",
        tables=tables,
        results={"summary": grid.summary(SHOWN), "clips": grid.clips()},
        draw=lambda figure: _draw(figure, grid, frames, list(presets)),
        finding=f"With the preset, median SDR on {first} is {ends[0]:.2f} dB in chunks of {length(frames[0]):.1f} s "
        f"and {ends[1]:.2f} dB in chunks of {length(frames[-1]):.1f} s.",
    )


def length(frames: int) -> float:
    """Length of a chunk in seconds."""
    return frames / GRID_RATE


def in_chunks(card: Card, frames: int) -> Card:
    """The card with chunks of `frames` that overlap by a sixteenth; the stride is a multiple of 3."""
    stride = (frames - frames // 16) // 3 * 3
    return card.model_copy(update={"geometry": Geometry(frames=frames, stride=stride)})


def _long(run: Run) -> list[EvaluationSet]:
    """Recordings of about 30 s from the dev lists."""
    karaoke, songs, without = (pool_set(run.root, name) for name in LIMITS)
    by_song = defaultdict(list)
    for ref in karaoke.clips:  # SINGER_SONG_CLIP
        by_song[ref.name.rsplit("_", 1)[0]].append(ref.vocals[0])
    joined_songs = [ClipRef("mir1k", song, tuple(files), rate=16000, sides=True) for song, files in by_song.items()]
    excerpts: list[ClipRef] = []
    for ref in songs.clips:
        if not excerpts or ref.start >= excerpts[-1].start + SECONDS:
            excerpts.append(replace(ref, stop=ref.start + SECONDS))
    long = [
        EvaluationSet("mir1k", "joined clips of karaoke songs at 16 kHz, amateur singers", tuple(joined_songs)),
        EvaluationSet("songs", "excerpts of 30 s of one song that start in a sung passage", tuple(excerpts)),
        without,
    ]
    chosen = run.chosen(LIMITS)
    return [limited(clip_set, run.limit or LIMITS[clip_set.name]) for clip_set in long if clip_set.name in chosen]


def joined(ref: ClipRef) -> Clip:
    """Read a clip; several two-sided recordings are concatenated, up to `SECONDS`."""
    if not ref.sides or len(ref.vocals) == 1:
        return load(ref)
    parts, total = [], 0
    for path in ref.vocals:
        parts.append(load(replace(ref, vocals=(path,))))
        total += parts[-1].mixture.shape[1]
        if total >= SECONDS * parts[0].rate:
            break
    mixture, vocals, rest = (
        np.concatenate([getattr(p, n) for p in parts], axis=1)[:, : round(SECONDS * parts[0].rate)]
        for n in ("mixture", "vocals", "accompaniment")
    )
    return Clip(ref, parts[0].rate, mixture, vocals, rest)


def _draw(figure: Any, grid: Grid, frames: tuple[int, ...], presets: list[str]) -> None:
    panels = figure.subplots(1, 3)
    for axes, metric in zip(panels, ("sdr", "lsd", "silence_leakage"), strict=True):
        for preset, style in zip(presets, ("-", "--"), strict=True):
            for colour, clip_set in enumerate(grid.sets):
                heights = [grid.median(clip_set.name, f"{length(n):.1f} s, {preset}", metric) for n in frames]
                seconds = [length(n) for n in frames]
                axes.plot(seconds, heights, style, marker="o", color=f"C{colour}", label=f"{clip_set.name}, {preset}")
        axes.set(xscale="log", xlabel="chunk, seconds", ylabel=f"{SHOWN[metric].title}, dB")
        axes.set_xticks([length(n) for n in frames], [f"{length(n):.1f}" for n in frames])
        axes.minorticks_off()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
