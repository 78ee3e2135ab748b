"""The studies by name. Each is a module of its own here (`-` written `_`) with `study(run: Run) -> Outcome`.

To add one: write the module, name it here. The test in tests/unit/lab/study runs its quick form.
"""

import importlib
from collections.abc import Callable
from typing import Any

from core.errors import NotFound

TITLES = {
    "codec-noise": "Codec identity and noise robustness: continuous, quantised, and noisy latents",
    "steps": "Denoising steps from 1 to 100, samplers, eta",
    "plane": "Distortion against perception: every system and step count in one picture",
    "context": "Context length: chunks of 1.7 to 27 s",
    "excerpts": "Short vocal excerpts: a quarter of a second to four seconds of voice",
    "harmonies": "Heavily harmonised vocals, and a melody that an instrument doubles",
    "latent-errors": "Do errors measured in the latent space predict the audio metrics?",
    "sibilants": "Artefacts on sibilants, and mitigations",
    "peers": "Against other systems on the same clips",
    "channels": "Voices in one channel, in anti-phase, in the centre of 5.1; silent channels, an offset",
    "rendering": "Generative against masked rendering, and the instrumental",
    "injection": "Injection depth: the mixture at the deeper levels only, or at all of them",
    "stages": "Two stages of training or one, conditioner A or B, frozen or trained",
    "spectrogram": "The same diffusion network over the codec and over a raw spectrogram",
    "codec-tuning": "The codec fine-tuned on vocals: its decoder, its encoder, or both",
    "sources": "Other sources: bass and drums from pairs",
}
# Those that train networks or codecs of their own (lab.study.budget).
TRAINING = ("injection", "stages", "spectrogram", "codec-tuning", "sources")


def find(name: str) -> Callable[[Any], Any]:
    """The study's function, from a Run to an Outcome. Its module is imported only now: torch is slow to load.

    Raises:
        NotFound: there is no such study.
    """
    if name not in TITLES:
        raise NotFound(f"There is no study {name!r}. There are: {', '.join(TITLES)}.")
    study: Callable[[Any], Any] = importlib.import_module(f"lab.study.{name.replace('-', '_')}").study
    return study
