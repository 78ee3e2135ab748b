"""Tags of a recording, and their form in each output format."""

from collections.abc import Mapping

# Tag names, and FFmpeg's names of the same tag in various formats.
_NAMES = {
    **{name: (name,) for name in ("title", "artist", "album", "album_artist", "track", "genre")},
    **{name: (name,) for name in ("composer", "copyright")},
    "date": ("date", "year"),
    "disc": ("disc", "discnumber"),
    "comment": ("comment", "description"),
    "isrc": ("isrc", "tsrc"),
    "bpm": ("bpm", "tbpm", "tmpo"),
}
LONGEST = {"comment": 1000}
USUALLY = 200  # characters
RIFF = ("wav", "w64", "avi")  # formats in which ISRC names another tag, the source

# The reverse; None where the format has no such tag.
_WRITTEN: dict[str, dict[str, str | None]] = {
    "mp3": {"isrc": "TSRC", "bpm": "TBPM"},
    "flac": {"isrc": "ISRC", "bpm": "BPM"},
    "opus": {"isrc": "ISRC", "bpm": "BPM"},
    "ipod": {"isrc": None, "bpm": "tmpo"},
    "wav": {"isrc": None, "bpm": None, "disc": None},
}
MAX_COVER = 4 << 20  # maximum bytes of a picture that every stem carries
_PICTURES = {b"\xff\xd8\xff": "mjpeg", b"\x89PNG\r\n\x1a\n": "png"}


def read(metadata: Mapping[str, str], container: str) -> dict[str, str]:
    """The tags among FFmpeg's `metadata` of a file, cut where they are too long for a tag."""
    by_name = {key.lower(): value for key, value in metadata.items() if value}
    tags = {}
    for name, names in _NAMES.items():
        value = next((by_name[alias] for alias in names if alias in by_name), None)
        if value and not (name == "isrc" and container in RIFF):
            tags[name] = value[: LONGEST.get(name, USUALLY)]
    return tags


def written(tags: Mapping[str, str], stem: str, muxer: str) -> dict[str, str]:
    """FFmpeg's names and values of `tags` in a stem's file: `Song (Vocals)`."""
    names = _WRITTEN[muxer]
    values = dict(tags)
    if "title" in values:
        values["title"] = f"{values['title']} ({stem.capitalize()})"
    if muxer == "ipod" and "bpm" in values:
        values["bpm"] = str(_whole(values["bpm"]))
    placed = {names.get(name, name): value for name, value in values.items()}
    return {name: value for name, value in placed.items() if name}


def picture_codec(picture: bytes) -> str | None:
    """FFmpeg's codec of a cover that can be copied; None for other pictures."""
    return next((codec for magic, codec in _PICTURES.items() if picture.startswith(magic)), None)


def _whole(bpm: str) -> int:
    try:
        return max(0, min(round(float(bpm)), 65535))
    except (ValueError, OverflowError):
        return 0
