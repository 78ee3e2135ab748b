"""Job tokens, for URLs that players and EventSource request without a header. A token gives read access to one job
until it expires or is revoked, and nothing else.

    expiry (seconds since the epoch, hex) [. series] . HMAC-SHA256 over the job's id and what stands before

A revocation starts a new series of the job; tokens of other series are invalid. The first series, 0, is not
written.
"""

import base64
import hashlib
import hmac
import re

_TOKEN = re.compile(r"([0-9a-f]{1,12})(?:\.([1-9][0-9]{0,8}))?\.([A-Za-z0-9_-]{43})")


def sign(secret: bytes, job_id: str, expires_at: int, series: int = 0) -> str:
    """A token for `job_id` that is valid until `expires_at`; needs no quoting in a URL."""
    claims = f"{expires_at:x}.{series}" if series else f"{expires_at:x}"
    mac = hmac.digest(secret, f"{job_id}.{claims}".encode(), hashlib.sha256)
    return f"{claims}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def is_valid(secret: bytes, job_id: str, token: str, now: float) -> bool:
    """Whether `token` was signed for `job_id` and has not expired; `series_of` shows whether it is revoked."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return False
    expires_at = int(match[1], 16)
    return hmac.compare_digest(sign(secret, job_id, expires_at, series_of(token)), token) and now < expires_at


def series_of(token: str) -> int:
    """The series of a token that is well formed."""
    match = _TOKEN.fullmatch(token)
    return int(match[2] or 0) if match else 0
