import struct

import pytest

from api.sniff import HEAD_BYTES, refuse_non_audio
from core.errors import UnsupportedMedia

WAV = b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(24)


@pytest.mark.parametrize(
    "head",
    [
        WAV,
        b"ID3\x04\x00\x00\x00\x00\x0f\x76TSSE" + bytes(30),
        b"\xff\xfb\x90\x64\x00\x0f" + bytes(30),  # an MPEG frame without tags
        b"\xff\xf1\x50\x80\x02\x1f\xfc",  # AAC in ADTS
        b"fLaC\x00\x00\x00\x22",
        b"OggS\x00\x02" + bytes(20),
        b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00",
        b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00",
        b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01",  # matroska, webm
        b"FORM\x00\x00\x10\x00AIFF",
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # asf, wma
        b"\x00\x01\x02 unknown bytes are for the decoder to judge",
        b"",
    ],
)
def test_audio_and_unknown_files_pass(head: bytes) -> None:
    refuse_non_audio(head)


@pytest.mark.parametrize(
    ("head", "detected"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"PK\x03\x04\x14\x00", "zip"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "PNG"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "WebP"),
        (b"\x00\x00\x00\x1cftypavif", "AVIF"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"MThd\x00\x00\x00\x06", "MIDI"),
        (bytes(257) + b"ustar\x0000", "tar"),
        (b"<!doctype html><html>", "text"),
        (b'{"json": true}', "text"),
        (b"#EXTM3U\r\nhttp://169.254.169.254/\n", "text"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "text"),
        (b"x", "text"),
        ("Größe ".encode() * 60, "text"),
        (("ü" * HEAD_BYTES).encode()[:HEAD_BYTES], "text"),
        (("a" + "ü" * HEAD_BYTES).encode()[:HEAD_BYTES], "text"),  # the last character is cut in half
    ],
)
def test_other_files_are_refused_with_their_type(head: bytes, detected: str) -> None:
    with pytest.raises(UnsupportedMedia, match=detected) as refusal:
        refuse_non_audio(head[:HEAD_BYTES])
    assert "Send a recording" in refusal.value.message
