# ruff: noqa: E501  (tables)
"""Hostile, damaged and merely unusual files, all generated here."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tests.hostile.seeds import RATE, encoded, film, sound

Expect = Literal["good", "bad", "any"]


@dataclass(frozen=True)
class Case:
    """A file to send. `expect`: good (must be separated), bad (must be refused, or its job must fail), or either. A
    `strange_sound` may exceed what an encoder accepts."""

    name: str
    filename: str
    data: bytes
    expect: Expect = "any"
    strange_sound: bool = False


def corpus(folder: Path, seeds: dict[str, bytes], canary_url: str, canary_file: Path) -> list[Case]:
    """All cases; `folder` is for temporary files. Some refer to `canary_url` and `canary_file`, which must never be
    opened."""
    cases: list[Case] = []
    for make in (_honest, _truncated, _mislabelled, _nothing, _text, _archives, _pictures):
        cases += make(seeds)
    cases += _references(seeds, canary_url, canary_file)
    for more in (_wav_headers, _names, _declared, _tags, _chained):
        cases += more(seeds)
    for written in (_contents, _films, _bombs):
        cases += written(folder)
    assert len({case.name for case in cases}) == len(cases)
    return cases


def _honest(seeds: dict[str, bytes]) -> Iterator[Case]:
    for name, data in seeds.items():
        yield Case(f"honest {name}", name, data, "good")


def _truncated(seeds: dict[str, bytes]) -> Iterator[Case]:
    for name, data in seeds.items():
        for percent in (3, 50, 95):
            yield Case(f"{percent} % of {name}", name, data[: len(data) * percent // 100])


def _mislabelled(seeds: dict[str, bytes]) -> Iterator[Case]:
    others = {
        "a.wav": "a.mp3",
        "f.flac": "f.wav",
        "g.mp3": "g.flac",
        "h.m4a": "h.ogg",
        "k.ogg": "k.exe",
        "j.mp4": "j.txt",
    }
    for name, wrong in others.items():
        yield Case(f"{name} called {wrong}", wrong, seeds[name], "good")
    yield Case("a file without an ending", "song", seeds["g.mp3"], "good")


def _nothing(_: dict[str, bytes]) -> Iterator[Case]:
    noise = np.random.default_rng(0).bytes
    contents = {
        "empty": b"", "one zero": b"\0", "a line break": b"\n", "zeros": bytes(100_000), "ones": b"\xff" * 100_000,
        "noise": noise(100_000), "a little noise": noise(100), "sync words": b"\xff\xfb" * 5000,
        "0x47 all along": b"\x47" * 20_000, "noise after a sync word": b"\xff\xfb\x90\x64" + noise(50_000),
        "0x0B77 all along": b"\x0b\x77" * 9000, "noise in an OggS": b"OggS" + noise(9000),
        "noise in a fLaC": b"fLaC" + noise(9000), "noise in a RIFF": b"RIFF" + noise(9000),
        "noise in EBML": b"\x1aE\xdf\xa3" + noise(9000), "noise in an ftyp": b"\0\0\0\x18ftypM4A " + noise(9000),
        "noise in an ID3": b"ID3\4\0\0" + noise(9000), "noise in a FORM": b"FORM" + noise(9000),
    }  # fmt: skip
    for name, data in contents.items():
        yield Case(name, "song.mp3", data, "any" if "noise" in name or "along" in name else "bad")


def _text(_: dict[str, bytes]) -> Iterator[Case]:
    texts = {
        "text": "La la la.\n" * 500, "html": "<!doctype html><script>fetch('/v1/jobs')</script>", "json": '{"file": 1}',
        "xml entities": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "svg": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "python": "import os\nos.system('id')\n",
        "shell": "#!/bin/sh\ncurl http://127.0.0.1/\n", "lyrics": "[00:12.00]La\n" * 40, "utf-16": "\ufeffLa la" * 99,
    }  # fmt: skip
    for name, text in texts.items():
        yield Case(name, f"{name}.mp3", text.encode("utf-16" if name == "utf-16" else "utf-8"), "bad")


def _archives(seeds: dict[str, bytes]) -> Iterator[Case]:
    def packed(*files: tuple[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files:
                archive.writestr(name, data)
        return buffer.getvalue()

    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        link = tarfile.TarInfo("song.mp3")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    contents = {
        "zip of a song": packed(("a.wav", seeds["a.wav"])), "zip bomb": packed(("a.wav", bytes(20_000_000))),
        "zip that leaves its folder": packed(("../../a.wav", b"x")), "empty zip": packed(), "tar": tarred.getvalue(),
        "gzip of a song": gzip.compress(seeds["a.wav"], mtime=0), "zip after a song": seeds["a.wav"] + packed(("b", b"x")),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(100), "rar": b"Rar!\x1a\x07\0" + bytes(100), "xz": b"\xfd7zXZ\0" + bytes(50),
    }  # fmt: skip
    for name, data in contents.items():
        yield Case(name, "song.wav", data, "good" if "after" in name else "bad")


def _pictures(_: dict[str, bytes]) -> Iterator[Case]:
    heads = {
        "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff\xe0", "gif": b"GIF89a", "webp": b"RIFF\x50\0\0\0WEBPVP8 ",
        "heic": b"\0\0\0\x18ftypheic", "tiff": b"II*\0", "pdf": b"%PDF-1.7", "midi": b"MThd\0\0\0\6", "elf": b"\x7fELF",
        "bmp": b"BM\x46\0\0\0", "swf": b"FWS\x09", "psd": b"8BPS", "exe": b"MZ\x90\0", "java": b"\xca\xfe\xba\xbe",
    }  # fmt: skip
    for name, head in heads.items():
        yield Case(name, f"a.{name}", head + bytes(200), "bad")


def _references(seeds: dict[str, bytes], url: str, file: Path) -> Iterator[Case]:
    """Playlists and all other files that refer to another file or URL."""
    lists = {
        "m3u8 url": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{url}/a.ts\n#EXT-X-ENDLIST\n",
        "m3u8 file": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile://{file}\n#EXT-X-ENDLIST\n",
        "m3u8 path": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{file}\n#EXT-X-ENDLIST\n",
        "m3u8 concat": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nconcat:{url}/?|file://{file}\n#EXT-X-ENDLIST\n",
        "m3u8 subfile": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nsubfile,,start,0,end,9,,:{file}\n#EXT-X-ENDLIST\n",
        "m3u8 crypto": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-KEY:METHOD=AES-128,URI=\"{url}/key\"\n#EXTINF:4,\n{url}/b\n",
        "m3u8 map": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI=\"file://{file}\"\n#EXTINF:4,\n{url}/c\n",
        "m3u8 data": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ndata:audio/wav;base64,UklGRg==\n#EXT-X-ENDLIST\n",
        "m3u8 master": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}/list.m3u8\n",
        "m3u": "#EXTM3U\n#EXTINF:4,x\n{url}/song.mp3\n", "pls": "[playlist]\nFile1={url}/song.mp3\nVersion=2\n",
        "ffconcat file": "ffconcat version 1.0\nfile '{file}'\n", "ffconcat url": "ffconcat version 1.0\nfile '{url}/a'\n",
        "ffconcat option": "ffconcat version 1.0\nfile '{file}'\noption safe 0\n",
        "dash": "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><Period><BaseURL>{url}/</BaseURL></Period></MPD>",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        "asx": "<asx version='3'><entry><ref href='{url}/a.wma'/></entry></asx>", "ram": "{url}/a.rm\n",
        "smil": "<smil><body><audio src='{url}/a.mp3'/></body></smil>",
        "xspf": "<playlist xmlns='http://xspf.org/ns/0/'><trackList><track><location>{url}/a</location></track></trackList></playlist>",
        "cue": "FILE \"{file}\" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n",
        "avisynth": "DirectShowSource(\"{file}\")\n", "sami": "<SAMI><BODY><SYNC Start=0><P>{url}",
        "rtsp": "RTSPtext\nrtsp{url}\n", "imf": "<CompositionPlaylist xmlns='http://www.smpte-ra.org/schemas/2067-3/2016'/>",
        "bare url": "{url}/song.mp3", "bare path": "file://{file}",
    }  # fmt: skip
    for name, text in lists.items():
        data = text.format(url=url, file=file).encode()
        yield Case(name, f"song.{name.split()[0]}", data, "bad")
        yield Case(f"{name} behind an ID3", "song.mp3", b"ID3\4\0\0\0\0\0\0" + data)
    hls = lists["m3u8 url"].format(url=url, file=file).encode()
    yield Case("m3u8 behind zeros", "song.mp3", bytes(8) + hls, "bad")
    yield Case("m3u8 in utf-16", "song.m3u8", hls.decode().encode("utf-16"), "bad")
    yield Case("m3u8 behind a song", "song.wav", seeds["a.wav"] + hls, "good")
    yield Case("m3u8 in a RIFF", "song.wav", b"RIFF\xff\0\0\0WAVE" + hls, "bad")
    for name, place in (("url", f"{url}/media\0".encode()), ("file", f"file://{file}\0".encode())):
        yield Case(f"mov whose data is elsewhere: {name}", "song.mov", _with_reference(seeds["z.mov"], place))
        movie = _box(b"rmra", _box(b"rmda", _box(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(place)) + place)))
        data = _box(b"ftyp", b"qt  \0\0\0\0qt  ") + _box(b"moov", movie)
        yield Case(f"mov that refers to a movie: {name}", "song.mov", data, "bad")


def _with_reference(mov: bytes, place: bytes) -> bytes:
    """A QuickTime file whose first data reference is `place` instead of itself."""
    at = mov.index(b"dref") - 4
    (size,) = struct.unpack(">I", mov[at : at + 4])
    instead = _box(b"dref", bytes(4) + struct.pack(">I", 1) + _box(b"url ", bytes(4) + place))
    return mov[:at] + instead + mov[at + size :]  # the boxes around it now end elsewhere than they say


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def riff(
    rate: int = RATE, channels: int = 2, data: bytes = bytes(40_000), bits: int = 16, tag: int = 1,
    align: int | None = None, declared: int | None = None, before: bytes = b"", speakers: int | None = None,
) -> bytes:  # fmt: skip
    align = min(65535, channels * bits // 8) if align is None else align
    format_chunk = struct.pack("<HHIIHH", tag, channels, rate, min(2**32 - 1, rate * align), align, bits)
    if speakers is not None:  # WAVE_FORMAT_EXTENSIBLE, which names them; PCM as its subformat
        format_chunk += struct.pack("<HHI", 22, bits, speakers) + bytes.fromhex("0100000000001000800000aa00389b71")
    body = b"WAVE" + before + b"fmt " + struct.pack("<I", len(format_chunk)) + format_chunk
    body += b"data" + struct.pack("<I", len(data) if declared is None else declared) + data
    return b"RIFF" + struct.pack("<I", min(len(body), 2**32 - 1)) + body


def _wav_headers(_: dict[str, bytes]) -> Iterator[Case]:
    for rate in (0, 1, 100, 3999, 384_001, 768_000, 2**31 - 1, 2**31, 2**32 - 1):
        yield Case(f"wav at {rate} Hz", "a.wav", riff(rate=rate), "bad")
    for channels in (0, 9, 64, 255, 4096, 65535):
        yield Case(f"wav of {channels} channels", "a.wav", riff(channels=channels), "bad")
    for bits in (0, 1, 7, 12, 33, 64, 255, 65535):
        yield Case(f"wav of {bits} bits", "a.wav", riff(bits=bits))
    for tag in (0, 2, 3, 6, 0x11, 0x31, 0x50, 0x55, 0x161, 0x674F, 0xFFFE, 0xFFFF):
        yield Case(f"wav of format {tag:#x}", "a.wav", riff(tag=tag))
    for speakers in (0x7, 0x209, 0x19, 0x40A):  # FL FR FC, and three times all on one side
        data = np.ones((6000, 3), "<i2").tobytes()
        case = riff(channels=3, tag=0xFFFE, speakers=speakers, data=data)
        yield Case(f"wav of speakers {speakers:#x}", "a.wav", case, "good")
    for align in (0, 1, 3, 65535):
        yield Case(f"wav aligned to {align}", "a.wav", riff(align=align))
    yield Case("wav that declares 4 GB", "a.wav", riff(declared=2**32 - 1), "good")
    yield Case("wav that declares nothing", "a.wav", riff(declared=0))
    yield Case("wav with 20000 chunks", "a.wav", riff(before=b"LIST\4\0\0\0INFO" * 20_000), "good")
    yield Case("wav with a chunk of 4 GB", "a.wav", riff(before=b"junk\xff\xff\xff\xff"))
    yield Case("wav with two formats", "a.wav", riff(before=riff(rate=8000, channels=1)[12:36]))
    yield Case("wav without data", "a.wav", riff()[:36], "bad")
    yield Case("wav in a wav", "a.wav", riff(data=riff()))


def _names(seeds: dict[str, bytes]) -> Iterator[Case]:
    names = (
        "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a\0b.wav", 'a"; filename="b.wav', "歌 🎤 Größe.wav",
        "\u202egpj.wav", "x" * 3000 + ".wav", "CON.wav", "%2e%2e%2fa.wav", "${jndi:ldap://127.0.0.1/a}", "<script>.wav",
        "concat:a.wav|b.wav", "-i.wav", "|id.wav", "http://127.0.0.1/a.wav", "pipe:0", "a\r\nX-Evil: 1.wav", " ", ".",
    )  # fmt: skip
    for index, name in enumerate(names):
        yield Case(f"name {name[:40]!r}", name, seeds["a.wav"] + bytes(4 * index), "good")


def _contents(folder: Path) -> Iterator[Case]:
    """Unusual audio, which must be separated."""
    floats = {
        "NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf, "huge": 3e38, "denormal": 1e-42, "too loud": 50.0,
        "as loud as may be": 100.0, "a little louder": 101.0, "1e5": 1e5, "9e5": 9e5,
    }  # fmt: skip
    for name, value in floats.items():
        wav = sound()
        wav[:, ::7] = value
        alone = encoded(folder, "n.wav", "pcm_f32le", np.full_like(wav, value))
        yield Case(f"{name} in floats", "a.wav", encoded(folder, "n.wav", "pcm_f32le", wav), "good", True)
        yield Case(f"{name} alone", "a.wav", alone, "good", True)
    whole = np.ones((2, RATE // 2), np.float32)
    sounds: dict[str, np.ndarray] = {
        "full-scale DC": whole, "silence": 0 * whole, "a full square": whole * np.sign(np.sin(np.arange(RATE // 2) / 9)),
        "1 sample": whole[:, :1], "2 samples": whole[:, :2], "0.1 s": whole[:, : RATE // 10], "opposite": whole * [[1], [-1]],
    }  # fmt: skip
    for name, wav in sounds.items():
        data = encoded(folder, "s.wav", "pcm_s16le", wav.clip(-1, 0.999).astype(np.float32))
        yield Case(name, "a.wav", data, "good", True)
    for rate, channels in ((4000, 1), (11_025, 1), (12_345, 2), (192_000, 2), (384_000, 1), (48_000, 6), (48_000, 8)):
        data = encoded(folder, "r.wav", "pcm_s16le", sound(rate, 0.2, channels), rate)
        yield Case(f"{channels} channels at {rate} Hz", "a.wav", data, "good")


def _films(folder: Path) -> Iterator[Case]:
    yield Case("film with sound", "a.mp4", film(folder, "one.mp4", 1), "good")
    yield Case("film with twenty sounds", "a.mkv", film(folder, "many.mkv", 20), "good")
    yield Case("silent film", "a.mp4", film(folder, "none.mp4", 0), "bad")
    yield Case("silent film in Matroska", "a.mkv", film(folder, "none.mkv", 0), "bad")


def _tags(seeds: dict[str, bytes]) -> Iterator[Case]:
    def id3(size: int, content: bytes) -> bytes:
        packed = bytes((size >> shift) & 127 for shift in (21, 14, 7, 0))
        return b"ID3\4\0\0" + packed + content

    mp3 = seeds["g.mp3"]
    picture = b"APIC\0\x01\x86\xa0\0\0\0image/jpeg\0\3\0" + bytes(20_000)
    many = b"TXXX\0\0\0\x08\0\0\0a\0bcdef" * 10_000
    yield Case("id3 alone", "a.mp3", id3(100, bytes(100)), "bad")
    yield Case("id3 that claims 256 MB", "a.mp3", id3(2**28 - 1, mp3))
    yield Case("cover art alone", "a.mp3", id3(len(picture), picture), "bad")
    yield Case("cover art and a song", "a.mp3", id3(len(picture), picture) + mp3)
    jpeg, png = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
    covers = (jpeg, jpeg + b"\xe0\0\x04ab", png, png + b"\0\0\0\rIHDR" + b"\xff" * 13)
    for number, cover in enumerate(covers):
        frame = b"APIC\0\0\0" + bytes([14 + len(cover)]) + b"\0\0\0image/jpeg\0\3\0" + cover
        yield Case(f"damaged cover {number} and a song", "a.mp3", id3(len(frame), frame) + mp3, "good")
    yield Case("10000 texts", "a.mp3", id3(len(many), many) + mp3)
    yield Case("1000 tags before a song", "a.mp3", id3(10, bytes(10)) * 1000 + mp3)
    yield Case("300000 tags and no song", "a.mp3", id3(0, b"") * 300_000, "bad")
    yield Case("100000 lyrics without an end", "a.mp3", mp3 + b"LYRICSBEGIN" * 100_000)
    yield Case("tag at the end", "a.mp3", mp3 + b"TAG" + b"\xff" * 125, "good")
    yield Case("ape tag that claims 4 GB", "a.mp3", mp3 + b"APETAGEX\xd0\7\0\0" + b"\xff" * 8 + bytes(12))
    flac = seeds["f.flac"]
    yield Case("flac with a picture of 16 MB", "a.flac", flac[:4] + b"\6\xff\xff\xff" + flac[4:])
    yield Case("flac with 5000 paddings", "a.flac", flac[:42] + b"\1\0\0\4\0\0\0\0" * 5000 + flac[42:])


def _chained(seeds: dict[str, bytes]) -> Iterator[Case]:
    for name, first, second in (
        ("ogg of two kinds", "k.ogg", "l.opus"), ("ogg twice", "k.ogg", "k.ogg"), ("opus twice", "l.opus", "l.opus"),
        ("mp3 twice", "g.mp3", "g.mp3"), ("flac twice", "f.flac", "f.flac"), ("wav twice", "a.wav", "a.wav"),
        ("ts then aac", "v.ts", "x.aac"), ("aac then mp3", "x.aac", "g.mp3"), ("mp4 then wav", "h.m4a", "a.wav"),
    ):  # fmt: skip
        yield Case(name, first, seeds[first] + seeds[second])


def _declared(seeds: dict[str, bytes]) -> Iterator[Case]:
    """Headers that declare more than the file contains."""
    flac = bytearray(seeds["f.flac"])
    flac[21] |= 0x0F
    flac[22:26] = b"\xff\xff\xff\xff"  # 2^36 - 1 samples
    yield Case("flac of 18 days", "a.flac", bytes(flac))
    hours = riff(rate=8000, channels=1, bits=8, declared=8000 * 36_000, data=bytes(2_500_000))
    yield Case("wav of ten hours", "a.wav", hours, "bad")
    for box in (b"mvhd", b"mdhd", b"tkhd", b"stts", b"stsz", b"stsc", b"stco", b"stsd", b"mdat", b"moov", b"trak"):
        for name, value in (("0", b"\0\0\0\0"), ("1", b"\0\0\0\1"), ("huge", b"\x7f\xff\xff\xff")):
            data = bytearray(seeds["h.m4a"])
            at = data.index(box)
            data[at - 4 : at] = value
            yield Case(f"m4a whose {box.decode()} has size {name}", "a.m4a", bytes(data))
        data = bytearray(seeds["h.m4a"])
        at = data.index(box) + 8
        data[at : at + 12] = b"\xff" * 12
        yield Case(f"m4a whose {box.decode()} holds ones", "a.m4a", bytes(data))
    deep = b""
    for _ in range(3000):
        deep = _box(b"moov", deep)
    yield Case("m4a of 3000 boxes in each other", "a.m4a", _box(b"ftyp", b"M4A \0\0\0\0M4A ") + deep, "bad")
    webm = seeds["m.webm"]
    at = webm.index(b"\x44\x89\x88")  # Duration, 8 bytes
    for name, duration in (("NaN", np.nan), ("Inf", np.inf), ("1e300", 1e300), ("-1", -1.0)):
        yield Case(f"webm of {name} ms", "a.webm", webm[: at + 3] + struct.pack(">d", duration) + webm[at + 11 :])
    for name in ("k.ogg", "l.opus"):
        data = bytearray(seeds[name])
        at = data.rindex(b"OggS")
        for position in (2**62, -5, 0):
            data[at + 6 : at + 14] = struct.pack("<q", position)
            yield Case(f"{name} that ends at {position}", name, bytes(data))


def _bombs(folder: Path) -> Iterator[Case]:
    """Small files that are long, by header or by content. The limit of these tests is a minute."""
    long = encoded(folder, "l.flac", "flac", np.zeros((2, 90 * 8000), np.float32), 8000)
    yield Case("flac of 90 s of silence", "a.flac", long, "bad")
    unsaid = bytearray(long)
    unsaid[21] &= 0xF0
    unsaid[22:26] = bytes(4)
    yield Case("flac that does not say how long it is", "a.flac", bytes(unsaid), "bad")
    yield Case(
        "opus of 90 s of silence",
        "a.opus",
        encoded(folder, "l.opus", "libopus", np.zeros((1, 90 * 48_000)), 48_000),
        "bad",
    )
    short = encoded(folder, "s.mp3", "libmp3lame", np.zeros((1, 8000), np.float32), 8000)
    yield Case("mp3 of 100 s in pieces", "a.mp3", short * 100, "bad")
    wide = encoded(folder, "w.flac", "flac", np.zeros((8, 90 * 48_000), np.float32), 48_000)
    yield Case("flac of 90 s and 8 channels", "a.flac", wide, "bad")
