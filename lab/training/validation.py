"""Scores on real songs during training, to select the best weights.

`voicelift evaluate` gives the final scores, on more material and with all metrics.
"""

from collections.abc import Iterator
from functools import reduce

import numpy as np
import torch

from core.audio.types import Wav
from core.card import Preset
from core.checkpoint import Model
from core.diffusion.samplers import ddim, times
from core.diffusion.velocity import noised
from core.separation.level import normalising_gain, without_offset
from core.separation.noise import noise
from core.separation.render import renderings
from lab.evaluation.metrics import sdr
from lab.training.pool import RATE, Pool, Recording
from lab.training.recipe import ValidationRecipe

LEAK = -25.0  # dB relative to the input: leakage that is not penalised
DROPPED = 15.0  # dB below the true voice: the voice counts as dropped


@torch.no_grad()
def validate(
    model: Model, pool: Pool, recipe: ValidationRecipe, sampling: Preset | None, target: str = "vocals"
) -> dict[str, float]:
    """Scores on dev clips, keyed `POOL_estimate` etc.: medians over clips in dB, except `excess` and `dropped`.

    Sets the model to evaluation mode.

    estimate     SDR of the conditioner's estimate, decoded; absent if it has none (`sampling.t_start` = 1)
    generative   SDR of the generated voice; absent if `sampling` is None (generator not trained yet)
    masked       SDR of the masked voice, guided by the generated voice or, without it, the estimate
    leak         level of the voice in music without vocals, relative to the input
    excess       mean over clips of the leak above -25 dB, in dB
    dropped      share of clips whose masked voice is more than 15 dB below the true one
    """
    model.eval()
    grid = model.codec.hop * model.config.generator.reduction
    length = int(recipe.seconds * RATE) // grid * grid
    scores: dict[str, list[float]] = {}
    dropped: dict[str, list[bool]] = {}
    for name in recipe.pools:
        for mixture, voice in target_clips(pool, name, target, recipe.clips, length, grid):
            wavs = render(model, mixture, sampling)
            best = list(wavs.values())[-1]
            wavs["masked"] = renderings(best, RATE, mixture, RATE, model.codec.phase_below).masked
            for kind, wav in wavs.items():
                score = sdr(voice, wav)
                if score is not None:
                    scores.setdefault(f"{name}_{kind}", []).append(score)
            dropped.setdefault(name, []).append(level_db(wavs["masked"]) < level_db(voice) - DROPPED)
    summary = {name: round(float(np.median(values)), 3) for name, values in scores.items()}
    summary |= {f"{name}_dropped": round(float(np.mean(values)), 3) for name, values in dropped.items()}
    for name in recipe.silent if target == "vocals" else ():
        leaks = []
        for recording in spread(pool.select("accompaniment", [name], "dev"), recipe.clips):
            mixture = pool.read(recording, 0, length)
            wav = list(render(model, mixture, sampling).values())[-1]
            leaks.append(level_db(wav) - level_db(mixture))
        if leaks:
            summary[f"{name}_leak"] = round(float(np.median(leaks)), 3)
            summary[f"{name}_excess"] = round(float(np.mean(np.maximum(0, np.array(leaks) - LEAK))), 3)
    return summary


def score(scores: dict[str, float], recipe: ValidationRecipe) -> float | None:
    """The score that selects the best weights (`ValidationRecipe`), in dB; None if no pool has dev clips."""
    masked, excess, dropped = (
        [value for name, value in scores.items() if name.endswith(f"_{kind}")]
        for kind in ("masked", "excess", "dropped")
    )
    if not masked:
        return None
    penalty = recipe.leak_weight * np.sum(excess) + recipe.drop_weight * np.sum(dropped)
    return float(np.mean(masked) - penalty)


def render(model: Model, mixture: Wav, sampling: Preset | None) -> dict[str, Wav]:
    """The voices `[C, n]` in a mixture `[C, n]`: `estimate`, and `generative` with `sampling`; the last is the best."""
    centred = without_offset(mixture)
    rows = [centred[[channel, len(centred) - 1 - channel]] for channel in range(len(centred))]
    gains = np.array([normalising_gain(row[:1], model.codec.level) for row in rows], np.float32)[:, None, None]
    batch = torch.from_numpy(np.stack(rows) * gains).to(model.latent_norm.scale.device)
    estimate, features = model.condition(batch[:, : model.config.input_channels])
    latents = {}
    if sampling is None or sampling.t_start < 1:
        latents["estimate"] = estimate
    if sampling is not None:
        start = torch.from_numpy(noise(0, 0, 0, estimate.shape[2], estimate.shape[1])).to(estimate)[None]
        schedule = times(sampling.steps, sampling.t_start)
        z = noised(estimate, start, schedule[0].to(estimate)) if sampling.t_start < 1 else start.expand_as(estimate)
        latents["generative"] = ddim(lambda z, t: model.generator(z, t, estimate, features), z, schedule)
    return {kind: np.asarray(model.decode(z).cpu().numpy() / gains, np.float32)[:, 0] for kind, z in latents.items()}


def target_clips(pool: Pool, name: str, target: str, clips: int, longest: int, grid: int) -> Iterator[tuple[Wav, Wav]]:
    """(mixture, target) `[C, n]` of dev clips where the target is loudest; n is a multiple of `grid`."""
    recordings = spread(pool.select(target, [name], "dev"), clips)
    for recording in recordings:
        wav = pool.read(recording)
        samples = wav.shape[1]
        length = min(samples // grid * grid, longest)
        starts = range(0, samples - length + 1, max(1, length))
        loudest = sorted(starts, key=lambda start: -level_db(wav[:, start : start + length]))
        parts = [r for r in pool.select(None, [name], "dev") if r.song == recording.song]
        for start in loudest[: max(1, clips // len(recordings))]:
            mixture = reduce(np.add, (pool.read(r, start, length) for r in parts))
            yield mixture, np.broadcast_to(wav[:, start : start + length], mixture.shape)


def spread(recordings: list[Recording], count: int) -> list[Recording]:
    """At most `count` recordings, evenly spaced in the list."""
    places = np.linspace(0, len(recordings) - 1, min(count, len(recordings))).round().astype(int)
    return [recordings[i] for i in places]


def level_db(wav: Wav) -> float:
    """RMS in dBFS."""
    return 10 * float(np.log10(np.mean(np.square(wav, dtype=np.float64)) + 1e-12))
