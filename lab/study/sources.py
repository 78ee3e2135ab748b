"""Other sources: bass and drums from pairs of stem and mixture, with the networks and the budget of vocals.

The paper claims that pairs suffice for vocals and leaves other sources open [P]. All sources are trained on the same
songs, those with separate stems, with the default's mask conditioner and the generator trained jointly.

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.card import Preset
from lab.evaluation.baselines import ideal_ratio_mask
from lab.evaluation.datasets import Clip, EvaluationSet
from lab.evaluation.scores import METRICS, Scores
from lab.study.grid import VOCALS, VoiceScorer
from lab.study.outcome import Outcome
from lab.study.plots import by_condition
from lab.study.run import Run
from lab.study.trained import (
    SECONDS,
    Network,
    costs,
    from_noise,
    leg,
    masked_voice,
    model_voice,
    mono,
    sizes,
    train_all,
)
from lab.training.mixtures import MixtureRecipe

SOURCES = ("vocals", "bass", "drums")
SET, LIMIT, STEPS = "musdb7", 20, 200
# Only songs with separate stems, so that all sources have the same data. Without synthesised leads, which are meant to
# resemble voices.
POOLS = tuple((name, 1.0) for name in (SET, "musdb18hq", "moisesdb"))
STEMS_ALONE = MixtureRecipe(vocals_weights=POOLS, accompaniment_weights=POOLS, lead=0.0)
MIXTURE, IDEAL = "unprocessed mixture", "ideal ratio mask"
ESTIMATE, GUIDED = "estimate", "estimate, masked"
NEAR, NOISE = "generative, 4 steps from the estimate", "generative, 50 steps from noise"
TESTED = {name: METRICS[name] for name in ("sdr", "sir", "mel_mae")}


def study(run: Run) -> Outcome:
    legs = (leg(run, "joint", STEPS),)
    networks = {source: Network(sizes(run), legs, source, STEMS_ALONE) for source in SOURCES}
    trained, scorer = train_all(run, networks), VoiceScorer()
    sampling = {ESTIMATE: None, GUIDED: None, NEAR: Preset(steps=4, t_start=0.3), NOISE: from_noise(run)}
    last: dict[str, Clip] = {}

    def work(clip: Clip, condition: str) -> Scores:
        if last.get("clip") is not clip:
            last.update(clip=clip, downmix=mono(clip))
        downmix, source = last["downmix"], clip.ref.set_name.split()[-1]
        if condition == MIXTURE:
            return scorer(downmix, downmix.mixture)
        if condition == IDEAL:
            return scorer(downmix, ideal_ratio_mask(downmix))
        model = trained[source].model
        voice = model_voice(model, downmix, sampling[condition])
        if condition == GUIDED:
            return scorer(downmix, masked_voice(model, downmix, voice))
        return scorer(downmix, voice[None])

    sets = [of_source(clip_set, source) for clip_set in run.clips({SET: LIMIT}, SECONDS) for source in SOURCES]
    grid = run.grid(sets, [MIXTURE, *sampling, IDEAL], work)
    gains = {
        source: grid.median(clip_set.name, GUIDED, "sdr") - grid.median(clip_set.name, MIXTURE, "sdr")
        for clip_set, source in zip(sets, SOURCES, strict=False)
    }
    return Outcome(
        caption=f"{grid.caption} Mono, at 24 kHz or the clip's rate if lower. Trained on songs with separate stems.",
        tables=[grid.table(VOCALS), costs(trained), grid.paired(MIXTURE, TESTED, [GUIDED, NOISE])],
        results={"summary": grid.summary(VOCALS), "clips": grid.clips()},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "sir", "mel_mae")),
        finding="Median SDR minus the mixture's, masked estimate: "
        + ", ".join(f"{source} {gain:+.1f} dB" for source, gain in gains.items())
        + ".",
    )


def of_source(clip_set: EvaluationSet, source: str) -> EvaluationSet:
    """The set with another stem as its target; synthetic songs, which have no stems, are unchanged."""

    def moved(paths: Mapping[str, Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        return (paths[source],), tuple(path for stem, path in paths.items() if stem != source)

    clips = []
    for ref in clip_set.clips:
        stems = {path.stem: path for path in (*ref.vocals, *ref.accompaniment)}
        target, rest = moved(stems) if source in stems else (ref.vocals, ref.accompaniment)
        clips.append(replace(ref, set_name=f"{ref.set_name} {source}", vocals=target, accompaniment=rest))
    return replace(clip_set, name=f"{clip_set.name} {source}", clips=tuple(clips))
