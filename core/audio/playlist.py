"""The text of an HLS playlist over the segments of hls.py. Separate, so that the API needs no audio libraries."""

from collections.abc import Iterable

from core.audio.chunks import FRAME_RATE
from core.card import GRID_FRAMES, Geometry

SEGMENT_FRAMES = 240  # 3.2 s
TARGET_DURATION_S = 4  # at least the longest segment
BINS_PER_S = FRAME_RATE // GRID_FRAMES  # grid of a waveform (peaks.py) on which pieces start


def segments_per_piece(geometry: Geometry) -> int:
    """Segments of every piece but the last, which may have one more, or fewer."""
    return -(-geometry.stride // SEGMENT_FRAMES)


def playlist(segments: Iterable[tuple[str, float]], init_uri: str, final: bool) -> str:
    """The .m3u8 text for (URI, duration in seconds) of the segments published so far, in order."""
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{TARGET_DURATION_S}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",  # otherwise players start at the live edge
        f'#EXT-X-MAP:URI="{init_uri}"',
    ]
    for uri, duration_s in segments:
        lines += [f"#EXTINF:{max(duration_s, 0.001):.6f},", uri]  # players reject 0
    if final:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"
