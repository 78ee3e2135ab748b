"""Codec identity and noise robustness, the paper's Table I: continuous, quantised and noisy latents.

Noise of s standard deviations is added to normalised latents (each dim has standard deviation 1), like the residual
noise of a sampler. Does the decoder suppress it [P]? `noise returned` is the energy of E(D(z + n)) - E(D(z)) relative
to n: the noise after decoding and encoding. At 0 dB the codec passes the noise unchanged; below 0 dB it suppresses it.
`SDR against NQ` is the SDR of D(z + n) against D(z); the ratio in the latents is -20 log10(s), 20 dB at s = 0.1.

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.audio.resample import resample
from core.codec.base import Codec
from core.codec.encodec import Variant, local_weights
from core.codec.normalise import LatentNorm
from core.separation.level import normalising_gain
from lab.evaluation import metrics
from lab.evaluation.datasets import Clip, EvaluationSet, limited, load, pool_set
from lab.evaluation.scores import METRICS, Metric, Scores
from lab.study.grid import Grid
from lab.study.outcome import Outcome
from lab.study.quantise import Quantiser, fit_books, fitted, official
from lab.study.run import Run

LIMITS = {"musdb7": 20, "mir1k": 16}
NOISE = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0)
BOOKS, ENTRIES, VECTORS = 32, 1024, 16000
FIT_CLIPS = {"musdb7": 40, "mir1k": 60}
OFFICIAL: tuple[tuple[str, Variant], ...] = (("EnCodec 24 kHz", "24khz"), ("EnCodec 48 kHz", "48khz"))
SHOWN: dict[str, Metric] = {name: METRICS[name] for name in ("sdr", "mrstft", "lsd", "mel_mae")} | {
    "kept": Metric("SDR against NQ", "dB", True, 0.05, 1),
    "returned": Metric("noise returned", "dB", False, 0.1, 1),
}

Change = Callable[[Tensor], Tensor]  # maps normalised latents


@dataclass(frozen=True)
class Subject:
    """A codec, the norm of its latents, and its quantiser. own: it quantises latents before normalisation."""

    codec: Codec
    norm: LatentNorm
    quantiser: Quantiser
    own: bool


def study(run: Run) -> Outcome:
    sets = run.clips(LIMITS)
    subjects = {"default": _default(run, sets)}
    absent = []
    for name, variant in OFFICIAL:
        if local_weights(variant) is None:
            absent.append(name)
        else:
            subjects[name] = _official(run, sets, variant)
    conditions: dict[str, tuple[Subject, Change]] = {}
    levels = (0.1, 1.0) if run.quick else NOISE
    for name, subject in subjects.items():
        conditions[f"{name}, NQ"] = subject, _unchanged
        for kbps in subject.quantiser.bandwidths:
            conditions[f"{name}, {kbps:g} kbit/s"] = subject, partial(_quantised, subject, kbps)
        for level in levels:
            conditions[f"{name}, noise {level:g}"] = subject, partial(_noised, level)

    @torch.inference_mode()
    def work(clip: Clip, condition: str) -> Scores:
        subject, change = conditions[condition]
        return _scores(run, clip, subject, change, noisy=", noise " in condition)

    grid = run.grid(sets, list(conditions), work)
    head, rows = grid.table(SHOWN, "latents")
    rows += [["-", f"{name}: official weights not available", "0", *[""] * (len(head) - 3)] for name in absent]
    first = grid.sets[0].name
    returned = grid.median(first, f"default, noise {levels[0]:g}", "returned")
    clean = grid.median(first, "default, NQ", "sdr")
    return Outcome(
        caption=f"{grid.caption} True vocals encoded and decoded, mono at the codec's rate. Noise in standard "
        "deviations of the normalised latents. The default codec has no quantiser; one was fitted by k-means to "
        "training vocals.",
        tables=[(head, rows), grid.paired("default, NQ", {"sdr": SHOWN["sdr"], "lsd": SHOWN["lsd"]})],
        results={"summary": grid.summary(SHOWN), "absent": absent, "clips": grid.clips()},
        draw=lambda figure: _draw(figure, grid, subjects, levels),
        finding=f"On {first}, continuous latents of the default codec have {clean:.1f} dB SDR. Noise of {levels[0]:g} "
        f"standard deviations returns at {returned:+.1f} dB.",
    )


def _default(run: Run, sets: list[EvaluationSet]) -> Subject:
    """The model's codec, with codebooks fitted to training vocals; in the quick form, to the clips of `sets`."""
    codec, norm = run.model.codec, run.model.latent_norm
    saved = run.out / "books.npy"
    if not saved.is_file():
        count, entries = (2, 16) if run.quick else (BOOKS, ENTRIES)
        training = sets if run.quick else [limited(pool_set(run.root, n, "train"), k) for n, k in FIT_CLIPS.items()]
        with torch.inference_mode():
            latents = [
                norm(codec.encode(_wav(run, load(ref), codec))) for clip_set in training for ref in clip_set.clips
            ]
            vectors = torch.cat([x.transpose(1, 2).flatten(0, 1) for x in latents]).cpu()
            chosen = torch.randperm(len(vectors), generator=torch.Generator().manual_seed(0))[:VECTORS]
            books = fit_books(vectors[chosen], count, entries)
        run.out.mkdir(parents=True, exist_ok=True)
        np.save(saved, books.numpy())
    return Subject(codec, norm, fitted(torch.from_numpy(np.load(saved)), codec.frame_rate), own=False)


def _official(run: Run, sets: list[EvaluationSet], variant: Variant) -> Subject:
    """EnCodec with its quantiser; latents are normalised affinely to standard deviation 1, fitted on these clips."""
    codec, quantiser = official(variant)
    codec = codec.to(run.torch_device)
    norm = LatentNorm(codec.dim).to(run.torch_device)
    with torch.inference_mode():
        norm.fit((codec.encode(_wav(run, load(ref), codec)) for s in sets for ref in s.clips), compress=False)
    return Subject(codec, norm, quantiser, own=True)


def _wav(run: Run, clip: Clip, codec: Codec) -> Tensor:
    """The clip's vocals as input of the codec, `[1, C, n]`, with the gain that normalises the mixture."""
    assert clip.vocals is not None, "the sets of this study have vocals"
    gain = normalising_gain(clip.mixture.mean(0), codec.level)
    mono = resample(clip.vocals.mean(0, keepdims=True), clip.rate, codec.sample_rate)
    padded = np.pad(mono, ((0, 0), (0, -mono.shape[1] % codec.hop))) * np.float32(gain)
    return torch.from_numpy(np.repeat(padded, codec.channels, axis=0))[None].to(run.torch_device)


def _unchanged(x: Tensor) -> Tensor:
    return x


def _noised(level: float, x: Tensor) -> Tensor:
    return x + level * torch.randn(x.shape, generator=torch.Generator().manual_seed(0)).to(x)


def _quantised(subject: Subject, kbps: float, x: Tensor) -> Tensor:
    if subject.own:
        return subject.norm(subject.quantiser.quantise(subject.norm.inverse(x), kbps))
    return subject.quantiser.quantise(x, kbps)


def _scores(run: Run, clip: Clip, subject: Subject, change: Change, noisy: bool) -> Scores:
    codec, norm = subject.codec, subject.norm
    wav = _wav(run, clip, codec)
    x = norm(codec.encode(wav))
    changed = change(x)
    decoded = codec.decode(norm.inverse(changed))
    true, output = (w[0].mean(0, keepdim=True).float().cpu().numpy() for w in (wav, decoded))
    scores: Scores = {
        "sdr": metrics.sdr(true, output),
        "mrstft": metrics.multi_resolution_stft(true, output),
        "lsd": metrics.log_spectral_distance(true, output),
        "mel_mae": metrics.mel_mae(true, output, codec.sample_rate),
    }
    if noisy:
        plain = codec.decode(norm.inverse(x))
        scores["kept"] = metrics.sdr(plain[0].float().cpu().numpy(), decoded[0].float().cpu().numpy())
        noisy_again, clean = (norm(codec.encode(audio)) for audio in (decoded, plain))
        ratio = (noisy_again - clean).square().sum() / (changed - x).square().sum()
        scores["returned"] = 10 * float(ratio.log10())
    return scores


def _draw(figure: Any, grid: Grid, subjects: dict[str, Subject], levels: tuple[float, ...]) -> None:
    left, middle, right = figure.subplots(1, 3)
    widths = sorted({kbps for subject in subjects.values() for kbps in subject.quantiser.bandwidths})
    for clip_set in grid.sets:
        for name, subject in subjects.items():
            noisy = [f"{name}, noise {level:g}" for level in levels]
            label = f"{clip_set.name}, {name}"
            line = left.plot(levels, [grid.median(clip_set.name, c, "sdr") for c in noisy], marker="o", label=label)[0]
            left.axhline(grid.median(clip_set.name, f"{name}, NQ", "sdr"), color=line.get_color(), ls=":")
            middle.plot(levels, [grid.median(clip_set.name, c, "returned") for c in noisy], marker="o", label=label)
            own = subject.quantiser.bandwidths
            heights = [grid.median(clip_set.name, f"{name}, {kbps:g} kbit/s", "sdr") for kbps in own]
            right.plot(own, heights, marker="o", color=line.get_color())
            right.axhline(grid.median(clip_set.name, f"{name}, NQ", "sdr"), color=line.get_color(), ls=":")
    left.set(xscale="log", xlabel="noise, standard deviations", ylabel="SDR, dB (dotted: NQ)")
    middle.set(xscale="log", xlabel="noise, standard deviations", ylabel="noise returned, dB")
    middle.axhline(0, color="grey", lw=0.8)
    right.set(xscale="log", xlabel="quantised to, kbit/s", ylabel="SDR, dB (dotted: NQ)")
    right.set_xticks(widths, [f"{kbps:g}" for kbps in widths])
    right.minorticks_off()
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=3)
