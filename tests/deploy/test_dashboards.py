"""Every panel's query, run by a real Prometheus that scrapes the running stack."""

import collections
import math
from functools import partial

import pytest

from deploy.grafana.make import Panel, dashboards, files
from tests.support.waiting import until
from tests.support.watched import Watched

PANELS = [(uid, panel) for uid, dashboard in dashboards().items() for panel in dashboard.panels]


def substituted(query: str) -> str:
    """The query as Grafana sends it."""
    return query.replace("$__rate_interval", "10m")


def has_data(watched: Watched, query: str) -> bool:
    return any(not math.isnan(float(sample["value"][1])) for sample in watched.prometheus.query(substituted(query)))


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=[f"{uid}: {panel.title}" for uid, panel in PANELS])
def test_every_panel_has_data(watched: Watched, uid: str, panel: Panel) -> None:
    for query in panel.queries.values():
        if panel.gpu:
            watched.prometheus.query(substituted(query))  # no GPU here: only the query is checked
        else:
            until(partial(has_data, watched, query), f"data for {query}", 90)


def shown(watched: Watched, uid: str, title: str) -> dict[str, float]:
    """Values of a panel, by legend."""
    (panel,) = (panel for panel in dashboards()[uid].panels if panel.title == title)
    values = {}
    for legend, query in panel.queries.items():
        template = legend.replace("{{", "{").replace("}}", "}")
        for series in watched.prometheus.query(substituted(query)):
            labels = collections.defaultdict(str, series["metric"])
            values[template.format_map(labels)] = float(series["value"][1])
    return values


def test_panels_count_all_songs(watched: Watched) -> None:
    """Includes the first of each kind: Prometheus sees no increase in a counter that starts at one."""
    songs, broken = len(watched.jobs), watched.accepted - len(watched.jobs)
    assert (songs, broken) == (3, 3)
    assert shown(watched, "voicelift-overview", "Jobs accepted, last hour") == {"accepted": songs + broken}
    assert shown(watched, "voicelift-overview", "Songs separated, last hour") == {"songs": songs}
    ended = shown(watched, "voicelift-overview", "Jobs ended, last hour")
    assert ended == {"succeeded": songs, "failed": broken, "canceled": 0, "expired": 0}
    assert sum(shown(watched, "voicelift-jobs", "Failed jobs by code, last hour").values()) == broken
    assert shown(watched, "voicelift-tenants", "Jobs ended, last hour, top 10") == {"default": songs + broken}


@pytest.mark.parametrize("title", ["Compute time per job", "Real-time factor", "Job duration"])
def test_quantiles_of_few_jobs_are_numbers(watched: Watched, title: str) -> None:
    values = shown(watched, "voicelift-jobs", title)
    assert {legend.rpartition(" ")[2] for legend in values} == {"p50", "p95"}
    assert all(value > 0 for value in values.values()), values  # false for NaN
    assert all("draft" in legend for legend in values), "kinds without jobs are omitted"


def test_the_dashboards_are_up_to_date() -> None:
    for path, text in files():
        assert path.read_text() == text, "run: python -m deploy.grafana.make"
    (folder,) = {path.parent for path, _ in files()}
    assert {path for path, _ in files()} == set(folder.glob("*"))


def test_titles_are_unique_within_a_dashboard() -> None:
    for dashboard in dashboards().values():
        titles = [panel.title for panel in dashboard.panels]
        assert len(set(titles)) == len(titles)
