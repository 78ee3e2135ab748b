"""Training of a study's networks with one budget, and the scores of their voices.

Each network is in the folder TRAINED, next to the folders of the studies, under a digest of everything that it depends
on. Studies share finished trainings, and an interrupted training resumes.

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
from lab.study.grid import VOCALS, Grid, VoiceScorer
from lab.study.run import Run
from lab.study.synthetic_pool import MIXTURES, make_pool
from lab.training import train
from lab.training.diffusion import DiffusionRecipe, Stage
from lab.training.mixtures import ALL_MIXTURES, MixtureRecipe
from lab.training.pool import RATE
from lab.training.recipe import DataRecipe, ModelRecipe, RunRecipe, ValidationRecipe
from lab.training.validation import render

TRAINED = "trained"
# The study is measured on the dev clips, so they must not select weights.
NO_VALIDATION = ValidationRecipe(every=1 << 30, pools=(), silent=())
PAPER = 50  # steps of sampling from noise [P]
STEPS = 400  # default training steps
CLIPS, SECONDS = {"musdb7": 20, "mir1k": 12, "instrumental": 8}, 6.8
MASKED = {
    f"masked_{name}": replace(METRICS[name], title=f"masked {METRICS[name].title}")
    for name in ("sdr", "sir", "silence_leakage")
}
SHOWN: dict[str, Metric] = VOCALS | MASKED
SAMPLING_NOTE = (
    "Mono, at 24 kHz or the clip's rate if lower. Generated vocals, sampled from noise in 50 steps; `masked`: vocals "
    "by a mask that they guide."
)


@dataclass(frozen=True)
class Network:
    """A network to train. mixtures: by default those of the default model."""

    model: ModelRecipe
    legs: tuple[DiffusionRecipe, ...]
    target: str = "vocals"
    mixtures: MixtureRecipe = ALL_MIXTURES


@dataclass(frozen=True)
class Trained:
    """A trained network. seconds: training time of all legs."""

    model: Model
    seconds: float

    @property
    def millions(self) -> tuple[float, float]:
        """Parameters of generator and conditioner, in millions."""
        parts = self.model.generator, self.model.conditioner
        generator, conditioner = (sum(p.numel() for p in part.parameters()) / 1e6 for part in parts)
        return generator, conditioner


def sizes(run: Run) -> ModelRecipe:
    """A model recipe with the sizes of the budget."""
    return replace(ModelRecipe(name="study"), preset=run.budget.preset)


def from_noise(run: Run) -> Preset:
    """The paper's sampling."""
    return Preset(steps=2 if run.quick else PAPER)


def leg(run: Run, stage: Stage, steps: int, share: float = 1.0) -> DiffusionRecipe:
    """A leg with `share` of the steps of the budget, or of `steps` if the budget has none."""
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
    """The folder of the training pool; in the quick form a synthetic one.

    Raises:
        InvalidOptions: the pool does not exist.
    """
    if run.quick:
        folder = run.out.parent / TRAINED / "pool"
        make_pool(folder)
        return folder
    pool = run.budget.pool
    if not (pool / "index.json").is_file():
        raise InvalidOptions(
            f"There is no pool in {pool}. Create it with: voicelift train pool --root RECORDINGS --out {pool}"
        )
    return pool


def place(run: Run, kind: str, facts: object) -> Path:
    """The folder of a training that depends on `facts` and on the codec of the model."""
    codec = run.card.codec, run.card.files.get(CODEC_FILE)
    known = json.dumps([facts, codec], sort_keys=True, default=str)
    return run.out.parent / TRAINED / f"{kind}-{hashlib.sha256(known.encode()).hexdigest()[:10]}"


@contextlib.contextmanager
def announced(message: str) -> Iterator[None]:
    """Print `message` and the progress of a training to stderr; stdout is for the table of the study."""
    with contextlib.redirect_stdout(sys.stderr):
        sys.stderr.write(f"{message}\n")
        yield


def train_all(run: Run, networks: Mapping[str, Network]) -> dict[str, Trained]:
    """Train each network over the codec of the model; finished ones are loaded."""
    set_up(run.threads)
    pool, done = training_pool(run), {}
    for number, (name, network) in enumerate(networks.items(), 1):
        data = DataRecipe(str(pool), target=network.target, workers=0)
        recipe = RunRecipe(network.model, data, NO_VALIDATION, None, network.legs)
        drawn = MIXTURES if run.quick else network.mixtures
        folder = place(run, network.model.conditioner, [asdict(recipe), asdict(drawn)])
        codec = run.model_dir if network.model.codec == "spectral" else None
        with announced(f"{run.name}: training {number} of {len(networks)}: {name} ({folder})"):
            train.Run(recipe, folder, codec=codec, device=run.device, mixtures=drawn).train()
        model, card = load_model(folder / "model", run.device)
        done[name] = Trained(model, sum(entry.seconds for entry in card.training if entry.stage != "codec"))
    return done


def trained_grid(run: Run, networks: Mapping[str, Network]) -> tuple[dict[str, Trained], Grid]:
    """Train each network and score its voices on `CLIPS`; the names of networks are the conditions."""
    trained = train_all(run, networks)
    return trained, run.grid(run.clips(CLIPS, SECONDS), list(networks), Voices(trained, from_noise(run)))


class Voices:
    """Scores the voice of a trained network, named by the condition, in a clip."""

    def __init__(self, trained: Mapping[str, Trained], sampling: Preset) -> None:
        self._trained, self._sampling, self._scorer = trained, sampling, VoiceScorer()
        self._clip: Clip | None = None

    def __call__(self, clip: Clip, condition: str) -> Scores:
        """The scores `SHOWN`, and `estimate_sdr` if the conditioner has an estimate."""
        if clip is not self._clip:
            self._clip, self._mono = clip, mono(clip)
        downmix, model = self._mono, self._trained[condition].model
        voice = model_voice(model, downmix, self._sampling)
        scores = self._scorer(downmix, voice[None])
        masked = self._scorer(downmix, masked_voice(model, downmix, voice))
        scores |= {name: masked.get(name.removeprefix("masked_")) for name in MASKED}
        if model.config.estimates and downmix.vocals is not None:
            scores["estimate_sdr"] = metrics.sdr(downmix.vocals, model_voice(model, downmix, None)[None])
        return scores


def masked_voice(model: Model, clip: Clip, voice: NDArray[np.float32]) -> NDArray[np.float32]:
    """The masked rendering of a mono clip guided by a voice `[n]`, `[1, n]`."""
    return renderings(voice[None], clip.rate, clip.mixture, clip.rate, model.codec.phase_below).masked


def model_voice(model: Model, clip: Clip, sampling: Preset | None) -> NDArray[np.float32]:
    """The voice `[n]` of a mono clip, at its rate; sampling None: the conditioner's estimate."""
    wav = resample(clip.mixture, clip.rate, RATE)
    grid = model.codec.hop * model.config.generator.reduction
    padded = fit(wav, -(-wav.shape[1] // grid) * grid)
    voice = list(render(model, padded, sampling).values())[-1]
    return np.asarray(resample(voice[:, : wav.shape[1]], RATE, clip.rate, clip.mixture.shape[1])[0])


def mono(clip: Clip) -> Clip:
    """A clip downmixed to mono, at the rate of the networks or its rate if lower."""
    rate = min(clip.rate, RATE)

    def downmixed(wav: Wav) -> Wav:
        return resample(wav.mean(axis=0, keepdims=True), clip.rate, rate)

    vocals = None if clip.vocals is None else downmixed(clip.vocals)
    return Clip(clip.ref, rate, downmixed(clip.mixture), vocals, downmixed(clip.accompaniment))


def costs(trained: Mapping[str, Trained]) -> tuple[list[str], list[list[str]]]:
    """A table of training times and sizes."""
    rows = [[n, f"{t.seconds:.0f}", *(f"{m:.2f}" for m in t.millions)] for n, t in trained.items()]
    return ["condition", "training, s", "generator, M parameters", "conditioner, M parameters"], rows


@torch.inference_mode()
def through_codec(codec: Codec, clip: Clip, wav: Wav, device: torch.device, sigma: float = 0.0) -> Wav:
    """A part `[1, n]` of a mono clip encoded and decoded, with the gain that normalises the mixture.

    sigma: standard deviation of the latent noise, in standard deviations of each dim.
    """
    gain = np.float32(normalising_gain(clip.mixture, codec.level))
    resampled = resample(wav, clip.rate, codec.sample_rate)
    padded = fit(resampled, -(-resampled.shape[1] // codec.hop) * codec.hop) * gain
    z = codec.encode(torch.from_numpy(padded)[None].to(device))
    if sigma:
        fresh = torch.from_numpy(noise(0, 0, 0, z.shape[2], z.shape[1])).to(z)
        z = z + sigma * z.std(dim=2, keepdim=True) * fresh
    decoded = codec.decode(z)[0, :, : resampled.shape[1]].cpu().numpy() / gain
    return resample(decoded.astype(np.float32), codec.sample_rate, clip.rate, wav.shape[1])
