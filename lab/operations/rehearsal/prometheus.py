"""A real Prometheus for a local stack: the configuration and rules of deploy/prometheus, with the stack's addresses for
compose's names, and shorter times on request, to keep rehearsals short."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from deploy.local.plan import LOOPBACK, StackError, free_ports

RULES = Path(__file__).resolve().parents[3] / "deploy" / "prometheus"
START_S = 30.0


class Prometheus:
    """Answers queries. Raises StackError for a missing response or an error."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=20, trust_env=False)

    def query(self, promql: str) -> list[dict[str, Any]]:
        """Result of the query now: the labels (`metric`) of each series and its `value`, [time, text]."""
        return self._get("/api/v1/query", query=promql)["result"]

    def series(self, promql: str, begin: float, end: float, step_s: float) -> list[dict[str, Any]]:
        """The same over a time range: the labels of each series and its `values`."""
        return self._get("/api/v1/query_range", query=promql, start=begin, end=end, step=step_s)["result"]

    def firing(self) -> set[str]:
        """Names of the firing alerts."""
        return {series["metric"]["alertname"] for series in self.query('ALERTS{alertstate="firing"}')}

    def _get(self, path: str, **parameters: Any) -> Any:
        response = self._http.get(path, params=parameters)
        if not response.is_success:
            raise StackError(f"Prometheus refuses {parameters}: {response.text}")
        return response.json()["data"]

    def close(self) -> None:
        self._http.close()


@contextlib.contextmanager
def watching(
    targets: Mapping[str, str], folder: Path, scrape_s: int = 1, waits: Mapping[str, str] | None = None
) -> Iterator[Prometheus]:
    """A Prometheus that scrapes `targets` (job -> URL of its metrics) and stores everything in `folder`.

    `waits` overrides the hold times of alerts ("5s") by name; others keep their rules' times. Raises StackError.
    """
    program = shutil.which("prometheus")
    if program is None:
        raise StackError("Prometheus is not installed. On Debian and Ubuntu: apt-get install prometheus")
    folder.mkdir(parents=True, exist_ok=True)
    config = _config(targets, folder, scrape_s, waits or {})
    (port,) = free_ports(1)
    command = [program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address={LOOPBACK}:{port}", "--log.level=warn"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    prometheus = Prometheus(f"http://{LOOPBACK}:{port}")
    try:
        _await_ready(prometheus.url, process, folder / "log")
        yield prometheus
    finally:
        prometheus.close()
        process.terminate()
        process.wait()


def _config(targets: Mapping[str, str], folder: Path, scrape_s: int, waits: Mapping[str, str]) -> Path:
    config = yaml.safe_load((RULES / "prometheus.yml").read_text())
    del config["alerting"]
    config["global"] = {"scrape_interval": f"{scrape_s}s", "evaluation_interval": f"{scrape_s}s"}
    scraped = [job for job in config["scrape_configs"] if job["job_name"] in targets]
    for job in scraped:
        job.pop("authorization", None)
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [urlsplit(targets[job["job_name"]]).netloc]}]
    config["scrape_configs"] = scraped
    for name in config["rule_files"]:
        rules = yaml.safe_load((RULES / name).read_text())
        for rule in (rule for group in rules["groups"] for rule in group["rules"]):
            if rule.get("alert") in waits:
                rule["for"] = waits[rule["alert"]]
        (folder / name).write_text(yaml.safe_dump(rules))
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    return path


def _await_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/-/ready", timeout=5, trust_env=False).is_success:
                return
        time.sleep(0.1)
    raise StackError(f"Prometheus did not start: {log.read_text(errors='replace')[-2000:]}")
