"""`make demo`: start the whole service, separate a song through its HTTP API, print the figures, stop everything.

python -m deploy.local.demo [SONG] [--out FOLDER]
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from deploy.local import client, plan
from deploy.local.stack import ROOT, Stack, interruptible

DEMO_SONG = Path(__file__).parent / "demo_song" / "demo_song.flac"


def main(argv: list[str] | None = None) -> int:
    """Returns the exit status: 0, 1 after a failure, 130 after an interrupt."""
    parser = argparse.ArgumentParser(prog="make demo", description="Separate a song with the whole service.")
    parser.add_argument("song", nargs="?", type=Path, default=DEMO_SONG, help="an audio or video file")
    parser.add_argument("--out", type=Path, default=ROOT / "out", metavar="FOLDER", help="output folder for the stems")
    args = parser.parse_args(argv)
    if not args.song.is_file():
        print(f"{args.song} does not exist. Try: make demo SONG=path/to/song.mp3", file=sys.stderr)
        return 1
    data = Path(tempfile.mkdtemp(prefix="voicelift-demo-"))
    keep = False
    try:
        with interruptible():
            _demo(args.song, args.out, data)
        return 0
    except (plan.StackError, client.ClientError, httpx.HTTPError) as error:
        keep = True
        reason = str(error) or type(error).__name__
        _print(f"\nThe demo failed. {reason}\nLogs: {data / 'log'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _print("\nInterrupted. All processes have stopped.", file=sys.stderr)
        return 130
    finally:
        _clear(data, keep_log=keep)


def _demo(song: Path, out: Path, data: Path) -> None:
    with Stack(plan.make(data, os.environ), log=data / "log") as stack:
        _print("Starting Redis, S3, the workers and the API ...")
        started = time.monotonic()
        stack.start()
        _print(f"Ready after {time.monotonic() - started:.1f} s at {stack.plan.url}. Sending {song.name} ...")
        with httpx.Client(base_url=stack.plan.url, timeout=60, trust_env=False) as http:
            job = _separate(http, song, stack)
            saved = client.download(http, job, out, song.stem)
        _report(job, saved)
        _print("Stopping ...")
    _print("All processes have stopped.")


def _separate(http: httpx.Client, song: Path, stack: Stack) -> dict[str, Any]:
    started = time.monotonic()
    shown = ""
    posted = client.post(http, song)
    for job in client.follow(http, posted, stack.check):
        line = _progress_line(job)
        if line != shown:
            _print(f"{time.monotonic() - started:7.1f} s  {line}")
            shown = line
    if job["state"] != "succeeded":
        error = job.get("error") or {"message": f"The job is {job['state']}.", "code": job["state"]}
        raise client.ClientError(f"{error['message']} ({error['code']})")
    return job


def _progress_line(job: dict[str, Any]) -> str:
    progress = job["progress"]
    done, total = progress["chunks_done"], progress["chunks_total"]
    if not total:
        return str(job["stage"] or job["state"])
    bar = "#" * round(24 * done / total)
    return f"[{bar:<24}] {done} of {total} chunks, {job['stage'] or job['state']}"


def _report(job: dict[str, Any], saved: dict[str, Path]) -> None:
    timings, null_error = job["timings"], job["null_error_db"]
    null = "exactly zero" if null_error is None else f"{null_error:.1f} dB"
    _print("")
    for warning in job["warnings"]:
        _print(f"Warning: {warning}")
    for stem, path in saved.items():
        _print(f"{stem:<13} {_shown(path)}")
    for what, value in (
        ("wait time", _seconds(timings["queue_s"])),
        ("first audio", f"{_seconds(timings['first_piece_s'])} after the upload (the HLS playlist is playable)"),
        ("inference", _seconds(timings["inference_s"])),
        ("total", _seconds(timings["total_s"])),
        ("RTF", f"{timings['rtf']:.3f} (inference time / duration of the song)"),
        ("null error", f"{null} (mixture - vocals - instrumental)"),
    ):
        _print(f"{what:<13} {value}")


def _seconds(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f} s"


def _shown(path: Path) -> Path:
    absolute = path.resolve()
    return absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute


def _clear(data: Path, keep_log: bool) -> None:
    if not keep_log:
        shutil.rmtree(data, ignore_errors=True)
        return
    for item in data.iterdir():
        if item.is_dir():
            shutil.rmtree(item, ignore_errors=True)


def _print(text: str, file: Any = None) -> None:
    print(text, file=file or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
