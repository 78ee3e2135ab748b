"""The OpenAPI description: what FastAPI derives, the streamed form, and the problems."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, Problem
from api.uploads import FILE_FIELD
from core.jobs.job import JobOptions

_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}


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
            retryable=status >= 500,
        ).model_dump(exclude_none=True)
        response = responses.setdefault(
            status,
            {
                "description": HTTPStatus(status).phrase,
                "content": {MEDIA_TYPE: {"schema": _PROBLEM_REF, "examples": {}}},
            },
        )
        response["content"][MEDIA_TYPE]["examples"][code] = {"value": example}
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            response["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return responses


UNAVAILABLE = {
    "store_unavailable": (503, "The job store cannot be reached. Try again in a few seconds."),
    "storage_unavailable": (503, "The object storage could not be reached to write an object."),
}


def job_form() -> dict[str, Any]:
    """`openapi_extra=` of the route that takes a job: its multipart body, derived from JobOptions."""
    schema = JobOptions.model_json_schema()
    recording = {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "description": "The recording: any common audio file, or a video file with sound.",
    }
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
                        "properties": {FILE_FIELD: recording, **schema["properties"]},
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
                            },
                        },
                    },
                }
            },
        }
    }


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
    for path in description["paths"].values():
        for operation in path.values():
            # FastAPI adds its own 422 wherever there is a parameter; ours are strings, judged by the routes.
            if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                del operation["responses"]["422"]
            operation["responses"].update(
                problems_of(internal=(500, "Something went wrong on our side. Report the request_id."))
                if "500" not in operation["responses"]
                else {}
            )
            operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
    return description
