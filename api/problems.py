"""Every HTTP error is an RFC 9457 problem. Only this module maps domain errors to statuses.

{"type": "urn:voicelift:problem:not_found", "title": "Not found", "status": 404, "detail": "...",
 "instance": "/v1/jobs/job_...", "code": "not_found", "request_id": "req_...", "retryable": false}
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from core import errors

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5


class MalformedForm(errors.InputError):
    """The body is malformed."""

    code = "malformed_form"


class UnsupportedContentType(errors.InputError):
    code = "unsupported_content_type"


class UnsupportedContentEncoding(errors.InputError):
    code = "unsupported_content_encoding"


class NotReady(errors.VoiceliftError):
    """A dependency of this process does not respond."""

    code = "not_ready"
    retryable = True


# The most derived listed class decides; unlisted errors are internal, 500.
STATUS: Mapping[type[errors.VoiceliftError], HTTPStatus] = {
    MalformedForm: HTTPStatus.BAD_REQUEST,
    errors.MalformedJson: HTTPStatus.BAD_REQUEST,
    errors.InvalidIdempotencyKey: HTTPStatus.BAD_REQUEST,
    UnsupportedContentType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    UnsupportedContentEncoding: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.BodyTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    errors.UploadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.OperatorOnly: HTTPStatus.FORBIDDEN,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.QueueFull: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.CourierUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
}


class FieldError(BaseModel):
    """One invalid field of the request."""

    field: str = Field(description="Name of the form field or parameter.", examples=["steps"])
    message: str = Field(description="Why it is invalid.", examples=["Input should be less than or equal to 1000"])


class Problem(BaseModel):
    """RFC 9457: the error for programs (`code`, `retryable`) and for people (`detail`)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="URN of the kind of problem.", examples=["urn:voicelift:problem:not_found"])
    title: str = Field(description="Short summary of the problem.", examples=["Not found"])
    status: int = Field(description="HTTP status.", examples=[404])
    detail: str = Field(description="Cause and remedy.", examples=["There is no such job."])
    instance: str = Field(description="Path of the request.")
    code: str = Field(description="Stable, machine-readable code.", examples=["not_found"])
    request_id: str = Field(
        description="Id of the request in the logs; quote it in support requests.", examples=["req_3f2a"]
    )
    retryable: bool = Field(description="Whether the same request may succeed later.")
    errors: list[FieldError] | None = Field(default=None, description="The invalid fields, for invalid options.")


def status_of(error: errors.VoiceliftError) -> HTTPStatus:
    """The HTTP status of a domain error."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem_response(
    scope: Mapping[str, Any],
    status: int,
    code: str,
    detail: str,
    *,
    retryable: bool = False,
    headers: Mapping[str, str] | None = None,
    **extension: Any,
) -> JSONResponse:
    """A problem for the request of `scope`; `extension` members are added to the standard ones."""
    problem = Problem(
        type=f"urn:voicelift:problem:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        instance=str(scope.get("path", "")),
        code=code,
        request_id=str(scope.get("state", {}).get("request_id", "")),
        retryable=retryable,
        **extension,
    )
    body = problem.model_dump(mode="json", exclude_none=True)
    scope.get("state", {})["problem"] = code  # counted by metrics.py
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def of_error(scope: Mapping[str, Any], error: errors.VoiceliftError) -> JSONResponse:
    """The problem of a domain error; an internal error is detailed in the log only."""
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request failed: %s", error.message, exc_info=error)
        return unexpected(scope)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        log.warning("unavailable: %s", error.message, exc_info=error.__cause__)
    headers = {"Retry-After": str(error.details.get("retry_after_s", RETRY_AFTER_S))} if error.retryable else {}
    if isinstance(error, errors.Unauthenticated):
        # RFC 6750: no error code for requests without credentials.
        tried = type(error) is not errors.Unauthenticated
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if tried else "Bearer"
    public = errors.InputError | errors.Conflict | errors.QueueFull | errors.TooMany | NotReady
    extension = error.details if isinstance(error, public) else {}
    return problem_response(
        scope, status, error.code, error.message, retryable=error.retryable, headers=headers, **extension
    )


async def refuse(scope: Scope, receive: Receive, send: Send, error: errors.VoiceliftError, **headers: str) -> None:
    """Respond from within a middleware with the problem of `error`."""
    response = of_error(scope, error)
    response.headers.update(headers)
    await response(scope, receive, send)


def unexpected(scope: Mapping[str, Any]) -> JSONResponse:
    """The problem of an unexpected exception: it has only the request id."""
    return problem_response(
        scope,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        errors.InternalError.code,
        "Something went wrong on our side. Try again; if it persists, report the request_id.",
        retryable=True,
    )


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Convert every error of `app`, which has these routes, to a problem."""

    def on_domain_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, errors.VoiceliftError)
        return of_error(request.scope, error)

    def on_validation_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        if any(fault["type"] == "json_invalid" for fault in error.errors()):
            return of_error(request.scope, errors.MalformedJson("The body is not well-formed JSON."))
        fields = [
            {"field": ".".join(str(part) for part in fault["loc"][1:] or fault["loc"]), "message": fault["msg"]}
            for fault in error.errors()
        ]
        return problem_response(
            request.scope,
            422,
            "invalid_request",
            "The request has invalid fields.",
            errors=fields,
        )

    def on_http_exception(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI could not read the body, for the stated reason
            if isinstance(error.__cause__, ClientDisconnect):
                return on_disconnect(request, error.__cause__)
            if isinstance(error.__cause__, ValueError | RecursionError):  # invalid text, or nested too deeply
                return of_error(request.scope, errors.MalformedJson("The body is not well-formed JSON."))
        unknown = "This path does not exist."
        if request.scope["path"].endswith("/"):
            unknown += " Remove the trailing slash."
        details = {404: unknown, 405: "This path does not support the method."}
        return problem_response(
            request.scope,
            error.status_code,
            HTTPStatus(error.status_code).phrase.lower().replace(" ", "_"),
            details.get(error.status_code, str(error.detail)),
            headers={**(error.headers or {}), **allowed(request.scope)} if error.status_code == 405 else error.headers,
        )

    def allowed(scope: Mapping[str, Any]) -> dict[str, str]:
        """The methods of all routes at this path; the framework names only those of the first. A literal path
        (/v1/jobs/from-file) belongs to its route alone, although others with parameters would match."""
        methods: list[str] = []
        exact: list[str] = []
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            matches = [route.matches({**scope, "method": method}) for route in routes]
            parameters = [matched["path_params"] for match, matched in matches if match is Match.FULL]
            methods += [method] * bool(parameters)
            exact += [method] * ({} in parameters)
        return {"Allow": ", ".join(exact or methods).replace("GET", "GET, HEAD")}  # middleware.Heads

    def on_disconnect(request: Request, _error: Exception) -> JSONResponse:
        log.info("the client disconnected before its request was complete")
        return problem_response(request.scope, 400, MalformedForm.code, "The request was interrupted.")

    app.add_exception_handler(errors.VoiceliftError, on_domain_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(ClientDisconnect, on_disconnect)
