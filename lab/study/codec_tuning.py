"""Fine-tuning of the codec on vocals: decoder, encoder or both; an open question of the paper [P].

Measured are the fidelity on held-out vocals, with and without noise on the latents, the loss on accompaniments, and the
gain of separated voices by a tuned decoder, which does not change the latents of the model's network. The control is
the same training on half vocals, as in the original training of the codec, to isolate the effect of more training.

[P], [C], [I] and [D]: docs/method.md.
"""

import copy
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial

import torch

from core.checkpoint import Model
from core.codec.base import Codec
from core.separation.device import set_up
from lab.evaluation.datasets import Clip
from lab.evaluation.scores import METRICS, Metric, Scorer, Scores, Target
from lab.study.grid import VoiceScorer
from lab.study.outcome import Outcome
from lab.study.plots import by_condition
from lab.study.run import Run
from lab.study.synthetic_pool import NAME
from lab.study.trained import SECONDS, announced, model_voice, mono, place, through_codec, training_pool
from lab.training.codec import CodecRecipe
from lab.training.codec_training import CODEC_FILE, load_codec, train_codec
from lab.training.pool import Pool
from lab.training.recipe import DataRecipe, ModelRecipe, RunRecipe

STEPS, LEARNING_RATE = 300, 3e-4
POOLS = ("musdb7", "mir1k", "songs", "vocals", "sung", "instrumental", NAME)
SHIPPED, CONTROL = "unchanged", "both parts, half vocals (control)"
DECODER, ENCODER, BOTH = "decoder, on vocals", "encoder, on vocals", "both parts, on vocals"
LIMITS = {"musdb7": 20, "mir1k": 12}
SIGMA = 0.1  # standard deviation of the latent noise, in standard deviations of each dim
PARTS = ("sdr", "lsd", "mel_mae", "mrstft")
SHOWN: dict[str, Metric] = {
    **{name: METRICS[name] for name in PARTS},
    "noisy_lsd": replace(METRICS["lsd"], title=f"LSD at {SIGMA} sigma"),
    "other_lsd": replace(METRICS["lsd"], title="LSD of accompaniments"),
    **{f"voice_{n}": replace(METRICS[n], title=f"{METRICS[n].title} of separated") for n in ("sdr", "lsd", "mel_mae")},
}


def study(run: Run) -> Outcome:
    plain = _recipe(run)
    on_vocals = replace(plain, vocals=1.0)
    recipes = {
        DECODER: replace(on_vocals, train="decoder"),
        ENCODER: replace(on_vocals, train="encoder"),
        BOTH: on_vocals,
        CONTROL: plain,
    }
    codecs = {SHIPPED: load_codec(run.model_dir).to(run.device).eval(), **_tuned(run, recipes)}
    grid = run.grid(run.clips(LIMITS, SECONDS), list(codecs), _CodecScores(run, codecs))
    first = grid.sets[0].name
    medians = ", ".join(f"{name} {grid.median(first, name, 'lsd'):.2f}" for name in codecs)
    return Outcome(
        caption=f"{grid.caption} True vocals through the {codecs[SHIPPED].card_entry['kind']} codec, mono, at 24 kHz "
        f"or the clip's rate if lower. {plain.steps} steps of {plain.batch} segments each. `Of separated`: voices of "
        "the model, for codecs with unchanged latents.",
        tables=[grid.table(SHOWN), grid.paired(SHIPPED, SHOWN), grid.paired(CONTROL, SHOWN, [BOTH])],
        results={"summary": grid.summary(SHOWN), "clips": grid.clips(), "recipe": asdict(plain)},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "lsd", "other_lsd"), SHOWN),
        finding=f"On {first}, LSD of true vocals in dB: {medians}.",
    )


def _recipe(run: Run) -> CodecRecipe:
    recipe = CodecRecipe(
        steps=run.budget.steps or STEPS,
        learning_rate=LEARNING_RATE,
        pools=POOLS,
        adversarial=0.0,
        batch=run.budget.batch,
        seed=run.budget.seed + 1,
    )
    return replace(recipe, segment=16 * 320) if run.quick else recipe


def _tuned(run: Run, recipes: Mapping[str, CodecRecipe]) -> dict[str, Codec]:
    """Train each codec from that of the model; finished ones are loaded."""
    set_up(run.threads)
    pool, device = Pool(training_pool(run)), torch.device(run.device)
    codecs = {}
    for number, (name, recipe) in enumerate(recipes.items(), 1):
        training = RunRecipe(ModelRecipe(name="study"), DataRecipe(str(pool.folder)), codec=recipe)
        folder = place(run, "codec", asdict(training))
        trained = folder / "codec" / CODEC_FILE
        if not trained.exists():
            with announced(f"{run.name}: training {number} of {len(recipes)}: {name} ({folder})"):
                train_codec(training, pool, folder, device, training.pace(), run.model_dir)
        codecs[name] = load_codec(trained).to(device).eval()
    return codecs


class _CodecScores:
    """Scores a clip under each codec; intermediate results of the last clip are cached."""

    def __init__(self, run: Run, codecs: Mapping[str, Codec]) -> None:
        self._codecs, self._scorer = codecs, VoiceScorer()
        self._sampling = run.card.quality["high"]
        self._models = {SHIPPED: run.model, DECODER: _with_codec(run.model, codecs[DECODER])}
        self._device = run.torch_device
        self._clip: Clip | None = None

    @torch.inference_mode()
    def __call__(self, clip: Clip, condition: str) -> Scores:
        if clip is not self._clip:
            self._clip, self._mono = clip, mono(clip)
        downmix, codec = self._mono, self._codecs[condition]
        assert downmix.vocals is not None
        through = partial(through_codec, codec, downmix, device=self._device)
        clean = self._scorer(downmix, through(downmix.vocals))
        scores = {name: clean.get(name) for name in PARTS}
        scores["noisy_lsd"] = self._scorer(downmix, through(downmix.vocals, sigma=SIGMA)).get("lsd")
        other = Target(Scorer(quick=True), downmix, downmix.accompaniment, downmix.vocals)
        scores["other_lsd"] = other.score(through(downmix.accompaniment)).get("lsd")
        if condition in self._models:
            voice = self._scorer(downmix, model_voice(self._models[condition], downmix, self._sampling)[None])
            scores |= {name: voice.get(name.removeprefix("voice_")) for name in SHOWN if name.startswith("voice_")}
        return scores


def _with_codec(model: Model, codec: Codec) -> Model:
    """The same networks with another codec for their latents."""
    other = copy.copy(model)
    other._modules = {**model._modules, "codec": codec}
    return other
