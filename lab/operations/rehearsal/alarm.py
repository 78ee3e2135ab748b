"""`make rehearse-alarm`: a worker is killed under load; the alert fires, and resolves after a restart.

The processes of docker-compose.yml run natively under the same settings, scraped by a real Prometheus with the rules of
deploy/prometheus; only the hold time of this one alert is shortened to 5 s, and scrapes come each second. Prints the
dashboard's panels before, during and after the outage; --pictures plots them.
"""

import argparse
import math
import sys
import time
from pathlib import Path

from deploy.grafana.make import dashboards
from deploy.local import plan
from deploy.local.demo import DEMO_SONG
from lab.operations.measure import repeated
from lab.operations.rehearsal import side_traffic
from lab.operations.rehearsal.fleet import Fleet, fleet, jobs, post, run_rehearsal, until, wait_for_jobs
from lab.operations.rehearsal.prometheus import Prometheus, watching
from lab.tables import print_table

SONG_S, SONGS = 30.0, 12
INTERVAL = "15s"  # for Grafana's $__rate_interval
ALERT = "NoWorkers"
SCRAPED_S = 3.0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make rehearse-alarm", description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="folder for pictures of the dashboards")
    args = parser.parse_args(argv)

    def rehearsal(folder: Path) -> None:
        with side_traffic.receiver() as hook, fleet(folder / "stack", allowing(hook)) as app:
            app.start()
            # All targets are there before the first scrape.
            with watching(app.stack.plan.metrics, folder / "prometheus", waits={ALERT: "5s"}) as prometheus:
                rehearse(app, prometheus, repeated(DEMO_SONG, SONG_S, folder / "song.wav"), hook, args.pictures)

    return run_rehearsal(rehearsal)


def allowing(hook: int) -> dict[str, str]:
    """Settings that allow webhooks to a port of this machine."""
    return {"VOICELIFT_FETCH_ALLOW": f"{plan.LOOPBACK}/32", "VOICELIFT_FETCH_PORTS": str(hook)}


def rehearse(app: Fleet, prometheus: Prometheus, song: Path, hook: int, pictures: Path | None) -> None:
    started = time.time()
    columns: dict[str, dict[str, str]] = {}
    wait_for_jobs(app.url, post(app.url, song, 1))
    time.sleep(SCRAPED_S)  # a rate needs two scrapes: later increases are visible
    side_traffic.send(app.stack.plan, song, hook)
    wait_for_jobs(app.url, post(app.url, song, 3))
    time.sleep(SCRAPED_S)
    columns["before"] = shown(prometheus)

    paths = post(app.url, song, SONGS)
    until(lambda: any(job["progress"]["chunks_done"] for job in jobs(app.url, paths)), "a chunk is done")
    app.kill("worker-gpu")
    killed, marks = time.monotonic(), {"the gpu worker is killed": time.time()}
    until(lambda: ALERT in prometheus.firing(), f"{ALERT} fires")
    fired = time.monotonic()
    columns["no worker"] = shown(prometheus)
    app.run("worker-gpu")
    restarted = time.monotonic()
    marks["a new one is started"] = time.time()
    until(lambda: ALERT not in prometheus.firing(), f"{ALERT} is resolved")
    resolved = time.monotonic()
    bodies = wait_for_jobs(app.url, paths)
    done = time.monotonic()
    side_traffic.send(app.stack.plan, song, hook)
    time.sleep(SCRAPED_S)
    columns["after"] = shown(prometheus)

    print_table([
        {"what": f"songs of {SONG_S:g} s in flight at the SIGKILL", "": str(SONGS)},
        {"what": f"kill until {ALERT} fires", "": f"{fired - killed:.1f} s"},
        {"what": f"new worker started until {ALERT} resolves", "": f"{resolved - restarted:.1f} s"},
        {"what": "new worker started until the last song is done", "": f"{done - restarted:.1f} s"},
        {"what": "songs succeeded", "": str(sum(job["state"] == "succeeded" for job in bodies))},
        {"what": "songs lost", "": str(sum(job["state"] != "succeeded" for job in bodies))},
    ])  # fmt: skip
    print()
    rows = [
        {"panel": panel, **{when: column[panel] for when, column in columns.items()}} for panel in columns["before"]
    ]
    print_table(rows)
    if pictures is not None:
        from lab.operations.rehearsal.pictures import plot

        for path in plot(prometheus, pictures, started, time.time(), INTERVAL, marks):
            print(path)


def shown(prometheus: Prometheus) -> dict[str, str]:
    """The panels of the overview now."""
    return {
        panel.title: "; ".join(_value(prometheus, legend, query) for legend, query in panel.queries.items())
        for panel in dashboards()["voicelift-overview"].panels
    }


def _value(prometheus: Prometheus, legend: str, query: str) -> str:
    parts = []
    for series in prometheus.query(query.replace("$__rate_interval", INTERVAL)):
        name, value = legend, float(series["value"][1])
        for label, text in series["metric"].items():
            name = name.replace(f"{{{{{label}}}}}", text)
        if not math.isnan(value):
            parts.append(f"{name} {value:.3g}")
    return ", ".join(parts) or "-"


if __name__ == "__main__":
    sys.exit(main())
