"""Codec fidelity: SNR and spectral distance per octave, the gain of the learned dims, and the response to noise."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from core.audio.types import Wav
from core.codec.base import Codec
from core.codec.spectral import SpectralCodec
from core.errors import InvalidOptions
from core.separation.level import normalising_gain
from lab.evaluation.metrics import log_spectral_distance, octave_distances, octave_edges, sdr
from lab.training.pool import Pool

SIGMA = 0.1  # standard deviation of the latent noise, in standard deviations of each dim
MARGIN = 3.0  # dB of log-spectral distance that the learned dims must gain above the linear band


@dataclass(frozen=True)
class CodecReport:
    """Medians over clips, in dB. Octaves are named by their lower edge in Hz.

    learned_gain: increase of the distance when the learned dims are set to their mean, in octaves above the linear
        band that contain more than a millionth of a clip's energy.
    noisy, noisy_linear: (SDR, distance over the full band) from latents with noise of 0.1 standard deviations, of the
        decoder and of its linear part alone.

    learned_gain and noisy_linear are None for a codec without a linear part.
    """

    clips: int
    sdr: float
    snr: dict[str, float]
    distance: dict[str, float]
    learned_gain: float | None
    noisy: tuple[float, float]
    noisy_linear: tuple[float, float] | None

    def rows(self) -> list[str]:
        """The report as lines of Markdown."""
        lines = ["| octave from | SNR dB | LSD dB |", "| --- | --- | --- |"]
        lines += [f"| {name} Hz | {self.snr[name]:.1f} | {self.distance[name]:.1f} |" for name in self.snr]
        lines += ["", f"SDR {self.sdr:.1f} dB over {self.clips} clips."]
        if self.learned_gain is not None:
            verdict = "passed" if self.learned_gain >= MARGIN else "FAILED"
            lines.append(
                f"Learned dims set to their mean: the distance above the linear band rises by {self.learned_gain:.1f} "
                f"dB (required: at least {MARGIN:.0f}; {verdict})."
            )
        lines.append(f"Noise of {SIGMA} sigma on the latents: SDR {self.noisy[0]:.1f}, LSD {self.noisy[1]:.1f} dB.")
        if self.noisy_linear:
            lines.append(f"The linear part alone: SDR {self.noisy_linear[0]:.1f}, LSD {self.noisy_linear[1]:.1f} dB.")
        return lines


@torch.no_grad()
def report(codec: Codec, clips: list[Wav]) -> CodecReport:
    """Measure a codec on clips `[n]` at its sample rate, normalised to its level.

    Raises:
        ValueError: `clips` is empty.
    """
    if not clips:
        raise ValueError("a report needs at least one clip")
    codec.eval()
    # A codec without trained weights has buffers only.
    device = next(chain(codec.parameters(), codec.buffers())).device
    waves = [torch.from_numpy(c * np.float32(normalising_gain(c, codec.level))).to(device)[None, None] for c in clips]
    latents = [codec.encode(wav) for wav in waves]
    together = torch.cat(latents, dim=2)
    mean, std = together.mean((0, 2), keepdim=True), together.std((0, 2), keepdim=True)
    generator = torch.Generator().manual_seed(0)
    noisy = [z + SIGMA * std * torch.randn(z.shape, generator=generator).to(device) for z in latents]
    plain = [_scores(w, codec.decode(z), codec) for w, z in zip(waves, latents, strict=True)]
    damaged = [_pair(w, codec.decode(z)) for w, z in zip(waves, noisy, strict=True)]
    gain, linear_only = None, None
    if isinstance(codec, SpectralCodec):
        linear, dims = _linear_part(codec), codec.linear_dims
        zeroed = [torch.cat([z[:, :dims], mean[:, dims:].expand(1, -1, z.shape[2])], dim=1) for z in latents]
        lost = []
        for wav, z, (_, _, kept) in zip(waves, zeroed, plain, strict=True):
            without = _scores(wav, codec.decode(z), codec)[2]
            lost += [without[name] - kept[name] for name in _octaves_above(wav, codec)]
        gain = float(np.median(lost)) if lost else None
        linear_only = _medians([_pair(w, linear(z)) for w, z in zip(waves, noisy, strict=True)])
    return CodecReport(
        clips=len(clips),
        sdr=float(np.median([s[0] for s in plain])),
        snr={name: float(np.median([s[1][name] for s in plain])) for name in plain[0][1]},
        distance={name: float(np.median([s[2][name] for s in plain])) for name in plain[0][2]},
        learned_gain=gain,
        noisy=_medians(damaged),
        noisy_linear=linear_only,
    )


def dev_clips(pool: Pool, hop: int, pools: tuple[str, ...], count: int = 16, samples: int = 24000 * 5) -> list[Wav]:
    """The loudest excerpts `[n]` of at most `count` dev vocals; n is a multiple of `hop`, at most `samples`.

    Raises:
        InvalidOptions: `count` is below 1, or the pools contain no dev vocals.
    """
    if count < 1:
        raise InvalidOptions(f"A report needs at least one clip, not {count}.")
    clips = []
    recordings = pool.select("vocals", pools, "dev")
    if not recordings:
        raise InvalidOptions(f"The pool {pool.folder} has no dev vocals to measure on.")
    for recording in recordings[:: max(1, len(recordings) // count)][:count]:
        wav = pool.read_mono(recording)
        length = min(samples, len(wav)) // hop * hop
        starts = range(0, len(wav) - length + 1, max(1, length // 2))
        best = max(starts, key=lambda start: float(np.sum(np.square(wav[start : start + length]))))
        if float(np.abs(wav[best : best + length]).max()) > 0.01:
            clips.append(wav[best : best + length])
    return clips


def _octaves_above(wav: Tensor, codec: Codec) -> list[str]:
    """The octaves above the linear band that contain energy; old recordings end at 4 or 8 kHz."""
    spectrum = torch.fft.rfft(wav[0, 0].double()).abs().square().cpu().numpy()
    frequencies = np.fft.rfftfreq(wav.shape[2], 1 / codec.sample_rate)
    return [
        str(low)
        for low, high in octave_edges(codec.sample_rate)
        if low >= codec.phase_below / 2**0.5
        and spectrum[(frequencies >= low) & (frequencies < high)].sum() > 1e-6 * spectrum.sum()
    ]


def _linear_part(codec: SpectralCodec) -> Callable[[Tensor], Tensor]:
    return lambda z: codec.mdct.inverse(z[:, : codec.linear_dims])


def _scores(reference: Tensor, decoded: Tensor, codec: Codec) -> tuple[float, dict[str, float], dict[str, float]]:
    """(SDR, SNR per octave, LSD per octave) in dB."""
    true, output = (x[0, 0].double().cpu().numpy() for x in (reference, decoded))
    a, b = np.fft.rfft(true), np.fft.rfft(output)
    frequencies = np.fft.rfftfreq(len(true), 1 / codec.sample_rate)
    snr = {}
    for low, high in octave_edges(codec.sample_rate):
        band = (frequencies >= low) & (frequencies < high)
        signal, error = np.sum(np.abs(a[band]) ** 2), np.sum(np.abs(a[band] - b[band]) ** 2)
        snr[str(low)] = float(10 * np.log10((signal + 1e-9) / (error + 1e-9)))
    distances = octave_distances(true[None], output[None], codec.sample_rate)
    return _pair(reference, decoded)[0], snr, {name.removeprefix("lsd_"): v for name, v in distances.items()}


def _pair(reference: Tensor, decoded: Tensor) -> tuple[float, float]:
    true, output = (x[0].cpu().numpy() for x in (reference, decoded))
    return sdr(true, output) or 0.0, log_spectral_distance(true, output) or 0.0


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    first, second = np.median(np.array(pairs), axis=0)
    return float(first), float(second)
