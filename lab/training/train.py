"""A training run: from a recipe and a pool to a model folder, in legs. An interrupted run resumes.

    OUT/recipe.json      settings of the run; must not change when it resumes
    OUT/data.json        contents of the pool: hours by source and licence
    OUT/curve.jsonl      learning curve, also in OUT/tensorboard/
    OUT/codec/           state.pt, and codec.pt once trained
    OUT/leg-1/           state.pt; last/ and best/: model folders with averaged weights and cards
    OUT/model/           the result: the best weights of the last leg

A leg starts from the best averaged weights of the previous one, with a new optimiser.
"""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import torch

from core.card import Card, Leg, load_card
from core.checkpoint import Model, load_model, put_in_place, save_model
from core.codec.base import Codec
from core.codec.encodec import OfficialEncodec
from core.codec.spectrogram import SpectrogramCodec
from core.digest import sha256
from core.errors import InvalidOptions
from core.nets.config import PRESETS
from lab.training import ranks
from lab.training.build_pool import report
from lab.training.codec_training import CODEC_FILE, load_codec, train_codec
from lab.training.curve import Curve
from lab.training.diffusion import DiffusionRecipe
from lab.training.legs import LegData, leg_mixtures
from lab.training.loop import STATE, Pace, Progress, restore, run_loop
from lab.training.mixtures import ALL_MIXTURES, OPEN_MIXTURES, MixtureRecipe, Mixtures
from lab.training.net import NetTrainer
from lab.training.new_model import card_of_start, new_card, new_model, with_stereo_conditioner
from lab.training.outside import check_estimator, check_legs, refining_card
from lab.training.pool import Pool
from lab.training.recipe import RunRecipe
from lab.training.validation import score, validate


class Run:
    """One run in the folder `out`.

    start: model folder to start from; for `train_codec`, of the codec. codec: trained codec to use.
    estimator: folder of another project's network (core.nets.outside), over which the generator is trained.
    """

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
        """`mixtures` replaces those that the recipe names.

        Raises:
            InvalidOptions: `out` contains a run of another recipe or pool, or the network does not support a length of
                segments.
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
        """The codec of the networks, trained first if the recipe has a [codec]; None if the deadline passed.

        Raises:
            InvalidOptions: there is no codec to use or to train.
        """
        if self.codec_file is not None:
            return load_codec(self.codec_file)
        if self.recipe.model.codec == "encodec":
            return OfficialEncodec("24khz")
        if self.recipe.model.codec == "spectrogram":
            return SpectrogramCodec()
        if self.recipe.codec is None:
            raise InvalidOptions("The recipe has no [codec]. Name a trained codec with --codec.")
        trained = self.out / "codec" / CODEC_FILE
        if not trained.exists() and not train_codec(self.recipe, self.pool, self.out, self.device, pace, self.start):
            return None
        return load_codec(trained)

    def train(self, minutes: float | None = None) -> bool:
        """Train the rest of the run; False if `minutes` passed first. The run can then be resumed.

        Raises:
            InputError: the recipe has no legs, or the pool has no data for a leg or for the validation.
        """
        self._check_data()
        pace, trained = self.recipe.pace(minutes), False
        source = self.start
        for number, leg in enumerate(self.recipe.leg, 1):
            folder = self.out / f"leg-{number}"
            if restore(None, folder / STATE).step < leg.steps:
                if source is not None:
                    model, card = load_model(source)
                    model = with_stereo_conditioner(model)
                    if source == self.start:
                        if not model.config.estimates and any(leg.stage == "estimate" for leg in self.recipe.leg):
                            raise InvalidOptions(f"The conditioner of {source} has no estimate to train.")
                        if card.estimator is not None:
                            check_legs(self.recipe, card)
                        card = card_of_start(model, card, self.recipe.model)
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
        """Copy `source` to OUT/model. A finished run keeps its folder, which may have an edited card and scores."""
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
        """A new model and its card. A fixed seed makes them equal in all processes and after a resumption."""
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
        """Raise errors about the data at the start instead of after hours."""
        recipe, target = self.recipe, self.mixtures.target
        if not recipe.leg:
            raise InvalidOptions("The recipe has no [[leg]]. To train only a codec: voicelift train codec.")
        for leg in recipe.leg:
            Mixtures(self.pool, leg_mixtures(self.mixtures, leg))
        named = recipe.validation.pools
        if named and not self.pool.select(target, named, "dev"):
            others = sorted({recording.pool for recording in self.pool.select(target, split="dev")})
            raise InvalidOptions(
                f"No pool in validation.pools ({', '.join(named)}) has dev clips of {target} to select the best "
                f"weights by. Pools with dev clips: {', '.join(others) or 'none'}. Name them with "
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
        if any(self.out.glob(f"*/{STATE}")):  # without a state file there is nothing to resume
            kept = json.loads(place.read_text()) if place.exists() else {}
            if {**kept, "pool": facts["pool"]} != json.loads(text):
                raise InvalidOptions(f"{self.out} contains a run of another recipe. Name another folder with --out.")
            if kept["pool"] != facts["pool"]:
                raise InvalidOptions(
                    f"{self.out} contains a run on other contents of the pool {self.pool.folder} and cannot resume. "
                    "Name another folder with --out."
                )
        if ranks.rank() == 0:
            self.out.mkdir(parents=True, exist_ok=True)
            fresh = place.with_suffix(".new")
            fresh.write_text(text)
            fresh.replace(place)  # atomic: other processes may read it
            (self.out / "data.json").write_text(json.dumps(report(self.pool), indent=1, ensure_ascii=False))
        ranks.wait()
