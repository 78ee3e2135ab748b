"""Every notation of an internal address as `source_url` and `webhook_url`: at submission, and in the connecting
processes. No connection may reach the internal server."""

import ipaddress
import socket
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.errors import SourceUrlFailed, SourceUrlRefused, SourceUrlUnreachable
from core.transfer import fetch as fetching
from core.transfer.address import Guard
from core.transfer.fetch import fetch
from tests.support import web
from tests.support.addresses import INSIDE, MALFORMED
from tests.support.api_harness import Api, serving
from worker.courier import Courier
from worker.settings import WorkerSettings

OPEN = "http://1.1.1.1/"  # a URL that the API accepts; it is replaced before the connection


@pytest.fixture(scope="module")
def inside() -> Iterator[web.Site]:
    with web.serving() as site:
        site.fallback = lambda handler: handler.reply(200, b"secret")
        yield site


@pytest.fixture(scope="module")
def door(environment: dict[str, str], inside: web.Site) -> Iterator[Api]:
    with serving({**environment, "fetch_ports": f"80,443,{inside.port}"}) as api:
        api.store.client.flushall()
        yield api


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "ATTEMPTS", 1)


def courier_of(door: Api, guard: Guard | None = None) -> Courier:
    options = {"redis_url": door.services.settings.redis_url, "fetch_ports": door.services.settings.fetch_ports}
    courier = Courier(WorkerSettings.model_validate(options), door.store)
    if guard is not None:
        courier._guard = guard
    return courier


def deliver(door: Api, courier: Courier, url: str) -> str:
    """The outcome of a webhook to `url` that the API did not refuse."""
    job = door.client.post("/v1/jobs", json={"source_url": OPEN, "webhook_url": OPEN}).json()
    door.store.client.hset(f"vl:job:{job['id']}", "webhook_url", url)
    door.client.post(f"/v1/jobs/{job['id']}/cancel")
    assert courier.deliver_one()
    (attempt,) = door.services.webhooks.attempts(job["id"])
    door.client.delete(f"/v1/jobs/{job['id']}")
    assert attempt.status is None, url
    return str(attempt.outcome)


def test_no_notation_of_an_internal_address_is_connected_to(door: Api, inside: web.Site, tmp_path: Path) -> None:
    urls = [f"http://{host}:{inside.port}/latest/meta-data/" for host in INSIDE] + [url for url in MALFORMED if url]
    guard, courier = Guard.from_settings(door.services.settings), courier_of(door)
    statuses: dict[str, Counter[str]] = {"source_url": Counter(), "webhook_url": Counter()}
    for url in urls:
        for field, body in {
            "source_url": {"source_url": url},
            "webhook_url": {"source_url": OPEN, "webhook_url": url},
        }.items():
            response = door.client.post("/v1/jobs", json=body)
            assert response.status_code in (202, 422), (field, url, response.text)
            statuses[field]["refused at the door" if response.status_code == 422 else "accepted: a name"] += 1
        with pytest.raises((SourceUrlRefused, SourceUrlUnreachable)) as caught:
            fetch(url, tmp_path / "file", guard, 1000, 5)
        statuses["source_url"][f"later {caught.value.code.removeprefix('source_url_')}"] += 1
        statuses["webhook_url"][f"later {deliver(door, courier, url)}"] += 1
    print(f"\n{len(urls)} forms of address, {inside.connections} connections inside")
    for field, counts in statuses.items():
        print(f"  {field}: {', '.join(f'{count} {what}' for what, count in sorted(counts.items()))}")
    assert len(urls) >= 60
    assert inside.connections == 0
    assert not (tmp_path / "file").exists()


def resolving(*results: str) -> Any:
    """A resolver that returns one answer after the other, and counts the queries."""
    left = list(results)

    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        resolve.queries += 1  # type: ignore[attr-defined]
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    resolve.queries = 0  # type: ignore[attr-defined]
    return resolve


def test_a_name_is_resolved_once_and_the_connection_goes_there(door: Api, inside: web.Site) -> None:
    """Rebinding. The name first resolves to an allowed address, 127.0.0.2, where nothing listens; a second query
    would return the internal server's."""
    resolver = resolving("127.0.0.2", "127.0.0.1")
    guard = Guard((inside.port,), (ipaddress.ip_network("127.0.0.2/32"),), frozenset(), resolver)
    before = inside.connections
    assert deliver(door, courier_of(door, guard), f"http://fickle.example:{inside.port}/") == "failed"
    assert (resolver.queries, inside.connections) == (1, before)


def redirect(target: str, handler: web.Handler) -> None:
    handler.reply(302, location=target)


def test_a_webhook_follows_no_redirect_and_a_source_only_checked_ones(
    door: Api, inside: web.Site, tmp_path: Path
) -> None:
    with web.serving() as outside:
        targets = [f"http://{host}:{inside.port}/" for host in INSIDE if host.isascii()]
        targets += ["file:///etc/passwd", f"//127.0.0.1:{inside.port}", f"http://x@127.0.0.1:{inside.port}/"]
        names = frozenset({"outside.example"})
        guard = Guard((outside.port, inside.port), names=names, resolver=resolving("127.0.0.1"))
        url = f"http://outside.example:{outside.port}/song"
        before = inside.connections
        for target in targets:
            outside.routes["/song"] = partial(redirect, target)
            with pytest.raises((SourceUrlRefused, SourceUrlUnreachable, SourceUrlFailed)):
                fetch(url, tmp_path / "file", guard, 1000, 5)
        job = door.client.post("/v1/jobs", json={"source_url": OPEN, "webhook_url": OPEN}).json()
        door.store.client.hset(f"vl:job:{job['id']}", "webhook_url", url)
        door.client.post(f"/v1/jobs/{job['id']}/cancel")
        assert courier_of(door, guard).deliver_one()
        assert door.services.webhooks.attempts(job["id"])[0].status == 302
        print(f"\n{len(targets)} redirects inwards, {inside.connections - before} connections inside")
        assert inside.connections == before
