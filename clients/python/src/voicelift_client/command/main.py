"""The command `voicelift-client`."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import anyio

from voicelift_client._version import VERSION
from voicelift_client.aio import AsyncVoicelift
from voicelift_client.command.bar import Bar
from voicelift_client.command.batch import Batch, Outcome
from voicelift_client.command.journal import Journal
from voicelift_client.command.songs import Song, WrongCommand, plan
from voicelift_client.errors import VoiceliftError
from voicelift_client.models import JobOptions

DONE, SOME_FAILED, WRONG_COMMAND, NO_SERVICE, INTERRUPTED = 0, 1, 2, 3, 130
FIRST_RESPONSE_S = 10.0  # a wrong URL should fail soon
RETRY_FOR_S = 3600.0

EPILOG = """\
The paths of the stems go to standard output, everything else to standard error. The file .voicelift-client.jsonl of the
output folder records the progress: after an interruption the same command resumes.

exit status:
  0  all songs are separated
  1  some songs failed; the others are separated
  2  the command line is invalid
  3  the service cannot be used: no response, a wrong key, no quota left; the same command resumes later
"""


def parser() -> argparse.ArgumentParser:
    command = argparse.ArgumentParser(prog="voicelift-client", description="Separate songs with a Voicelift service.")
    command.add_argument("--version", action="version", version=VERSION)
    separate = command.add_subparsers(dest="command", required=True).add_parser(
        "separate",
        help="separate songs",
        description="Separate songs: files, folders with their contents, or URLs (https://...).",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = separate.add_argument
    add("songs", nargs="+", metavar="SONG", help="file, folder, or URL that the service downloads")
    add("-o", "--out", type=Path, default=Path("stems"), help="folder for the stems (default: stems)")
    add("--url", default=os.environ.get("VOICELIFT_URL"), help="URL of the service (default: VOICELIFT_URL)")
    add(
        "--key",
        default=os.environ.get("VOICELIFT_KEY"),
        help="API key; prefer VOICELIFT_KEY, which other users cannot see",
    )
    stems = "the model's, with commas (default: vocals,instrumental)"
    add("--stems", type=lambda text: text.split(","), metavar="STEM,...", help=stems)
    add("--format", help="auto (FLAC), same, wav16, wav24, wav32f, flac, mp3, m4a, opus")
    add("--quality", help="draft, standard, high")
    add("--steps", type=int, help="denoising steps; overrides the quality")
    add("--render", help="masked, generative")
    add("--seed", type=int, help="the same seed gives the same result (default: 0)")
    add("--batch", metavar="LABEL", help="label of the jobs, to list them and wait for them elsewhere")
    add("--concurrency", type=int, default=4, metavar="N", help="concurrent songs (default: 4)")
    add("--overwrite", action="store_true", help="replace existing files")
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    args = parser().parse_args(arguments)
    try:
        songs = plan(args.songs, args.out)
        if not args.url:
            raise WrongCommand("Set the URL of the service with --url or VOICELIFT_URL.")
        if args.concurrency < 1:
            raise WrongCommand("--concurrency must be at least 1.")
        args.out.mkdir(parents=True, exist_ok=True)
        journal = Journal(args.out)
        return anyio.run(_separate, args, songs, journal)
    except (WrongCommand, OSError, ValueError) as error:
        _print(str(error))
        return WRONG_COMMAND
    except VoiceliftError as error:
        _print(str(error))
        return NO_SERVICE
    except KeyboardInterrupt:
        _print("Interrupted. The same command resumes; the service continues the accepted jobs.")
        return INTERRUPTED


async def _separate(args: argparse.Namespace, songs: list[Song], journal: Journal) -> int:
    async with AsyncVoicelift(args.url, args.key, retry_for_s=FIRST_RESPONSE_S) as voicelift:
        await voicelift.models()
    bar = Bar(sys.stderr, len(songs))
    names = ("stems", "format", "quality", "steps", "render", "seed", "batch")
    options = {name: value for name in names if (value := getattr(args, name)) is not None}
    async with AsyncVoicelift(args.url, args.key, retry_for_s=RETRY_FOR_S) as voicelift:
        batch = Batch(
            client=voicelift,
            url=args.url.rstrip("/"),
            out=args.out,
            options=cast(JobOptions, options),
            journal=journal,
            bar=bar,
            on_saved=_print_path,
            overwrite=args.overwrite,
        )
        with _repeats_shown(bar):
            outcome = await batch.run(songs, args.concurrency)
    return _sum_up(outcome, len(songs))


def _sum_up(outcome: Outcome, songs: int) -> int:
    parts = [f"{outcome.saved + outcome.done} of {songs} songs are separated"]
    if outcome.done:
        parts.append(f"{outcome.done} of them by an earlier run")
    if outcome.failed:
        parts.append(f"{len(outcome.failed)} failed")
    _print(", ".join(parts) + ".")
    if outcome.ended_by is not None:
        _print(f"The other songs were not sent: {outcome.ended_by} The same command resumes later.")
        return NO_SERVICE
    return SOME_FAILED if outcome.failed else DONE


@contextmanager
def _repeats_shown(bar: Bar) -> Iterator[None]:
    """Retries of the client, printed above the bar; at the end, no bar."""

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            bar.line(record.getMessage())

    logger, handler = logging.getLogger("voicelift_client"), Lines()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        bar.clear()


def _print_path(path: Path) -> None:
    sys.stdout.write(f"{path}\n")
    sys.stdout.flush()


def _print(text: str) -> None:
    sys.stderr.write(f"voicelift-client: {text}\n")
