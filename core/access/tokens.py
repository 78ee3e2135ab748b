"""Job tokens, for URLs that players and EventSource request without a header. A token gives read access to one job
until it expires, and nothing else.

    expiry (seconds since the epoch, hex) . HMAC-SHA256 over the job's id and the expiry, with the server's secret
"""

import base64
import hashlib
import hmac
import re

_TOKEN = re.compile(r"([0-9a-f]{1,12})\.([A-Za-z0-9_-]{43})")


def sign(secret: bytes, job_id: str, expires_at: int) -> str:
    """A token for `job_id` that is valid until `expires_at`; needs no quoting in a URL."""
    mac = hmac.digest(secret, f"{job_id}.{expires_at:x}".encode(), hashlib.sha256)
    return f"{expires_at:x}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def is_valid(secret: bytes, job_id: str, token: str, now: float) -> bool:
    """Whether `token` was signed for `job_id` and has not expired."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return False
    expires_at = int(match[1], 16)
    return hmac.compare_digest(sign(secret, job_id, expires_at), token) and now < expires_at
