"""Verification of the service's webhooks, signed by Standard Webhooks (standardwebhooks.com)."""

import base64
import binascii
import hmac
import time
from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from voicelift_client.errors import SignatureInvalid
from voicelift_client.models import WebhookEvent, WebhookTest

TOLERANCE_S = 300.0
_EVENTS: TypeAdapter[WebhookEvent | WebhookTest] = TypeAdapter(WebhookEvent | WebhookTest)


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, *, tolerance_s: float = TOLERANCE_S
) -> WebhookEvent | WebhookTest:
    """The event in `body`, if the service has signed it in the last `tolerance_s` seconds.

    `secret` is `Voicelift.webhook_secret()` (whsec_...), `body` the exact bytes of the request's body, `headers` the
    request's headers, in any case. The same event may arrive twice: detect it by the header `webhook-id`.

    Raises:
        SignatureInvalid: refuse the request, for example with 400."""
    lowered = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp, signatures = (lowered[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        sent_at = int(timestamp)
    except (KeyError, ValueError):
        raise SignatureInvalid("The request lacks the headers of a signed webhook.") from None
    if abs(time.time() - sent_at) > tolerance_s:
        raise SignatureInvalid("The webhook is too old, or this machine's clock is wrong.")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("The webhook secret must be whsec_ followed by base64.") from None
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256"))
    # During a rotation of the secret there are two signatures.
    if not any(hmac.compare_digest(expected, each.encode()) for each in signatures.split()):
        raise SignatureInvalid("The webhook was not signed with this secret.")
    try:
        return _EVENTS.validate_json(body)
    except ValidationError:
        raise SignatureInvalid("The webhook is signed, but this version does not know its type.") from None
