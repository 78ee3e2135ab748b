"""What a caller may ask for with a job: the options of the separation, and how the job itself is treated."""

import hashlib
import json
from typing import Annotated

from pydantic import AfterValidator, Field

from core.jobs.job import JobOptions

METADATA_BYTES = 4096
BATCH_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"  # of a batch's label, which is a part of addresses and of Redis' keys
_MONTH_S = 30 * 86400.0


def _fits(metadata: dict[str, str]) -> dict[str, str]:
    if sum(len(text.encode()) for pair in metadata.items() for text in pair) > METADATA_BYTES:
        raise ValueError(f"names and values together must not be longer than {METADATA_BYTES} bytes")
    return metadata


class JobRequest(JobOptions):
    """All fields of a job request but the recording. Which ones change the result is said by `options`."""

    metadata: Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], str], AfterValidator(_fits)] = Field(
        default={},
        max_length=16,
        description="Names and values of your own, given back with the job: at most 16, 4 KB in all. In a form: one "
        "field that holds a JSON object.",
        examples=[{"user": "8231", "track": "demo-7"}],
    )
    batch: str | None = Field(
        default=None,
        pattern=f"^{BATCH_PATTERN}$",
        description="A label that jobs share which belong together: they can be listed by it, and waited for at "
        "/v1/batches/{batch}. 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first.",
        examples=["album-7"],
    )
    webhook_url: str | None = Field(
        default=None,
        max_length=2048,
        json_schema_extra={"format": "uri"},
        description="Where to POST a signed event when the job is over (Standard Webhooks).",
        examples=["https://app.example/hooks/voicelift"],
    )
    deadline_s: float | None = Field(
        default=None,
        gt=0,
        le=_MONTH_S,
        allow_inf_nan=False,
        description="Seconds from acceptance after which the result is of no use: a job that has not begun by then "
        "expires, one that runs is stopped.",
        examples=[900],
    )
    retention_s: float | None = Field(
        default=None,
        ge=1,
        allow_inf_nan=False,
        description="Seconds after its end for which the job's files are kept; at most, and by default, what the "
        "service allows (a week unless its operator says otherwise).",
        examples=[86400],
    )
    cache: bool = Field(
        default=True,
        description="Whether a result of yours with the same recording, options and model may be copied instead of "
        "computed again.",
    )

    @property
    def options(self) -> JobOptions:
        return JobOptions(**{name: getattr(self, name) for name in JobOptions.model_fields})

    def fingerprint(self, content: str) -> str:
        """Tells requests apart; `content` names the recording, by its sha256 if that is known."""
        # Without a batch as before there were batches, so that a request may be repeated across an upgrade.
        names = set(JobRequest.model_fields) - ({"batch"} if self.batch is None else set())
        parts = [content, self.model_dump(mode="json", include=names)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
