"""What recordings go through on their way to a listener, one function each: effects, formats, damage.

Every function takes mono float32 `[T]` at `RATE` and returns a new array of the same length (`change_speed` says
its own). Nothing here is random except where a generator is passed: mixtures.py draws the settings.
"""

import av
import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter

from core.training.pool import RATE

Mono = NDArray[np.float32]  # [T]

# Codecs and the bit rates, in bit/s, that damage a mono recording without ruining it.
LOSSY = {"mp3": (32000, 96000), "aac": (24000, 96000), "opus": (24000, 64000)}
_ENCODERS = {"mp3": "libmp3lame", "aac": "aac", "opus": "libopus"}
# Speed matters more than quality here: the damage is wanted.
_OPTIONS = {
    "mp3": {"compression_level": "9"},
    "aac": {"aac_coder": "fast"},
    "opus": {"compression_level": "0", "frame_duration": "60"},
}
_FRAME, _HOP = 1024, 512
# Quefrencies below this, in samples, make the spectral envelope: voices up to 24000 / 36 = 670 Hz keep their partials.
_LIFTER = 36
_BLOCK = 120  # the compressor's, 5 ms


def change_speed(wav: Mono, ratio: float) -> Mono:
    """Played `ratio` times as fast: pitch, formants and tempo all move by it. About T / ratio samples long."""
    return soxr.resample(wav, ratio, 1.0, quality="LQ").astype(np.float32)


def formant_shift(wav: Mono, ratio: float) -> Mono:
    """The spectral envelope moved up by `ratio`, the pitch left where it is: another throat sings the same notes.

    The envelope is the smooth part of each frame's log spectrum (its cepstrum below 1.5 ms); each bin is multiplied
    by envelope(f / ratio) / envelope(f), at most 26 dB either way.
    """
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
    for shift in range(_FRAME // _HOP):  # every second frame lies end to end
        row = pieces[shift :: _FRAME // _HOP].reshape(-1)
        out[shift * _HOP : shift * _HOP + len(row)] += row
    return out[_FRAME : _FRAME + len(wav)]


def equalise(wav: Mono, decibels: NDArray[np.floating]) -> Mono:
    """A smooth equaliser: gains in dB at points an octave and a third apart, from 47 Hz to 12 kHz for seven."""
    spectrum = np.fft.rfft(wav)
    octaves = np.linspace(0, 8, 129)
    gains = 10 ** (np.interp(octaves, np.linspace(0, 8, len(decibels)), decibels) / 20)
    curve = np.interp(np.linspace(1, 256, len(spectrum)), 2**octaves, gains)
    return np.fft.irfft(spectrum * curve.astype(np.float32), len(wav)).astype(np.float32)


def compression(wav: Mono, threshold: float, ratio: float, attack: float = 0.01, release: float = 0.15) -> Mono:
    """The gain `[T]` of a dynamic range compressor that hears `wav`: multiply the signal, or all its parts, by it.

    Args:
        threshold: in dB of the RMS of 5 ms, full scale 1.0; what is louder grows by 1/ratio dB a dB.
        attack, release: time constants in seconds.
    """
    blocks = np.pad(wav, (0, -len(wav) % _BLOCK)).reshape(-1, _BLOCK)
    level = 10 * np.log10(np.mean(np.square(blocks), axis=1) + 1e-10)
    wanted = np.minimum(threshold - level, 0) * (1 - 1 / ratio)
    down, up = (float(np.exp(-_BLOCK / RATE / seconds)) for seconds in (attack, release))
    gains, gain = [], 0.0
    for target in wanted.tolist():
        keep = down if target < gain else up
        gain = keep * gain + (1 - keep) * target
        gains.append(gain)
    centres = np.arange(len(gains)) * _BLOCK + _BLOCK / 2
    return (10 ** (np.interp(np.arange(len(wav)), centres, gains) / 20)).astype(np.float32)


def room(random: np.random.Generator, seconds: float, predelay: float, damping: float) -> Mono:
    """A room's impulse response without the direct sound: noise that falls by 60 dB in `seconds`, of energy one.

    Args:
        predelay: seconds of silence before it.
        damping: 0 (bright) to below 1 (dull): the pole of a one-pole low-pass.
    """
    time = np.arange(int(seconds * RATE)) / RATE
    noise = random.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail = lfilter([1 - damping], [1, -damping], noise)
    tail /= np.sqrt(np.sum(tail**2))
    return np.concatenate([np.zeros(int(predelay * RATE)), tail]).astype(np.float32)


def reverb(wav: Mono, impulse: Mono, wet: float) -> Mono:
    """The dry signal and `wet` times what the room makes of it."""
    return wav + np.float32(wet) * fftconvolve(wav, impulse)[: len(wav)].astype(np.float32)


def echo(wav: Mono, delay: int, level: float, feedback: float) -> Mono:
    """Repeats every `delay` samples: the first at `level`, each next `feedback` (below 1) times the one before."""
    out = wav.copy()
    start, strength = delay, level
    while start < len(wav) and strength > 0.01:
        out[start:] += np.float32(strength) * wav[: len(wav) - start]
        start, strength = start + delay, strength * feedback
    return out


def band_limit(wav: Mono, cutoff: float) -> Mono:
    """Nothing above `cutoff` in Hz, as in a recording made at twice that rate; the last tenth below it fades."""
    spectrum = np.fft.rfft(wav)
    hertz = np.fft.rfftfreq(len(wav), 1 / RATE)
    fade = np.clip((cutoff - hertz) / (0.1 * cutoff), 0, 1)
    shape = (0.5 - 0.5 * np.cos(np.pi * fade)).astype(np.float32)
    return np.fft.irfft(spectrum * shape, len(wav)).astype(np.float32)


def lossy(wav: Mono, codec: str, bit_rate: int) -> Mono:
    """Encoded and decoded by a real mp3, aac or opus at `bit_rate` bit/s, aligned with what went in.

    Raises:
        KeyError: a codec that is not in `LOSSY`.
    """
    peak = float(np.abs(wav).max())
    if peak == 0:
        return wav
    scale = 0.7 / peak  # encoders clip above 1.0
    encoder = av.CodecContext.create(_ENCODERS[codec], "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.bit_rate = RATE, "mono", bit_rate
    encoder.format = "flt" if codec == "opus" else "fltp"
    encoder.options = _OPTIONS[codec]
    encoder.open()
    decoder = av.CodecContext.create("libopus" if codec == "opus" else codec, "r")
    assert isinstance(decoder, av.AudioCodecContext)
    if codec != "mp3":
        decoder.extradata = encoder.extradata
    decoder.sample_rate, decoder.layout = RATE, "mono"
    size = encoder.frame_size
    tail = 4 * size  # so that the last samples come out of the codec's delay
    padded = np.pad(wav * np.float32(scale), (0, tail + -(len(wav) + tail) % size))
    pieces = []
    for start in [*range(0, len(padded), size), None]:
        frame = None
        if start is not None:
            frame = av.AudioFrame.from_ndarray(padded[None, start : start + size], encoder.format.name, "mono")
            frame.sample_rate, frame.pts = RATE, start
        for packet in encoder.encode(frame):
            pieces += [decoded.to_ndarray().reshape(-1) for decoded in decoder.decode(packet)]
    out = np.concatenate(pieces)
    out = out.astype(np.float32) / (1 if out.dtype.kind == "f" else 32768)
    if codec == "opus":  # its decoder knows no other rate than 48 kHz
        out = soxr.resample(out, 2 * RATE, RATE, quality="LQ")
    if codec == "aac":  # mp3 and opus tell their decoders what to skip; a bare aac stream cannot
        out = out[1024:]
    return (out[: len(wav)] / np.float32(scale)).astype(np.float32)
