"""The metrics of the running processes against the list in docs/operations.md."""

import re

import httpx
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.support.watched import ROOT, Watched

ONLY_ON_A_GPU = {"voicelift_gpu_memory_bytes", "voicelift_gpu_torch_reserved_bytes", "voicelift_gpu_utilization_ratio"}
BOUNDED = 60  # values of a label


def documented() -> dict[str, set[str]]:
    """The names in the table of metrics, with their labels."""
    text = (ROOT / "docs" / "operations.md").read_text().partition("## Metrics")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(voicelift_\w+)` \| ([^|]*) \|", text, re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


@pytest.fixture(scope="module")
def exported(watched: Watched) -> dict[str, Metric]:
    """By name as it is stored; of several processes the one with the most samples."""
    rows: dict[str, Metric] = {}
    for url in watched.stack.plan.metrics.values():
        for family in text_string_to_metric_families(httpx.get(url, trust_env=False).text):
            name = family.name + ("_total" if family.type == "counter" else "")
            if name.endswith("_created"):
                continue  # added by prometheus-client to each counter and histogram
            if name.startswith("voicelift_") and len(family.samples) >= len(getattr(rows.get(name), "samples", [])):
                rows[name] = family
    return rows


def test_the_table_lists_every_metric(exported: dict[str, Metric]) -> None:
    assert documented().keys() - ONLY_ON_A_GPU == exported.keys()
    assert documented().keys() >= ONLY_ON_A_GPU
    for name, family in exported.items():
        assert family.documentation, name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert labels <= documented()[name], name


def test_labels_are_bounded_and_name_no_job(exported: dict[str, Metric], watched: Watched) -> None:
    for name, family in exported.items():
        for label in {label for sample in family.samples for label in sample.labels} - {"le"}:
            values = {sample.labels.get(label, "") for sample in family.samples}
            assert len(values) <= BOUNDED, (name, label)
            assert not any(job["id"] in value for value in values for job in watched.jobs), (name, label)


def test_names_keep_to_the_conventions(exported: dict[str, Metric]) -> None:
    units = ("_seconds", "_bytes", "_ratio", "_total", "_info", "_rtf")
    for name, family in exported.items():
        assert re.fullmatch(r"voicelift(_[a-z]+)+", name)
        if family.type == "histogram":
            assert name.endswith(units), name
        assert not name.endswith(("_ms", "_mb", "_percent")), name


def test_calls_to_both_servers_are_timed(exported: dict[str, Metric]) -> None:
    calls = {
        (s.labels["dependency"], s.labels["call"])
        for s in exported["voicelift_dependency_call_duration_seconds"].samples
    }
    assert ("redis", "release") in calls or ("redis", "claim") in calls, "scripts are labelled by name"
    assert not any(call == "evalsha" for _, call in calls)
