"""Audio augmentations, one function each: effects, spatial placement and lossy codecs.

Unless its docstring says otherwise, a function takes float32 `[C, T]` at `RATE`, treats all channels alike and returns
a new array of the same shape. Functions are deterministic unless they take a generator; effects.py draws the settings.
"""

import av
import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter

from core.audio.types import Wav
from lab.training.pool import RATE

Mono = NDArray[np.float32]  # [T]

# Bit rates in bit/s per channel, from and to, that degrade a recording audibly but leave it usable.
LOSSY = {"mp3": (32000, 96000), "aac": (24000, 96000), "opus": (24000, 64000)}
_ENCODERS = {"mp3": "libmp3lame", "aac": "aac", "opus": "libopus"}
# The fastest settings: artefacts are the purpose.
_OPTIONS = {
    "mp3": {"compression_level": "9"},
    "aac": {"aac_coder": "fast"},
    "opus": {"compression_level": "0", "frame_duration": "60"},
}
_FRAME, _HOP = 1024, 512
# The spectral envelope is the cepstrum below this quefrency, in samples. It resolves no partials of voices up to
# 24000 / 36 = 670 Hz.
_LIFTER = 36
_BLOCK = 120  # samples (5 ms) per level estimate of the compressor


def change_speed(wav: Wav, ratio: float) -> Wav:
    """Resampled to play `ratio` times as fast; pitch, formants and tempo change together. `[C, about T / ratio]`."""
    return np.ascontiguousarray(soxr.resample(wav.T, ratio, 1.0, quality="LQ").T, np.float32)


def formant_shift(wav: Wav, ratio: float) -> Wav:
    """The spectral envelope scaled by `ratio` in frequency at unchanged pitch, as by another vocal tract.

    The envelope is the smooth part of each frame's log spectrum (its cepstrum below 1.5 ms). Each bin is multiplied
    by envelope(f / ratio) / envelope(f), limited to ±26 dB.
    """
    return np.stack([_formant_shift(channel, ratio) for channel in wav])


def _formant_shift(wav: Mono, ratio: float) -> Mono:
    window = np.sqrt(np.hanning(_FRAME + 1)[:-1]).astype(np.float32)
    padded = np.pad(wav, (_FRAME, _FRAME + -len(wav) % _HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP] * window
    spectrum = np.fft.rfft(frames)
    cepstrum = np.fft.irfft(np.log(np.abs(spectrum) + 1e-5))
    cepstrum[:, _LIFTER:-_LIFTER] = 0
    envelope = np.fft.rfft(cepstrum).real
    source = np.minimum(np.arange(envelope.shape[1]) / ratio, envelope.shape[1] - 1.001)
    low, part = source.astype(int), (source % 1).astype(np.float32)
    moved = envelope[:, low] * (1 - part) + envelope[:, low + 1] * part
    pieces = np.fft.irfft(spectrum * np.exp(np.clip(moved - envelope, -3, 3))) * window
    out = np.zeros(len(padded), np.float32)
    for shift in range(_FRAME // _HOP):  # overlap-add; frames of equal parity do not overlap
        row = pieces[shift :: _FRAME // _HOP].reshape(-1)
        out[shift * _HOP : shift * _HOP + len(row)] += row
    return out[_FRAME : _FRAME + len(wav)]


def equalise(wav: Wav, decibels: NDArray[np.floating]) -> Wav:
    """Equalised by gains in dB at points spaced evenly over the eight octaves from 47 Hz to 12 kHz."""
    spectrum = np.fft.rfft(wav)
    octaves = np.linspace(0, 8, 129)
    gains = 10 ** (np.interp(octaves, np.linspace(0, 8, len(decibels)), decibels) / 20)
    curve = np.interp(np.linspace(1, 256, spectrum.shape[-1]), 2**octaves, gains)
    return np.fft.irfft(spectrum * curve.astype(np.float32), wav.shape[-1]).astype(np.float32)


def compression(wav: Wav, threshold: float, ratio: float, attack: float = 0.01, release: float = 0.15) -> Mono:
    """The gain `[T]` of a dynamic range compressor driven by the energy of `wav`, averaged over channels.

    Multiply the signal, or each of its parts, by it.

    Args:
        threshold: in dB relative to an RMS of 1.0 over 5 ms; above it the level rises by 1/ratio dB per dB.
        attack, release: time constants in seconds.
    """
    samples = wav.shape[-1]
    blocks = np.pad(np.square(wav).mean(0), (0, -samples % _BLOCK)).reshape(-1, _BLOCK)
    level = 10 * np.log10(np.mean(blocks, axis=1) + 1e-10)
    wanted = np.minimum(threshold - level, 0) * (1 - 1 / ratio)
    down, up = (float(np.exp(-_BLOCK / RATE / seconds)) for seconds in (attack, release))
    gains, gain = [], 0.0
    for target in wanted.tolist():
        keep = down if target < gain else up
        gain = keep * gain + (1 - keep) * target
        gains.append(gain)
    centres = np.arange(len(gains)) * _BLOCK + _BLOCK / 2
    return (10 ** (np.interp(np.arange(samples), centres, gains) / 20)).astype(np.float32)


def room(random: np.random.Generator, seconds: float, predelay: float, damping: float) -> Mono:
    """A room impulse response `[n]` without the direct sound: noise of unit energy that decays by 60 dB in `seconds`.

    Args:
        predelay: leading silence in seconds.
        damping: pole of a one-pole low-pass, from 0 (bright) to below 1 (dull).
    """
    time = np.arange(int(seconds * RATE)) / RATE
    noise = random.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail = lfilter([1 - damping], [1, -damping], noise)
    tail /= np.sqrt(np.sum(tail**2))
    return np.concatenate([np.zeros(int(predelay * RATE)), tail]).astype(np.float32)


def reverb(wav: Wav, impulses: Wav, wet: float) -> Wav:
    """The dry signal plus `wet` times its convolution with `impulses` `[C, n]`, one impulse response per channel.

    With two impulse responses a mono signal becomes stereo.
    """
    room = fftconvolve(np.broadcast_to(wav, (max(len(wav), len(impulses)), wav.shape[1])), impulses, axes=1)
    return wav + np.float32(wet) * room[:, : wav.shape[1]].astype(np.float32)


def echo(wav: Wav, delay: int, level: float, feedback: float) -> Wav:
    """With echoes every `delay` samples: the first at `level`, each later one `feedback` (below 1) times as loud."""
    out = wav.copy()
    start, strength = delay, level
    samples = wav.shape[1]
    while start < samples and strength > 0.01:
        out[:, start:] += np.float32(strength) * wav[:, : samples - start]
        start, strength = start + delay, strength * feedback
    return out


def band_limit(wav: Wav, cutoff: float) -> Wav:
    """Low-passed at `cutoff` in Hz, as a recording sampled at twice that rate; the top tenth of the band fades out."""
    spectrum = np.fft.rfft(wav)
    hertz = np.fft.rfftfreq(wav.shape[-1], 1 / RATE)
    fade = np.clip((cutoff - hertz) / (0.1 * cutoff), 0, 1)
    shape = (0.5 - 0.5 * np.cos(np.pi * fade)).astype(np.float32)
    return np.fft.irfft(spectrum * shape, wav.shape[-1]).astype(np.float32)


def placed(wav: Wav, pan: float, delay: int = 0) -> Wav:
    """A mono `[1, T]` or stereo `[2, T]` signal panned to stereo `[2, T]`.

    Args:
        pan: -1 (left) to 1 (right), constant power; 0 leaves the level of each side unchanged.
        delay: samples by which the right side lags; if negative, the left side lags.
    """
    angle = (1 + pan) * np.pi / 4
    gains = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32) * np.float32(2**0.5)
    sides = np.repeat(wav, 2 // len(wav), axis=0) * gains
    if delay:
        late = int(delay > 0)
        sides[late] = np.pad(sides[late], (abs(delay), 0))[: wav.shape[1]]
    return sides


def widened(wav: Wav, width: float) -> Wav:
    """`[2, T]` with its side signal scaled by `width`: 0 gives mono, 1 leaves it unchanged."""
    middle, side = (wav[:1] + wav[1:]) / 2, (wav[:1] - wav[1:]) / 2
    return np.concatenate([middle + np.float32(width) * side, middle - np.float32(width) * side])


def lossy(wav: Wav, codec: str, bit_rate: int) -> Wav:
    """Encoded and decoded as mp3, aac or opus at `bit_rate` bit/s per channel, aligned with the input.

    Raises:
        KeyError: `codec` is not in `LOSSY`.
    """
    peak = float(np.abs(wav).max())
    if peak == 0:
        return wav
    channels, samples = wav.shape
    layout, scale = ("mono", "stereo")[channels - 1], 0.7 / peak  # headroom: encoders clip at 1.0
    encoder = av.CodecContext.create(_ENCODERS[codec], "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.bit_rate = RATE, layout, bit_rate * channels
    encoder.format = "flt" if codec == "opus" else "fltp"
    encoder.options = _OPTIONS[codec]
    encoder.open()
    decoder = av.CodecContext.create("libopus" if codec == "opus" else codec, "r")
    assert isinstance(decoder, av.AudioCodecContext)
    if codec != "mp3":
        decoder.extradata = encoder.extradata
    decoder.sample_rate, decoder.layout = RATE, layout
    size = encoder.frame_size
    tail = 4 * size  # flushes the codec's delay
    padded = np.pad(wav * np.float32(scale), ((0, 0), (0, tail + -(samples + tail) % size)))
    pieces = []
    for start in [*range(0, padded.shape[1], size), None]:
        frame = None
        if start is not None:
            block = np.ascontiguousarray(padded[:, start : start + size])
            if not encoder.format.is_planar:
                block = np.ascontiguousarray(block.T).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, encoder.format.name, layout)
            frame.sample_rate, frame.pts = RATE, start
        for packet in encoder.encode(frame):
            for decoded in decoder.decode(packet):
                block = decoded.to_ndarray()
                pieces.append(block if decoded.format.is_planar else block.reshape(-1, channels).T)
    whole = np.concatenate(pieces, axis=1)
    out = whole.astype(np.float32) / np.float32(1 if whole.dtype.kind == "f" else 32768)
    if codec == "opus":  # always decoded at 48 kHz
        out = np.ascontiguousarray(soxr.resample(out.T, 2 * RATE, RATE, quality="LQ").T)
    if codec == "aac":  # a bare aac stream does not signal its encoder delay, mp3 and opus do
        out = out[:, 1024:]
    return np.asarray(out[:, :samples] / np.float32(scale), np.float32)
