"""Separation of the same song in several layouts of channels.

Each channel is separated with its opposite as context (lab/notes/0021-channel-pairs.md). This includes voices that
cancel in the sum of the channels or are in one channel only. Each row scores the voice in all channels of its layout.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from core.audio.chunker import iter_chunks
from core.audio.types import Wav
from core.separation.track import separate_chunks
from lab.evaluation.datasets import Clip
from lab.evaluation.metrics import level_error, sdr
from lab.evaluation.scores import METRICS, Scores
from lab.study.outcome import Outcome
from lab.study.run import Run

LIMITS = {"musdb7": 10, "songs": 3}
OFFSET = 0.05
FLIP, LEFT = np.array([[1], [-1]], np.float32), np.array([[1], [0]], np.float32)
AS_RECORDED = "as recorded"
SHOWN = {name: METRICS[name] for name in ("sdr", "level")}

Parts = tuple[Wav, Wav, str]  # (vocals, accompaniment, layout)


def _both(wav: Wav) -> Wav:
    return np.repeat(wav.mean(axis=0, keepdims=True), 2, axis=0)


def _surround(vocals: Wav, band: Wav) -> Parts:
    """The voice in the centre, the band in front and attenuated in the rear."""
    voice, silence = vocals.mean(axis=0), np.zeros_like(band[0])
    rest = np.stack([band[0], band[1], silence, silence, 0.3 * band[0], 0.3 * band[1]])
    return np.stack([silence, silence, voice, silence, silence, silence]), rest.astype(np.float32), "5.1"


LAYOUTS: dict[str, Callable[[Wav, Wav], Parts]] = {
    AS_RECORDED: lambda v, b: (v, b, ""),
    "channels swapped": lambda v, b: (v[::-1], b[::-1], ""),
    "one channel's polarity flipped": lambda v, b: (v * FLIP, b * FLIP, ""),
    "mono": lambda v, b: (v.mean(axis=0, keepdims=True), b.mean(axis=0, keepdims=True), ""),
    "the same in both channels": lambda v, b: (_both(v), _both(b), ""),
    "R = -L": lambda v, b: (_both(v) * FLIP, _both(b) * FLIP, ""),
    "voice in anti-phase": lambda v, b: (_both(v) * FLIP, b, ""),
    "voice in the middle, instruments in anti-phase": lambda v, b: (_both(v), _both(b) * FLIP, ""),
    "right channel silent": lambda v, b: (v * LEFT, b * LEFT, ""),
    "DC offset of 0.05": lambda v, b: (v, b + np.float32(OFFSET), ""),
    "5.1, voice in the centre": _surround,
}


def study(run: Run) -> Outcome:
    def work(clip: Clip, condition: str) -> Scores:
        assert clip.vocals is not None, "the sets of this study have vocals"
        parts = (_both(wav) if len(wav) == 1 else wav for wav in (clip.vocals, clip.accompaniment))
        vocals, band, layout = LAYOUTS[condition](*parts)
        voice = _separated(run, (vocals + band).astype(np.float32), clip.rate, layout)
        return {"sdr": sdr(vocals, voice), "level": level_error(vocals, voice)}

    grid = run.grid(run.clips(LIMITS), list(LAYOUTS), work)
    first = grid.sets[0].name

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.barh(list(LAYOUTS), [grid.median(first, condition, "sdr") for condition in LAYOUTS])
        axes.invert_yaxis()
        axes.set(title=first, xlabel="median SDR of the masked voice, dB")

    medians = {condition: grid.median(first, condition, "sdr") for condition in LAYOUTS}
    worst = min(medians, key=lambda condition: medians[condition])
    return Outcome(
        caption=f"{grid.caption} Masked rendering.",
        tables=[grid.table(SHOWN, first="recording")],
        results={"summary": grid.summary(SHOWN), "clips": grid.clips()},
        draw=draw,
        finding=f"SDR on {first}: {medians[AS_RECORDED]:.2f} dB as recorded; lowest: {medians[worst]:.2f} dB, {worst}.",
    )


def _separated(run: Run, mixture: Wav, rate: int, layout: str) -> Wav:
    card = run.engine.card
    chunks = iter_chunks([mixture], rate, card.geometry, card.sample_rate)
    pieces = separate_chunks(run.engine, chunks, rate, card.quality["standard"], layout=layout)
    return np.concatenate([piece.masked for piece in pieces], axis=1)
