"""The requests of both clients, and the configuration of a client."""

import os
import uuid
from collections.abc import AsyncGenerator, Mapping
from typing import TypeVar
from urllib.parse import quote

from voicelift_client._drive import Driver
from voicelift_client._service import Service
from voicelift_client._version import VERSION
from voicelift_client.account import (
    ApiKey,
    ApiKeysPage,
    DeliveriesList,
    Delivery,
    KeyLimits,
    NewApiKey,
    SentMessage,
    Usage,
)
from voicelift_client.errors import NotFound
from voicelift_client.models import BatchInfo, JobInfo, JobsPage, ModelInfo, ModelsList, State, Token, WebhookSecret

HEADERS = {"User-Agent": f"voicelift-client/{VERSION}"}
JOBS_PATH, SECRET_PATH, KEYS_PATH = "/v1/jobs", "/v1/webhooks/secret", "/v1/keys"
PAGE = 100

Page = TypeVar("Page", JobsPage, ApiKeysPage)


def service_at(driver: Driver, url: str | None, key: str | None, retry_for_s: float) -> Service:
    """Raises ValueError: the URL is missing or invalid."""
    url = (url or os.environ.get("VOICELIFT_URL", "")).rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"The URL of the service must start with https:// or http://; it is {url!r}.")
    return Service(driver, url, key or os.environ.get("VOICELIFT_KEY"), retry_for_s)


async def _pages(
    service: Service, kind: type[Page], path: str, params: Mapping[str, str]
) -> AsyncGenerator[Page, None]:
    """All pages of a list."""
    query: dict[str, str | int] = {"limit": PAGE, **params}
    while True:
        page = await service.ask(kind, "GET", path, params=query)
        yield page
        if page.next_cursor is None:
            return
        query["cursor"] = page.next_cursor


async def models(service: Service) -> list[ModelInfo]:
    return (await service.ask(ModelsList, "GET", "/v1/models")).models


async def job(service: Service, job_id: str) -> JobInfo:
    return await service.ask(JobInfo, "GET", f"{JOBS_PATH}/{quote(job_id, safe='')}")


async def jobs(service: Service, state: State | None, batch: str | None) -> AsyncGenerator[JobInfo, None]:
    wanted = {"state": state, "batch": batch}
    params = {name: text for name, text in wanted.items() if text is not None}
    async for page in _pages(service, JobsPage, JOBS_PATH, params):
        for each in page.jobs:
            yield each


async def refresh(service: Service, info: JobInfo) -> JobInfo:
    return await service.ask(JobInfo, "GET", info.url)


async def cancel(service: Service, info: JobInfo) -> JobInfo:
    return await service.ask(JobInfo, "POST", f"{info.url}/cancel")


async def retry(service: Service, info: JobInfo, idempotency_key: str | None) -> JobInfo:
    headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
    return await service.ask(JobInfo, "POST", f"{info.url}/retry", headers=headers)


async def delete(service: Service, info: JobInfo) -> None:
    try:
        await service.call("DELETE", info.url)
    except NotFound:
        return  # by an earlier request, whose response may have been lost


async def token(service: Service, info: JobInfo) -> Token:
    return await service.ask(Token, "POST", f"{info.url}/token")


async def revoke_tokens(service: Service, info: JobInfo) -> None:
    await service.call("DELETE", f"{info.url}/token")


def batch_path(label: str) -> str:
    return f"/v1/batches/{quote(label, safe='')}"


async def batch(service: Service, label: str) -> BatchInfo:
    return await service.ask(BatchInfo, "GET", batch_path(label))


async def usage(service: Service) -> Usage:
    return await service.ask(Usage, "GET", "/v1/usage")


async def webhook_secret(service: Service) -> WebhookSecret:
    return await service.ask(WebhookSecret, "GET", SECRET_PATH)


async def replace_webhook_secret(service: Service) -> WebhookSecret:
    return await service.ask(WebhookSecret, "POST", SECRET_PATH, repeat=False)


async def create_key(
    service: Service, name: str, tenant: str | None, expires_s: float | None, limits: KeyLimits | None
) -> NewApiKey:
    query = {
        "name": name,
        "tenant": tenant,
        "expires_s": expires_s,
        "limits": None if limits is None else limits.model_dump(),
    }
    return await service.ask(NewApiKey, "POST", KEYS_PATH, json=query, repeat=False)


async def keys(service: Service) -> AsyncGenerator[ApiKey, None]:
    async for page in _pages(service, ApiKeysPage, KEYS_PATH, {}):
        for each in page.keys:
            yield each


async def revoke_key(service: Service, key_id: str) -> None:
    await service.call("DELETE", f"{KEYS_PATH}/{quote(key_id, safe='')}")


async def test_webhook(service: Service, url: str) -> SentMessage:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return await service.ask(SentMessage, "POST", "/v1/webhooks/test", json={"url": url}, headers=headers)


async def deliveries(service: Service, info: JobInfo) -> list[Delivery]:
    return (await service.ask(DeliveriesList, "GET", f"{info.url}/deliveries")).deliveries


async def redeliver(service: Service, info: JobInfo) -> list[Delivery]:
    return (await service.ask(DeliveriesList, "POST", f"{info.url}/redeliver")).deliveries
