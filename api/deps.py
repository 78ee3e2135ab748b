"""What routes need, made once per process when the app starts, and the job that a path names."""

from dataclasses import dataclass
from typing import Annotated, Self

from anyio import CapacityLimiter
from celery import Celery
from fastapi import Depends, Path, Request

from api.listening import Listening
from api.metrics import Metrics
from api.settings import ApiSettings
from api.slots import Slots
from core import storage
from core.access.gate import Gate
from core.card import Card, load_card
from core.errors import NotFound
from core.jobs import queue
from core.jobs.job import Job
from core.jobs.store import JobStore
from core.jobs.uploads import Uploads
from core.jobs.webhooks import Webhooks
from core.keys import is_job_id
from core.storage import Storage

UPLOAD_THREADS = 4  # parts sent to S3 at once, over all uploads of this process


@dataclass(frozen=True)
class Services:
    settings: ApiSettings
    card: Card
    storage: Storage
    store: JobStore
    uploads: Uploads
    webhooks: Webhooks
    gate: Gate
    listening: Listening
    celery: Celery
    metrics: Metrics
    # Apart from the routes' threads and each other: uploads must not starve polling, nor one check another.
    upload_threads: CapacityLimiter
    forms: Slots
    listeners: Slots
    redis_checks: CapacityLimiter
    storage_checks: CapacityLimiter

    @classmethod
    def connect(cls, settings: ApiSettings, metrics: Metrics) -> Self:
        """Clients for the parts that `settings` name; they connect when first used.

        Raises CheckpointError without a readable model card."""
        objects = storage.from_settings(settings, metrics.calls)
        store = JobStore.from_settings(settings, metrics.calls)
        return cls(
            settings=settings,
            card=load_card(settings.model_dir),
            storage=objects,
            store=store,
            uploads=Uploads(store.client, objects),
            webhooks=Webhooks(store.client),
            gate=Gate.connect(settings, settings.token_secret),
            listening=Listening(settings),
            celery=queue.make_celery(settings),
            metrics=metrics,
            upload_threads=CapacityLimiter(UPLOAD_THREADS),
            forms=Slots("uploads", settings.forms_per_key, settings.forms),
            listeners=Slots("event streams", settings.listeners_per_key, settings.listeners),
            redis_checks=CapacityLimiter(2),
            storage_checks=CapacityLimiter(2),
        )

    def close(self) -> None:
        self.celery.close()
        self.store.client.close()


async def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Serving = Annotated[Services, Depends(services)]


async def tenant(request: Request) -> str:
    """Whose request this is, as auth.py found out."""
    name: str = request.state.tenant
    return name


TenantId = Annotated[str, Depends(tenant)]


def existing_job(
    job_id: Annotated[
        str, Path(description="As answered by POST /v1/jobs.", examples=["job_01k8rz3v9q5w7x2m4n6p8r0s1t"])
    ],
    serving: Serving,
    request: Request,
) -> Job:
    """The job of the path, if it is the caller's. Another's, a deleted one and what has not even the form of an id are
    as unknown as an id that was never given."""
    if not is_job_id(job_id):
        raise NotFound("There is no such job.")
    try:
        job = serving.store.get(job_id)
    except NotFound:
        raise NotFound("There is no such job.") from None
    given = request.state
    allowed = job.tenant == getattr(given, "tenant", None) or job.id == getattr(given, "token_job", None)
    if job.deleted_at is not None or not allowed:
        raise NotFound("There is no such job.")
    return job


CurrentJob = Annotated[Job, Depends(existing_job)]
