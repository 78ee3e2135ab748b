"""Rules and alerts, by promtool; Alertmanager's configuration, by amtool."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import InputError, codes
from tests.support.kustomized import rendered
from worker.janitor_metrics import SERVICE_FAULTS

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"


def alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_is_valid_and_every_alert_test_passes() -> None:
    run("promtool", "check", "rules", PROMETHEUS / "rules.yml", PROMETHEUS / "alerts.yml")
    run("promtool", "test", "rules", PROMETHEUS / "alerts_test.yml")


def test_every_alert_has_a_test_in_which_it_fires_after_silence() -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    rules = [rule for test in tests for rule in test["alert_rule_test"]]
    assert {rule["alertname"] for rule in rules if rule["exp_alerts"]} == alerts().keys()
    assert {rule["alertname"] for rule in rules if not rule["exp_alerts"]} == alerts().keys() - {"Watchdog"}


def test_every_alert_has_a_runbook_section() -> None:
    headings = re.findall(r"^#+ (\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    for name, rule in alerts().items():
        assert rule["annotations"]["runbook_url"] == f"{{{{ $externalLabels.runbook }}}}#{name.lower()}"
        assert name in headings, f"the runbook has no section {name}"
        assert rule["labels"]["severity"] in ("critical", "warning", "info", "none")


def test_jobs_failing_covers_existing_codes() -> None:
    """Workers fail a job with an InputError only (worker/resident.py), the store's scripts with separate codes."""
    match = re.search(r'code=~"([^"]+)"', alerts()["JobsFailing"]["expr"])
    assert match is not None
    assert tuple(match[1].split("|")) == SERVICE_FAULTS
    assert set(SERVICE_FAULTS) - {"other", "attempts_exhausted"} <= codes(InputError)
    runbook = (ROOT / "docs" / "runbook.md").read_text().partition("## JobsFailing\n")[2].partition("##")[0]
    assert set(re.findall(r"`([a-z_]+)`", runbook)) == set(SERVICE_FAULTS)


@pytest.mark.parametrize("name", ["prometheus.yml", "kubernetes.yml"])
def test_prometheus_takes_the_configuration(tmp_path: Path, name: str) -> None:
    """Debian's Prometheus is built without Kubernetes discovery, so the pods are a static list here."""
    listed = {
        "/run/secrets": str(tmp_path),
        "kubernetes_sd_configs: [{role: pod, namespaces: {names: [voicelift]}}]": "",
    }
    for path in PROMETHEUS.glob("*.yml"):
        text = path.read_text()
        for old, new in listed.items():
            text = text.replace(old, new)
        (tmp_path / path.name).write_text(text)
    (tmp_path / "voicelift_metrics_token").write_text("x" * 20)
    run("promtool", "check", "config", tmp_path / name)


def test_alertmanager_takes_its_configuration() -> None:
    run("amtool", "check-config", ROOT / "deploy" / "alertmanager" / "alertmanager.yml")


def test_every_compose_service_is_scraped() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    names = set(compose["services"])
    for service in compose["services"].values():
        if isinstance(service.get("networks"), dict):
            names |= {alias for network in service["networks"].values() for alias in (network or {}).get("aliases", [])}
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    jobs = {scrape["job_name"] for scrape in config["scrape_configs"]}
    assert jobs == {"api", "worker-gpu", "worker-cpu", "janitor", "courier", "prometheus"}
    assert jobs <= names


def test_the_cluster_scrapes_the_same_jobs_as_compose() -> None:
    (scrape,) = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text())["scrape_configs"]
    assert scrape["kubernetes_sd_configs"] == [{"role": "pod", "namespaces": {"names": ["voicelift"]}}]
    names = {rule.get("target_label"): rule["source_labels"] for rule in scrape["relabel_configs"]}
    assert names["job"] == ["__meta_kubernetes_pod_label_app"]
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    jobs = {scrape["job_name"] for scrape in config["scrape_configs"]} - {"prometheus"}
    targets = {
        manifest["metadata"]["name"]
        for manifest in rendered(ROOT / "deploy" / "k8s" / "overlays" / "gpu")
        if manifest["kind"] == "Deployment"
        and manifest["spec"]["template"]["metadata"].get("annotations", {}).get("prometheus.io/scrape") == "true"
    }
    assert targets == jobs


@pytest.mark.parametrize("name", ["rules.yml", "alerts.yml"])
def test_rules_use_existing_metrics(name: str) -> None:
    text = (PROMETHEUS / name).read_text()
    documented = set(re.findall(r"^\| `(voicelift_\w+)`", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE))
    for metric in set(re.findall(r"(?<![:\w])voicelift_\w+", text)):
        assert re.sub(r"_(bucket|count|sum)$", "", metric) in documented, metric
