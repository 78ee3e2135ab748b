"""The OpenAPI description: FastAPI's, completed with the problems. `python -m lab.docs` writes it to docs/."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api import examples
from api.access import Terms
from api.event_schemas import ENDINGS, REF, event_schemas, webhooks
from api.problems import MEDIA_TYPE, Problem
from api.responses import RETRY_AFTER, UNAVAILABLE, problems_of
from api.schemas import job_schemas
from core.jobs.job import State
from core.jobs.view import JobView

_REFUSALS = {
    "unauthenticated": (401, "This service requires an API key: Authorization: Bearer vl_..."),
    "invalid_key": (401, "The API key is unknown. Check that it is complete and belongs to this service."),
    "rate_limited": (429, "Rate limit exceeded: 6000 requests per minute. Retry after 1 s."),
    "store_unavailable": UNAVAILABLE["store_unavailable"],
}
_QUOTA = {"quota_exceeded": (429, "1000 jobs are queued or running, the maximum.")}
_FAULT = {"internal": (500, "Something went wrong on our side. Report the request_id.")}
_BODY = {
    "body_too_slow": (408, "The request body arrived too slowly. Retry over a faster connection."),
    "upload_too_large": (413, "The request body is too large for this endpoint."),
    "unsupported_content_encoding": (
        415,
        "The Content-Encoding gzip is not supported. Send the body uncompressed.",
    ),
}
_TOKEN_REFUSAL = {"invalid_token": (401, "The token is not valid for this job or has expired. Request a new one.")}
_RATE_LIMIT = {
    f"RateLimit-{name}": {"description": text, "schema": {"type": "integer", "minimum": 0}}
    for name, text in {
        "Limit": "Requests of this kind per minute.",
        "Remaining": "Requests that may follow at once.",
        "Reset": "Seconds until the full limit is available.",
    }.items()
}


SERVERS = [{"url": "/", "description": "The service that returns this description."}]
TAGS = {
    "jobs": "Create, follow, cancel, retry and delete jobs.",
    "uploads": "Send a recording straight to the object storage, in the background or in parts.",
    "outputs": "Play the result while the job runs, and download it.",
    "webhooks": "Events for your server when a job ends.",
    "usage": "Usage and remaining quotas.",
    "keys": "For operators: create, list and revoke keys.",
    "models": "Models, and the permitted use of their results.",
    "operations": "Health checks and metrics.",
}
_REQUEST_ID = {
    "X-Request-ID": {
        "description": "Id of this request in the logs of the service. An X-Request-ID of the request is kept.",
        "schema": {"type": "string"},
    }
}


def operation_id(route: APIRoute) -> str:
    """The name of the function behind a route in the clients' style: create_job is createJob."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _need_a_key(operation: dict[str, Any], terms: Terms) -> None:
    """Add the refusals of an operation for unauthorised and too many requests."""
    by_token, counted = _TOKEN_REFUSAL if terms.by_token else {}, _QUOTA if terms.makes_job else {}
    _refuse(operation, _REFUSALS | by_token | counted)
    responses = operation["responses"]
    responses["401"]["headers"] = {
        "WWW-Authenticate": {"description": "Bearer (RFC 6750).", "schema": {"type": "string"}}
    }
    responses["429"]["headers"] = {**RETRY_AFTER, **_RATE_LIMIT}
    for status, response in _answered_here(operation):
        if status < 400:
            response.setdefault("headers", {}).update(_RATE_LIMIT)


def _answered_here(operation: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Statuses and responses of this service; for a redirect, 200 describes the final response from another server."""
    redirects = {"307"} & {str(status) for status in operation["responses"]}
    return (
        (int(status), response)
        for status, response in operation["responses"].items()
        if not (redirects and str(status) == "200")
    )


def _refuse(operation: dict[str, Any], refusals: dict[str, tuple[int, str]]) -> None:
    """Add problems to those of an operation; existing descriptions stay."""
    for status, response in problems_of(**refusals).items():
        existing = operation["responses"].setdefault(str(status), response)
        examples = existing["content"][MEDIA_TYPE]["examples"]
        existing["content"][MEDIA_TYPE]["examples"] = response["content"][MEDIA_TYPE]["examples"] | examples


def _never_null(parameter: dict[str, Any]) -> None:
    """Optional parameters may be omitted; unlike members of JSON they cannot be null, as FastAPI derives."""
    kinds = [kind for kind in parameter["schema"].pop("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) > 1:
        parameter["schema"]["anyOf"] = kinds
    elif kinds:
        parameter["schema"].update(kinds[0])


def install(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Make `app.openapi` return the completed description, computed once on first use."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    summary=app.summary,
                    description=app.description,
                    routes=app.routes,
                    tags=[{"name": name, "description": text} for name, text in TAGS.items()],
                    servers=SERVERS,
                    license_info=app.license_info,
                ),
                [
                    route
                    for router in routers
                    for route in router.routes
                    if isinstance(route, APIRoute) and route.include_in_schema
                ],
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(description: dict[str, Any], routes: Iterable[APIRoute]) -> dict[str, Any]:
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template=REF)
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    schemas.update(job_schemas() | event_schemas())
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    description["webhooks"] = webhooks()
    _show_jobs(description)
    _leave_defaults_to_the_service(description)
    for route in routes:
        for method in route.methods or ():
            _complete_operation(description["paths"][route.path_format][method.lower()], method, Terms.of(route))
    return _without_view(description)


def _show_jobs(description: dict[str, Any]) -> None:
    """Add examples of jobs in every state to responses and webhooks with a job."""
    jobs = examples.jobs()
    shown = {"202": [State.queued], "200": [State.queued, State.running, State.succeeded, State.failed]}
    for operation in (operation for methods in description["paths"].values() for operation in methods.values()):
        for status, states in shown.items():
            content = operation["responses"].get(status, {}).get("content", {}).get("application/json", {})
            if content.get("schema") == {"$ref": REF.format(model=JobView.__name__)}:
                content["examples"] = {str(state): {"value": jobs[state]} for state in states}
    for state, kind in ENDINGS.items():
        body = description["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]
        message = {"type": kind, "timestamp": jobs[state]["finished_at"], "data": jobs[state]}
        body["examples"] = {str(state): {"value": message}}


def _leave_defaults_to_the_service(description: dict[str, Any]) -> None:
    """Describe defaults of request fields in words: generated clients would send an explicit `default`, and
    openapi-typescript would require each such field."""
    operations = [operation for methods in description["paths"].values() for operation in methods.values()]
    bodies = [body for operation in operations for body in operation.get("requestBody", {}).get("content", {}).values()]
    for name in {body["schema"]["$ref"] for body in bodies}:
        for field in description["components"]["schemas"][name.rpartition("/")[2]]["properties"].values():
            default = field.pop("default", None)
            if default not in (None, "", {}):
                shown = ", ".join(default) if isinstance(default, list) else json.dumps(default).strip('"')
                field["description"] += f" Default: {shown}."


def _without_view(description: dict[str, Any]) -> dict[str, Any]:
    """Rename JobView to Job, and so on: only the server needs to know that it is a view."""
    schemas = description["components"]["schemas"]
    public = {name: name.removesuffix("View") for name in schemas}
    assert len(set(public.values())) == len(public), "two schemas have one name"

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: renamed(member) for key, member in value.items()}
        if isinstance(value, list):
            return [renamed(member) for member in value]
        if isinstance(value, str) and value.startswith(REF.format(model="")):
            return REF.format(model=public[value.rpartition("/")[2]])
        return value

    for name, schema in schemas.items():
        if schema.get("title") == name:
            schema["title"] = public[name]
    description["components"]["schemas"] = {public[name]: schema for name, schema in sorted(schemas.items())}
    public_description: dict[str, Any] = renamed(description)
    return public_description


def _complete_operation(operation: dict[str, Any], method: str, terms: Terms) -> None:
    # FastAPI adds a generic 422 to every parameter; here parameters are strings, checked by the routes.
    if "HTTPValidationError" in str(operation["responses"].get("422", "")):
        del operation["responses"]["422"]
    for parameter in operation.get("parameters", []):
        _never_null(parameter)
    _refuse(operation, _FAULT)
    if method == "POST":
        _refuse(operation, _BODY)
    if terms.open:
        operation.setdefault("security", [])
    else:
        _need_a_key(operation, terms)
    operation["responses"] = {str(status): response for status, response in operation["responses"].items()}
    for _, response in _answered_here(operation):
        response["headers"] = response.get("headers", {}) | _REQUEST_ID
