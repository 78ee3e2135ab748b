"""From the generated vocals to stems at the source's rate and channels.

generative   the voice as the decoder made it, in each channel and resampled (the paper's output).
masked       the voice guides a Wiener-type gain between 0 and 1 on the original mixture [D]. With G the guide's and M
             the mixture's spectrum in a channel:

                 Re(G M*) / |M|^2    where the guide's phase is the voice's own: the phase-sensitive mask (Erdogan et
                                     al. 2015), the real gain that takes the mixture nearest to the guide
                 |G| / |M|           above that, where the decoder makes the phase up: a wrong phase is not absence

             Where the guide has no band (above half the model's rate) the mask is its own average over the highest
             octave the guide does have, frame by frame.

The mean of all possible vocals is duller than any of them: where the model is uncertain, above all at high frequencies,
its gains are too low on average. So they may be raised to an exponent below one there [D]
(lab/notes/0022-mask-exponents.md).

The certainty of the masks m at a time is their mean weighted by the energy that they pass around that time, in all
channels, sum(m^2 |M|^2) / sum(m |M|^2): near one for vocals, however quiet, low where an instrument was partly taken
for vocals. Where it is below `gate` both stems are attenuated, by CERTAINTY_POWER times as many dB as it is lower, and
at most to FAINTEST [D] (lab/notes/0018-uncertainty-gate.md).

[P], [C], [I] and [D]: docs/method.md.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from core.audio.resample import resample
from core.audio.types import Wav

WINDOW_S = 0.046
GUIDE_TOP = 0.9  # of the guide's Nyquist frequency: above it are the resamplers' slopes
CERTAINTY_S = 4.0  # long enough that a hoarse syllable is judged with the words around it
CERTAINTY_POWER = 4
FAINTEST = 0.1  # never silent: it may be vocals
TINY = 1e-12
CPU = torch.device("cpu")


class Renderings(NamedTuple):
    """Both stems of one estimate of the vocals, in the mixture's shape and rate `[C, n]`, and the sums of their masks
    over bins and channels `[3, frames]`: m^2 |M|^2, m |M|^2 and |M|^2."""

    generative: Wav
    masked: Wav
    sums: Wav


def renderings(
    voice: Wav,
    rate: int,
    mixture: Wav,
    source_rate: int,
    phase_below: float = float("inf"),
    gate: float = 0.0,
    device: torch.device = CPU,
    exponents: Sequence[tuple[float, float]] = (),
) -> Renderings:
    """The vocals `[C, m]` at `rate`, channel by channel, as stems of `mixture` `[C, n]` at source_rate.

    phase_below: Hz, upper limit of the band whose phase is reliable (core.codec.base.Codec.phase_below). gate: the
    certainty, up to 1, below which the stems are attenuated; 0: never (core.card.Card.gate). device: compute device.
    exponents: of the gains, (Hz, exponent), interpolated over octaves (core.card.Card.mask_exponents).
    """
    samples = mixture.shape[1]
    guides = resample(voice, rate, source_rate, samples)
    hop = hop_length(source_rate)
    n_fft = 4 * hop
    phase_top = int(min(phase_below / source_rate, 0.5) * n_fft)
    top = int(GUIDE_TOP * min(rate, source_rate) / source_rate * (n_fft // 2))
    same = _same_as(mixture, voice)
    masked: dict[int, tuple[Tensor, Tensor]] = {}  # (spectrum, mask) of each distinct channel
    sums = torch.zeros((), device=device)
    for channel in sorted(set(same)):
        wavs = (torch.from_numpy(x[channel : channel + 1]).to(device) for x in (mixture, guides))
        spectrum, guide = (_stft(wav, n_fft)[0] for wav in wavs)
        mask, power = _mask(spectrum, guide, phase_top, top)
        sums = sums + same.count(channel) * _let_through(mask, power)
        if exponents:
            mask = mask.pow(_exponents(exponents, len(mask), source_rate).to(device))
        masked[channel] = spectrum, mask
    level = None
    if gate:
        certainty = _certainty(sums[:2], round(CERTAINTY_S * source_rate / hop))
        level = (certainty / gate).pow(CERTAINTY_POWER).clamp(FAINTEST, 1)
        guides = guides * _over_time(level.cpu().numpy(), n_fft, samples)
    stems = {}
    for channel in list(masked):  # one after the other: spectra are large, and several chunks may be rendered at once
        spectrum, mask = masked.pop(channel)
        weight = mask if level is None else mask * level
        stems[channel] = _istft(_weighted(spectrum, weight)[None], n_fft, samples)
    return Renderings(guides, torch.cat([stems[channel] for channel in same]).cpu().numpy(), sums.cpu().numpy())


def hop_length(rate: int) -> int:
    """Samples between frames at `rate`; the third frame is centred on the first sample."""
    return (1 << max(6, round(np.log2(rate * WINDOW_S)))) // 4


def _same_as(mixture: Wav, voice: Wav) -> list[int]:
    """For each channel the index of its first equal one."""
    return [
        next(
            first
            for first in range(channel + 1)
            if first == channel or all(np.array_equal(x[first], x[channel]) for x in (mixture, voice))
        )
        for channel in range(len(mixture))
    ]


def _mask(spectrum: Tensor, guide: Tensor, phase_top: int, top: int) -> tuple[Tensor, Tensor]:
    """The gain in one channel, `[bins, frames]`, and the mixture's power there; `phase_top`, `top` in bins."""
    size = spectrum.abs()
    power = size.square()
    mask = (guide * spectrum.conj()).real / (power + TINY)
    mask[phase_top:] = guide[phase_top:].abs() / (size[phase_top:] + TINY)
    mask = mask.clamp(0, 1)
    weights = power[top // 2 : top] + TINY
    mask[top:] = (mask[top // 2 : top] * weights).sum(0) / weights.sum(0)
    return mask, power


def _exponents(points: Sequence[tuple[float, float]], bins: int, rate: int) -> Tensor:
    """`[bins, 1]`; constant below the first point and above the last."""
    octaves = np.log2(np.maximum(np.linspace(0, rate / 2, bins), 1.0))
    hertz, values = np.array(points).T
    return torch.from_numpy(np.interp(octaves, np.log2(hertz), values).astype(np.float32))[:, None]


def _let_through(mask: Tensor, power: Tensor) -> Tensor:
    """`[3, frames]`: the mask's sum over the energy that it passes, that energy, and the mixture's."""
    let_through = mask * power
    return torch.stack([(let_through * mask).sum(0), let_through.sum(0), power.sum(0)])


def _certainty(sums: Tensor, frames: int) -> Tensor:
    """From `_let_through`: the mean of the masks over the energy that they pass in a Hann window of `frames` around
    each frame."""
    window = torch.hann_window(frames + 2, periodic=False, device=sums.device)[1:-1]
    padded = functional.pad(sums[:, None], (frames // 2, (frames - 1) // 2))
    squares, total = functional.conv1d(padded, window[None, None])[:, 0]
    return squares / (total + TINY)


def _over_time(levels: Wav, n_fft: int, samples: int) -> Wav:
    """Linear interpolation of values per frame of `_stft`: `[frames]` to `[samples]`."""
    hop = n_fft // 4
    ramp = np.linspace(0, 1, hop, endpoint=False, dtype=np.float32)
    between = levels[:-1, None] + np.diff(levels)[:, None] * ramp
    return between.reshape(-1)[n_fft // 2 :][:samples]  # the third frame is centred on the first sample


def _weighted(spectrum: Tensor, mask: Tensor) -> Tensor:
    """The product; torch's own would make the mask complex first."""
    return torch.view_as_complex(torch.view_as_real(spectrum) * mask[..., None])


def _stft(wav: Tensor, n_fft: int) -> Tensor:
    """`[C, n]` to complex `[C, bins, frames]`, zero-padded so that every sample is covered by whole windows.

    Frames are contiguous in memory, which makes transforms and overlap-add several times faster.
    """
    hop = n_fft // 4
    padded = functional.pad(wav, (n_fft, n_fft + -wav.shape[-1] % hop))
    frames = padded.unfold(-1, n_fft, hop) * torch.hann_window(n_fft, device=wav.device)
    return torch.fft.rfft(frames).transpose(1, 2)


def _istft(spectra: Tensor, n_fft: int, samples: int) -> Tensor:
    """Inverse of _stft: `[C, n]` of the given length."""
    frames = torch.fft.irfft(spectra.transpose(1, 2), n=n_fft) * torch.hann_window(n_fft, device=spectra.device)
    channels, count = frames.shape[:2]
    quarters = frames.unflatten(2, (4, n_fft // 4))
    wav = frames.new_zeros(channels, count + 3, n_fft // 4)
    for quarter in range(4):
        wav[:, quarter : quarter + count] += quarters[:, :, quarter]
    # A squared Hann window at a quarter hop sums to 1.5 wherever four windows cover.
    return wav.flatten(1)[:, n_fft : n_fft + samples] / 1.5
