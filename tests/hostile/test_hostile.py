"""A short form of `make hostile`: some files of every group and some mutants through the whole service."""

import collections
from pathlib import Path

from tests.hostile.corpus import Case, corpus
from tests.hostile.mutants import mutants
from tests.hostile.run import FORMATS, run
from tests.hostile.seeds import make_seeds
from tests.hostile.service import Opened, Outcome


def test_hostile_files_keep_the_promises() -> None:
    report = run(mutant_count=18, every=14, formats="turns")
    for row in report.rows():
        print(*row, sep=" | ")
    assert report.wrong == []
    assert len(report.outcomes) >= 45
    separated = collections.Counter(each.format for each in report.outcomes if each.good and each.case.strange_sound)
    assert set(separated) == set(FORMATS)
    assert min(separated.values()) >= 1
    assert sum(outcome.good for outcome in report.outcomes) >= 12
    assert report.codecs.peak_bytes < 1 << 30


def test_the_corpus_is_large_and_reproducible(tmp_path: Path) -> None:
    """Except random numbers of encoders, such as serials of Ogg streams; so the seeds are given."""
    seeds = make_seeds(tmp_path)
    cases = corpus(tmp_path, seeds, "http://127.0.0.1:9", tmp_path / "canary")
    assert len(cases) >= 300
    assert {case.expect for case in cases} == {"good", "bad", "any"}
    assert list(mutants(seeds, 60)) == list(mutants(seeds, 60))
    damaged = [case.data for case in mutants(seeds, 200)]
    assert len({*damaged, *seeds.values()}) > 200, "nearly all differ from the originals"


def test_broken_promises_are_reported(tmp_path: Path) -> None:
    good, bad = Case("g", "g", b"", "good"), Case("b", "b", b"", "bad")
    assert Outcome(good, "flac", "form", 202, "", True, 1).wrong == ""
    assert Outcome(bad, "flac", "form", 202, "damaged_media", False, 1).wrong == ""
    assert Outcome(bad, "flac", "form", 415, "unsupported_media", False, 1).wrong == ""
    for broken in (
        Outcome(good, "flac", "form", 202, "damaged_media", False, 1),
        Outcome(bad, "flac", "form", 202, "", True, 1),
        Outcome(bad, "flac", "form", 503, "busy", False, 1),
        Outcome(bad, "flac", "form", 202, "internal", False, 1),
        Outcome(bad, "flac", "form", 202, "stuck running", False, 1),
    ):
        assert broken.wrong
    canary = tmp_path / "canary"
    canary.write_bytes(b"x")
    opened = Opened(canary)
    assert not opened()
    canary.read_bytes()
    assert opened()
