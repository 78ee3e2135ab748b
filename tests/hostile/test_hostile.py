"""A short form of `make hostile`: some files of every group and some mutants through the whole service."""

from pathlib import Path

from corpus import Case, corpus
from mutants import mutants
from run import run
from seeds import make_seeds
from service import Opened, Outcome


def test_hostile_files_break_nothing() -> None:
    report = run(mutant_count=32, every=8)
    for row in report.rows():
        print(*row, sep=" | ")
    assert report.wrong == []
    assert len(report.outcomes) >= 80
    assert sum(outcome.good for outcome in report.outcomes) >= 20
    assert report.decoders.peak_bytes < 1 << 30


def test_the_corpus_is_large_and_always_the_same(tmp_path: Path) -> None:
    """But for encoders' random numbers, as serials of Ogg streams; so the seeds are given."""
    seeds = make_seeds(tmp_path)
    made = corpus(tmp_path, seeds, "http://127.0.0.1:9", tmp_path / "canary")
    assert len(made) >= 300
    assert {case.expect for case in made} == {"good", "bad", "any"}
    assert list(mutants(seeds, 60)) == list(mutants(seeds, 60))
    damaged = [case.data for case in mutants(seeds, 200)]
    assert len({*damaged, *seeds.values()}) > 200, "hardly any is as it was"


def test_what_breaks_the_promise_is_told(tmp_path: Path) -> None:
    good, bad = Case("g", "g", b"", "good"), Case("b", "b", b"", "bad")
    assert Outcome(good, "form", 202, "", True, 1).wrong == ""
    assert Outcome(bad, "form", 202, "damaged_media", False, 1).wrong == ""
    assert Outcome(bad, "form", 415, "unsupported_media", False, 1).wrong == ""
    for broken in (
        Outcome(good, "form", 202, "damaged_media", False, 1),
        Outcome(bad, "form", 202, "", True, 1),
        Outcome(bad, "form", 503, "busy", False, 1),
        Outcome(bad, "form", 202, "internal", False, 1),
        Outcome(bad, "form", 202, "stuck running", False, 1),
    ):
        assert broken.wrong
    canary = tmp_path / "canary"
    canary.write_bytes(b"x")
    opened = Opened(canary)
    assert not opened()
    canary.read_bytes()
    assert opened()
