"""Webhooks: the signing secret, delivery attempts, and requested messages.

A courier (worker/courier.py) sends all of them: the API process connects to no client-supplied address.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated

import anyio
from anyio import to_thread
from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field
from ulid import ULID

from api.access import BY_KEY, IS_SUBMISSION
from api.deps import Config, CurrentCaller, CurrentJob, Hooks, TenantId, TrialSlots
from api.idempotency import MAX_KEY, check_key
from api.recordings import check_webhook_url
from api.responses import HELD, IDEMPOTENCY, UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH
from core.errors import CourierUnavailable, IdempotencyMismatch
from core.jobs.view import View
from core.jobs.webhooks import TRIAL_WAIT_S, Attempt, Outcome, Secrets, Sent, Trial, Webhooks

router = APIRouter(tags=["webhooks"], dependencies=[BY_KEY])

SECRET_PATH = "/v1/webhooks/secret"  # noqa: S105
POLL_S = 0.2  # polling interval for the outcome of a test event
_EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
_PROBLEMS = problems_of(store_unavailable=UNAVAILABLE["store_unavailable"])


class WebhookSecretView(View):
    """The secret that verifies the signatures of your webhooks, with the libraries of standardwebhooks.com."""

    secret: str = Field(description="Signs every webhook.", examples=[_EXAMPLE])
    previous: str | None = Field(description="The previous secret, which also signs until it expires; else null.")
    previous_expires_at: datetime | None = Field(description="Expiry of the previous secret.")

    @classmethod
    def of(cls, secrets: Secrets) -> "WebhookSecretView":
        return cls(secret=secrets.current, previous=secrets.previous, previous_expires_at=_when(secrets.previous_until))


class SentView(View):
    """Outcome of a delivery attempt."""

    message_id: str = Field(
        description="The webhook-id header, equal in all attempts: use it to detect repetitions.",
        examples=["msg_01k8rz3v9q5w7x2m4n6p8r0s1t"],
    )
    url: str = Field(description="Receiver.", examples=["https://app.example/hooks/voicelift"])
    at: datetime = Field(description="Time of the attempt.")
    seconds: float = Field(description="Duration of the attempt.", examples=[0.231])
    outcome: Outcome = Field(
        description="delivered: the receiver returned 2xx. failed: retried at next_at, if set. refused: the address "
        "is not allowed. gone: the receiver returned 410, so there are no retries."
    )
    status: int | None = Field(description="HTTP status of the response, if any.", examples=[200])
    detail: str | None = Field(description="Error, in words.", examples=["no response within 15 s"])


class DeliveryView(SentView):
    """One attempt to deliver the webhook of a job."""

    attempt: int = Field(description="Number of the attempt, from 1.", examples=[1])
    next_at: datetime | None = Field(description="Time of the next attempt; null if there is none.")

    @classmethod
    def of(cls, attempt: Attempt) -> "DeliveryView":
        facts = attempt.model_dump(exclude={"at", "next_at"})
        return cls(**facts, at=datetime.fromtimestamp(attempt.at, UTC), next_at=_when(attempt.next_at))


class WebhookTestView(SentView):
    """Outcome of a test event: it predicts a job's."""

    @classmethod
    def of(cls, sent: Sent) -> "WebhookTestView":
        return cls(**sent.model_dump(exclude={"at"}), at=datetime.fromtimestamp(sent.at, UTC))


class WebhookTestRequest(BaseModel):
    """The receiver of a test event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        max_length=2048,
        json_schema_extra={"format": "uri"},
        description="As `webhook_url` of a job.",
        examples=["https://app.example/hooks/voicelift"],
    )


class DeliveryListView(View):
    """Delivery attempts of one job."""

    deliveries: list[DeliveryView] = Field(description="Oldest first; at most the last fifty.")


@router.get(SECRET_PATH, response_model=WebhookSecretView, summary="Get the webhook secret", responses=_PROBLEMS)
def get_webhook_secret(tenant: TenantId, webhooks: Hooks) -> WebhookSecretView:
    """The secret that signs your webhooks; created by the first call."""
    return WebhookSecretView.of(webhooks.secrets(tenant))


@router.post(SECRET_PATH, response_model=WebhookSecretView, summary="Replace the webhook secret", responses=_PROBLEMS)
def rotate_webhook_secret(tenant: TenantId, webhooks: Hooks) -> WebhookSecretView:
    """Create a new secret. For a day webhooks are signed with both, so that receivers can switch."""
    return WebhookSecretView.of(webhooks.rotate(tenant))


@router.post(
    "/v1/webhooks/test",
    name="test_webhook",
    dependencies=[IS_SUBMISSION],
    response_model=WebhookTestView,
    summary="Send a test event",
    responses=problems_of(
        malformed_json=(400, "The body is not well-formed JSON."),
        invalid_idempotency_key=(400, "An Idempotency-Key has 1 to 255 printable ASCII characters."),
        idempotency_mismatch=IDEMPOTENCY["idempotency_mismatch"],
        invalid_request=(422, "The request has invalid fields."),
        webhook_url_refused=(
            422,
            "The webhook_url cannot be used. The address is not on the public internet.",
        ),
        **HELD,
        courier_unavailable=(503, "No courier sent the test event within 25 s. Retry later."),
        store_unavailable=UNAVAILABLE["store_unavailable"],
    ),
)
async def send_test_event(
    body: WebhookTestRequest,
    tenant: TenantId,
    caller: CurrentCaller,
    settings: Config,
    webhooks: Hooks,
    slots: TrialSlots,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Any text of your choice. Within an hour the same text and URL get the same response, and no "
            "second event is sent.",
            examples=["1c7b8a52-6f4e-4f0e-9a53-2f8b7b1f6f0a"],
            json_schema_extra={"minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]([ -~]*[!-~])?$"},
        ),
    ] = None,
) -> WebhookTestView:
    """Send a signed `webhook.test` event to a URL once and return the outcome, by the same path and rules as jobs'
    events. A receiver that fails is a result here (`outcome`, `status`), not an error."""
    check_webhook_url(body.url, settings)
    trial = Trial(_trial_id(tenant, idempotency_key), tenant, body.url)
    with slots.held(caller.bucket):
        if not await to_thread.run_sync(webhooks.begin_trial, trial):
            raise IdempotencyMismatch(IDEMPOTENCY["idempotency_mismatch"][1])
        return WebhookTestView.of(await _result_of(webhooks, trial))


def _trial_id(tenant: str, idempotency_key: str | None) -> str:
    """Equal for requests of a tenant with the same key."""
    if idempotency_key is None:
        return str(ULID()).lower()
    check_key(idempotency_key)
    return hashlib.sha256(f"{tenant}:{idempotency_key}".encode()).hexdigest()[:32]


async def _result_of(webhooks: Webhooks, trial: Trial) -> Sent:
    with anyio.move_on_after(TRIAL_WAIT_S):
        while True:
            sent = await to_thread.run_sync(webhooks.trial_result, trial.id)
            if sent is not None:
                return sent
            await anyio.sleep(POLL_S)
    raise CourierUnavailable(f"No courier sent the test event within {TRIAL_WAIT_S:g} s. Retry later.")


@router.get(
    JOBS_PATH + "/{job_id}/deliveries",
    response_model=DeliveryListView,
    summary="List a job's webhook deliveries",
    responses=problems_of(not_found=(404, "There is no such job."), store_unavailable=UNAVAILABLE["store_unavailable"]),
)
def list_job_deliveries(job: CurrentJob, webhooks: Hooks) -> DeliveryListView:
    """Delivery attempts to `webhook_url`; empty before the job ends, or without a webhook_url."""
    return DeliveryListView(deliveries=[DeliveryView.of(attempt) for attempt in webhooks.attempts(job.id)])


@router.post(
    JOBS_PATH + "/{job_id}/redeliver",
    dependencies=[IS_SUBMISSION],
    status_code=202,
    response_model=DeliveryListView,
    summary="Deliver a job's webhook again",
    responses={
        202: {"description": "It is sent within seconds. The response lists the attempts so far."},
        **problems_of(
            not_found=(404, "There is no such job."),
            conflict=(409, "The webhook was delivered: the receiver returned 2xx."),
            store_unavailable=UNAVAILABLE["store_unavailable"],
        ),
    },
)
def redeliver_webhook(job: CurrentJob, webhooks: Hooks) -> DeliveryListView:
    """Send the event of an ended job again, at once, with the same `webhook-id` and all retries: after the last failed
    attempt, or instead of waiting for the next. Idempotent; a delivered event is not sent again."""
    webhooks.redeliver(job.id)
    return list_job_deliveries(job, webhooks)


def _when(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
