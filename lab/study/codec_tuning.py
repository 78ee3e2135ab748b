"""The codec fine-tuned on vocals: its decoder, its encoder, or both; an open question of the paper [P].

What it keeps of vocals that it has not heard, what noise on the latents does to it, what it loses on accompaniments;
and whether the model's voices gain by a tuned decoder, which leaves the latents that its network knows as they are.
The control is the same training on half vocals, as the codec had it: more training alone may be what helps.

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
from lab.study.grid import Judge
from lab.study.outcome import Outcome
from lab.study.plots import by_condition
from lab.study.run import Run
from lab.study.trained import SECONDS, mono, place, spoken, telling, through_codec, training_pool
from lab.training.codec import CodecRecipe
from lab.training.pool import Pool
from lab.training.recipe import DataRecipe, ModelRecipe, RunRecipe
from lab.training.train import CODEC_FILE, load_codec, train_codec

STEPS, RATE_OF_LEARNING = 300, 3e-4
SEEN = ("musdb7", "mir1k", "songs", "vocals", "sung", "instrumental", "made")
SHIPPED, CONTROL = "as it is", "both parts, half vocals (control)"
DECODER, ENCODER, BOTH = "decoder, on vocals", "encoder, on vocals", "both parts, on vocals"
LIMITS = {"musdb7": 20, "mir1k": 12}
SIGMA = 0.1  # of the noise on latents, in standard deviations of each dim
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
    wanted = {
        DECODER: replace(on_vocals, train="decoder"),
        ENCODER: replace(on_vocals, train="encoder"),
        BOTH: on_vocals,
        CONTROL: plain,
    }
    codecs = {SHIPPED: load_codec(run.model_dir).to(run.device).eval(), **_tuned(run, wanted)}
    hearing = _Hearing(run, codecs)
    grid = run.grid(run.clips(LIMITS, SECONDS), list(codecs), hearing)
    first = grid.sets[0].name
    medians = ", ".join(f"{name} {grid.median(first, name, 'lsd'):.2f}" for name in codecs)
    return Outcome(
        caption=f"{grid.caption} True vocals through the {codecs[SHIPPED].card_entry['kind']} codec, mono, at 24 kHz "
        f"or the clip's lower rate. {plain.steps} steps of {plain.batch} segments each. `Of separated`: the model's "
        "voices through a codec whose latents its network knows.",
        tables=[grid.table(SHOWN), grid.paired(SHIPPED, SHOWN), grid.paired(CONTROL, SHOWN, [BOTH])],
        results={"summary": grid.summary(SHOWN), "clips": grid.clips(), "recipe": asdict(plain)},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "lsd", "other_lsd"), SHOWN),
        finding=f"On {first}, LSD of true vocals in dB: {medians}.",
    )


def _recipe(run: Run) -> CodecRecipe:
    recipe = CodecRecipe(
        steps=run.budget.steps or STEPS,
        learning_rate=RATE_OF_LEARNING,
        pools=SEEN,
        adversarial=0.0,
        batch=run.budget.batch,
        seed=run.budget.seed + 1,
    )
    return replace(recipe, segment=16 * 320) if run.quick else recipe


def _tuned(run: Run, wanted: Mapping[str, CodecRecipe]) -> dict[str, Codec]:
    """Every codec, trained from the run's model's; what is finished is only loaded."""
    set_up(run.threads)
    pool, device = Pool(training_pool(run)), torch.device(run.device)
    codecs = {}
    for number, (name, recipe) in enumerate(wanted.items(), 1):
        whole = RunRecipe(ModelRecipe(name="study"), DataRecipe(str(pool.folder)), codec=recipe)
        folder = place(run, "codec", asdict(whole))
        trained = folder / "codec" / CODEC_FILE
        if not trained.exists():
            with telling(f"{run.name}: training {number} of {len(wanted)}: {name} ({folder})"):
                train_codec(whole, pool, folder, device, whole.pace(), run.model_dir)
        codecs[name] = load_codec(trained).to(device).eval()
    return codecs


class _Hearing:
    """One clip after another through every codec, as the run's model hears it."""

    def __init__(self, run: Run, codecs: Mapping[str, Codec]) -> None:
        self._codecs, self._judge = codecs, Judge()
        self._sampling = run.card.quality["high"]
        self._models = {SHIPPED: run.model, DECODER: _with_codec(run.model, codecs[DECODER])}
        self._device = run.torch_device
        self._clip: Clip | None = None

    @torch.inference_mode()
    def __call__(self, clip: Clip, condition: str) -> Scores:
        if clip is not self._clip:
            self._clip, self._mono = clip, mono(clip)
        heard, codec = self._mono, self._codecs[condition]
        assert heard.vocals is not None
        through = partial(through_codec, codec, heard, device=self._device)
        clean = self._judge(heard, through(heard.vocals))
        scores = {name: clean.get(name) for name in PARTS}
        scores["noisy_lsd"] = self._judge(heard, through(heard.vocals, sigma=SIGMA)).get("lsd")
        other = Target(Scorer(quick=True), heard, heard.accompaniment, heard.vocals)
        scores["other_lsd"] = other.score(through(heard.accompaniment)).get("lsd")
        if condition in self._models:
            voice = self._judge(heard, spoken(self._models[condition], heard, self._sampling)[None])
            scores |= {name: voice.get(name.removeprefix("voice_")) for name in SHOWN if name.startswith("voice_")}
        return scores


def _with_codec(model: Model, codec: Codec) -> Model:
    """The same networks over another codec of their latents."""
    other = copy.copy(model)
    other._modules = {**model._modules, "codec": codec}
    return other
