"""The same diffusion network over the codec and over a raw spectrogram: quality and cost.

A check suggested by the paper's summary [P]. The complex spectrogram has the interface of a codec
(core/codec/spectrogram.py), is exact and has no learned part. A network over it differs only in its first and last
layers, with 640 dims per frame instead of 128. Conditioner A, frozen [I]. The codec is that of the model: the spectral
codec of the default, not EnCodec.

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from core.checkpoint import Model
from core.nets.config import PRESETS
from lab.bench.measure import flops_of, seconds_of
from lab.evaluation.datasets import Clip
from lab.evaluation.report import Table
from lab.evaluation.scores import METRICS, Scores
from lab.study.grid import VoiceScorer
from lab.study.outcome import Outcome
from lab.study.plots import by_condition
from lab.study.run import Run
from lab.study.trained import (
    CLIPS,
    PAPER,
    SAMPLING_NOTE,
    SECONDS,
    SHOWN,
    STEPS,
    Network,
    Trained,
    Voices,
    costs,
    from_noise,
    leg,
    mono,
    sizes,
    through_codec,
    train_all,
)

CODEC, RAW = "codec", "spectrogram"
CEILING = "{}, true voice encoded and decoded"
FRAMES = 1024  # of 1/75 s: a full chunk
TESTED = {name: METRICS[name] for name in ("sdr", "sir", "lsd", "mel_mae", "mrstft")}


def study(run: Run) -> Outcome:
    every = tuple(range(len(PRESETS[run.budget.preset].generator.channels)))
    networks = {}
    over = replace(sizes(run), conditioner="encoder")
    for name, model in ((CODEC, over), (RAW, replace(over, codec="spectrogram"))):
        legs = (leg(run, "generator", STEPS),)
        networks[f"{name}, deeper levels"] = Network(model, legs)
        networks[f"{name}, all levels"] = Network(replace(model, inject=every), legs)
    trained = train_all(run, networks)
    voices, scorer = Voices(trained, from_noise(run)), VoiceScorer()
    ceilings = {CEILING.format(name): trained[f"{name}, deeper levels"].model for name in (CODEC, RAW)}

    def work(clip: Clip, condition: str) -> Scores:
        if condition not in ceilings:
            return voices(clip, condition)
        downmix = mono(clip)
        if downmix.vocals is None:
            return {}
        model = ceilings[condition]
        return scorer(downmix, through_codec(model.codec, downmix, downmix.vocals, model.latent_norm.scale.device))

    grid = run.grid(run.clips(CLIPS, SECONDS), [*networks, *ceilings], work)
    speed = {
        name: run.record.cell(f"speed/{name}", partial(_speed, trained[f"{name}, deeper levels"], run.quick))
        for name in (CODEC, RAW)
    }
    first, seconds = grid.sets[0].name, {name: facts["seconds"] for name, facts in speed.items()}
    best = {
        name: max(grid.median(first, f"{name}, {levels} levels", "sdr") for levels in ("deeper", "all"))
        for name in (CODEC, RAW)
    }
    return Outcome(
        caption=f"{grid.caption} {SAMPLING_NOTE} Speed: one chunk of {FRAMES} frames, {run.threads or 'all'} CPU "
        "threads.",
        tables=[
            grid.table(SHOWN),
            _speed_table(speed),
            costs(trained),
            *(grid.paired(f"{CODEC}, {k} levels", TESTED, [f"{RAW}, {k} levels"]) for k in ("deeper", "all")),
        ],
        results={"summary": grid.summary(SHOWN), "speed": speed, "clips": grid.clips()},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "lsd", "mel_mae")),
        finding=f"On {first}, the better network over the codec has {best[CODEC]:.2f} dB SDR, over the spectrogram "
        f"{best[RAW]:.2f} dB; a chunk takes {seconds[CODEC]:.2f} s and {seconds[RAW]:.2f} s.",
    )


@torch.inference_mode()
def _speed(trained: Trained, quick: bool) -> dict[str, Any]:
    """Seconds per chunk, by part and in total for the paper's 50 steps."""
    model: Model = trained.model
    device = model.latent_norm.scale.device
    frames, repeats = (64, 1) if quick else (FRAMES, 5)
    wav = torch.randn(1, 1, frames * model.codec.hop, device=device) * 0.1
    estimate, features = model.condition(wav)
    t = torch.full((1,), 0.5, device=device)

    def step() -> object:
        return model.generator(estimate, t, estimate, features)

    parts = {
        "condition": seconds_of(lambda: model.condition(wav), device, repeats),
        "step": seconds_of(step, device, repeats),
        "decode": seconds_of(lambda: model.decode(estimate), device, repeats),
    }
    total = parts["condition"] + PAPER * parts["step"] + parts["decode"]
    facts = {"dims": model.codec.dim, "audio_seconds": frames * model.codec.hop / model.codec.sample_rate}
    return {**facts, **parts, "gflop_per_step": flops_of(step) / 1e9, "seconds": total}


def _speed_table(speed: Mapping[str, Mapping[str, float]]) -> Table:
    parts = ("condition", "step", "decode")
    rows = [
        [
            name,
            str(it["dims"]),
            *(f"{1e3 * it[part]:.1f}" for part in parts),
            f"{it['gflop_per_step']:.2f}",
            f"{it['seconds']:.2f}",
            f"{it['seconds'] / it['audio_seconds']:.3f}",
        ]
        for name, it in speed.items()
    ]
    times = [f"{part}, ms" for part in parts]
    return ["over", "dims per frame", *times, "GFLOP per step", f"{PAPER} steps, s", "real-time factor"], rows
