"""Networks that a study trains, one after another under one budget, and how their voices are scored.

Each lies in TRAINED beside the studies' folders under a digest of all that it depends on, so a finished training is
done once for all studies, and one that was killed goes on where it stood.

[P], [C], [I] and [D]: docs/method.md.
"""

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.audio.resample import fit, resample
from core.audio.types import Wav
from core.card import Preset
from core.checkpoint import CODEC_FILE, Model, load_model
from core.codec.base import Codec
from core.errors import InvalidOptions
from core.separation.device import set_up
from core.separation.level import normalising_gain
from core.separation.noise import noise
from core.separation.render import renderings
from lab.evaluation import metrics
from lab.evaluation.datasets import Clip
from lab.evaluation.scores import METRICS, Metric, Scores
from lab.study.grid import VOCALS, Judge
from lab.study.run import Run
from lab.study.synthetic_pool import MIXTURES, make_pool
from lab.training import train
from lab.training.diffusion import DiffusionRecipe, Stage
from lab.training.mixtures import ALL_MIXTURES, MixtureRecipe
from lab.training.pool import RATE
from lab.training.recipe import DataRecipe, ModelRecipe, RunRecipe, ValidationRecipe
from lab.training.validation import render

TRAINED = "trained"
# No dev clip has a say in what is trained: they are what the study measures on.
UNSEEN = ValidationRecipe(every=1 << 30, pools=(), silent=())
PAPER = 50  # steps of sampling, from noise [P]
STEPS = 400  # of training, where the budget does not say
CLIPS, SECONDS = {"musdb7": 20, "mir1k": 12, "instrumental": 8}, 6.8
MASKED = {
    f"masked_{name}": replace(METRICS[name], title=f"masked {METRICS[name].title}")
    for name in ("sdr", "sir", "silence_leakage")
}
SHOWN: dict[str, Metric] = VOCALS | MASKED
HEARD = (
    "Mono, at 24 kHz or the clip's lower rate. Vocals as the decoder makes them, sampled from noise in 50 steps; "
    "`masked`: the same voice as a guide for a mask on the mixture."
)


@dataclass(frozen=True)
class Network:
    """One network to train. `mixtures`: how they are drawn, where not as for the default model."""

    model: ModelRecipe
    legs: tuple[DiffusionRecipe, ...]
    target: str = "vocals"
    mixtures: MixtureRecipe = ALL_MIXTURES


@dataclass(frozen=True)
class Trained:
    """A network as it came out of its training: `seconds` of that, in all legs."""

    model: Model
    seconds: float

    @property
    def millions(self) -> tuple[float, float]:
        """Parameters of generator and conditioner, in millions."""
        parts = self.model.generator, self.model.conditioner
        generator, conditioner = (sum(p.numel() for p in part.parameters()) / 1e6 for part in parts)
        return generator, conditioner


def sizes(run: Run) -> ModelRecipe:
    """The budget's network."""
    return replace(ModelRecipe(name="study"), preset=run.budget.preset)


def from_noise(run: Run) -> Preset:
    """The paper's way of sampling."""
    return Preset(steps=2 if run.quick else PAPER)


def leg(run: Run, stage: Stage, steps: int, share: float = 1.0) -> DiffusionRecipe:
    """`share` of the budget's steps, or of `steps` where the budget leaves them to the study."""
    budget = run.budget
    count = max(1, round(share * (budget.steps or steps)))
    return DiffusionRecipe(
        stage,
        count,
        batch=budget.batch,
        frames=budget.frames,
        learning_rate=budget.learning_rate,
        warmup=max(1, min(50, count // 10)),
        seed=budget.seed + 1,
    )


def training_pool(run: Run) -> Path:
    """The pool to train from. Raises InvalidOptions where it is not there."""
    if run.quick:
        folder = run.out.parent / TRAINED / "pool"
        make_pool(folder)
        return folder
    pool = run.budget.pool
    if not (pool / "index.json").is_file():
        raise InvalidOptions(
            f"There is no pool in {pool}. Make it with: voicelift train pool --root RECORDINGS --out {pool}"
        )
    return pool


def place(run: Run, kind: str, facts: object) -> Path:
    """The folder of a training that depends on `facts` and on the codec of the run's model."""
    codec = run.card.codec, run.card.files.get(CODEC_FILE)
    known = json.dumps([facts, codec], sort_keys=True, default=str)
    return run.out.parent / TRAINED / f"{kind}-{hashlib.sha256(known.encode()).hexdigest()[:10]}"


@contextlib.contextmanager
def telling(what: str) -> Iterator[None]:
    """What is trained, and the training's own progress, to stderr: a study prints its table alone."""
    with contextlib.redirect_stdout(sys.stderr):
        sys.stderr.write(f"{what}\n")
        yield


def train_all(run: Run, networks: Mapping[str, Network]) -> dict[str, Trained]:
    """Every network, trained; what is finished is only loaded. Networks hear through the codec of the run's model."""
    set_up(run.threads)
    pool, done = training_pool(run), {}
    for number, (name, wanted) in enumerate(networks.items(), 1):
        data = DataRecipe(str(pool), target=wanted.target, workers=0)
        recipe = RunRecipe(wanted.model, data, UNSEEN, None, wanted.legs)
        drawn = MIXTURES if run.quick else wanted.mixtures
        folder = place(run, wanted.model.conditioner, [asdict(recipe), asdict(drawn)])
        codec = run.model_dir if wanted.model.codec == "spectral" else None
        with telling(f"{run.name}: training {number} of {len(networks)}: {name} ({folder})"):
            train.Run(recipe, folder, codec=codec, device=run.device, mixtures=drawn).train()
        model, card = load_model(folder / "model", run.device)
        done[name] = Trained(model, sum(entry.seconds for entry in card.training if entry.stage != "codec"))
    return done


class Voices:
    """Scores of one clip after another by trained networks, named as the study's conditions."""

    def __init__(self, trained: Mapping[str, Trained], sampling: Preset) -> None:
        self._trained, self._sampling, self._judge = trained, sampling, Judge()
        self._clip: Clip | None = None

    def __call__(self, clip: Clip, condition: str) -> Scores:
        """`SHOWN`, and where the conditioner estimates by itself `estimate_sdr`."""
        if clip is not self._clip:
            self._clip, self._mono = clip, mono(clip)
        heard, model = self._mono, self._trained[condition].model
        voice = spoken(model, heard, self._sampling)
        scores = self._judge(heard, voice[None])
        masked = self._judge(heard, guided(model, heard, voice))
        scores |= {name: masked.get(name.removeprefix("masked_")) for name in MASKED}
        if model.config.estimates and heard.vocals is not None:
            scores["estimate_sdr"] = metrics.sdr(heard.vocals, spoken(model, heard, None)[None])
        return scores


def guided(model: Model, clip: Clip, voice: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the voice `[n]` points at in the clip, `[1, n]`."""
    return renderings(voice[None], clip.rate, clip.mixture, clip.rate, model.codec.phase_below).masked


def spoken(model: Model, clip: Clip, sampling: Preset | None) -> NDArray[np.float32]:
    """The voice `[n]` in a mono clip, at its rate; without `sampling` the conditioner's own estimate."""
    wav = resample(clip.mixture, clip.rate, RATE)
    grid = model.codec.hop * model.config.generator.reduction
    padded = fit(wav, -(-wav.shape[1] // grid) * grid)
    voice = list(render(model, padded, sampling).values())[-1]
    return np.asarray(resample(voice[:, : wav.shape[1]], RATE, clip.rate, clip.mixture.shape[1])[0])


def mono(clip: Clip) -> Clip:
    """The mean of a clip's channels, at the networks' rate or its own lower one."""
    rate = min(clip.rate, RATE)

    def brought(wav: Wav) -> Wav:
        return resample(wav.mean(axis=0, keepdims=True), clip.rate, rate)

    vocals = None if clip.vocals is None else brought(clip.vocals)
    return Clip(clip.ref, rate, brought(clip.mixture), vocals, brought(clip.accompaniment))


def costs(trained: Mapping[str, Trained]) -> tuple[list[str], list[list[str]]]:
    """A table: what each training took, and how large its networks are."""
    rows = [[n, f"{t.seconds:.0f}", *(f"{m:.2f}" for m in t.millions)] for n, t in trained.items()]
    return ["condition", "training, s", "generator, M parameters", "conditioner, M parameters"], rows


@torch.inference_mode()
def through_codec(codec: Codec, clip: Clip, wav: Wav, device: torch.device, sigma: float = 0.0) -> Wav:
    """A part `[1, n]` of a mono clip encoded and decoded, at the level that the clip's mixture gives it.

    sigma: of noise on the latents, in standard deviations of each dim.
    """
    gain = np.float32(normalising_gain(clip.mixture, codec.level))
    brought = resample(wav, clip.rate, codec.sample_rate)
    padded = fit(brought, -(-brought.shape[1] // codec.hop) * codec.hop) * gain
    z = codec.encode(torch.from_numpy(padded)[None].to(device))
    if sigma:
        fresh = torch.from_numpy(noise(0, 0, 0, z.shape[2], z.shape[1])).to(z)
        z = z + sigma * z.std(dim=2, keepdim=True) * fresh
    decoded = codec.decode(z)[0, :, : brought.shape[1]].cpu().numpy() / gain
    return resample(decoded.astype(np.float32), codec.sample_rate, clip.rate, wav.shape[1])
