"""The recordings of a command line, and the target of each one's stems."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

# In a folder; a file named directly may have any suffix.
RECORDINGS = frozenset(
    f".{ending}"
    for ending in (
        "aac ac3 aif aiff alac amr ape caf dts flac m4a m4b mka mp2 mp3 mpga oga ogg opus wav wave weba wma wv "
        "3gp avi m4v mkv mov mp4 mpeg mpg ogv ts webm wmv"
    ).split()
)


class WrongCommand(Exception):  # noqa: N818
    """The command line is invalid; the text has the reason."""


@dataclass(frozen=True)
class Song:
    """`source` is a path or a URL, `name` the name in messages. `target` is the path of its stems, without their names
    in brackets and the suffix."""

    source: str
    name: str
    target: Path

    @property
    def path(self) -> Path | None:
        return None if is_address(self.source) else Path(self.source)

    @property
    def key(self) -> str:
        """Identifies the song, from any working directory. A URL may contain secrets."""
        if is_address(self.source):
            return f"sha256:{hashlib.sha256(self.source.encode()).hexdigest()}"
        return os.path.realpath(self.source)


@dataclass(frozen=True)
class _Candidate:
    source: str
    name: str
    folder: PurePosixPath  # within the folder of the stems
    filename: str

    @property
    def short(self) -> tuple[str, str]:
        return str(self.folder).casefold(), PurePosixPath(self.filename).stem.casefold()


def is_address(source: str) -> bool:
    return source.startswith(("https://", "http://"))


def plan(sources: Iterable[str], out: Path) -> list[Song]:
    """The songs of files, folders and URLs, each once. The structure of a folder is kept below `out`.

    Two songs that differ only in the suffix get stems with the suffix.

    Raises WrongCommand: a missing file, a folder without recordings, or two songs with the same stems."""
    candidates: dict[str, _Candidate] = {}
    for source in sources:
        for candidate in _candidates(source, out):
            key = candidate.source if is_address(source) else os.path.realpath(candidate.source)
            candidates.setdefault(key, candidate)
    shared = Counter(candidate.short for candidate in candidates.values())
    songs: dict[str, Song] = {}
    for each in candidates.values():
        own = shared[each.short] == 1
        target = out / each.folder / (PurePosixPath(each.filename).stem if own else each.filename)
        other = songs.setdefault(str(target).casefold(), Song(each.source, each.name, target))
        if other.source != each.source:
            raise WrongCommand(
                f"{other.source} and {each.source} would be saved under the same names in {out}. Separate them into "
                "two folders, or name their common folder."
            )
    return list(songs.values())


def _candidates(source: str, out: Path) -> Iterator[_Candidate]:
    nowhere = PurePosixPath()
    if is_address(source):
        filename = PurePosixPath(unquote(urlsplit(source).path)).name or urlsplit(source).hostname or "recording"
        yield _Candidate(source, source.partition("?")[0], nowhere, filename)
        return
    path = Path(source)
    if path.is_dir():
        files = list(_recordings_in(path, out))
        if not files:
            raise WrongCommand(f"{source} has no recordings.")
        for file in files:
            inside = PurePosixPath(file.relative_to(path).as_posix())
            yield _Candidate(str(file), str(inside), inside.parent, file.name)
    elif path.exists():
        yield _Candidate(source, path.name, nowhere, path.name)
    else:
        raise WrongCommand(f"{source} does not exist.")


def _recordings_in(folder: Path, out: Path) -> Iterator[Path]:
    """Sorted; without hidden files and the stems of an earlier run."""
    own = out.resolve()
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (Path(root) / name).resolve() != own
        )
        if Path(root).resolve() == own and Path(root) != folder:
            continue
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in RECORDINGS:
                yield Path(root) / name
