"""Webhooks: the secret that signs them, and what came of each attempt to deliver."""

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import Field

from api.deps import CurrentJob, Serving, TenantId
from api.openapi import UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH
from core.jobs.view import View
from core.jobs.webhooks import Attempt, Outcome, Secrets

router = APIRouter(tags=["webhooks"])

SECRET_PATH = "/v1/webhooks/secret"  # noqa: S105
_EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
_PROBLEMS = problems_of(store_unavailable=UNAVAILABLE["store_unavailable"])


class SecretView(View):
    """What verifies the signatures of your webhooks, by the libraries of standardwebhooks.com."""

    secret: str = Field(description="Signs every webhook.", examples=[_EXAMPLE])
    previous: str | None = Field(description="The secret before, which signs as well until it ends; else null.")
    previous_expires_at: datetime | None = Field(description="When the previous secret ends.")

    @classmethod
    def of(cls, secrets: Secrets) -> "SecretView":
        return cls(secret=secrets.current, previous=secrets.previous, previous_expires_at=_when(secrets.previous_until))


class DeliveryView(View):
    """One attempt to tell a webhook that a job is over."""

    attempt: int = Field(description="Counts from 1.", examples=[1])
    message_id: str = Field(
        description="The webhook-id header, the same for all attempts: know a repetition by it.",
        examples=["msg_01k8rz3v9q5w7x2m4n6p8r0s1t"],
    )
    url: str = Field(description="Where it was sent.", examples=["https://app.example/hooks/voicelift"])
    at: datetime = Field(description="When it was sent.")
    seconds: float = Field(description="How long it took.", examples=[0.231])
    outcome: Outcome = Field(
        description="delivered: answered with 2xx. failed: tried again, if next_at says when. refused: the address is "
        "not one that is connected to. gone: answered with 410, so it is not tried again."
    )
    status: int | None = Field(description="The HTTP status, if there was an answer.", examples=[200])
    detail: str | None = Field(description="What went wrong, in words.", examples=["no answer within 15 s"])
    next_at: datetime | None = Field(description="When it is tried again; null when it is not.")

    @classmethod
    def of(cls, attempt: Attempt) -> "DeliveryView":
        facts = attempt.model_dump(exclude={"at", "next_at"})
        return cls(**facts, at=datetime.fromtimestamp(attempt.at, UTC), next_at=_when(attempt.next_at))


class DeliveriesView(View):
    """The attempts for one job."""

    deliveries: list[DeliveryView] = Field(description="Oldest first; at most the last fifty.")


@router.get(SECRET_PATH, response_model=SecretView, summary="Get the webhook secret", responses=_PROBLEMS)
def get_secret(tenant: TenantId, serving: Serving) -> SecretView:
    """The secret that signs your webhooks; the first is made when it is first asked for."""
    return SecretView.of(serving.webhooks.secrets(tenant))


@router.post(SECRET_PATH, response_model=SecretView, summary="Replace the webhook secret", responses=_PROBLEMS)
def rotate_secret(tenant: TenantId, serving: Serving) -> SecretView:
    """Make a new secret. For a day webhooks are signed with both, so that receivers can change over."""
    return SecretView.of(serving.webhooks.rotate(tenant))


@router.get(
    JOBS_PATH + "/{job_id}/deliveries",
    response_model=DeliveriesView,
    summary="Look at a job's webhook deliveries",
    responses=problems_of(not_found=(404, "There is no such job."), store_unavailable=UNAVAILABLE["store_unavailable"]),
)
def get_deliveries(job: CurrentJob, serving: Serving) -> DeliveriesView:
    """What came of telling `webhook_url` that the job is over; empty while it is not, or has no webhook_url."""
    return DeliveriesView(deliveries=[DeliveryView.of(attempt) for attempt in serving.webhooks.attempts(job.id)])


def _when(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
