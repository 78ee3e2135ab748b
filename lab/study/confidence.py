"""Which cheap figure predicts, second by second, the error of the vocals? And how reliable is a probability from it?

Predictors of the SDR of a second (of 16/15 s) of vocals masked by the estimate:

    variance   the energy of the masked mixture over the variance that its masks leave (core.separation.confidence)
    gate       the same in the gate's window of 4 s (core.separation.render)
    share      the energy of the vocals over the mixture's
    spread     the energy of the mean of a few samples of the generator over their variance

The first is mapped to the probability of an SDR of at least BOUND_DB. The curve is fitted on one half of the songs and
checked on the other, both ways; that of the card is fitted on all. Each set has the same weight. Seconds with silent
vocals are left out; vocals where nobody sings have the SDR WORST.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.signal import fftconvolve
from scipy.stats import spearmanr
from tqdm import tqdm

from core.audio.resample import resample
from core.audio.types import Wav
from core.card import BOUND_DB, Confidence, Preset
from core.diffusion.samplers import ddim, times
from core.diffusion.velocity import noised
from core.separation.confidence import SECOND_S, expected_sdr
from core.separation.diffusion import Diffusion
from core.separation.noise import noise
from core.separation.render import CERTAINTY_S, hop_length, renderings
from core.separation.request import ChunkRequest
from lab.evaluation.datasets import ClipRef, load
from lab.evaluation.statistics import Interval
from lab.study.grid import OWN_SETS
from lab.study.outcome import Outcome
from lab.study.run import Run
from lab.study.trial import chunk_latents, model_input

LIMITS = {"musdb7": 20, "mir1k": 48}
SAMPLES, SAMPLING = 4, Preset(steps=2, t_start=0.3)
PREDICTORS = {
    "variance": "variance of the masks",
    "gate": "the same, window of 4 s",
    "share": "vocals over mixture",
    "spread": f"spread of {SAMPLES} samples, {SAMPLING.steps} steps from t = {SAMPLING.t_start}",
}
BINS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0))
WORST, BEST = -30.0, 60.0  # dB; SDRs beyond these do not differ for a listener
MISSED_DB = -20.0
SILENCE = 1e-9  # energy
RESAMPLES = 500
PRIOR = 1e-4  # keeps the slope finite where all segments agree
Row = dict[str, Any]
Values = NDArray[np.float64]


def study(run: Run) -> Outcome:
    sets, cells = run.clips(LIMITS), list[Row]()
    for clip_set in sets:
        for ref in tqdm(clip_set.clips, clip_set.name):
            cell = run.record.cell(f"{clip_set.name}/{ref.name}", partial(_measure, run, ref))
            cells.append({"set": clip_set.name, "song": ref.song, **cell})
    seconds = [{"set": cell["set"], "song": cell["song"], **row} for cell in cells for row in cell["seconds"]]
    judged = [row for row in seconds if row["variance"] is not None]
    missed = sum(row["variance"] is None and (row["voice"] or WORST) > MISSED_DB for row in seconds)
    ranks = {
        (name, predictor): rank([row for row in seconds if row["set"] == name], predictor)
        for name in (clip_set.name for clip_set in sets)
        for predictor in PREDICTORS
    }
    curve, bins = fit(judged), reliability(judged)
    right = np.mean([_within(row) for row in judged])
    clips = "; ".join(f"{s.name}: {len(s.clips)} clips ({s.shows})" for s in sets)
    return Outcome(
        caption=f"Vocals masked by the estimate. {clips}. {OWN_SETS} Intervals: 95 %, bootstrap over songs.",
        tables=[
            (["set", "predictor", "rank correlation with the SDR of a second"], [_rank_row(*r) for r in ranks.items()]),
            (["confidence", "seconds", "mean", f"share with at least {BOUND_DB:g} dB"], [_bin_row(b) for b in bins]),
        ],
        results={
            "summary": [{"set": s, "condition": name, "rank": asdict(i)} for (s, name), i in ranks.items()],
            "confidence": curve.model_dump(),
            "reliability": bins,
        },
        draw=lambda figure: _draw(figure, bins),
        finding=f"{100 * right:.0f} % of {len(judged)} seconds with vocals have at least {BOUND_DB:g} dB. In {missed} "
        f"others the vocals are silent and the voice is above {MISSED_DB:g} dB of the mixture. For the card: "
        f"{curve.model_dump_json()}. Cost: {100 * np.median([cell['cost'] for cell in cells]):.2f} % of the CPU time.",
    )


@torch.inference_mode()
def _measure(run: Run, ref: ClipRef) -> Row:
    """The whole `seconds` of a clip's first chunk: SDR, voice over mixture, predictors, all in dB. `cost`: the share of
    CPU time that the confidence takes."""
    clip, card = load(ref), run.card
    mixture = clip.mixture[:, : card.samples_per_chunk * clip.rate // card.sample_rate]
    samples = mixture.shape[1]
    vocals = np.zeros_like(mixture) if clip.vocals is None else clip.vocals[:, :samples]
    low = resample(mixture, clip.rate, card.sample_rate)[:, : card.samples_per_chunk]
    request = ChunkRequest(mixture, low, clip.rate, 0, steps=0)
    began = time.process_time()
    voices = _estimate(run, request)
    stems = renderings(voices, card.sample_rate, mixture, clip.rate, gate=card.gate, exponents=card.mask_exponents)
    separated = time.process_time()
    expected = expected_sdr(stems.sums, clip.rate, samples)
    ended = time.process_time()

    window = np.hanning(round(CERTAINTY_S * clip.rate / hop_length(clip.rate)))
    smooth = np.stack([fftconvolve(row, window, "same") for row in stems.sums])
    columns = {
        "sdr": _ratios(vocals, stems.masked - vocals, clip.rate),
        "voice": _ratios(vocals, mixture, clip.rate),
        "variance": expected,
        "gate": expected_sdr(smooth, clip.rate, samples),
        "share": _ratios(stems.masked, mixture, clip.rate),
        "spread": _spread(run, request),
    }
    whole = int(samples / clip.rate / SECOND_S)
    rows = zip(*(column[:whole] for column in columns.values()), strict=True)
    return {
        "cost": (ended - separated) / (ended - began),
        "seconds": [dict(zip(columns, row, strict=True)) for row in rows],
    }


def _estimate(run: Run, request: ChunkRequest) -> Wav:
    """The voices `[C, m]`, as the engine computes them."""
    method = cast(Diffusion, run.engine.method)
    rows, voices = method.prepare(request, lambda: False), np.zeros_like(request.model_input)
    if rows:
        method.enter(rows)
        for row, arrive in zip(rows, method.results(rows), strict=True):
            voices[row.channels] = arrive()
    return voices


def _spread(run: Run, request: ChunkRequest) -> list[float | None]:
    """The energy of the mean of samples over their variance, second by second, in dB."""
    samples = np.zeros((SAMPLES, *request.model_input.shape), np.float32)
    for view, channels in request.views().items():
        wav, gain = model_input(run.model, request.model_input[list(view)], request.model_input[view.channel])
        latents = chunk_latents(run.model, wav.to(run.torch_device))
        frames, dim = latents.estimate.shape[2], latents.estimate.shape[1]
        for seed in range(SAMPLES):
            start = torch.from_numpy(noise(seed, 0, 0, frames, dim)[None]).to(latents.estimate)
            noisy = noised(latents.estimate, start, torch.tensor(SAMPLING.t_start))
            z = ddim(latents.velocity, noisy, times(SAMPLING.steps, SAMPLING.t_start), 0.0, latents.noise)
            voice = (run.model.decode(z)[0, 0] / gain).cpu().numpy()
            samples[seed, channels] = voice[: samples.shape[2]]
    mean = samples.mean(axis=0)
    deviation = (samples - mean).reshape(-1, samples.shape[2]) / np.sqrt(SAMPLES)
    return _ratios(mean, deviation, run.card.sample_rate)


def _ratios(first: Wav, second: Wav, rate: int) -> list[float | None]:
    """The energy of the first over the second's, second by second, in dB; None where both are silent."""
    edges = np.arange(0, first.shape[1], SECOND_S * rate).astype(int)
    energies = (np.add.reduceat(np.square(wav, dtype=np.float64).sum(0), edges) for wav in (first, second))
    return [
        None if max(a, b) < SILENCE else float(np.clip(10 * np.log10((a + SILENCE) / (b + SILENCE)), WORST, BEST))
        for a, b in zip(*energies, strict=True)
    ]


def rank(rows: Sequence[Row], predictor: str) -> Interval:
    """Spearman's correlation of a predictor with the SDR, over seconds with both; its interval over songs."""
    known = [row for row in rows if row["sdr"] is not None and row[predictor] is not None]
    songs = [[row for row in known if row["song"] == song] for song in dict.fromkeys(row["song"] for row in known)]
    rng, values = np.random.default_rng(0), []
    for _ in range(RESAMPLES if songs else 0):
        drawn = [row for place in rng.integers(0, len(songs), len(songs)) for row in songs[place]]
        pairs = np.array([(row["sdr"], row[predictor]) for row in drawn])
        values.append(float(spearmanr(*pairs.T).statistic) if np.ptp(pairs, axis=0).all() else 0.0)
    low, median, high = (float(v) for v in np.percentile(values or [0.0], [2.5, 50, 97.5]))
    return Interval(median, low, high, max(1, len(known)))


def fit(rows: Sequence[Row]) -> Confidence:
    """The logistic curve of maximum likelihood, every set with the same weight."""
    sets = [row["set"] for row in rows]
    weights = np.array([1 / sets.count(name) for name in sets])
    expected, within = (np.array(values) for values in ([row["variance"] for row in rows], [_within(r) for r in rows]))

    def loss(parameters: Values) -> float:
        logits = parameters[0] + np.exp(parameters[1]) * expected
        return float((weights * np.logaddexp(0, np.where(within, -logits, logits))).sum() + PRIOR * parameters[1] ** 2)

    offset, log_slope = minimize(loss, np.zeros(2)).x
    return Confidence(offset=round(float(offset), 3), slope=round(float(np.exp(log_slope)), 3))


def reliability(rows: Sequence[Row]) -> list[Row]:
    """By bin of confidence, from the curve of the other half of the songs: number, mean confidence, share within."""
    halves: dict[str, int] = {}
    for row in rows:
        halves.setdefault(row["song"], len(halves) % 2)
    probabilities, outcomes = list[float](), list[bool]()
    for half in (0, 1):
        others = [row for row in rows if halves[row["song"]] != half]
        here = [row for row in rows if halves[row["song"]] == half]
        curve = fit(others) if others else None
        probabilities += [curve.probability(row["variance"]) for row in here if curve]
        outcomes += [_within(row) for row in here if curve]
    confidence, within = np.array(probabilities), np.array(outcomes)
    bins = []
    for low, high in BINS:
        inside = (confidence >= low) & (confidence < high)
        means = [float(x[inside].mean()) if inside.any() else None for x in (confidence, within)]
        bins.append({"from": low, "to": high, "n": int(inside.sum()), "confidence": means[0], "within": means[1]})
    return bins


def _within(row: Row) -> bool:
    return row["sdr"] is not None and row["sdr"] >= BOUND_DB


def _rank_row(condition: tuple[str, str], interval: Interval) -> list[str]:
    name, predictor = condition
    return [name, PREDICTORS[predictor], f"{interval.median:.2f} [{interval.low:.2f}, {interval.high:.2f}]"]


def _bin_row(row: Row) -> list[str]:
    means = ["" if row[name] is None else f"{row[name]:.2f}" for name in ("confidence", "within")]
    return [f"{row['from']:g} to {row['to']:g}", str(row["n"]), *means]


def _draw(figure: Any, bins: Sequence[Row]) -> None:
    axes = figure.subplots()
    known = [row for row in bins if row["n"]]
    axes.plot([0, 1], [0, 1], color="0.7")
    axes.plot([row["confidence"] for row in known], [row["within"] for row in known], "o-")
    axes.set(xlabel="confidence", ylabel=f"share with at least {BOUND_DB:g} dB", xlim=(0, 1), ylim=(0, 1))
