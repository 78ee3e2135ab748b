"""Make the demo song: `python -m deploy.local.demo_song.make_song [--out FOLDER]`.

Needs the extra `demo-song` and `apt-get install flite fluidsynth fluid-soundfont-gm`. Writes `demo_song.flac` (the
mixture, 44.1 kHz stereo, 16 bit) and `vocals.opus` (the true vocals in it, for listening and tests). Licences and
sources: CREDITS.md in this folder.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from deploy.local.demo_song import score
from deploy.local.demo_song.sing import LEAD_IN, RATE, sing

Wav = NDArray[np.floating]  # [2, samples] unless stated otherwise
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
TAIL = 2.0  # seconds after the last bar, for the reverb
TOTAL = round((score.BEATS * score.SECONDS_PER_BEAT + TAIL) * RATE)
VOCALS_TO_BACKING_DB = -4.0  # RMS where the vocals sound
PEAK = 10 ** (-1 / 20)


def backing() -> Wav:
    """The instrumental, played by FluidSynth."""
    with tempfile.TemporaryDirectory() as folder:
        song, out = Path(folder) / "song.mid", Path(folder) / "song.f32"
        song.write_bytes(score.midi())
        command = ["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", str(RATE), "-O", "float", "-T", "raw"]
        subprocess.run([*command, "-F", str(out), str(SOUNDFONT), str(song)], check=True, capture_output=True)
        samples = np.fromfile(out, np.float32).astype(np.float64).reshape(-1, 2).T
    fade = np.linspace(1.0, 0.0, RATE // 2) ** 2
    return _faded(_fitted(samples), fade)


def vocals() -> Wav:
    """Lead voice, and in the chorus two quieter harmonies below it, with room around them."""
    dry = np.zeros((2, TOTAL))
    for number, phrase in enumerate(score.PHRASES):
        voices = [(0, 0.0, 1.0, "slt")]
        if phrase.chorus:
            voices += [(-3, -0.6, 0.30, "slt"), (-5, 0.6, 0.26, "slt")]
        for part, (transpose, pan, gain, voice) in enumerate(voices):
            sung = _evened(sing(phrase, transpose, voice, seed=10 * number + part)) * gain
            start = round((phrase.start * score.SECONDS_PER_BEAT - LEAD_IN) * RATE)
            angle = (pan + 1) * np.pi / 4
            stop = min(start + sung.size, TOTAL)
            dry[:, start:stop] += np.outer([np.cos(angle), np.sin(angle)], sung[: stop - start])
    return dry + 0.22 * _reverb(dry)


def _evened(sung: NDArray[np.floating]) -> NDArray[np.floating]:
    """A slow compressor (mono): levels within a line move together by half of their distance in dB."""
    power = np.convolve(sung**2, np.ones(RATE // 20) / (RATE // 20), mode="same")
    loud = np.sqrt(np.quantile(power, 0.9))
    gain = np.minimum((loud / np.sqrt(power + (0.1 * loud) ** 2)) ** 0.5, 2.0)
    level: NDArray[np.floating] = sung * gain / (loud + 1e-12)
    return level


def _reverb(dry: Wav, seconds: float = 1.1) -> Wav:
    """A small hall: each channel convolved with separate decaying noise, darker than the vocals."""
    rng = np.random.default_rng(7)
    n = round(seconds * RATE)
    decay = 10 ** (-3 * np.arange(n) / n)
    wet = []
    for channel in dry:
        noise = np.convolve(rng.standard_normal(n), np.ones(6) / 6, mode="same") * decay
        noise[: round(0.018 * RATE)] = 0.0
        noise /= np.sqrt((noise**2).sum())
        size = 1 << (channel.size + n - 1).bit_length()
        wet.append(np.fft.irfft(np.fft.rfft(channel, size) * np.fft.rfft(noise, size), size)[: channel.size])
    return np.stack(wet)


def _fitted(wav: Wav) -> Wav:
    return np.pad(wav[:, :TOTAL], ((0, 0), (0, max(0, TOTAL - wav.shape[1]))))


def _faded(wav: Wav, fade: NDArray[np.floating]) -> Wav:
    wav[:, -fade.size :] *= fade
    return wav


def mix(voice: Wav, band: Wav) -> tuple[Wav, Wav]:
    """Set the voice VOCALS_TO_BACKING_DB against the band where it sounds. -> (mixture, vocals in it)."""
    sounding = np.abs(voice).max(axis=0) > 0.02 * np.abs(voice).max()
    ratio = np.sqrt((band[:, sounding] ** 2).mean() / (voice[:, sounding] ** 2).mean())
    voice = voice * ratio * 10 ** (VOCALS_TO_BACKING_DB / 20)
    gain = PEAK / np.abs(voice + band).max()
    return (voice + band) * gain, voice * gain


def write(path: Path, codec: str, wav: Wav, rate: int, options: dict[str, str]) -> None:
    """Encode `wav` [2, n] as 16-bit FLAC or as Opus, by `codec`."""
    samples = np.round(wav * 32767.0).astype(np.int16)
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo", options=options)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1).copy(), format="s16", layout="stereo")
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the demo song.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    out = parser.parse_args().out
    mixture, voice = mix(vocals(), backing())
    write(out / "demo_song.flac", "flac", mixture, RATE, {"compression_level": "12"})
    opus = soxr.resample(voice.T, RATE, 48000, quality="VHQ").T
    write(out / "vocals.opus", "libopus", opus, 48000, {"b": "64k"})
    print(f"{mixture.shape[1] / RATE:.2f} s written to {out}")


if __name__ == "__main__":
    main()
