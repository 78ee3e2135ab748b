"""Playback during separation: an HLS playlist of FLAC in fragmented MP4, stereo, 24 bits.

FLAC because its frames are independent: segments from different workers join without a gap or a click. Every piece but
the last has the same number of segments, so each segment is numbered without knowing the others. At the preview's rates
40 ms (the chunks' grid) are whole samples.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any

import av
import numpy as np

from core.audio import fmp4
from core.audio.chunks import FRAME_RATE, chunk, sample_of_frame
from core.audio.downmix import to_stereo
from core.audio.formats import nearest_rate
from core.audio.pcm import quantise
from core.audio.playlist import SEGMENT_FRAMES, segments_per_piece
from core.audio.resample import fit, resample, scaled_length
from core.audio.types import Pcm, Wav
from core.card import GRID_FRAMES, Geometry

BITS = 24
CHANNELS = 2
RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


@dataclass(frozen=True)
class Segment:
    """Segment `number` of the playlist: an .m4s file and its duration."""

    number: int
    duration_s: float
    data: bytes


def preview_rate(rate: int) -> int:
    """Sample rate of the preview of a source of `rate` Hz: the same, unless players may not support it."""
    return nearest_rate(rate, RATES)


def init_segment(rate: int) -> bytes:
    """The init.mp4 for all segments of a source of `rate` Hz."""
    encoder = _encoder(preview_rate(rate))
    encoder.open()
    return fmp4.init_segment(encoder.extradata, preview_rate(rate), CHANNELS, BITS)


def context_length(rate: int) -> int:
    """Samples that `media_segments` needs before and after a piece; 0 without resampling."""
    return 0 if preview_rate(rate) == rate else rate // gcd(rate, preview_rate(rate)) + rate // 10


def media_segments(
    piece: Wav,
    index: int,
    rate: int,
    layout: str,
    geometry: Geometry,
    final: bool,
    before: Wav | None = None,
    after: Wav | None = None,
) -> list[Segment]:
    """The segments of piece `index`.

    Args:
        piece: its samples [C, n] at the source's `rate`, from `overlap.piece_from`.
        layout: FFmpeg's name of the channel layout, for the downmix to stereo.
        final: whether it is the track's last piece.
        before, after: the samples before and after the piece, `context_length(rate)` of each if available.
            For `after` the chunk's tail suffices: its fade has hardly started there.
    """
    start = chunk(index, None, rate, geometry).start
    out_rate = preview_rate(rate)
    out_start = sample_of_frame(geometry.stride * index, out_rate)
    if out_rate == rate:
        wav = to_stereo(piece, layout)
    else:
        out_stop = (
            scaled_length(start + piece.shape[1], rate, out_rate)
            if final
            else sample_of_frame(geometry.stride * (index + 1), out_rate)
        )
        wav = _resampled(piece, before, after, start, rate, layout, out_start, out_stop)

    pcm = quantise(wav, BITS)
    length = sample_of_frame(SEGMENT_FRAMES, out_rate)
    segments: list[Segment] = []
    for position in range(0, pcm.shape[1], length):
        number = index * segments_per_piece(geometry) + len(segments)
        part = pcm[:, position : position + length]
        data = fmp4.media_segment(number, out_start + position, _encode(part, out_rate))
        segments.append(Segment(number, part.shape[1] / out_rate, data))
    return segments


def _resampled(
    piece: Wav,
    before: Wav | None,
    after: Wav | None,
    start: int,
    rate: int,
    layout: str,
    out_start: int,
    out_stop: int,
) -> Wav:
    """Samples [out_start, out_stop) of the preview, equal to those of the whole resampled track.

    The resampled window starts where a sample of the source and one of the preview coincide.
    """
    out_rate = preview_rate(rate)
    context = context_length(rate)
    empty = piece[:, :0]
    before = empty if before is None else before[:, max(0, before.shape[1] - context) :]
    after = empty if after is None else after[:, :context]
    origin = start - before.shape[1]
    step = rate // gcd(rate, out_rate)
    skip = -origin % step
    if skip > before.shape[1]:  # too little context to coincide exactly: off by a fraction of a sample
        skip = 0
    window = to_stereo(np.concatenate([before[:, skip:], piece, after], axis=1), layout)
    offset = (origin + skip) * out_rate // rate
    return fit(resample(window, rate, out_rate)[:, out_start - offset :], out_stop - out_start)


def _encoder(rate: int) -> Any:
    encoder: Any = av.CodecContext.create("flac", "w")
    encoder.sample_rate = rate
    encoder.layout = "stereo"
    encoder.format = "s32"  # FFmpeg's encoder makes 24 bits of it
    encoder.time_base = Fraction(1, rate)
    encoder.options = {"frame_size": str(_block_length(rate))}
    return encoder


def _block_length(rate: int) -> int:
    """Samples of a FLAC frame: 40 ms, so that segments have whole frames of equal size, as FLAC requires."""
    return GRID_FRAMES * rate // FRAME_RATE


def _encode(pcm: Pcm, rate: int) -> list[fmp4.FlacFrame]:
    """[2, n] of 24 bits -> FLAC frames."""
    encoder = _encoder(rate)
    length = _block_length(rate)
    packets = []
    for position in range(0, pcm.shape[1], length):
        part = pcm[:, position : position + length] << 8
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part.T).reshape(1, -1), "s32", "stereo")
        frame.sample_rate = rate
        frame.pts = position
        frame.time_base = Fraction(1, rate)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    # The encoder's last packet is empty: it only carries the checksum of the stream.
    return [fmp4.FlacFrame(bytes(packet), packet.duration) for packet in packets if packet.size]
