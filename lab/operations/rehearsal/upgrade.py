"""`make rehearse-upgrade`: every process is replaced by a build with another record, with songs in flight.

The new build is a copy of this one, with one more field in every job's record. Both run in parallel for a while, and
songs are sent to both; then the old processes get SIGTERM, one after the other. Then the reverse.
"""

import argparse
import shutil
import sys
from pathlib import Path

from deploy.local import client, plan
from deploy.local.demo import DEMO_SONG
from deploy.local.stack import ROOT
from lab.operations.measure import repeated
from lab.operations.rehearsal.fleet import Fleet, fleet, jobs, post, run_rehearsal, second_build, until, wait_for_jobs
from lab.tables import print_table

SONG_S, SONGS = 60.0, 6
# The changed record, as written by the new build, and its presence.
WRITTEN, READ = '    fields["request_id"] = ', "    request_id: str | None = None\n"
PATCHES = {
    "core/jobs/records.py": (WRITTEN, '    fields["record_version"] = "2"\n' + WRITTEN),
    "core/jobs/job.py": (READ, READ + "    record_version: int = 1\n"),
}


def main(argv: list[str] | None = None) -> int:
    argparse.ArgumentParser(prog="make rehearse-upgrade", description=__doc__.partition("\n")[0]).parse_args(argv)
    return run_rehearsal(rehearse)


def rehearse(folder: Path) -> None:
    song, build = repeated(DEMO_SONG, SONG_S, folder / "song.wav"), new_build(folder / "build")
    with fleet(folder / "stack") as old:
        old.start()
        rows = []
        with second_build(old, build, folder / "new.log") as new:
            rows.append(replaced("upgrade", old, new, song))
            # The rollback: this build again, on the records of the other.
            with second_build(old, ROOT, folder / "back.log") as back:
                rows.append(replaced("roll back", new, back, song))
        print_table(rows)


def replaced(what: str, leaving: Fleet, coming: Fleet, song: Path) -> dict[str, str]:
    """Replace every process of `leaving` with songs in flight; returns the outcome of the songs."""
    paths = post(leaving.url, song, SONGS)
    until(lambda: any(job["progress"]["chunks_done"] for job in jobs(leaving.url, paths)), "a chunk is done")
    coming.start()
    paths += post(leaving.url, song, SONGS)
    paths += post(coming.url, song, SONGS)
    in_flight = sum(job["state"] not in client.TERMINAL for job in jobs(coming.url, paths))
    for name in list(leaving.runs):
        leaving.end(name)
    bodies = wait_for_jobs(coming.url, paths)
    succeeded = sum(job["state"] == "succeeded" for job in bodies)
    return {
        "": what,
        "songs sent": str(len(paths)),
        "in flight at the stop": str(in_flight),
        "succeeded": str(succeeded),
        "lost": str(len(paths) - succeeded),
    }


def new_build(folder: Path) -> Path:
    """The code of the service with another record. Raises StackError when the places to change are missing."""
    for name in ("api", "core", "worker"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "models" / "default", folder / "models" / "default")
    for name, (old, new) in PATCHES.items():
        path = folder / name
        text = path.read_text()
        if text.count(old) != 1:
            raise plan.StackError(f"{name} does not fit this rehearsal: {old.strip()!r} does not occur exactly once.")
        path.write_text(text.replace(old, new))
    return folder


if __name__ == "__main__":
    sys.exit(main())
