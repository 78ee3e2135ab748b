"""Embedding distance: mean squared difference between a pretrained music model's embeddings of two signals.

CLAP trained on music (MSE: Spearman -0.68 with listeners for generative separation, Bereuter et al. 2025). Its
weights are not ours to ship and are not fetched: whoever wants the column downloads `laion/larger_clap_music` (with
`model.safetensors`), installs the package `transformers`, and names the folder with `--clap`.
"""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soxr
from numpy.typing import ArrayLike

from core.errors import InvalidOptions
from lab.evaluation.metrics import is_silent
from lab.evaluation.spectra import Floats

WINDOW_S = 10


class Embedder(Protocol):
    """Embeds mono audio at `rate`: float `[n]` to `[D]`."""

    rate: int

    def __call__(self, mono: Floats) -> Floats: ...


class Clap:
    """CLAP's audio tower from a local folder of transformers' layout.

    Raises:
        InvalidOptions: the package or the weights are not there; the message says what to do.
    """

    rate = 48000

    def __init__(self, folder: Path) -> None:
        if not (folder / "model.safetensors").is_file():
            raise InvalidOptions(
                f"No CLAP weights in {folder}: it must hold model.safetensors, config.json and "
                "preprocessor_config.json of laion/larger_clap_music. Leave --clap out to score without them."
            )
        try:
            from transformers import ClapFeatureExtractor, ClapModel
        except ImportError as error:
            raise InvalidOptions("--clap needs the package transformers: pip install transformers") from error
        self._features = ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
        self._model: Any = ClapModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()

    def __call__(self, mono: Floats) -> Floats:
        import torch

        inputs = self._features(mono, sampling_rate=self.rate, return_tensors="pt")
        with torch.no_grad():
            out = self._model.get_audio_features(**inputs)
        pooled = getattr(out, "pooler_output", out)  # newer versions wrap the tensor
        return np.asarray(pooled[0].double().numpy())


def embedding_distance(embed: Embedder, reference: ArrayLike, estimate: ArrayLike, rate: int) -> float | None:
    """Mean squared difference of embeddings over windows of 10 s in which the reference sounds; lower is better."""

    def mono(signal: ArrayLike) -> Floats:
        array = np.atleast_2d(np.asarray(signal, dtype=np.float64)).mean(axis=0)
        return np.asarray(soxr.resample(array, rate, embed.rate), dtype=np.float64)

    true, guess = mono(reference), mono(estimate)
    window = WINDOW_S * embed.rate
    distances = [
        np.mean((embed(true[start : start + window]) - embed(guess[start : start + window])) ** 2)
        for start in range(0, len(true), window)
        if not is_silent(true[start : start + window]) and len(true) - start >= embed.rate
    ]
    return float(np.mean(distances)) if distances else None
