"""Every panel's query, run by a real Prometheus that scrapes the running stack."""

import math

import pytest
from watched import Watched, until

from deploy.grafana.make import Panel, dashboards, files

PANELS = [(uid, panel) for uid, dashboard in dashboards().items() for panel in dashboard.panels]


def asked(query: str) -> str:
    """As Grafana would ask it."""
    return query.replace("$__rate_interval", "10m")


def has_data(watched: Watched, query: str) -> bool:
    return any(not math.isnan(float(found["value"][1])) for found in watched.prometheus.query(asked(query)))


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=[f"{uid}: {panel.title}" for uid, panel in PANELS])
def test_a_panel_shows_something(watched: Watched, uid: str, panel: Panel) -> None:
    for query in panel.queries.values():
        if panel.gpu:
            watched.prometheus.query(asked(query))  # no GPU here: that it can be asked is all
        else:
            until(lambda query=query: has_data(watched, query), f"data for {query}")


def test_the_dashboards_are_those_of_panels_yml() -> None:
    for path, text in files():
        assert path.read_text() == text, "run: python -m deploy.grafana.make"
    (folder,) = {path.parent for path, _ in files()}
    assert {path for path, _ in files()} == set(folder.glob("*"))


def test_every_dashboard_has_its_own_titles() -> None:
    for dashboard in dashboards().values():
        titles = [panel.title for panel in dashboard.panels]
        assert len(set(titles)) == len(titles)
