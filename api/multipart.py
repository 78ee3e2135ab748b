"""multipart/form-data as a stream of parts, parsed while it arrives and never stored.

FastAPI's form parser reads the whole body, into memory or a temporary file, before a route runs.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.problems import MalformedForm, UnsupportedContentType

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_PARAMETER = re.compile(r';\s*([^\s;=]+)\s*=\s*("(?:\\.|[^"\\])*"|[^;]*)')
_ESCAPED = re.compile("%(22|0A|0D)", re.IGNORECASE)


@dataclass(frozen=True)
class PartBegin:
    """A part starts: the field's name, and the file's name for a file."""

    name: str
    filename: str | None


@dataclass(frozen=True)
class PartData:
    """A slice of the current part, at most as long as one read of the socket."""

    data: memoryview


@dataclass(frozen=True)
class PartEnd:
    pass


Event = PartBegin | PartData | PartEnd


async def read_parts(content_type: str | None, body: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """Parse `body` as it arrives: for each part one PartBegin, any number of PartData, one PartEnd.

    Raises:
        UnsupportedContentType: the body is not multipart/form-data.
        MalformedForm: the body is malformed, or ends before its closing boundary.
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise UnsupportedContentType('Send the recording as multipart/form-data, in the form field "file".')
    collected = _Events()
    try:
        parser = MultipartParser(options.get(b"boundary", b"") or _no_boundary(), collected.callbacks())
        async for data in body:
            parser.write(data)
            for event in collected.take():
                yield event
    except FormParserError as error:
        raise MalformedForm("The form is not well-formed multipart/form-data.") from error
    if not collected.closed:
        raise MalformedForm("The form ended before its closing boundary: the upload was interrupted.")


def _no_boundary() -> bytes:
    raise MalformedForm("The Content-Type header has no boundary. Let your HTTP library set this header.")


class _Events:
    """Collects the parser's callbacks between two reads of the socket."""

    def __init__(self) -> None:
        self.closed = False
        self._events: list[Event] = []
        self._header, self._value, self._disposition = bytearray(), bytearray(), b""

    def take(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_ends,
            "on_headers_finished": self._part_begins,
            "on_part_data": lambda data, start, end: self._events.append(PartData(memoryview(data)[start:end])),
            "on_part_end": lambda: self._events.append(PartEnd()),
            "on_end": self._form_ends,
        }

    def _form_ends(self) -> None:
        self.closed = True

    def _header_ends(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _part_begins(self) -> None:
        disposition, self._disposition = self._disposition.decode("latin-1"), b""
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise MalformedForm("A part of the form has no name.")
        name = options[b"name"].decode("utf-8", "replace")
        self._events.append(PartBegin(name, _filename(disposition, options.get(b"filename"))))


def _filename(disposition: str, plain: bytes | None) -> str | None:
    """The file's name: `filename*` (RFC 5987), which some clients send alone or with a fallback, else `filename`, in
    which browsers escape quotes and line ends (WHATWG, multipart/form-data)."""
    for name, value in _PARAMETER.findall(disposition):
        charset, _, rest = value.strip(' \t"').partition("'")
        _, mark, text = rest.partition("'")
        if name.lower() == "filename*" and mark and charset.lower() in ("utf-8", "iso-8859-1"):
            return unquote(text, charset, "replace")
    if plain is None:
        return None
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), plain.decode("utf-8", "replace"))
