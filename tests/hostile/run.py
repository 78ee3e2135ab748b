"""Hostile files through the whole service: `make hostile`, or `python -m tests.hostile.run --mutants 1000`.

Prints promises, trials and results, and every case that breaks a promise; exit status 1 if one does.
"""

import argparse
import collections
import itertools
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.audio.formats import OutputFormat
from deploy.local.stack import interruptible
from tests.hostile.corpus import Case, corpus
from tests.hostile.mutants import mutants
from tests.hostile.seeds import make_seeds
from tests.hostile.service import LONGEST_S, Codecs, Opened, Outcome, service
from tests.support import web

FORMATS = tuple(output.value for output in OutputFormat)


@dataclass(frozen=True)
class Report:
    outcomes: Sequence[Outcome]
    codecs: Codecs
    dead: Sequence[str]
    tracebacks: Sequence[str]
    requests_to_canary: int
    canary_opened: bool

    @property
    def wrong(self) -> list[str]:
        problems = [
            f"{each.case.name} ({each.way}, {each.format}): {each.wrong}" for each in self.outcomes if each.wrong
        ]
        problems += [f"{name} has ended" for name in self.dead]
        if self.requests_to_canary or self.canary_opened:
            problems.append("a canary was touched")
        problems += [f"in the log: {line}" for line in self.tracebacks]
        return problems

    def rows(self) -> list[tuple[str, str, str]]:
        """(promise, trials, result)"""
        names = {each.case.name for each in self.outcomes if not each.case.name.startswith("mutant")}
        mutated = {each.case.name for each in self.outcomes} - names
        formats = len({each.format for each in self.outcomes})
        done = f"{len(names)} made, {len(mutated)} mutants, {formats} formats, sent {len(self.outcomes)} times"
        tally = collections.Counter("separated" if each.good else each.code for each in self.outcomes)
        faults = sum(each.status >= 500 for each in self.outcomes)
        nameless = sum(bool(each.wrong) and each.status < 500 for each in self.outcomes)
        slowest = max(self.outcomes, key=lambda each: each.seconds)
        peaks = ", ".join(f"{name} {peak / 1e6:.0f} MB" for name, peak in sorted(self.codecs.workers_peak.items()))
        return [
            (
                "no crash: no process of the service ends",
                done,
                f"{len(self.dead)} ended, {len(self.tracebacks)} tracebacks",
            ),
            ("no 5xx", done, f"{faults}"),
            ("each is separated, or refused with its reason", done, f"{nameless} without; {_summary(tally)}"),
            ("no file or address that a file names is opened", "a canary of each", self._canaries()),
            (
                "decoding and encoding are bounded in memory (1 GiB) and time",
                f"{len(self.codecs.seen)} processes seen",
                f"at most {self.codecs.peak_bytes / 1e6:.0f} MB and {self.codecs.longest_s:.1f} s",
            ),
            ("the processes' own memory", done, peaks),
            ("the slowest", slowest.case.name, f"{slowest.seconds:.1f} s, waiting included"),
        ]

    def _canaries(self) -> str:
        return f"{self.requests_to_canary} connections, file {'opened' if self.canary_opened else 'not opened'}"


def run(mutant_count: int, every: int = 1, formats: str = "each") -> Report:
    """Send every `every`-th case of the corpus and that many mutants. `formats`: "each" requests every case of the
    corpus in every format, "turns" only strange sounds in every format; all others, and mutants, alternate."""
    with interruptible(), tempfile.TemporaryDirectory(prefix="hostile-") as name, web.serving() as canary:
        folder = Path(name)
        seeds = make_seeds(folder)
        secret = folder / "canary.wav"
        secret.write_bytes(seeds["a.wav"])
        cases: list[Case] = corpus(folder, seeds, f"http://127.0.0.1:{canary.port}", secret)[::every]
        in_turn = [case for case in cases if not (formats == "each" or case.strange_sound)]
        in_all = [case for case in cases if formats == "each" or case.strange_sound]
        requested = list(zip([*in_turn, *mutants(seeds, mutant_count)], itertools.cycle(FORMATS), strict=False))
        requested += itertools.product(in_all, FORMATS)
        opened = Opened(secret)
        with service(folder / "data") as running:
            outcomes = running.send_all(requested)
            return Report(outcomes, running.codecs, running.dead(), running.tracebacks(), canary.connections, opened())


def _summary(tally: collections.Counter[str]) -> str:
    return ", ".join(f"{count} {code}" for code, count in tally.most_common())


def main() -> int:
    parser = argparse.ArgumentParser(description=f"Hostile files; a recording may last {LONGEST_S} s.")
    parser.add_argument("--mutants", type=int, default=1000)
    parser.add_argument("--every", type=int, default=1, help="only every n-th file of the corpus")
    parser.add_argument("--formats", choices=["each", "turns"], default="each", help="files take turns at the formats")
    args = parser.parse_args()
    report = run(args.mutants, args.every, args.formats)
    for promise, done, reached in report.rows():
        print(f"{promise}\n    done     {done}\n    reached  {reached}")
    for fault in report.wrong:
        print(f"BROKEN: {fault}")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
