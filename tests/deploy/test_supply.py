"""Reports on the images' packages, and on the cost of a song."""

import json
from pathlib import Path

import pytest
from prometheus_client.samples import Sample

from deploy.requirements import lock
from lab.operations import image_sizes, supply
from lab.operations.capacity import costs


@pytest.mark.parametrize("status", [0, 1])
def test_an_audit_passes_only_if_every_lock_was_checked(
    status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "pip-audit"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nexit {status}\n')
    program.chmod(0o755)
    monkeypatch.setattr(supply, "BIN", tmp_path)
    assert supply.main(["audit"]) == status
    commands = (tmp_path / "asked").read_text().splitlines()
    assert [line.rpartition("/")[2] for line in commands] == list(lock.NAMES)
    assert all("--strict" in line for line in commands), "an unreachable service must not pass"
    assert ("not asked about" in capsys.readouterr().out) == bool(status)


def test_an_sbom_names_every_package_with_its_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply, "OUT", tmp_path)
    monkeypatch.setattr(supply, "NAMES", ("build.txt",))
    assert supply.main(["sbom"]) == 0
    actual = json.loads((tmp_path / "sbom" / "build.cdx.json").read_text())
    assert (actual["bomFormat"], actual["specVersion"]) == ("CycloneDX", "1.6")
    assert {part["name"] for part in actual["components"]} == {"packaging", "setuptools", "wheel"}
    assert all(part["purl"].startswith("pkg:pypi/") for part in actual["components"])


def test_package_sizes_come_from_the_index() -> None:
    actual = image_sizes.downloads("build.txt")
    assert actual.keys() == {"packaging", "setuptools", "wheel"}
    assert all(10_000 < size < 10_000_000 for size in actual.values())


def test_the_cost_of_a_song_excludes_the_idle_load() -> None:
    still, before = (
        {"at": 0.0, "api, CPU s": 1.0, "calls to s3": 5.0},
        {"at": 10.0, "api, CPU s": 2.0, "calls to s3": 5.0},
    )
    after = {"at": 30.0, "api, CPU s": 12.0, "calls to s3": 45.0, "tasks publish": 8.0}
    table = costs.rows(still, before, after, songs=4, kept=12e6)
    cells = {row["what"]: row["a song"] for row in table}
    assert cells == {"api, CPU s": "2.0", "calls to s3": "10.0", "tasks publish": "2.0", "MB kept in S3": "3"}


def test_series_are_added_up() -> None:
    samples = [Sample("a_count", {"kind": kind}, value) for kind, value in (("x", 1.0), ("x", 2.0), ("y", 4.0))]
    assert costs.total(samples, "a_count", "kind", "x") == 3
