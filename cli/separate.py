"""`voicelift separate song.mp3 -o out/`: the service's result without a service."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from tqdm import tqdm

from cli.installed import default_model
from core.audio import chunks
from core.audio.chunker import iter_chunks
from core.audio.decode import PcmStream, open_audio
from core.audio.encode import write_stems
from core.audio.formats import OutputFormat, choose_format
from core.audio.names import stem_name
from core.audio.stems import Parts
from core.card import Card, load_card
from core.errors import InvalidOptions
from core.separation.engine import Engine
from core.separation.track import separate_chunks


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `separate` to the commands of `voicelift`."""
    parser = sub.add_parser("separate", help="separate a song on this machine, without a service")
    parser.add_argument("song", type=Path, help="any audio or video file")
    parser.add_argument("-o", "--out", type=Path, default=Path("out"), help="output folder (default: out)")
    parser.add_argument("--overwrite", action="store_true", help="replace existing stems in the folder")
    parser.add_argument(
        "--stems", default="vocals,instrumental", help="stems of the model, comma-separated (default: %(default)s)"
    )
    parser.add_argument("--format", default="auto", choices=["auto", "same", *OutputFormat])
    parser.add_argument("--render", default="masked", choices=["masked", "generative"])
    parser.add_argument("--quality", default="standard", choices=["draft", "standard", "high"])
    parser.add_argument("--steps", type=int, help="denoising steps; overrides the quality")
    parser.add_argument("--eta", type=float, help="share of noise added per step, 0 to 1; overrides the quality")
    parser.add_argument("--t-start", type=float, help="start of sampling; the paper's is 1, pure generation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path, default=default_model(), help="model folder")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores); the result depends on them")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Separate one file. Raises InputError for an unusable file, InvalidOptions for invalid options."""
    _check(args)
    stems = _stems(load_card(args.model), args)
    with closing(Engine.load(args.model, args.device, args.threads)) as engine:
        print(f"{engine.card.name} {engine.card.version}: {engine.card.licence}", file=sys.stderr)
        started = time.perf_counter()
        with open_audio(args.song) as source:
            output = choose_format(args.format, source.info)
            args.out.mkdir(parents=True, exist_ok=True)
            paths = {stem: args.out / stem_name(args.song.stem, stem, output.extension) for stem in stems}
            if not args.overwrite:
                _refuse_existing(paths.values())
            with tempfile.TemporaryDirectory(prefix=".voicelift-", dir=args.out) as folder:
                unfinished = {stem: Path(folder, stem) for stem in stems}
                pieces = _separated(engine, source, args)
                same = args.format == "same"
                written = write_stems(pieces, unfinished, output, source.info, same, source.cover)
                for stem, path in paths.items():
                    _move(unfinished[stem], path, args.overwrite)
            seconds = source.samples / source.info.sample_rate
        taken = time.perf_counter() - started
    for file in written.files:
        print(f"{paths[file.stem]}{f'  ({file.converted})' if file.converted else ''}")
    for warning in [*source.warnings, *written.warnings]:
        print(f"Warning: {warning}", file=sys.stderr)
    null = "none" if written.null_error_db is None else f"{written.null_error_db:.1f} dB"
    print(
        f"{seconds:.1f} s of audio in {taken:.1f} s (RTF {taken / seconds:.3f}), null error {null}",
        file=sys.stderr,
    )
    return 0


def _refuse_existing(paths: Iterable[Path]) -> None:
    """Raises InvalidOptions for an existing file, possibly a stem of another song of that name."""
    if existing := [path for path in paths if path.exists()]:
        raise InvalidOptions(f"{existing[0]} exists. Name another folder with --out, or replace it with --overwrite.")


def _move(unfinished: Path, path: Path, overwrite: bool) -> None:
    """Rename a finished file. Raises InvalidOptions if another process has taken the name meanwhile."""
    if not overwrite:
        try:
            path.hardlink_to(unfinished)  # unlike a rename, it never replaces a file
            return
        except OSError:  # the name is taken, or the file system has no links
            _refuse_existing([path])
    unfinished.replace(path)


def _separated(engine: Engine, source: PcmStream, args: argparse.Namespace) -> Iterator[Parts]:
    """The pieces, with a progress bar."""
    info, card = source.info, engine.card
    cut = iter_chunks(source, info.sample_rate, card.geometry, card.sample_rate)
    sampling = card.sampling(args.quality, args.steps, args.eta, args.t_start, args.render)
    with tqdm(total=_expected(info.duration_s, info.sample_rate, card), unit="chunk", desc=args.song.name) as bar:
        for piece in separate_chunks(
            engine, cut, info.sample_rate, sampling, args.seed, args.render, layout=info.layout
        ):
            bar.update()
            yield piece.parts


def _expected(duration_s: float | None, rate: int, card: Card) -> int | None:
    """Number of chunks by the file's header, for the progress bar only."""
    return chunks.count(int(duration_s * rate), rate, card.geometry) if duration_s else None


def _stems(card: Card, args: argparse.Namespace) -> list[str]:
    stems = list(dict.fromkeys(stem.strip() for stem in args.stems.split(",")))
    if unknown := [stem for stem in stems if stem not in card.offered]:
        raise InvalidOptions(f"{card.name} has no stem {unknown[0]!r}. It has: {', '.join(card.offered)}.")
    if args.render not in card.renders:
        raise InvalidOptions(f"{card.name} has no render {args.render!r}. It has: {', '.join(card.renders)}.")
    return stems


def _check(args: argparse.Namespace) -> None:
    """Raises InvalidOptions for options outside their range."""
    if args.steps is not None and not 1 <= args.steps <= 1000:
        raise InvalidOptions("--steps must be between 1 and 1000.")
    if args.eta is not None and not 0 <= args.eta <= 1:
        raise InvalidOptions("--eta must be between 0 and 1.")
    if args.threads is not None and args.threads < 1:
        raise InvalidOptions("--threads must be at least 1.")
    if args.t_start is not None and not 0 < args.t_start <= 1:
        raise InvalidOptions("--t-start must be above 0 and at most 1.")
    if not 0 <= args.seed < 2**63:
        raise InvalidOptions("--seed must be between 0 and 2^63 - 1.")
