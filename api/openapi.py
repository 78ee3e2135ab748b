"""The OpenAPI description: what FastAPI derives, the streamed form, and the problems.

docs/openapi.json is a copy of it, so that a change of the contract is seen in review:
`python -m api.openapi > docs/openapi.json`
"""

import json
import re
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, Problem
from api.schemas import JobBody
from api.uploads import FILE_FIELD
from core.errors import VoiceliftError
from core.jobs.request import JobRequest

_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}


def kinds(kind: type[VoiceliftError]) -> Iterator[type[VoiceliftError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from kinds(child)


_RETRYABLE = {kind.code for kind in kinds(VoiceliftError) if kind.retryable} | {"internal"}


def problems_of(**codes: tuple[int, str]) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: for each problem code its status and the sentence that a person gets.

    Problems of one status share a response, with one example each.
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
    "Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer", "minimum": 1}}
}
IDEMPOTENCY = {
    "idempotency_in_progress": (409, "A request with this Idempotency-Key is being answered at this moment."),
    "idempotency_mismatch": (
        422,
        "This Idempotency-Key was used before for another request. Use a new key for each new job.",
    ),
}
BUSY = {"queue_full": (503, "There is so much to do that a new job would wait for about 400 minutes. Try again later.")}
UNAVAILABLE = {
    "store_unavailable": (503, "The job store cannot be reached. Try again in a few seconds."),
    "storage_unavailable": (503, "The object storage could not be reached to write an object."),
}


def job_body() -> dict[str, Any]:
    """`openapi_extra=` of the route that makes a job: its multipart and its JSON body, derived from JobRequest."""
    form = JobRequest.model_json_schema()["properties"]
    # In a form an object is a text that holds JSON.
    form["metadata"] = {"type": "string", "contentMediaType": "application/json"} | {
        name: form["metadata"][name] for name in ("title", "description")
    }
    recording = {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "description": "The recording: any common audio file, or a video file with sound.",
    }
    body = JobBody.model_json_schema()
    body["oneOf"] = [
        {"required": [name], "properties": {name: {"type": "string"}}} for name in ("upload_id", "source_url")
    ]
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "title": "JobForm",
                        "required": [FILE_FIELD],
                        "additionalProperties": False,
                        "properties": {FILE_FIELD: recording, **form},
                    },
                    "encoding": {"stems": {"style": "form", "explode": True}},
                    "examples": {
                        "defaults": {"summary": "Only a file", "value": {FILE_FIELD: "@song.mp3"}},
                        "choices": {
                            "summary": "Vocals only, as mp3, with more steps",
                            "value": {
                                FILE_FIELD: "@song.mp3",
                                "stems": ["vocals"],
                                "format": "mp3",
                                "steps": 100,
                                "metadata": '{"user": "8231"}',
                            },
                        },
                    },
                },
                "application/json": {
                    "schema": body,
                    "examples": {
                        "upload": {
                            "summary": "A file that was sent to POST /v1/uploads",
                            "value": {"upload_id": "upl_01k8rz3v9q5w7x2m4n6p8r0s1t", "quality": "high"},
                        },
                        "address": {
                            "summary": "A file that the service fetches, and a webhook at the end",
                            "value": {
                                "source_url": "https://media.example/song.mp3",
                                "metadata": {"user": "8231"},
                                "webhook_url": "https://app.example/hooks/voicelift",
                            },
                        },
                    },
                },
            },
        }
    }


_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, vl_..., from the operator of the service. A service that listens on loopback only "
        "needs none, unless it was told otherwise.",
    },
    "token": {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "For players, EventSource and links: a job's token, from POST /v1/jobs/{job_id}/token.",
    },
}
_TAKES_TOKEN = re.compile(r"/v1/jobs/\{job_id\}/(events|hls/.*|outputs/.*)")
_REFUSALS = {
    "unauthenticated": (401, "This service needs an API key, sent as: Authorization: Bearer vl_..."),
    "invalid_key": (401, "This API key is not known here. Check that it is complete and meant for this service."),
    "rate_limited": (429, "More than 6000 requests in a minute. Go on in 1 s."),
    "store_unavailable": UNAVAILABLE["store_unavailable"],
}
_QUOTA = {"quota_exceeded": (429, "1000 jobs are waiting or running, which is as many as may at a time.")}
_HELD = {
    "too_many_at_once": (
        429,
        "8 uploads are going on with this key, as many as may at a time. Wait for one to end.",
    ),
    "busy": (503, "There are too many uploads going on here. Try again in a moment."),
}
_BODY = {
    "body_too_slow": (408, "The body of the request comes too slowly. Send it again over a better connection."),
    "upload_too_large": (413, "This address takes no such body."),
}
_TOKEN_REFUSAL = {"invalid_token": (401, "The token does not open this job, or has expired. Get a new one.")}
_RATE_LIMIT = {
    f"RateLimit-{name}": {"description": said, "schema": {"type": "integer", "minimum": 0}}
    for name, said in {
        "Limit": "Requests of this kind that the key may make in a minute.",
        "Remaining": "How many of these may follow at once.",
        "Reset": "Seconds until all of them may.",
    }.items()
}


def _need_a_key(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say who may call an operation, and how it refuses others and what is too much."""
    token = method == "get" and _TAKES_TOKEN.fullmatch(path)
    counted = method == "post" and (path in ("/v1/jobs", "/v1/uploads") or path.endswith("/retry"))
    held = (method, path) in (("post", "/v1/jobs"), ("get", "/v1/jobs/{job_id}/events"))
    operation["security"] = [{"key": []}, *([{"token": []}] if token else [])]
    _refuse(
        operation, _REFUSALS | (_TOKEN_REFUSAL if token else {}) | (_QUOTA if counted else {}) | (_HELD if held else {})
    )
    responses = operation["responses"]
    responses["401"]["headers"] = {
        "WWW-Authenticate": {"description": "Bearer (RFC 6750).", "schema": {"type": "string"}}
    }
    responses["429"]["headers"] = {**RETRY_AFTER, **_RATE_LIMIT}
    for status, answer in responses.items():
        if int(status) < 300:
            answer.setdefault("headers", {}).update(_RATE_LIMIT)


def _refuse(operation: dict[str, Any], refusals: dict[str, tuple[int, str]]) -> None:
    """Add problems to those that an operation has; what it says of them itself stands."""
    for status, answer in problems_of(**refusals).items():
        known = operation["responses"].setdefault(str(status), answer)
        examples = known["content"][MEDIA_TYPE]["examples"]
        known["content"][MEDIA_TYPE]["examples"] = answer["content"][MEDIA_TYPE]["examples"] | examples


def _never_null(parameter: dict[str, Any]) -> None:
    """An optional parameter is left out; unlike a member of JSON it cannot be null, as FastAPI derives it."""
    kinds = [kind for kind in parameter["schema"].pop("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) > 1:
        parameter["schema"]["anyOf"] = kinds
    elif kinds:
        parameter["schema"].update(kinds[0])


def install(app: FastAPI) -> None:
    """Make `app.openapi` answer the completed description, computed once, when first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    summary=app.summary,
                    description=app.description,
                    routes=app.routes,
                    tags=app.openapi_tags,
                )
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(description: dict[str, Any]) -> dict[str, Any]:
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    description["components"]["securitySchemes"] = _SCHEMES
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            # FastAPI adds its own 422 wherever there is a parameter; ours are strings, judged by the routes.
            if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                del operation["responses"]["422"]
            for parameter in operation.get("parameters", []):
                _never_null(parameter)
            operation["responses"].update(
                problems_of(internal=(500, "Something went wrong on our side. Report the request_id."))
                if "500" not in operation["responses"]
                else {}
            )
            if method == "post":
                _refuse(operation, _BODY)
            if path.startswith("/v1/"):
                _need_a_key(path, method, operation)
            operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
    return description


def main() -> None:
    """Print the description."""
    from api.app import create_app
    from api.settings import ApiSettings

    json.dump(create_app(ApiSettings()).openapi(), sys.stdout, indent=1, ensure_ascii=False)
    print()  # noqa: T201


if __name__ == "__main__":
    main()
