"""Heavily harmonised vocals: one to eight harmony voices, and the melody doubled by an instrument.

Harmonies are copies of the clip's voice, resynthesised by WORLD at another pitch, slightly delayed and detuned, each
3 dB below the lead. The sum of the voices is scaled to the energy of the lead, so that only the harmony changes, not
the ratio of voices to accompaniment. A doubled line is a synthesised lead with the pitch of the voice, 6 dB below it;
it is part of the accompaniment.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.audio.types import Wav
from core.errors import InvalidOptions
from core.separation.track import separate_array
from lab.evaluation import metrics
from lab.evaluation.datasets import Clip, ClipRef, load
from lab.evaluation.perceptual import installed, world
from lab.evaluation.scores import METRICS, Metric, Scores
from lab.study.grid import Grid
from lab.study.outcome import Outcome
from lab.study.run import Run
from lab.study.trial import voice_scores

LIMITS = {"musdb7": 10, "mir1k": 8}
VOICES = (0, 1, 2, 4, 8)
INTERVALS = (4, -5, 7, -12, 12, 3, -8, 9)  # semitones, in the order in which voices are added
BELOW_DB, DOUBLE_DB = -3.0, -6.0
MAX_DELAY_S, MAX_DETUNING = 0.02, 0.1  # seconds, semitones
HARMONICS = 24
SHOWN: dict[str, Metric] = {
    "sdr": METRICS["sdr"],
    "masked_sdr": Metric("masked SDR", "dB", True, 0.05),
    "gain": Metric("masked SDR minus mixture's", "dB", True, 0.05),
    "mel_mae": METRICS["mel_mae"],
    "lsd": METRICS["lsd"],
    "mrstft": METRICS["mrstft"],
}
Curve = NDArray[np.float64]


def study(run: Run) -> Outcome:
    """Run the study.

    Raises:
        InvalidOptions: pyworld is not installed.
    """
    if not installed("pyworld"):
        raise InvalidOptions(
            'This study needs the package pyworld (and a C compiler): pip install -e ".[evaluation-voice]"'
        )
    counts = (0, 2) if run.quick else VOICES
    doubled = (0, counts[-2 if len(counts) > 2 else -1])
    known = {f"{n} harmonies": (n, False) for n in counts}
    known |= {f"{n} harmonies, doubled line": (n, True) for n in doubled}

    def work(clip: Clip, condition: str) -> Scores:
        count, double = known[condition]
        harmonised = arrange(clip, count, double)
        stems = separate_array(run.engine, harmonised.mixture, clip.rate)
        assert harmonised.vocals is not None
        output_sdr, input_sdr = (metrics.sdr(harmonised.vocals, w) for w in (stems["masked"], harmonised.mixture))
        return voice_scores(harmonised, stems["vocals"]) | {
            "masked_sdr": output_sdr,
            "gain": None if output_sdr is None or input_sdr is None else output_sdr - input_sdr,
        }

    grid = run.grid(run.clips(LIMITS), list(known), work)
    base = "0 harmonies"
    tested = {name: SHOWN[name] for name in ("sdr", "masked_sdr", "mel_mae")}
    first = grid.sets[0].name
    change = [grid.median(first, c, "sdr") for c in (base, f"{counts[-1]} harmonies")]
    return Outcome(
        caption=f"{grid.caption} Standard quality; generated voice, `masked`: masked voice. The reference is the sum "
        "of all voices, at the energy of the lead.",
        tables=[grid.table(SHOWN, "vocals"), grid.paired(base, tested)],
        results={"summary": grid.summary(SHOWN), "clips": grid.clips()},
        draw=lambda figure: _draw(figure, grid, counts, doubled),
        finding=f"On {first}, median SDR changes from {change[0]:.2f} dB without harmonies to {change[1]:.2f} dB with "
        f"{counts[-1]}.",
    )


def arrange(clip: Clip, count: int, double: bool) -> Clip:
    """The clip with `count` harmonies in its vocals and, with `double`, an instrument that doubles the melody."""
    assert clip.vocals is not None, "the sets of this study have vocals"
    vocals, rest = clip.vocals, clip.accompaniment
    if count or double:
        voice = _analysed(clip.ref, clip.rate)
        if count:
            vocals = _with_harmonies(vocals, voice, count, clip.rate)
        if double:
            rest = rest + _at_level(voice.line(clip.rate, clip.vocals.shape[1]), clip.vocals, DOUBLE_DB)
    return replace(clip, mixture=vocals + rest, vocals=vocals, accompaniment=rest)


class _Analysis:
    """The WORLD analysis of a mono voice `[n]`."""

    def __init__(self, mono: Curve, rate: int) -> None:
        self._world, self._rate = world(), rate
        f0, at = self._world.harvest(mono, rate, f0_floor=65.0, f0_ceil=1100.0)
        self._f0 = f0
        self._envelope = self._world.cheaptrick(mono, f0, at, rate)
        self._aperiodicity = self._world.d4c(mono, f0, at, rate)

    def at(self, semitones: float, samples: int) -> Curve:
        """The voice transposed by `semitones` with unchanged formants, `[samples]`."""
        transposed = self._world.synthesize(
            self._f0 * 2 ** (semitones / 12), self._envelope, self._aperiodicity, self._rate, 5.0
        )
        return _fit(transposed, samples)

    def line(self, rate: int, samples: int) -> Curve:
        """A bright constant timbre at the pitch of the voice, silent where it is unvoiced: `[samples]`."""
        frames = np.arange(samples) / rate / 0.005
        voiced = np.interp(frames, np.arange(len(self._f0)), self._f0 > 0)
        known = np.flatnonzero(self._f0 > 0)
        if not len(known):
            return np.zeros(samples)
        f0 = np.interp(frames, known, self._f0[known])
        phase = 2 * np.pi * np.cumsum(f0) / rate
        tones = [(k * f0 < 0.45 * rate) * np.sin(k * phase) / k for k in range(1, HARMONICS + 1)]
        return np.asarray(voiced * np.sum(tones, axis=0))


@lru_cache(maxsize=1)
def _analysed(ref: ClipRef, rate: int) -> _Analysis:
    vocals = load(ref).vocals
    assert vocals is not None
    return _Analysis(vocals.mean(0).astype(np.float64), rate)


def _with_harmonies(lead: Wav, voice: _Analysis, count: int, rate: int) -> Wav:
    random = np.random.default_rng(0)
    total = lead.copy()
    for semitones in INTERVALS[:count]:
        harmony = voice.at(semitones + random.uniform(-MAX_DETUNING, MAX_DETUNING), lead.shape[1])
        delay = round(random.uniform(0, MAX_DELAY_S) * rate)
        total += _at_level(np.concatenate([np.zeros(delay), harmony])[: lead.shape[1]], lead, BELOW_DB)
    return _at_level(total, lead, 0.0)


def _at_level(wav: Any, reference: Wav, decibels: float) -> Wav:
    """`[n]` or `[C, n]`, broadcast to the reference's shape and scaled to `decibels` above its level."""
    wide = np.broadcast_to(wav, reference.shape)
    energies = [float(np.mean(np.square(w, dtype=np.float64))) for w in (reference, wide)]
    gain = np.sqrt(energies[0] / max(energies[1], 1e-20)) * 10 ** (decibels / 20)
    return np.asarray(wide * gain, dtype=np.float32)


def _fit(wav: Curve, samples: int) -> Curve:
    return np.pad(wav, (0, max(0, samples - len(wav))))[:samples]


def _draw(figure: Any, grid: Grid, counts: tuple[int, ...], doubled: tuple[int, ...]) -> None:
    panels = figure.subplots(1, 3)
    for axes, metric in zip(panels, ("sdr", "masked_sdr", "mel_mae"), strict=True):
        for colour, clip_set in enumerate(grid.sets):
            for numbers, suffix, style in ((counts, "", "-o"), (doubled, ", doubled line", "x")):
                heights = [grid.median(clip_set.name, f"{n} harmonies{suffix}", metric) for n in numbers]
                axes.plot(numbers, heights, style, color=f"C{colour}", label=f"{clip_set.name}{suffix}")
        axes.set(xlabel="harmony voices", ylabel=f"{SHOWN[metric].title}, dB")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
