"""The studies by name. Each is a module of this package (`-` becomes `_`) with `study(run: Run) -> Outcome`.

To add a study, write the module and add its title here. tests/unit/lab/study runs the quick form of every study.
"""

import importlib
from collections.abc import Callable
from typing import Any

from core.errors import NotFound

TITLES = {
    "codec-noise": "Codec identity and noise robustness: continuous, quantised, and noisy latents",
    "steps": "Denoising steps from 1 to 100, samplers, eta",
    "plane": "Distortion against perception, over systems and step counts",
    "context": "Context length: chunks of 1.7 to 27 s",
    "excerpts": "Short vocal excerpts: 0.25 to 4 s of voice",
    "harmonies": "Heavily harmonised vocals, and a melody doubled by an instrument",
    "confidence": "Confidence: predictors of the error of a second, and their calibration",
    "latent-errors": "Do errors in the latent space predict audio metrics?",
    "sibilants": "Artefacts on sibilants, and mitigations",
    "peers": "Comparison with other systems on the same clips",
    "channels": "Layouts of channels: voice in anti-phase, in the centre of 5.1; silent channels; DC offset",
    "rendering": "Generative and masked rendering, and the instrumental",
    "injection": "Injection depth: mixture at the deeper levels or at all levels",
    "stages": "One or two stages of training, conditioner A or B, frozen or trained",
    "spectrogram": "The same diffusion network over the codec and over a raw spectrogram",
    "codec-tuning": "Fine-tuning of the codec on vocals: decoder, encoder or both",
    "sources": "Other sources: bass and drums from pairs",
}
# Studies that train networks or codecs (lab.study.budget).
TRAINING = ("injection", "stages", "spectrogram", "codec-tuning", "sources")


def find(name: str) -> Callable[[Any], Any]:
    """The function of a study, from a Run to an Outcome. The module is imported here, because torch loads slowly.

    Raises:
        NotFound: the study does not exist.
    """
    if name not in TITLES:
        raise NotFound(f"Unknown study {name!r}. Available: {', '.join(TITLES)}.")
    study: Callable[[Any], Any] = importlib.import_module(f"lab.study.{name.replace('-', '_')}").study
    return study
