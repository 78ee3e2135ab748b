"""Descriptions of responses: `responses=` for the problems of routes, and shared headers."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from api.problems import MEDIA_TYPE, Problem
from core.errors import VoiceliftError

_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}


def kinds(kind: type[VoiceliftError]) -> Iterator[type[VoiceliftError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from kinds(child)


_RETRYABLE = {kind.code for kind in kinds(VoiceliftError) if kind.retryable} | {"internal"}


def problems_of(**codes: tuple[int, str]) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: each problem code with its status and example sentence.

    Problems with the same status share a response, with one example each.
    """
    responses: dict[int | str, dict[str, Any]] = {}
    for code, (status, detail) in codes.items():
        example = Problem(
            type=f"urn:voicelift:problem:{code}",
            title=code.replace("_", " ").capitalize(),
            status=status,
            detail=detail,
            instance="/v1/jobs",
            code=code,
            request_id="req_5f0c1a2b3d4e6f70",
            retryable=code in _RETRYABLE,
        ).model_dump(exclude_none=True)
        response = responses.setdefault(
            status,
            {
                "description": HTTPStatus(status).phrase,
                "content": {MEDIA_TYPE: {"schema": _PROBLEM_REF, "examples": {}}},
            },
        )
        response["content"][MEDIA_TYPE]["examples"][code] = {"value": example}
        if code in _RETRYABLE and status != HTTPStatus.INTERNAL_SERVER_ERROR:
            response["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return responses


RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait before polling again.", "schema": {"type": "integer", "minimum": 1}}
}
IDEMPOTENCY = {
    "idempotency_in_progress": (409, "A request with this Idempotency-Key is still in progress."),
    "idempotency_mismatch": (
        422,
        "This Idempotency-Key was already used for a different request. Use a new key for each job.",
    ),
}
BUSY = {
    "queue_full": (503, "The queue is full: the estimated wait is 400 minutes, the limit is 360. Retry after 600 s.")
}
HELD = {
    "too_many_at_once": (
        429,
        "8 uploads are in progress with this key, the maximum. Wait for one to end.",
    ),
    "busy": (503, "Too many uploads are in progress. Retry in a moment."),
}
UNAVAILABLE = {
    "store_unavailable": (503, "The job store cannot be reached. Try again in a few seconds."),
    "storage_unavailable": (503, "The object storage could not be reached to write an object."),
}
