"""The parts of this process, created at the start of the app, and their injection into routes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Self

from anyio import CapacityLimiter
from celery import Celery
from fastapi import Depends, Header, Path, Request

from api.auth import Caller, caller_of
from api.idempotency import MAX_KEY
from api.listening import Listening
from api.metrics import Metrics
from api.settings import ApiSettings
from api.slots import Slots
from api.submission import Submissions
from core import storage
from core.access import tokens
from core.access.gate import Gate
from core.access.keys import Keys
from core.card import Card, load_card
from core.errors import InvalidToken, NotFound
from core.jobs import queue
from core.jobs.job import Job, ModelRef
from core.jobs.store import JobStore
from core.jobs.uploads import Uploads
from core.jobs.webhooks import Webhooks
from core.keys import is_job_id
from core.storage import Storage

log = logging.getLogger(__name__)

SURVEY_S = 0.25  # maximum age of an ETA: it halves the Redis calls of a poll
TRIALS_PER_KEY, TRIALS = 2, 8  # concurrent test events; a courier has 8 threads
UPLOAD_THREADS = 4  # concurrent parts in transfer to S3, over all uploads of this process


@dataclass(frozen=True)
class Services:
    """All parts. Only this module and the app's start know it: routes and functions declare the parts that they
    need."""

    settings: ApiSettings
    card: Card
    storage: Storage
    store: JobStore
    uploads: Uploads
    webhooks: Webhooks
    keys: Keys
    gate: Gate
    listening: Listening
    celery: Celery
    metrics: Metrics
    # Separate from the routes' threads and each other: uploads must not delay polling, nor one check another.
    upload_threads: CapacityLimiter
    forms: Slots
    listeners: Slots
    archives: Slots
    trials: Slots
    redis_checks: CapacityLimiter
    storage_checks: CapacityLimiter

    @classmethod
    def connect(cls, settings: ApiSettings, metrics: Metrics) -> Self:
        """Clients of the dependencies in `settings`; they connect on first use.

        Raises CheckpointError without a readable model card."""
        objects = storage.from_settings(settings, metrics.calls)
        store = JobStore.from_settings(settings, metrics.calls, survey_s=SURVEY_S)
        return cls(
            settings=settings,
            card=load_card(settings.model_dir),
            storage=objects,
            store=store,
            uploads=Uploads(store.client, objects),
            webhooks=Webhooks(store.client),
            keys=Keys(store.client),
            gate=Gate.connect(settings, settings.token_secret),
            listening=Listening(settings),
            celery=queue.make_celery(settings),
            metrics=metrics,
            upload_threads=CapacityLimiter(UPLOAD_THREADS),
            forms=Slots("uploads", settings.forms_per_key, settings.forms),
            listeners=Slots("event streams", settings.listeners_per_key, settings.listeners),
            archives=Slots("archives", settings.archives_per_key, settings.archives),
            trials=Slots("tests of webhooks", TRIALS_PER_KEY, TRIALS),
            redis_checks=CapacityLimiter(2),
            storage_checks=CapacityLimiter(2),
        )

    def close(self) -> None:
        self.celery.close()
        self.store.client.close()


def _parts(request: Request) -> Services:
    parts: Services = request.app.state.services
    return parts


def _part(choose: Callable[[Services], Any]) -> Any:
    async def part(request: Request) -> Any:
        return choose(_parts(request))

    return Depends(part)


Config = Annotated[ApiSettings, _part(lambda parts: parts.settings)]
ModelCard = Annotated[Card, _part(lambda parts: parts.card)]
Model = Annotated[ModelRef, _part(lambda parts: ModelRef.of(parts.card))]
Objects = Annotated[Storage, _part(lambda parts: parts.storage)]
Store = Annotated[JobStore, _part(lambda parts: parts.store)]
PresignedUploads = Annotated[Uploads, _part(lambda parts: parts.uploads)]
Hooks = Annotated[Webhooks, _part(lambda parts: parts.webhooks)]
AccessKeys = Annotated[Keys, _part(lambda parts: parts.keys)]
AccessGate = Annotated[Gate, _part(lambda parts: parts.gate)]
Events = Annotated[Listening, _part(lambda parts: parts.listening)]
Instruments = Annotated[Metrics, _part(lambda parts: parts.metrics)]
UploadThreads = Annotated[CapacityLimiter, _part(lambda parts: parts.upload_threads)]
FormSlots = Annotated[Slots, _part(lambda parts: parts.forms)]
ListenerSlots = Annotated[Slots, _part(lambda parts: parts.listeners)]
ArchiveSlots = Annotated[Slots, _part(lambda parts: parts.archives)]
TrialSlots = Annotated[Slots, _part(lambda parts: parts.trials)]
RedisChecks = Annotated[CapacityLimiter, _part(lambda parts: parts.redis_checks)]
StorageChecks = Annotated[CapacityLimiter, _part(lambda parts: parts.storage_checks)]


async def _submissions(request: Request) -> Submissions:
    parts = _parts(request)
    return Submissions(
        store=parts.store,
        storage=parts.storage,
        model=ModelRef.of(parts.card),
        retention_s=parts.settings.retention_s,
        max_wait_s=parts.settings.max_wait_s,
        announce=partial(_announce, parts.store, parts.celery, parts.metrics),
    )


async def _dispatch(request: Request) -> Callable[[], None]:
    parts = _parts(request)
    return partial(_send_hints, parts.store, parts.celery, parts.metrics)


Dispatch = Annotated[Callable[[], None], Depends(_dispatch)]


def _announce(store: JobStore, celery: Celery, metrics: Metrics, _job: Job) -> None:
    metrics.jobs_accepted.inc()
    _send_hints(store, celery, metrics)


def _send_hints(store: JobStore, celery: Celery, metrics: Metrics) -> None:
    try:
        queue.dispatch(store, celery)
    except Exception:  # the record counts, not the message: the janitor sends missing hints
        metrics.hints_failed.inc()
        log.warning("sending the hint of a task failed; the janitor will send it", exc_info=True)


Submitting = Annotated[Submissions, Depends(_submissions)]

IdempotencyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Any text that is unique to the job, for example a UUID. If a response got lost, send the same "
        "text with the same request again: no second job is created.",
        examples=["1c7b8a52-6f4e-4f0e-9a53-2f8b7b1f6f0a"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    ),
]


async def _caller(request: Request) -> Caller:
    return caller_of(request.scope)


CurrentCaller = Annotated[Caller, Depends(_caller)]


async def _tenant(caller: CurrentCaller) -> str:
    assert caller.tenant is not None, "no token opens a route that needs the tenant, and it is not open to all"
    return caller.tenant


TenantId = Annotated[str, Depends(_tenant)]


def existing_job(
    job_id: Annotated[
        str, Path(description="As returned by POST /v1/jobs.", examples=["job_01k8rz3v9q5w7x2m4n6p8r0s1t"])
    ],
    store: Store,
    caller: CurrentCaller,
) -> Job:
    """The job of the path, if it is the caller's. Another tenant's job, a deleted one and a malformed id get the same
    404 as an unknown id."""
    if not is_job_id(job_id):
        raise NotFound("There is no such job.")
    try:
        job = store.records.get(job_id)
    except NotFound:
        raise NotFound("There is no such job.") from None
    if job.deleted_at is not None or not (job.tenant == caller.tenant or job.id == caller.token_job):
        raise NotFound("There is no such job.")
    if caller.token is not None and tokens.series_of(caller.token) != job.token_series:
        raise InvalidToken(f"The token was revoked. Request a new one: POST /v1/jobs/{job_id}/token")
    return job


CurrentJob = Annotated[Job, Depends(existing_job)]
