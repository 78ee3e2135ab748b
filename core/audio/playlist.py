"""The text of an HLS playlist over the segments of hls.py. Apart from it, so that the API needs no audio libraries."""

from collections.abc import Iterable

from core.audio.chunks import FRAME_RATE
from core.card import GRID_FRAMES, Geometry

SEGMENT_FRAMES = 240  # 3.2 s
TARGET_DURATION_S = 4  # at least the longest segment
BINS_PER_S = FRAME_RATE // GRID_FRAMES  # of a picture (peaks.py); pieces begin on this grid


def segments_per_piece(geometry: Geometry) -> int:
    """Every piece but the last has as many; the last may have one more, or fewer."""
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
        "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",  # or players would start at the live edge
        f'#EXT-X-MAP:URI="{init_uri}"',
    ]
    for uri, duration_s in segments:
        lines += [f"#EXTINF:{max(duration_s, 0.001):.6f},", uri]  # players take 0 for a mistake
    if final:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"
