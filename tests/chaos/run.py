"""Every promise of the service under attack: `make chaos`, or `python -m tests.chaos.run --only kills --only frozen`.

Runs each scenario on a separate service (tiny model, Redis with AOF, S3 server), and prints one table: promise,
attack, number of trials, result. Exit status 1: a promise was broken.
"""

import argparse
import sys
import tempfile
import time
import traceback
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from types import ModuleType

from deploy.local.stack import interruptible
from tests.chaos import frozen, kills, load, outages, parallel, poison, popped, stops, terms, turns
from tests.chaos.place import Place, place
from tests.chaos.rows import Row, read, table, write
from tests.chaos.songs import Songs

SCENARIOS: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (kills, popped, frozen, poison, terms, parallel, stops, turns, outages, load)
}
QUICK = ("parallel", "popped", "terms", "frozen", "poison", "kills")  # in sequence on one service
QUICK_SETTINGS = {
    "VOICELIFT_LEASE_S": "6",
    "VOICELIFT_HEARTBEAT_S": "0.5",
}  # in parallel with other tests: no lease expires under load


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", choices=SCENARIOS, help="this scenario; may be given several times")
    parser.add_argument("--quick", action="store_true", help="a few trials of each, for CI")
    parser.add_argument("--json", type=Path, default=Path("out/chaos.json"), help="where the figures go")
    parser.add_argument("--show", action="store_true", help="only print the table of what was run before, by parts")
    args = parser.parse_args(argv)
    if args.show:
        return print_table([row for rows in read(args.json).values() for row in rows])
    order = (*QUICK, *(set(SCENARIOS) - set(QUICK))) if args.quick else tuple(SCENARIOS)
    names = [name for name in order if name in (args.only or (QUICK if args.quick else SCENARIOS))]
    results: dict[str, list[Row]] = {}
    with interruptible(), tempfile.TemporaryDirectory(prefix="chaos-") as name, ExitStack() as stack:
        folder = Path(name)
        songs = Songs(folder / "songs")
        stack.callback(songs.close)
        shared = None
        if args.quick and set(names) & set(QUICK):
            shared = stack.enter_context(place(folder / "quick", QUICK_SETTINGS, {}))
        for each in names:
            scenario, started = SCENARIOS[each], time.monotonic()
            announce(f"{each}: {(scenario.__doc__ or '').partition(chr(10))[0]}")
            with shared_or_own(each, folder, shared if each in QUICK else None) as service:
                results[each] = attack(each, service, songs, args.quick)
            write(args.json, {each: results[each]})
            announce(f"{table(results[each])}\n{each}: {time.monotonic() - started:.0f} s\n")
    return print_table([row for each in names for row in results[each]])


def print_table(rows: list[Row]) -> int:
    """Print the table; returns 1 when a promise was broken."""
    print(table(rows))
    return 0 if all(row.kept for row in rows) else 1


def shared_or_own(name: str, folder: Path, shared: Place | None) -> AbstractContextManager[Place]:
    if shared is not None:
        return nullcontext(shared)
    return place(folder / name, SCENARIOS[name].SETTINGS, getattr(SCENARIOS[name], "DISKS", {}))


def attack(name: str, service: Place, songs: Songs, quick: bool) -> list[Row]:
    """The rows of a scenario; if it fails, a row that says so, with the last log lines of the service."""
    rows: list[Row] = []
    try:
        rows.extend(SCENARIOS[name].run(service, songs, quick))
        if dead := service.ended():
            rows.append(Row("no process ends by itself", name, ", ".join(dead), "none", False))
    except Exception as error:  # noqa: BLE001  (reported in the table)
        traceback.print_exc()
        rows.append(Row(f"{name} is carried through", "-", f"{type(error).__name__}: {error}", "to its end", False))
    if not all(row.kept for row in rows):
        for path in sorted(service.logs.glob("*.log")):
            announce("\n".join([f"--- {path.name}", *path.read_text(errors="replace").splitlines()[-20:]]))
    return rows


def announce(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
