"""Webhooks verify if they are signed and recent."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from core.jobs.view import JobView
from tests.support.jobs import make_job
from voicelift_client import WebhookEvent, WebhookTest, verify_webhook
from voicelift_client.errors import SignatureInvalid
from worker.courier import trial_message

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
JOB = JobView.of(make_job())
BODY = json.dumps(
    {"type": "job.succeeded", "timestamp": "2026-11-30T12:00:00Z", "data": JOB.model_dump(mode="json")}
).encode()


def headers(body: bytes = BODY, secret: str = SECRET, age_s: float = 0) -> dict[str, str]:
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": "v1,x " + Webhook(secret).sign("msg_1", at, body.decode()),
    }


def test_events_signed_by_the_service_verify() -> None:
    event = verify_webhook(SECRET, headers(), BODY)
    assert isinstance(event, WebhookEvent)
    assert (event.type, event.data.id) == ("job.succeeded", JOB.id)


def test_the_test_event_of_the_service_verifies() -> None:
    body = trial_message(1_700_000_000.0)
    event = verify_webhook(SECRET, headers(body), body)
    assert isinstance(event, WebhookTest)
    assert event.type == "webhook.test"


def test_all_other_messages_are_refused() -> None:
    other = "whsec_" + "A" * 43 + "="
    for signed, body, message in (
        (headers(), BODY + b" ", "not signed with this secret"),
        (headers(secret=other), BODY, "not signed with this secret"),
        (headers(age_s=400), BODY, "too old"),
        (headers(age_s=-400), BODY, "too old"),
        ({}, BODY, "lacks the headers"),
        ({**headers(), "Webhook-Timestamp": "now"}, BODY, "lacks the headers"),
        ({**headers(), "Webhook-Signature": "v1,é"}, BODY, "not signed with this secret"),
        (headers(b"{}"), b"{}", "does not know its type"),
    ):
        with pytest.raises(SignatureInvalid, match=message):
            verify_webhook(SECRET, signed, body)
    assert verify_webhook(SECRET, headers(age_s=400), BODY, tolerance_s=500)
    with pytest.raises(ValueError, match="base64"):
        verify_webhook("whsec_?", headers(), BODY)
