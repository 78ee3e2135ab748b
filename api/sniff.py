"""Early refusal of files that are obviously no recording. Unknown content passes: the decoder decides."""

from core.errors import UnsupportedMedia

HEAD_BYTES = 512

# (bytes at the start, name in messages)
_MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or an Office document"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"8BPS", "a Photoshop image"),
    (b"MThd", "a MIDI file, which contains notes but no sound"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
)
_IMAGE_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1"}
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1b")


def refuse_non_audio(head: bytes) -> None:
    """Check a file's first HEAD_BYTES (all of it, if shorter).

    Raises:
        UnsupportedMedia: it is an image, an archive, a document, a program or text.
    """
    kind = _recognise(head)
    if kind is not None:
        raise UnsupportedMedia(f"The file is {kind}. Send a recording, for example mp3, m4a, flac, wav, ogg or mp4.")


def _recognise(head: bytes) -> str | None:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP image"
    if head[4:8] == b"ftyp" and head[8:12] in _IMAGE_BRANDS:
        return "a HEIF or AVIF image"
    if head[257:262] == b"ustar":
        return "a tar archive"
    return "text" if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters: HTML, JSON, playlists, source code. No audio format starts so."""
    if any(byte < 32 and byte not in _TEXT_CONTROLS for byte in head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut off by the end of `head` is allowed; any other error means that it is not text.
        return error.reason == "unexpected end of data" and error.start >= len(head) - 3
    return bool(head)
