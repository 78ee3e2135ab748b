"""Progress of each song in a file next to the stems, so that the same command resumes.

One line of JSON per change; the last one of a song counts. A line truncated by a crash is ignored.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from voicelift_client.command.songs import Song

NAME = ".voicelift-client.jsonl"


@dataclass(frozen=True)
class Entry:
    """`song` is a song's key; `request` identifies the recording's content, the options and the service. `files`: the
    saved stems, relative to the folder of the journal, once all exist."""

    song: str
    request: str
    idempotency_key: str
    upload_id: str | None = None
    job_id: str | None = None
    files: tuple[str, ...] = ()


class Journal:
    """The entries of one folder of stems. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._entries = dict(self._read())

    def get(self, song: Song, request: str) -> Entry | None:
        """The entry of a song, if recording and options are the same."""
        entry = self._entries.get(song.key)
        return entry if entry is not None and entry.request == request else None

    def put(self, entry: Entry) -> Entry:
        self._entries[entry.song] = entry
        self._append(asdict(entry))
        return entry

    def note(self, entry: Entry, **changes: Any) -> Entry:
        return self.put(replace(entry, **changes))

    def forget(self, song: Song) -> None:
        """The next run starts it again."""
        if self._entries.pop(song.key, None) is not None:
            self._append({"song": song.key})

    def _append(self, line: Mapping[str, Any]) -> None:
        # After a line truncated by a crash, start a new one.
        with self._path.open("a+b") as file:
            if file.tell() and not self._ends_well():
                file.write(b"\n")
            file.write(json.dumps(line).encode() + b"\n")

    def _ends_well(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, 2)
            return file.read() == b"\n"

    def _read(self) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        for line in lines:
            try:
                fields = json.loads(line)
                song = fields.pop("song")
                if fields:
                    entries[song] = Entry(song, **{**fields, "files": tuple(fields["files"])})
                else:
                    entries.pop(song, None)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
        return entries


def fingerprint(song: Song, url: str, options: Mapping[str, Any]) -> str:
    """Identifies a request. Raises OSError: the file is unreadable."""
    stat = song.path.stat() if song.path is not None else None
    facts = [url, dict(options), stat and stat.st_size, stat and stat.st_mtime_ns]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
