"""Evaluation sets: the dev lists of a folder of recordings, any folder of pairs, or synthetic songs.

Listing a set reads no audio, except for the set `songs`, which is searched for sung passages. `load` reads one clip, in
the process that scores it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.audio.resample import fit, resample
from core.audio.types import Wav
from core.errors import InvalidOptions, NotFound
from lab.evaluation import synthetic
from lab.evaluation.audio_files import AUDIO_SUFFIXES, read_audio

POOL_SETS = ("musdb7", "mir1k", "songs", "instrumental")
SYNTHETIC = "synthetic"
SYNTHETIC_CLIPS = 4
EXCERPT_S = 12.0
SUNG_SHARE = 0.5  # of an excerpt of a full song that must be sung
SUNG_DB = -35.0  # level relative to the voice's loudest block of 0.1 s, above which a block is sung
MUSDB_STEMS = ("drums", "bass", "other")


@dataclass(frozen=True)
class ClipRef:
    """The files of a clip. Without `mixture`, the mixture is the sum of vocals and accompaniment.

    start, stop: seconds; None is the end. rate: sample rate in Hz; None keeps the recording's.
    sides: one stereo file has the accompaniment on the left and the voice on the right.
    """

    set_name: str
    name: str
    vocals: tuple[Path, ...] = ()
    accompaniment: tuple[Path, ...] = ()
    mixture: Path | None = None
    start: float = 0.0
    stop: float | None = None
    rate: int | None = None
    sides: bool = False
    synthetic_song: int | None = None  # seed of a song by lab.evaluation.synthetic
    song_name: str = ""  # if several clips are of one song

    @property
    def song(self) -> str:
        """Name shared by the clips of one song."""
        return self.song_name or self.name


@dataclass(frozen=True)
class Clip:
    """One clip: float32 `[C, n]` at `rate`. vocals: None for music without vocals."""

    ref: ClipRef
    rate: int
    mixture: Wav
    vocals: Wav | None
    accompaniment: Wav

    @property
    def seconds(self) -> float:
        return self.mixture.shape[1] / self.rate


@dataclass(frozen=True)
class EvaluationSet:
    """A named list of clips. shows: description of the clips, printed with every table."""

    name: str
    shows: str
    clips: tuple[ClipRef, ...]
    full_songs: bool = False


def limited(clip_set: EvaluationSet, limit: int | None, max_seconds: float | None = None) -> EvaluationSet:
    """At most `limit` clips, evenly spaced in the list, each cut to `max_seconds`."""
    clips = clip_set.clips
    if limit is not None and limit < len(clips):
        clips = tuple(clips[i] for i in np.linspace(0, len(clips) - 1, limit).round().astype(int))
    if max_seconds is not None:
        clips = tuple(replace(c, stop=min(c.stop or np.inf, c.start + max_seconds)) for c in clips)
    return replace(clip_set, clips=clips)


def load(ref: ClipRef) -> Clip:
    """Read one clip. Parts of unequal length are aligned at the start and cut to the shortest.

    Raises:
        InputError: a file cannot be read.
    """
    if ref.synthetic_song is not None:
        return _synthetic(ref)
    if ref.sides:
        both, rate = _read(ref.vocals, ref)
        return _clip(ref, rate, both[1:], both[:1], None)
    vocals = _read(ref.vocals, ref) if ref.vocals else None
    rest = _read(ref.accompaniment, ref) if ref.accompaniment else None
    mixed = _read((ref.mixture,), ref) if ref.mixture else None
    rate = next(part[1] for part in (vocals, rest, mixed) if part is not None)

    def at_rate(part: tuple[Wav, int] | None) -> Wav | None:
        return None if part is None else resample(part[0], part[1], rate)

    return _clip(ref, rate, at_rate(vocals), at_rate(rest), at_rate(mixed))


def _clip(ref: ClipRef, rate: int, vocals: Wav | None, rest: Wav | None, mixture: Wav | None) -> Clip:
    parts = [part for part in (vocals, rest, mixture) if part is not None]
    channels = max(len(part) for part in parts)
    samples = min(part.shape[1] for part in parts)

    def same(part: Wav | None) -> Wav | None:
        if part is None:
            return None
        wide = np.repeat(part, channels, axis=0) if len(part) < channels and len(part) == 1 else part
        return np.ascontiguousarray(wide[:, :samples])

    vocals, rest, mixture = same(vocals), same(rest), same(mixture)
    if mixture is None:
        mixture = vocals if rest is None else rest if vocals is None else vocals + rest
    assert mixture is not None
    if rest is None:
        rest = mixture if vocals is None else mixture - vocals
    return Clip(ref, rate, mixture, vocals, rest)


def _read(paths: Iterable[Path], ref: ClipRef) -> tuple[Wav, int]:
    """The sum of some files, cut to the excerpt of `ref`, and its sample rate."""
    parts, rate = [], ref.rate
    for path in paths:
        wav, rate = read_audio(path, rate, ref.stop)
        parts.append(wav)
    assert rate is not None
    samples = min(part.shape[1] for part in parts)
    start = round(ref.start * rate)
    return np.sum([part[:, start:samples] for part in parts], axis=0, dtype=np.float32), rate


def _synthetic(ref: ClipRef) -> Clip:
    assert ref.synthetic_song is not None
    rate, seconds = 44100, (ref.stop or EXCERPT_S) - ref.start
    band = synthetic.accompany(seconds, rate, ref.synthetic_song)
    voice = np.repeat(synthetic.sing(seconds, rate, ref.synthetic_song)[None], 2, axis=0)
    return _clip(ref, rate, voice, fit(band, voice.shape[1]), None)


def synthetic_set() -> EvaluationSet:
    """Synthetic songs; needs no recordings."""
    clips = tuple(ClipRef(SYNTHETIC, f"made_{k}", stop=EXCERPT_S, synthetic_song=k) for k in range(SYNTHETIC_CLIPS))
    return EvaluationSet(SYNTHETIC, "synthetic songs without a real voice", clips)


def pool_set(root: Path | None, name: str, split: str = "dev") -> EvaluationSet:
    """One of `POOL_SETS` from the recordings in `root`, which must contain splits.json.

    Raises:
        InvalidOptions: `root` is None.
        NotFound: the folder, the set or a recording in its list does not exist.
    """
    advice = (
        "Name a folder that has one with --root, or pairs of mixture and vocals with --folder. "
        f"The set {SYNTHETIC} needs no recordings."
    )
    if root is None:
        raise InvalidOptions(f"The set {name} needs a folder of recordings with splits.json. {advice}")
    splits = root / "splits.json"
    if not splits.is_file():
        raise NotFound(f"No recordings to score in {root}: splits.json is missing. {advice}")
    lists = json.loads(splits.read_text())
    if name not in POOL_SETS or name not in lists:
        known = ", ".join([*(s for s in POOL_SETS if s in lists), SYNTHETIC])
        raise NotFound(f"{splits} has no set {name!r}. Available: {known}.")
    entries: list[str] = lists[name][split]
    if name == "musdb7":
        clips = [_musdb(root / "research/musdb7" / entry, name, ".opus") for entry in entries]
        return EvaluationSet(name, "previews of 6.8 s: not full-song MUSDB18 scores", tuple(clips))
    if name == "mir1k":
        files = [path for entry in entries for path in _listed(root / "research/mir1k" / entry)]
        clips = [
            ClipRef(name, path.stem, (path,), rate=16000, sides=True, song_name=path.stem.rpartition("_")[0])
            for path in files
        ]
        return EvaluationSet(name, "karaoke clips of 4 to 13 s at 16 kHz, amateur singers", tuple(clips))
    if name == "songs":
        clips = [clip for entry in entries for clip in _excerpts(root / "open/songs" / entry)]
        return EvaluationSet(name, "sung excerpts of 12 s: not full-song scores", tuple(clips))
    clips = [ClipRef(name, Path(e).stem, mixture=root / "open/instrumental" / e, stop=30.0) for e in entries]
    return EvaluationSet(name, "music without vocals, first 30 s, for leakage", tuple(clips))


def _listed(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise NotFound(f"{folder}, listed in splits.json, does not exist.")
    return sorted(path for path in folder.iterdir() if path.suffix in AUDIO_SUFFIXES)


def _musdb(folder: Path, set_name: str, suffix: str) -> ClipRef:
    """A track of MUSDB's stems; the mixture is their sum unless the folder has a mixture file."""
    stems = tuple(folder / f"{stem}{suffix}" for stem in MUSDB_STEMS)
    mixture = folder / f"mixture{suffix}"
    return ClipRef(set_name, folder.name, (folder / f"vocals{suffix}",), stems, mixture if mixture.is_file() else None)


def _excerpts(folder: Path) -> list[ClipRef]:
    """Consecutive excerpts of 12 s of a full song, those with singing at least half of the time."""
    files = {path.stem: path for path in _listed(folder)}
    voice, rate = read_audio(files["vocals"], 8000)
    block = rate // 10
    blocks = voice.mean(axis=0)[: voice.shape[1] // block * block].reshape(-1, block)
    level = np.sqrt((blocks**2).mean(axis=1))
    sung = level > level.max() * 10 ** (SUNG_DB / 20)
    per_excerpt = round(EXCERPT_S * 10)
    clips = []
    for first in range(0, len(sung) - per_excerpt + 1, per_excerpt):
        if sung[first : first + per_excerpt].mean() >= SUNG_SHARE:
            start = first / 10
            name = f"{folder.name}_{round(start):03d}s"
            clips.append(
                ClipRef(
                    "songs",
                    name,
                    (files["vocals"],),
                    (files["accompaniment"],),
                    start=start,
                    stop=start + EXCERPT_S,
                    song_name=folder.name,
                )
            )
    return clips


def folder_set(folder: Path) -> EvaluationSet:
    """A folder of pairs in one of these layouts:

    - MUSDB18-HQ: `test/TRACK/{mixture,drums,bass,other,vocals}.wav` (only `test` is scored);
    - a folder per clip: `CLIP/mixture.*`, `CLIP/vocals.*` and optionally `CLIP/accompaniment.*`;
      `CLIP/accompaniment.*` alone is music without vocals;
    - a folder per part: `mixture/NAME.*`, `vocals/NAME.*` and optionally `accompaniment/NAME.*`.

    Raises:
        NotFound: the folder does not exist or contains no pairs.
    """
    base = folder / "test" if (folder / "test").is_dir() else folder
    if not base.is_dir():
        raise NotFound(f"The folder {folder} does not exist.")
    name = folder.name or "folder"
    if (base / "mixture").is_dir() and (base / "vocals").is_dir():
        parts = {part: _by_stem(base / part) for part in ("mixture", "vocals", "accompaniment")}
        clips = [
            ClipRef(name, stem, (path,), _maybe(parts["accompaniment"].get(stem)), parts["mixture"][stem])
            for stem, path in parts["vocals"].items()
            if stem in parts["mixture"]
        ]
    else:
        clips = [clip for sub in sorted(base.iterdir()) if sub.is_dir() and (clip := _pair(sub, name))]
    if not clips:
        raise NotFound(
            f"No pairs in {base}: expected CLIP/mixture.wav with CLIP/vocals.wav, mixture/NAME.wav with "
            "vocals/NAME.wav, MUSDB18-HQ's test folder, or CLIP/accompaniment.wav alone for music without vocals."
        )
    if base != folder:
        return EvaluationSet(name, "full songs (MUSDB18-HQ's layout, test list)", tuple(clips), full_songs=True)
    return EvaluationSet(name, f"the recordings of {name} at full length", tuple(clips))


def _by_stem(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in _listed(folder)} if folder.is_dir() else {}


def _maybe(path: Path | None) -> tuple[Path, ...]:
    return () if path is None else (path,)


def _pair(folder: Path, set_name: str) -> ClipRef | None:
    files = _by_stem(folder)
    if files.keys() == {"accompaniment"}:
        return ClipRef(set_name, folder.name, mixture=files["accompaniment"])
    stems = all(stem in files for stem in MUSDB_STEMS)
    if "vocals" not in files or not (stems or {"mixture", "accompaniment"} & files.keys()):
        return None
    if stems:
        return _musdb(folder, set_name, files["vocals"].suffix)
    return ClipRef(set_name, folder.name, (files["vocals"],), _maybe(files.get("accompaniment")), files.get("mixture"))
