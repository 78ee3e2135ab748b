from collections.abc import AsyncIterator
from itertools import pairwise

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.multipart import PartBegin, PartData, PartEnd, read_parts
from api.problems import MalformedForm, UnsupportedContentType

HEADER = "multipart/form-data; boundary=XX"


def form(*parts: tuple[str, bytes], end: bytes = b"--XX--\r\n") -> bytes:
    return b"".join(b"--XX\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n" for head, data in parts) + end


def parsed(header: str | None, *blocks: bytes) -> list[tuple[str, str | None, bytes]]:
    """(field, filename, data) of each part that was read to its end."""

    async def body() -> AsyncIterator[bytes]:
        for block in blocks:
            yield block

    async def read() -> list[tuple[str, str | None, bytes]]:
        parts: list[tuple[str, str | None, bytes]] = []
        started, data = PartBegin("", None), b""
        async for event in read_parts(header, body()):
            match event:
                case PartBegin():
                    started, data = event, b""
                case PartData():
                    data += event.data
                case PartEnd():
                    parts.append((started.name, started.filename, data))
        return parts

    return anyio.run(read)


BODY = form(
    ('Content-Disposition: form-data; name="steps"', b"50"),
    (
        'Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav',
        b"\r\n--X\r\n\x00" * 9,
    ),
    ('Content-Disposition: form-data; name="seed"', b""),
)
PARTS = [("steps", None, b"50"), ("file", "a.wav", b"\r\n--X\r\n\x00" * 9), ("seed", None, b"")]


def test_parts_come_in_order_with_their_names() -> None:
    assert parsed(HEADER, BODY) == PARTS


@settings(deadline=None)
@given(st.sets(st.integers(1, len(BODY) - 1)))
def test_the_division_of_the_body_does_not_matter(cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), len(BODY)]
    assert parsed(HEADER, *(BODY[a:b] for a, b in pairwise(edges))) == PARTS


@pytest.mark.parametrize(
    "filename", ["Größe 声.mp3", 'with "quotes".wav', "a;b=c.flac", "two\r\nlines.wav", "100%.wav"]
)
def test_file_names_arrive_as_httpx_sends_them(filename: str) -> None:
    request = httpx.Request("POST", "http://test", files={"file": (filename, b"data")})
    [(name, got, data)] = parsed(request.headers["content-type"], request.read())
    assert (name, got, data) == ("file", filename, b"data")


@pytest.mark.parametrize(
    ("parameters", "filename"),
    [
        ("filename*=UTF-8''Beyonc%C3%A9.mp3", "Beyoncé.mp3"),
        ("filename=\"Beyonc_.mp3\"; filename*=utf-8'en'Beyonc%C3%A9.mp3", "Beyoncé.mp3"),
        ("FileName*=utf-8''Beyonc%C3%A9.mp3; filename=fallback.mp3", "Beyoncé.mp3"),
        ("filename=\"=?utf-8?B?QmV5b25jw6kubXAz?=\"; filename*=utf-8''Beyonc%C3%A9.mp3", "Beyoncé.mp3"),  # .NET
        ("filename*=\"UTF-8''a%20b.wav\"", "a b.wav"),
        ("filename*=iso-8859-1''Beyonc%E9.mp3", "Beyoncé.mp3"),
        ("filename=\"a.wav\"; filename*=utf-7''x", "a.wav"),  # invalid: the fallback is used
        ('filename="a.wav"; filename*=x', "a.wav"),
        ("filename=\"a; filename*=utf-8''b.wav\"", "a; filename*=utf-8''b.wav"),  # in the name itself
        ('filename="say %22hi%22%0D%0A.wav"', 'say "hi"\r\n.wav'),  # browsers
        ('filename="say \\"hi\\".wav"', 'say "hi".wav'),  # curl
        ('filename="50%25.wav"', "50%25.wav"),  # browsers do not escape a percent sign
    ],
)
def test_file_names_of_other_clients(parameters: str, filename: str) -> None:
    [(name, got, _)] = parsed(HEADER, form((f'Content-Disposition: form-data; name="file"; {parameters}', b"data")))
    assert (name, got) == ("file", filename)


def test_an_incomplete_body_is_malformed() -> None:
    for length in (0, 10, 60, len(BODY) - 6):
        with pytest.raises(MalformedForm):
            parsed(HEADER, BODY[:length])


@pytest.mark.parametrize("body", [b"not a form at all", b"--YY\r\n\r\n", form(("X: y", b"1")), form(("", b"1"))])
def test_garbage_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedForm):
        parsed(HEADER, body)


@pytest.mark.parametrize("header", ["multipart/form-data", "multipart/form-data; boundary=", f"{HEADER}{'X' * 300}"])
def test_a_bad_boundary_is_malformed(header: str) -> None:
    with pytest.raises(MalformedForm):
        parsed(header, BODY)


@pytest.mark.parametrize("header", [None, "", "application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_other_content_types_are_unsupported(header: str | None) -> None:
    with pytest.raises(UnsupportedContentType):
        parsed(header, BODY)


def test_endless_part_headers_are_malformed() -> None:
    with pytest.raises(MalformedForm):
        parsed(HEADER, form(("Content-Disposition: form-data; name=" + "n" * 10_000, b"1")))
    with pytest.raises(MalformedForm):
        parsed(HEADER, form(("\r\n".join(f"X-{n}: y" for n in range(100)), b"1")))
