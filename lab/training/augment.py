"""What recordings go through on their way to a listener, one function each: effects, formats, damage.

Every function takes float32 `[C, T]` at `RATE` and returns a new array of the same shape, all channels treated alike
(`change_speed` and `placed` say their own). Nothing here is random except where a generator is passed: mixtures.py
draws the settings.
"""

import av
import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter

from core.audio.types import Wav
from lab.training.pool import RATE

Mono = NDArray[np.float32]  # [T]

# Codecs and the bit rates, in bit/s and channel, that damage a recording without ruining it.
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


def change_speed(wav: Wav, ratio: float) -> Wav:
    """Played `ratio` times as fast: pitch, formants and tempo all move by it. About T / ratio samples long."""
    return np.ascontiguousarray(soxr.resample(wav.T, ratio, 1.0, quality="LQ").T, np.float32)


def formant_shift(wav: Wav, ratio: float) -> Wav:
    """The spectral envelope moved up by `ratio`, the pitch left where it is: another throat sings the same notes.

    The envelope is the smooth part of each frame's log spectrum (its cepstrum below 1.5 ms); each bin is multiplied
    by envelope(f / ratio) / envelope(f), at most 26 dB either way.
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
    for shift in range(_FRAME // _HOP):  # every second frame lies end to end
        row = pieces[shift :: _FRAME // _HOP].reshape(-1)
        out[shift * _HOP : shift * _HOP + len(row)] += row
    return out[_FRAME : _FRAME + len(wav)]


def equalise(wav: Wav, decibels: NDArray[np.floating]) -> Wav:
    """A smooth equaliser: gains in dB at points an octave and a third apart, from 47 Hz to 12 kHz for seven."""
    spectrum = np.fft.rfft(wav)
    octaves = np.linspace(0, 8, 129)
    gains = 10 ** (np.interp(octaves, np.linspace(0, 8, len(decibels)), decibels) / 20)
    curve = np.interp(np.linspace(1, 256, spectrum.shape[-1]), 2**octaves, gains)
    return np.fft.irfft(spectrum * curve.astype(np.float32), wav.shape[-1]).astype(np.float32)


def compression(wav: Wav, threshold: float, ratio: float, attack: float = 0.01, release: float = 0.15) -> Mono:
    """The gain `[T]` of a dynamic range compressor that hears the energy of `wav`, a mean over its channels: multiply
    the signal, or all its parts, by it.

    Args:
        threshold: in dB of the RMS of 5 ms, full scale 1.0; what is louder grows by 1/ratio dB a dB.
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


def reverb(wav: Wav, impulses: Wav, wet: float) -> Wav:
    """The dry signal and `wet` times what the room makes of it. One impulse response for each channel, `[C, n]`; with
    two of them a mono signal becomes stereo."""
    room = fftconvolve(np.broadcast_to(wav, (max(len(wav), len(impulses)), wav.shape[1])), impulses, axes=1)
    return wav + np.float32(wet) * room[:, : wav.shape[1]].astype(np.float32)


def echo(wav: Wav, delay: int, level: float, feedback: float) -> Wav:
    """Repeats every `delay` samples: the first at `level`, each next `feedback` (below 1) times the one before."""
    out = wav.copy()
    start, strength = delay, level
    samples = wav.shape[1]
    while start < samples and strength > 0.01:
        out[:, start:] += np.float32(strength) * wav[:, : samples - start]
        start, strength = start + delay, strength * feedback
    return out


def band_limit(wav: Wav, cutoff: float) -> Wav:
    """Nothing above `cutoff` in Hz, as in a recording made at twice that rate; the last tenth below it fades."""
    spectrum = np.fft.rfft(wav)
    hertz = np.fft.rfftfreq(wav.shape[-1], 1 / RATE)
    fade = np.clip((cutoff - hertz) / (0.1 * cutoff), 0, 1)
    shape = (0.5 - 0.5 * np.cos(np.pi * fade)).astype(np.float32)
    return np.fft.irfft(spectrum * shape, wav.shape[-1]).astype(np.float32)


def placed(wav: Wav, pan: float, delay: int = 0) -> Wav:
    """A mono signal `[1, T]` between two loudspeakers, `[2, T]`; a stereo one is turned that way.

    Args:
        pan: -1 (left) to 1 (right), of constant power; 0 leaves a mono signal as loud as it was on each side.
        delay: samples by which the right side comes later (the left, where negative).
    """
    angle = (1 + pan) * np.pi / 4
    gains = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32) * np.float32(2**0.5)
    sides = np.repeat(wav, 2 // len(wav), axis=0) * gains
    if delay:
        late = int(delay > 0)
        sides[late] = np.pad(sides[late], (abs(delay), 0))[: wav.shape[1]]
    return sides


def widened(wav: Wav, width: float) -> Wav:
    """What differs between two channels, times `width`: 0 makes it mono, 1 leaves it."""
    middle, side = (wav[:1] + wav[1:]) / 2, (wav[:1] - wav[1:]) / 2
    return np.concatenate([middle + np.float32(width) * side, middle - np.float32(width) * side])


def lossy(wav: Wav, codec: str, bit_rate: int) -> Wav:
    """Encoded and decoded by a real mp3, aac or opus at `bit_rate` bit/s for each channel, aligned with what went in.

    Raises:
        KeyError: a codec that is not in `LOSSY`.
    """
    peak = float(np.abs(wav).max())
    if peak == 0:
        return wav
    channels, samples = wav.shape
    layout, scale = ("mono", "stereo")[channels - 1], 0.7 / peak  # encoders clip above 1.0
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
    tail = 4 * size  # so that the last samples come out of the codec's delay
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
    if codec == "opus":  # its decoder knows no other rate than 48 kHz
        out = np.ascontiguousarray(soxr.resample(out.T, 2 * RATE, RATE, quality="LQ").T)
    if codec == "aac":  # mp3 and opus tell their decoders what to skip; a bare aac stream cannot
        out = out[:, 1024:]
    return np.asarray(out[:, :samples] / np.float32(scale), np.float32)
