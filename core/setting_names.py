"""The names of all settings. Each process reads only some of them, so this list detects misspelt ones."""

import difflib
from collections.abc import Mapping

PREFIX = "VOICELIFT_"
NAMES = frozenset(
    """
    ARCHIVES ARCHIVES_PER_KEY AUDIO_S_PER_DAY AUTH CORS_ORIGINS DEVICE ENCODEC_DIR FETCH_ALLOW FETCH_PORTS
    FETCH_TIMEOUT_S FORMS FORMS_PER_KEY HEARTBEAT_S HOST JOBS_IN_FLIGHT LEASE_S LEAST_FREE_BYTES LISTENERS
    LISTENERS_PER_KEY LOG_FORMAT LOG_LEVEL MAX_ATTEMPTS MAX_CHANNELS MAX_DURATION_S MAX_UPLOAD_BYTES MAX_WAIT_S
    METRICS_HOST METRICS_PORT METRICS_TOKEN MODEL_DIR MODEL_GRACE_S OPEN_UPLOADS PEERS_DIR PORT PRESIGN_TTL_S
    REQUESTS_PER_MINUTE RETENTION_S SECRETS_DIR SPOOL_BYTES STOP_S SUBMISSIONS_PER_MINUTE THREADS TOKEN_SECRET
    TOKEN_TTL_S UPLOAD_PART_BYTES UPLOAD_TTL_S WORK_DIR
    """.split()
)
"""Without PREFIX; tests/unit/core/test_settings.py compares them with the settings classes."""


def unknown(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each VOICELIFT_ variable that no setting reads."""
    sentences = []
    for name in sorted(environ):
        short = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and short not in NAMES:
            near = difflib.get_close_matches(short, NAMES, 1)
            hint = f" Did you mean {PREFIX}{near[0]}?" if near else ""
            sentences.append(f"The setting {name} does not exist; it is ignored.{hint}")
    return sentences
