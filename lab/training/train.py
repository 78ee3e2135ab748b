"""A run: from a recipe and a pool to a model folder, in legs, each of which can be killed and resumed.

    OUT/recipe.json      what is run; a resumed run must be the same
    OUT/data.json        what was in the pool: hours by source and licence
    OUT/curve.jsonl      the learning curve; OUT/tensorboard/ the same
    OUT/codec/           state.pt, and codec.pt once trained
    OUT/leg-1/           state.pt; last/ and best/, model folders of the average weights with their cards
    OUT/model/           the best of the last leg: the result

A leg starts from the best weights of the one before: only averages pass on, the optimiser warms up again.
"""

import json
import pickle
import shutil
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import torch

from core.card import CARD_NAME, Card, Leg, Preset, load_card
from core.checkpoint import Model, load_model, load_vocals, put_in_place, save_model
from core.codec.base import Codec
from core.codec.encodec import OfficialEncodec
from core.codec.load import build_codec
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.codec.spectrogram import SpectrogramCodec
from core.digest import sha256
from core.errors import InvalidOptions
from core.nets.config import PRESETS
from core.nets.outside import OutsideConditioner
from lab.training import ranks
from lab.training.build_pool import report
from lab.training.codec import CodecRecipe, CodecTrainer, official_codec
from lab.training.curve import Curve
from lab.training.diffusion import DiffusionRecipe
from lab.training.legs import LegData, leg_mixtures
from lab.training.loop import STATE, Pace, Progress, restore, run_loop
from lab.training.mixtures import ALL_MIXTURES, OPEN_MIXTURES, MixtureRecipe, Mixtures
from lab.training.net import NetTrainer
from lab.training.outside import check_estimator, check_legs, refining_card
from lab.training.pool import RATE, Pool
from lab.training.recipe import ModelRecipe, RunRecipe
from lab.training.validation import score, validate

FIT_BATCHES, FIT_SIZE = 12, 16
TINY_CODEC = SpectralConfig(encoder_width=32, encoder_blocks=1, decoder_width=48, decoder_blocks=1)
CODEC_FILE = "codec.pt"


class Run:
    """One run in its folder `out`. `start`: a model folder to go on from, or its codec; `codec`: one to build over;
    `estimator`: a folder with another project's network (core.nets.outside), over which the generator is trained."""

    def __init__(
        self,
        recipe: RunRecipe,
        out: Path,
        start: Path | None = None,
        codec: Path | None = None,
        device: torch.device | str = "cpu",
        mixtures: MixtureRecipe | None = None,
        estimator: Path | None = None,
    ) -> None:
        """`mixtures`: what the recipe's word for them stands for, where that is not one of ours.

        Raises:
            InvalidOptions: the folder holds a run of another recipe or pool, or lengths that the network cannot take.
        """
        self.recipe, self.out, self.device = recipe, out, torch.device(device)
        self.start, self.codec_file, self.estimator = start, codec, estimator
        self.pool = Pool(Path(recipe.data.pool))
        drawn = mixtures or {"all": ALL_MIXTURES, "open": OPEN_MIXTURES}[recipe.data.mixtures]
        self.mixtures = replace(drawn, target=recipe.data.target)
        self._check_lengths()
        if estimator is not None:
            check_estimator(load_card(estimator))
            check_legs(recipe, load_card(estimator))
        self._claim_folder()

    def codec(self, pace: Pace) -> Codec | None:
        """The codec that the networks go over, trained first where the recipe says so; None when the time was up."""
        if self.codec_file is not None:
            return load_codec(self.codec_file)
        if self.recipe.model.codec == "encodec":
            return OfficialEncodec("24khz")
        if self.recipe.model.codec == "spectrogram":
            return SpectrogramCodec()
        if self.recipe.codec is None:
            raise InvalidOptions("The recipe has no [codec] to train one by; name a trained one with --codec.")
        trained = self.out / "codec" / CODEC_FILE
        if not trained.exists() and not train_codec(self.recipe, self.pool, self.out, self.device, pace, self.start):
            return None
        return load_codec(trained)

    def go(self, minutes: float | None = None) -> bool:
        """Train what is left of the run; False when `minutes` were up before its end, and it can be resumed.

        Raises:
            InputError: there is nothing to train, or the pool cannot serve a leg or the choice of the best weights.
        """
        self._check_data()
        pace, trained = self.recipe.pace(minutes), False
        source = self.start
        for number, leg in enumerate(self.recipe.leg, 1):
            folder = self.out / f"leg-{number}"
            if restore(None, folder / STATE).step < leg.steps:
                if source is not None:
                    model, card = load_model(source)
                    model = in_stereo(model)
                    if source == self.start:
                        if not model.config.estimates and any(leg.stage == "estimate" for leg in self.recipe.leg):
                            raise InvalidOptions(f"The conditioner of {source} gives no estimate to train.")
                        if card.estimator is not None:
                            check_legs(self.recipe, card)
                        card = started_card(model, card, self.recipe.model)
                else:
                    codec = self.codec(pace)
                    if codec is None:
                        return False
                    model, card = self._fresh(codec)
                if not self._leg(number, leg, model, card, pace):
                    return False
                trained = True
            source = folder / "best"
        if ranks.rank() == 0 and source is not None and (trained or not (self.out / "model").exists()):
            self._place_result(source)
        return True

    def _place_result(self, source: Path) -> None:
        """Not done again for a finished run: its card may have been completed, and scores lie beside it."""
        fresh = self.out / "model.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(source, fresh)
        put_in_place(fresh, self.out / "model")

    def _leg(self, number: int, leg: DiffusionRecipe, model: Model, card: Card, pace: Pace) -> bool:
        folder, validation = self.out / f"leg-{number}", self.recipe.validation
        sampling = None if leg.stage == "estimate" and model.config.estimates else card.quality["standard"]
        trainer: NetTrainer

        def check(progress: Progress, curve: Curve) -> float | None:
            scores = validate(trainer.ema.model, self.pool, validation, sampling, self.mixtures.target)
            curve.add(progress.step, scores)
            print(f"  dev: {' '.join(f'{name} {value:.2f}' for name, value in scores.items())}", flush=True)
            entry = Leg(**{**asdict(leg), "steps": progress.step}, seconds=round(progress.seconds), dev=scores)
            finished = card.model_copy(update={"training": [*card.training, entry]})
            save_model(trainer.ema.model, finished, folder / "last")
            value = score(scores, validation)
            if value is None or progress.best is None or value > progress.best:
                save_model(trainer.ema.model, finished, folder / "best")
            return value

        with LegData(self.pool, self.mixtures, leg, model.codec.hop, self.recipe.data.workers) as data:
            trainer = NetTrainer(model, leg, data, self.device)
            return run_loop(trainer, leg.steps, leg.seed, self.out, folder.name, pace, check)

    def _fresh(self, codec: Codec) -> tuple[Model, Card]:
        """The same in every process, and again on resuming: from a seed of its own."""
        torch.manual_seed(self.recipe.leg[0].seed)
        model = new_model(codec, self.recipe.model, Mixtures(self.pool, self.mixtures), self.estimator)
        card = new_card(model, self.recipe.model)
        if self.estimator is not None:
            card = refining_card(card, load_card(self.estimator))
        kept = restore(None, self.out / "codec" / STATE)
        if self.recipe.codec is not None and kept.step:
            entry = Leg(**{**asdict(self.recipe.codec), "stage": "codec"}, seconds=round(kept.seconds))
            card = card.model_copy(update={"training": [entry]})
        return model, card

    def _check_data(self) -> None:
        """At the start, not at the leg or the check that finds out after hours."""
        recipe, target = self.recipe, self.mixtures.target
        if not recipe.leg:
            raise InvalidOptions("The recipe has no [[leg]] to train. A codec by itself: voicelift train codec.")
        for leg in recipe.leg:
            Mixtures(self.pool, leg_mixtures(self.mixtures, leg))
        named = recipe.validation.pools
        if named and not self.pool.select(target, named, "dev"):
            others = sorted({recording.pool for recording in self.pool.select(target, split="dev")})
            raise InvalidOptions(
                f"No pool in validation.pools ({', '.join(named)}) has dev clips of {target}, by which the best "
                f"weights are chosen. Pools that have: {', '.join(others) or 'none'}. Name them with "
                "--set 'validation.pools=[\"NAME\"]'; with [] the last weights are kept."
            )

    def _check_lengths(self) -> None:
        reduction = PRESETS[self.recipe.model.preset].generator.reduction
        for number, leg in enumerate(self.recipe.leg, 1):
            for frames in (leg.frames, *(frames for _, frames, _ in leg.curriculum)):
                if frames % reduction:
                    raise InvalidOptions(f"Leg {number}: frames must be a multiple of {reduction}, not {frames}.")

    def _claim_folder(self) -> None:
        facts = {
            "recipe": asdict(self.recipe),
            "start": str(self.start or ""),
            "codec": str(self.codec_file or ""),
            "pool": sha256(self.pool.folder / "index.json"),
            **({} if self.estimator is None else {"estimator": str(self.estimator)}),
        }
        text, place = json.dumps(facts, indent=1), self.out / "recipe.json"
        if any(self.out.glob(f"*/{STATE}")):  # before there is a state, nothing goes on
            kept = json.loads(place.read_text()) if place.exists() else {}
            if {**kept, "pool": facts["pool"]} != json.loads(text):
                raise InvalidOptions(f"{self.out} holds a run of another recipe. Name another folder with --out.")
            if kept["pool"] != facts["pool"]:
                raise InvalidOptions(
                    f"{self.out} contains a run on another pool than {self.pool.folder} has now, and cannot resume. "
                    "Name another folder with --out."
                )
        if ranks.rank() == 0:
            self.out.mkdir(parents=True, exist_ok=True)
            fresh = place.with_suffix(".new")
            fresh.write_text(text)
            fresh.replace(place)  # whole, because other processes may be reading it
            (self.out / "data.json").write_text(json.dumps(report(self.pool), indent=1, ensure_ascii=False))
        ranks.wait()


def train_codec(
    recipe: RunRecipe, pool: Pool, out: Path, device: torch.device, pace: Pace, start: Path | None = None
) -> bool:
    """Train the recipe's codec, or go on from `start`, to OUT/codec/codec.pt; False when the time was up before.

    Raises:
        InvalidOptions: the recipe has none.
    """
    if recipe.codec is None:
        raise InvalidOptions("The recipe has no [codec].")
    place = out / "codec" / CODEC_FILE
    wanted = recipe.codec
    torch.manual_seed(wanted.seed)
    codec = load_codec(start) if start is not None else new_codec(recipe.model, wanted)
    if isinstance(codec, OfficialEncodec):
        codec.pretrained = False  # once trained, the weights are no longer the publisher's, and are kept
    trainer = CodecTrainer(codec.requires_grad_(), pool, wanted, device)

    def check(progress: Progress, _: Curve) -> None:
        if progress.step == wanted.steps:
            save_codec(trainer.ema.model, place)

    return run_loop(trainer, wanted.steps, wanted.seed, out, "codec", pace, check)


def new_codec(model: ModelRecipe, recipe: CodecRecipe) -> Codec:
    """An untrained codec of the recipe's kind and sizes; a SEANet may start from the publisher's weights."""
    if model.codec == "seanet":
        return official_codec(recipe)
    sizes = TINY_CODEC if model.preset == "tiny" else SpectralConfig()
    return SpectralCodec(replace(sizes, linear_dims=recipe.linear_dims, learned_dims=recipe.learned_dims))


def save_codec(codec: Codec, path: Path) -> None:
    """A trained codec by itself, as `load_codec` reads it."""
    fresh = path.with_suffix(".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"entry": codec.card_entry, "weights": codec.state_dict()}, fresh)
    fresh.replace(path)


def load_codec(path: Path) -> Codec:
    """A codec that was trained by itself, or the one of a model folder.

    Raises:
        InvalidOptions: it is neither.
        CheckpointError, CodecWeightsMissing: see core.checkpoint.load_model.
    """
    if (path / CARD_NAME).exists():
        return load_model(path)[0].codec
    wrong = InvalidOptions(f"{path} is no codec. Name a codec.pt of `voicelift train codec`, or a model folder.")
    if not zipfile.is_zipfile(path):
        raise wrong
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
        codec = build_codec(kept["entry"])
        codec.load_state_dict(kept["weights"])
    except (pickle.UnpicklingError, KeyError, TypeError, RuntimeError) as error:
        raise wrong from error
    return codec


def new_model(codec: Codec, recipe: ModelRecipe, data: Mixtures, estimator: Path | None = None) -> Model:
    """A fresh network over a trained codec, its statistics measured on what it will hear; or a generator over an
    estimator of another project.

    Raises:
        InvalidOptions: levels that the preset does not have, or a codec of another rate than the pool's.
    """
    if (codec.sample_rate, codec.channels) != (RATE, 1):
        raise InvalidOptions(
            f"Pools are {RATE} Hz mono; this codec takes {codec.sample_rate} Hz, {codec.channels} channels."
        )
    base = PRESETS[recipe.preset]
    try:
        kind = recipe.conditioner if estimator is None else "estimator"
        config = replace(base, dim=codec.dim, inject=recipe.inject or base.inject, conditioner_kind=kind)
    except ValueError as error:
        raise InvalidOptions(f"The recipe's model: {error}.") from error
    model = Model(codec.eval().requires_grad_(False), config)
    if estimator is not None and isinstance(model.conditioner, OutsideConditioner):
        model.conditioner.vocals = load_vocals(estimator, codec.sample_rate)
    mixtures, vocals = zip(*(data.batch(FIT_SIZE) for _ in range(FIT_BATCHES)), strict=True)
    with torch.no_grad():
        model.latent_norm.fit([codec.encode(batch) for batch in vocals])
        model.conditioner.fit(torch.cat(mixtures))
    return model


def in_stereo(model: Model) -> Model:
    """A mask conditioner that hears one channel alone goes on as one that hears two, and at first answers the same."""
    if model.config.conditioner_kind != "mask" or model.config.mask.stereo:
        return model
    wider = Model(model.codec, replace(model.config, mask=replace(model.config.mask, stereo=True)))
    wider.load_state_dict(model.state_dict(), strict=False)
    return wider


def started_card(model: Model, card: Card, recipe: ModelRecipe) -> Card:
    """A start's card under the recipe's name. Its licence is not passed on: it depends on what this run adds, too."""
    kept = {name: getattr(card, name) for name in ("geometry", "quality", "codec", "training")}
    fresh = new_card(model, recipe).model_copy(update=kept)
    return fresh if card.estimator is None else refining_card(fresh, card)


def new_card(model: Model, recipe: ModelRecipe) -> Card:
    """A card for a model under training; `voicelift train card` completes it.

    Near the estimate one step measures best, for every model so far (docs/performance.md). Without an estimate to start
    from, sampling starts from noise, with the paper's 50 steps at best.
    """
    if model.config.estimates:
        presets = {"draft": (1, 0.03), "standard": (1, 0.05), "high": (2, 0.05)}
    else:
        presets = {"draft": (10, 1.0), "standard": (20, 1.0), "high": (50, 1.0)}
    return Card(
        name=recipe.name,
        version=recipe.version,
        description="",
        licence="not stated: see the recordings it was trained on",
        commercial_use=False,
        sample_rate=model.codec.sample_rate,
        quality={quality: Preset(steps=steps, t_start=start) for quality, (steps, start) in presets.items()},
        guide="estimate" if model.config.conditioner_kind == "mask" else "sample",
        gate=recipe.gate,
        mask_exponents=recipe.mask_exponents,
        codec=model.codec.card_entry,
        net=model.config.to_dict(),
        files={},
    )
