"""`python -m deploy.grafana.make`: write the dashboards of panels.yml as JSON for Grafana's provisioning."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

HERE = Path(__file__).parent
SOURCE = {"type": "prometheus", "uid": "prometheus"}  # provisioning/datasources/prometheus.yml
WIDTH, HEIGHT, COLUMNS = 8, 8, 3
# Units with a Grafana id; any other is a suffix.
UNITS = {"s": "s", "bytes": "bytes", "percentunit": "percentunit", "bytes/s": "Bps"}


class Panel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    unit: str
    queries: dict[str, str]
    gpu: bool = False
    stacked: bool = False


class Dashboard(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    panels: list[Panel]


def dashboards() -> dict[str, Dashboard]:
    """The dashboards of panels.yml, by uid."""
    document = yaml.safe_load((HERE / "panels.yml").read_text())
    return {uid: Dashboard.model_validate(dashboard) for uid, dashboard in document.items()}


def files() -> Iterator[tuple[Path, str]]:
    """Path and content of each dashboard file."""
    for uid, dashboard in dashboards().items():
        yield HERE / "dashboards" / f"{uid}.json", json.dumps(_model(uid, dashboard), indent=1) + "\n"


def _model(uid: str, dashboard: Dashboard) -> dict[str, Any]:
    return {
        "uid": uid,
        "title": dashboard.title,
        "tags": ["voicelift"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["voicelift"], "title": "Voicelift", "asDropdown": True}],
        "panels": [_panel(number, panel) for number, panel in enumerate(dashboard.panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS)
    unit = UNITS.get(panel.unit, f"suffix: {panel.unit}")
    custom: dict[str, Any] = {"fillOpacity": 10}
    if panel.stacked:
        custom = {"fillOpacity": 60, "stacking": {"mode": "normal", "group": "A"}}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": "Data only with a GPU." if panel.gpu else "",
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0, "custom": custom}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": query, "legendFormat": legend}
            for index, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def main() -> None:
    for path, text in files():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        print(path)


if __name__ == "__main__":
    main()
