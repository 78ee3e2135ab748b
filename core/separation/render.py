"""From the generated voice to stems at the source's rate and channels.

generative   the voice as the decoder made it, resampled and copied to every channel (the paper's output).
masked       the voice guides a Wiener-type gain between 0 and 1 on the original mixture [D]. With G the guide's and M
             the mono mixture's spectrum:

                 Re(G M*) / |M|^2    where the guide's phase is the voice's own: the phase-sensitive mask (Erdogan et
                                     al. 2015), the real gain that takes the mixture nearest to the guide
                 |G| / |M|           above that, where the decoder makes the phase up: a wrong phase is not absence

             Where the guide has no band (above half the model's rate) the mask is its own average over the highest
             octave the guide does have, frame by frame.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from core.audio.resample import resample
from core.audio.types import Wav

WINDOW_S = 0.046
GUIDE_TOP = 0.9  # of the guide's Nyquist frequency: above it the resamplers' slopes, not voice
TINY = 1e-12


def generative(voice: Wav, rate: int, mixture: Wav, source_rate: int) -> Wav:
    """The voice `[m]` at `rate` as a stem `[C, n]` in the mixture's shape and rate."""
    channels, samples = mixture.shape
    wav = resample(voice[None], rate, source_rate, samples)
    return np.repeat(wav, channels, axis=0)


def masked(voice: Wav, rate: int, mixture: Wav, source_rate: int, phase_below: float = float("inf")) -> Wav:
    """The part of `mixture` `[C, n]` (at source_rate) that the voice `[m]` (at rate) points at, `[C, n]`.

    phase_below: Hz, up to where the voice's phase can be trusted (core.codec.base.Codec.phase_below).
    """
    samples = mixture.shape[1]
    guide = resample(voice[None], rate, source_rate, samples)
    n_fft = 1 << max(6, round(np.log2(source_rate * WINDOW_S)))
    mono, voice_spectrum = (_stft(torch.from_numpy(x), n_fft)[0] for x in (mixture.mean(0, keepdims=True), guide))
    power = mono.abs().square()
    mask = (voice_spectrum * mono.conj()).real / (power + TINY)
    made_up = int(min(phase_below / source_rate, 0.5) * n_fft)
    mask[made_up:] = voice_spectrum[made_up:].abs() / (mono[made_up:].abs() + TINY)
    mask = mask.clamp(0, 1)
    top = int(GUIDE_TOP * min(rate, source_rate) / source_rate * (n_fft // 2))
    weights = power[top // 2 : top] + TINY
    mask[top:] = (mask[top // 2 : top] * weights).sum(0) / weights.sum(0)
    # Channel by channel: spectra are large, and several chunks may be rendered at once.
    stems = [_istft(_stft(torch.from_numpy(channel[None]), n_fft) * mask, n_fft, samples) for channel in mixture]
    return torch.cat(stems).numpy()


def _stft(wav: Tensor, n_fft: int) -> Tensor:
    """`[C, n]` to complex `[C, bins, frames]`, zero-padded so that every sample is covered by whole windows."""
    hop = n_fft // 4
    padded = functional.pad(wav, (n_fft, n_fft + -wav.shape[-1] % hop))
    window = torch.hann_window(n_fft)
    return torch.stft(padded, n_fft, hop, window=window, center=False, return_complex=True)


def _istft(spectra: Tensor, n_fft: int, samples: int) -> Tensor:
    """Inverse of _stft: `[C, n]` of the given length."""
    hop, window = n_fft // 4, torch.hann_window(n_fft)
    frames = torch.fft.irfft(spectra, n=n_fft, dim=1) * window[None, :, None]
    length = (spectra.shape[-1] - 1) * hop + n_fft
    wav = functional.fold(frames, output_size=(1, length), kernel_size=(1, n_fft), stride=(1, hop))[:, 0, 0]
    # A Hann window squared at a quarter hop sums to 1.5 everywhere that four windows cover.
    return wav[:, n_fft : n_fft + samples] / 1.5
