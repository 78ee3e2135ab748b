"""Embedding distance: mean squared difference between a pretrained music model's embeddings of two signals.

The model is CLAP trained on music (MSE: Spearman -0.68 with listeners for generative separation, Bereuter et al. 2025).
Its weights are neither shipped nor downloaded. To enable the score, download `laion/larger_clap_music` (with
`model.safetensors`), install the package `transformers`, and name the folder with `--clap`.
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
    """Embeds mono audio at `rate` Hz: `[n]` to `[D]`."""

    rate: int

    def __call__(self, mono: Floats) -> Floats: ...


class Clap:
    """CLAP's audio encoder from a local folder in the layout of transformers.

    Raises:
        InvalidOptions: the package or the weights are missing; the message says what to do.
    """

    rate = 48000

    def __init__(self, folder: Path) -> None:
        if not (folder / "model.safetensors").is_file():
            raise InvalidOptions(
                f"{folder} has no CLAP weights: it must contain model.safetensors, config.json and "
                "preprocessor_config.json of laion/larger_clap_music. Omit --clap to score without them."
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
    """Mean squared difference of embeddings, averaged over windows of 10 s; lower is better.

    reference, estimate: `[C, n]` or `[n]` at `rate`. Windows with a silent reference are skipped; None if all are.
    """

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
