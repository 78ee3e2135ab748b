"""A job request: the options of the separation, and the handling of the job."""

import hashlib
import json
from typing import Annotated

from pydantic import AfterValidator, Field

from core.jobs.options import JobOptions

METADATA_BYTES = 4096
BATCH_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"  # a batch's label is a part of URLs and of Redis' keys
_MONTH_S = 30 * 86400.0


def _fits(metadata: dict[str, str]) -> dict[str, str]:
    if sum(len(text.encode()) for pair in metadata.items() for text in pair) > METADATA_BYTES:
        raise ValueError(f"names and values together must not exceed {METADATA_BYTES} bytes")
    return metadata


class JobRequest(JobOptions):
    """All fields of a job request except the recording. `options` has those that change the result."""

    metadata: Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], str], AfterValidator(_fits)] = Field(
        default={},
        max_length=16,
        description="Your names and values, returned with the job: at most 16, 4 KB in all. In a form: one field "
        "that contains a JSON object.",
        examples=[{"user": "8231", "track": "demo-7"}],
    )
    batch: str | None = Field(
        default=None,
        pattern=f"^{BATCH_PATTERN}$",
        description="A label for jobs that belong together: list them by it, or wait for them at "
        "/v1/batches/{batch}. 1 to 64 letters, digits, dots, dashes or underscores, starting with a "
        "letter or digit.",
        examples=["album-7"],
    )
    webhook_url: str | None = Field(
        default=None,
        max_length=2048,
        json_schema_extra={"format": "uri"},
        description="URL that receives a signed POST when the job ends (Standard Webhooks).",
        examples=["https://app.example/hooks/voicelift"],
    )
    deadline_s: float | None = Field(
        default=None,
        gt=0,
        le=_MONTH_S,
        allow_inf_nan=False,
        description="Seconds from acceptance until the result is useless: a queued job expires then, a running one "
        "is stopped.",
        examples=[900],
    )
    retention_s: float | None = Field(
        default=None,
        ge=1,
        allow_inf_nan=False,
        description="Seconds for which the job's files are kept after its end; at most, and by default, the "
        "service's retention (a week unless the operator changes it).",
        examples=[86400],
    )
    cache: bool = Field(
        default=True,
        description="Whether your earlier result with the same recording, options and model may be copied "
        "instead of computed again.",
    )

    @property
    def options(self) -> JobOptions:
        return JobOptions(**{name: getattr(self, name) for name in JobOptions.model_fields})

    def fingerprint(self, content: str) -> str:
        """Identifies equal requests; `content` is the recording's sha256, if known."""
        # Omitted without a batch, as before batches existed, so that a request may be repeated across an upgrade.
        names = set(JobRequest.model_fields) - ({"batch"} if self.batch is None else set())
        parts = [content, self.model_dump(mode="json", include=names)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
