"""The text of an HLS playlist over the segments of hls.py. Apart from it, so that the API needs no audio libraries."""

from collections.abc import Iterable

TARGET_DURATION_S = 4  # at least the longest segment: 3.2 s


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
