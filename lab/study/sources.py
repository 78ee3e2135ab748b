"""Other sources: bass and drums from pairs of that stem and the mixture, with the networks and the budget of vocals.

That pairs are enough is the paper's claim for vocals; other sources are its open question [P]. Every source is trained
on the same songs, those whose stems are apart, with the default's conditioner (a mask) and generator at once.

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.card import Preset
from lab.evaluation.baselines import ideal_ratio_mask
from lab.evaluation.datasets import Clip, EvaluationSet
from lab.evaluation.scores import METRICS, Scores
from lab.study.grid import VOCALS, Judge
from lab.study.outcome import Outcome
from lab.study.plots import by_condition
from lab.study.run import Run
from lab.study.trained import SECONDS, Network, costs, from_noise, guided, leg, mono, sizes, spoken, train_all
from lab.training.mixtures import MixtureRecipe

SOURCES = ("vocals", "bass", "drums")
SET, LIMIT, STEPS = "musdb7", 20, 200
# Of songs whose stems are apart alone, so that every source hears as much; leads pose as voices, so there are none.
POOLS = tuple((name, 1.0) for name in (SET, "musdb18hq", "moisesdb"))
STEMS_ALONE = MixtureRecipe(vocals_weights=POOLS, accompaniment_weights=POOLS, lead=0.0)
MIXTURE, IDEAL = "unprocessed mixture", "ideal ratio mask"
ESTIMATE, GUIDED = "estimate", "estimate, masked"
NEAR, NOISE = "generative, 4 steps from the estimate", "generative, 50 steps from noise"
TESTED = {name: METRICS[name] for name in ("sdr", "sir", "mel_mae")}


def study(run: Run) -> Outcome:
    legs = (leg(run, "joint", STEPS),)
    networks = {source: Network(sizes(run), legs, source, STEMS_ALONE) for source in SOURCES}
    trained, judge = train_all(run, networks), Judge()
    sampling = {ESTIMATE: None, GUIDED: None, NEAR: Preset(steps=4, t_start=0.3), NOISE: from_noise(run)}
    kept: dict[str, Clip] = {}

    def work(clip: Clip, condition: str) -> Scores:
        if kept.get("clip") is not clip:
            kept.update(clip=clip, heard=mono(clip))
        heard, source = kept["heard"], clip.ref.set_name.split()[-1]
        if condition == MIXTURE:
            return judge(heard, heard.mixture)
        if condition == IDEAL:
            return judge(heard, ideal_ratio_mask(heard))
        model = trained[source].model
        voice = spoken(model, heard, sampling[condition])
        if condition == GUIDED:
            return judge(heard, guided(model, heard, voice))
        return judge(heard, voice[None])

    sets = [of_source(clip_set, source) for clip_set in run.clips({SET: LIMIT}, SECONDS) for source in SOURCES]
    grid = run.grid(sets, [MIXTURE, *sampling, IDEAL], work)
    gains = {
        source: grid.median(clip_set.name, GUIDED, "sdr") - grid.median(clip_set.name, MIXTURE, "sdr")
        for clip_set, source in zip(sets, SOURCES, strict=False)
    }
    return Outcome(
        caption=f"{grid.caption} Mono, at 24 kHz or the clip's lower rate. Trained on songs whose stems are apart.",
        tables=[grid.table(VOCALS), costs(trained), grid.paired(MIXTURE, TESTED, [GUIDED, NOISE])],
        results={"summary": grid.summary(VOCALS), "clips": grid.clips()},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "sir", "mel_mae")),
        finding="Median SDR above the mixture's, estimate masked: "
        + ", ".join(f"{source} {gain:+.1f} dB" for source, gain in gains.items())
        + ".",
    )


def of_source(clip_set: EvaluationSet, source: str) -> EvaluationSet:
    """The set with another stem as its target; songs that the repository makes have no stems, and stay."""

    def moved(paths: Mapping[str, Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        return (paths[source],), tuple(path for stem, path in paths.items() if stem != source)

    clips = []
    for ref in clip_set.clips:
        stems = {path.stem: path for path in (*ref.vocals, *ref.accompaniment)}
        target, rest = moved(stems) if source in stems else (ref.vocals, ref.accompaniment)
        clips.append(replace(ref, set_name=f"{ref.set_name} {source}", vocals=target, accompaniment=rest))
    return replace(clip_set, name=f"{clip_set.name} {source}", clips=tuple(clips))
