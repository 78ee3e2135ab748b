"""`voicelift admin`: the jobs of a service, for its operator. Connects to Redis and S3 (with the service's variables),
so run it where the service runs, for example `docker compose exec api voicelift admin dead`."""

import argparse
import asyncio
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cli.service import add_data_option, use_running_service
from core import storage
from core.card import load_card
from core.errors import Conflict, InvalidOptions, VoiceliftError
from core.jobs.dead import DeadLetter, DeadLetters
from core.jobs.job import Job, ModelRef, State
from core.jobs.rebuild import Outcome, Rebuild
from core.jobs.store import JobStore
from core.settings import Settings

_EVERY = 500  # folders per line of progress


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `admin` to the commands of `voicelift`."""
    parser = sub.add_parser("admin", help="inspect the jobs of a service, handle dead letters, rebuild records")
    add_data_option(parser)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, act: Callable[["_Service", argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = actions.add_parser(name, help=text, description=text)
        command.set_defaults(act=act)
        return command

    jobs = action("jobs", _jobs, "list jobs, newest first")
    jobs.add_argument("--tenant", help="only jobs of this tenant (default: all)")
    jobs.add_argument("--state", type=State, choices=list(State), help="only jobs in this state")
    jobs.add_argument("--limit", type=int, default=50, metavar="N", help="maximum number (%(default)s)")
    show = action("show", _show, "show one job")
    show.add_argument("job")
    dead = action("dead", _dead, "list dead letters with their reasons")
    dead.add_argument("--limit", type=int, default=50, metavar="N", help="maximum number (%(default)s)")
    retry = action("retry", _retry, "create a new job from each, with the same recording and options")
    retry.add_argument("job", nargs="+")
    drop = action("drop", _drop, "drop dead letters; the jobs stay failed")
    drop.add_argument("job", nargs="*")
    drop.add_argument("--all", action="store_true", help="all dead letters")
    rebuild = action("rebuild", _rebuild, "restore the records that Redis has lost, from S3")
    how = rebuild.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="only print the changes")
    how.add_argument(
        "--restored",
        action="store_true",
        help="after restoring Redis from an older copy: first drop its job data. Only while nothing else runs",
    )


def run(args: argparse.Namespace) -> int:
    """Run one action. Exit status 0 if all of it succeeded; raises VoiceliftError."""
    use_running_service(args.data)
    settings = Settings()
    service = _Service(settings, JobStore.from_settings(settings))
    try:
        return int(args.act(service, args))
    finally:
        service.store.client.close()


@dataclass(frozen=True)
class _Service:
    settings: Settings
    store: JobStore

    @property
    def letters(self) -> DeadLetters:
        return DeadLetters(self.store.client)


def _jobs(service: _Service, args: argparse.Namespace) -> int:
    if args.limit < 1:
        raise InvalidOptions("--limit must be at least 1.")
    tenants = [args.tenant] if args.tenant else service.store.records.tenants()
    listed = [job for tenant in tenants for job in service.store.records.list_jobs(tenant, args.state, args.limit)]
    newest = sorted(listed, key=lambda job: job.id, reverse=True)[: args.limit]
    _table(("JOB", "TENANT", "STATE", "DONE", "CREATED", "ENDED", "ERROR"), [_row(job) for job in newest])
    return 0


def _row(job: Job) -> tuple[str, ...]:
    ended = _when(job.finished_at) if job.finished_at else "-"
    return (
        job.id, job.tenant, job.state, f"{job.fraction:.0%}", _when(job.created_at), ended,
        job.error.code if job.error else "-",
    )  # fmt: skip


def _show(service: _Service, args: argparse.Namespace) -> int:
    job = service.store.records.get(args.job)
    lines = {
        "state": f"{job.state}{f', {job.stage}' if job.stage and not job.state.terminal else ''}",
        "tenant": job.tenant,
        "created": _when(job.created_at),
        "started": _when(job.started_at) if job.started_at else "not yet",
        "ended": _when(job.finished_at) if job.finished_at else "not yet",
        "deadline": _when(job.deadline_at) if job.deadline_at else "none",
        "recording": f"{job.source.bytes or '?'} bytes" + (f", {job.audio.duration_s:.1f} s" if job.audio else ""),
        "model": f"{job.model.name} {job.model.version}",
        "chunks": f"{job.chunks_done} of {job.chunks_total or '?'} done, {job.pieces_published} published",
        "cancel requested": _when(job.cancel_requested_at) if job.cancel_requested_at else "no",
        "deleted": _when(job.deleted_at) if job.deleted_at else "no",
        "error": f"{job.error.code}: {job.error.message}" if job.error else "none",
    }
    if job.batch:
        lines["batch"] = job.batch
    if job.retry_of:
        lines["retry of"] = job.retry_of
    print(job.id)
    for name, text in lines.items():
        print(f"  {name + ':':<15}{text}")
    for held in service.store.records.held(job.id):
        print(f"  {'in flight:':<15}{held}")
    letter = service.letters.get(job.id)
    if letter is not None:
        print(f"  {'dead letter:':<15}{_what(letter)}")
        for number, one in enumerate(letter.tries, 1):
            started = f"began {_when(one.began_at)}, " if one.began_at else ""
            print(f"    {number}. {started}ended {_when(one.ended_at)}, on {one.worker or '?'}: {one.reason or '?'}")
    return 0


def _dead(service: _Service, args: argparse.Namespace) -> int:
    if args.limit < 1:
        raise InvalidOptions("--limit must be at least 1.")
    letters = service.letters.newest(args.limit)
    if not letters:
        print("There are no dead letters.")
        return 0
    rows = [(one.job_id, one.tenant, _when(one.at), _what(one), str(len(one.tries)), one.reason or "?")
            for one in letters]  # fmt: skip
    _table(("JOB", "TENANT", "GIVEN UP", "TASK", "TRIES", "LAST REASON"), rows)
    if (count := service.letters.count()) > len(letters):
        print(f"... and {count - len(letters)} older ones: --limit {count}")
    return 0


def _retry(service: _Service, args: argparse.Namespace) -> int:
    # Only this action needs the API's code, which the workers' images lack.
    from api.recordings import FromJob, Recording
    from api.submission import Submissions

    objects = storage.from_settings(service.settings)
    submissions = Submissions(
        store=service.store,
        storage=objects,
        model=ModelRef.of(load_card(service.settings.model_dir)),
        retention_s=service.settings.retention_s,
        max_wait_s=math.inf,
        announce=lambda _: None,  # the janitor sends the first hint
    )

    def one(job_id: str) -> str:
        old = service.store.records.get(job_id)
        if old.deleted_at is not None:
            raise Conflict("The owner has deleted this job.")
        recording = FromJob(old, objects)

        async def obtain(_key: str) -> Recording:
            return recording

        job = asyncio.run(submissions.submit(old.tenant, None, obtain)).job
        service.letters.drop(job_id)
        return f"{job_id}: retried as {job.id}."

    return _each(args.job, one)


def _drop(service: _Service, args: argparse.Namespace) -> int:
    if bool(args.job) == args.all:
        raise InvalidOptions("Name the jobs whose dead letters to drop, or use --all.")

    def one(job_id: str) -> str:
        return f"{job_id}: dropped." if service.letters.drop(job_id) else f"{job_id} has no dead letter."

    if not args.all:
        return _each(args.job, one)
    count = 0
    while letters := service.letters.newest(1000):
        count += sum(service.letters.drop(letter.job_id) for letter in letters)
    print(f"{count} dropped.")
    return 0


def _rebuild(service: _Service, args: argparse.Namespace) -> int:
    processed = 0

    def report(job_id: str, outcome: Outcome) -> None:
        nonlocal processed
        processed += 1
        if outcome in (Outcome.restored, Outcome.queued):
            print(f"{job_id} {'would be ' if args.dry_run else ''}{outcome}")
        if processed % _EVERY == 0:
            print(f"{processed} jobs processed", file=sys.stderr)

    rebuild = Rebuild(service.store, storage.from_settings(service.settings), args.dry_run)
    if args.restored:
        print(f"{rebuild.forget()} entries of an older copy were dropped.")
    counts = rebuild.run(report)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + ".")
    return 0


def _each(job_ids: list[str], do: Callable[[str], str]) -> int:
    """Run the action for every job; 1 if it failed for one."""
    status = 0
    for job_id in job_ids:
        try:
            print(do(job_id))
        except VoiceliftError as error:
            print(f"voicelift: {job_id}: {error.message}", file=sys.stderr)
            status = 1
    return status


def _what(letter: DeadLetter) -> str:
    return f"{letter.kind} {letter.index}" if letter.kind == "separate" else str(letter.kind)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in [head, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
