"""`python -m lab.operations.rehearsal.restore`: Redis is backed up under load, loses its data, and is restored.

As in docs/operations.md: the append-only files are copied under load, more songs follow, then Redis' folder is deleted
and replaced by the copy. S3 is newer, so `voicelift admin rebuild --restored` restores all records.
"""

import argparse
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import redis

from deploy.local import plan
from deploy.local.demo import DEMO_SONG
from deploy.local.stack import Stack
from lab.operations.measure import repeated
from lab.operations.rehearsal.fleet import jobs, post, run_rehearsal, until, wait_for_jobs
from lab.tables import print_table

SONG_S, SONGS = 30.0, 3  # before the backup, and after


def main(argv: list[str] | None = None) -> int:
    argparse.ArgumentParser(prog="make rehearse-restore", description=__doc__.partition("\n")[0]).parse_args(argv)
    return run_rehearsal(rehearse)


def rehearse(folder: Path) -> None:
    song = repeated(DEMO_SONG, SONG_S, folder / "song.wav")
    planned = plan.make(folder / "data", os.environ)
    url, data, backup = planned.url, folder / "data" / "redis", folder / "backup"
    with Stack(planned, folder / "log") as stack:
        stack.start()
        early = post(url, song, SONGS)
        until(lambda: any(job["progress"]["chunks_done"] for job in jobs(url, early)), "a chunk is done")
        back_up(planned.environment["REDIS_URL"], data, backup)
        wait_for_jobs(url, early)
        late = post(url, song, SONGS)
        before = wait_for_jobs(url, early + late)
    for path in append_only_files(data):
        path.unlink()
    shutil.copytree(backup, data, dirs_exist_ok=True)
    with Stack(planned, folder / "log") as stack:
        stack.run(*planned.backends)
        # The workers in the backup must expire first.
        until(lambda: rebuild_records(planned), "the records are rebuilt")
        stack.run(*planned.app)
        until(lambda: bool(known_jobs(url, early)), "the API responds")
        after = wait_for_jobs(url, early + late)
    print_table([
        {"what": "songs in flight at the backup", "": str(len(early))},
        {"what": "songs sent after the backup", "": str(len(late))},
        {"what": "records after `voicelift admin rebuild --restored`", "": str(len(after))},
        {"what": "songs succeeded, before and after", "": f"{_succeeded(before)}, {_succeeded(after)}"},
        {"what": "songs with identical files by SHA-256", "": str(_same(before, after))},
    ])  # fmt: skip


def back_up(redis_url: str, data: Path, backup: Path) -> None:
    """Copy the append-only files of a running Redis, with rewrites disabled."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as server:
        usual: Any = server.config_get("auto-aof-rewrite-percentage")
        server.config_set("auto-aof-rewrite-percentage", 0)
        until(lambda: not server.info("persistence")["aof_rewrite_in_progress"], "no rewrite is in progress")
        for path in append_only_files(data):
            target = backup / path.relative_to(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        server.config_set("auto-aof-rewrite-percentage", usual["auto-aof-rewrite-percentage"])


def append_only_files(data: Path) -> list[Path]:
    """The append-only files: in a separate folder from Redis 7 on, one file before."""
    return [path for path in data.rglob("appendonly*") if path.is_file()]


def rebuild_records(planned: plan.Plan) -> bool:
    command = ["voicelift", "admin", "rebuild", "--restored"]
    return subprocess.run(command, env=planned.environment, capture_output=True, check=False).returncode == 0


def known_jobs(url: str, paths: list[str]) -> list[str]:
    """Jobs that the service knows; none while it does not respond."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http, suppress(httpx.TransportError):
        return [path for path in paths if http.get(path).is_success]
    return []


def _succeeded(bodies: list[dict[str, Any]]) -> int:
    return sum(job["state"] == "succeeded" for job in bodies)


def _same(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> int:
    hashes = [[output["sha256"] for output in job["outputs"]] for job in (*before, *after)]
    return sum(one == other for one, other in zip(hashes[: len(before)], hashes[len(before) :], strict=True))


if __name__ == "__main__":
    sys.exit(main())
