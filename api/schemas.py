"""Request and response schemas: the form and the JSON that create a job, and lists, models and health."""

import json
from collections.abc import Callable
from typing import Any, Self, TypeVar, get_args

from pydantic import Field, ValidationError, model_validator
from pydantic_core import from_json

from core.card import Card, Preset, Quality, Stem
from core.errors import InvalidOptions, MalformedJson
from core.jobs.options import Format
from core.jobs.request import JobRequest
from core.jobs.view import JobView, View

FILE_FIELD = "file"
_LISTS = {"stems"}


class JobBody(JobRequest):
    """A job from an earlier upload or from a URL: exactly one of the two is given."""

    upload_id: str | None = Field(
        default=None,
        description="Id of the recording, from POST /v1/uploads. Either this or `source_url`.",
        max_length=100,
    )
    source_url: str | None = Field(
        default=None,
        description="URL of the recording: https:// or http://, on the public internet. Either this or `upload_id`.",
        max_length=2048,
        json_schema_extra={"format": "uri"},
    )

    @model_validator(mode="after")
    def _one_recording(self) -> Self:
        if (self.upload_id is None) == (self.source_url is None):
            raise ValueError("set exactly one of upload_id and source_url")
        return self

    @property
    def content(self) -> str:
        """Identifies the recording in the request's fingerprint."""
        return f"upload:{self.upload_id}" if self.upload_id else f"url:{self.source_url}"


def job_schemas() -> dict[str, dict[str, Any]]:
    """Component schemas of the two bodies that create a job, derived from JobRequest."""
    form = {name: _in_a_form(field) for name, field in JobRequest.model_json_schema()["properties"].items()}
    form["metadata"] = {"type": "string", "contentMediaType": "application/json"} | {
        name: form["metadata"][name] for name in ("title", "description")
    }
    recording = {
        "type": "string",
        "format": "binary",
        "title": "File",
        "description": "The recording: any common audio file, or a video file with sound.",
    }
    body = JobBody.model_json_schema()
    return {
        "JobForm": {
            "type": "object",
            "title": "JobForm",
            "description": "A job whose recording is sent along, in `file`.",
            "required": [FILE_FIELD],
            "additionalProperties": False,
            "properties": {FILE_FIELD: recording, **form},
        },
        "JobRequest": {
            **body,
            "title": "JobRequest",
            "description": "A job whose recording is an earlier upload or is behind a URL. Exactly one of "
            "`upload_id` and `source_url` must be given; both or neither is 422 `invalid_options`.",
        },
    }


def _in_a_form(field: dict[str, Any]) -> dict[str, Any]:
    """A JSON field as a form field: without null, because empty fields are omitted."""
    kinds = [kind for kind in field.get("anyOf", []) if kind != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name != "anyOf" and not (kinds and name == "default")}
    return rest | kinds[0] if kinds else rest


_BODIES: dict[str, dict[str, Any]] = {
    "multipart/form-data": {
        "schema": {"$ref": "#/components/schemas/JobForm"},
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
        "schema": {"$ref": "#/components/schemas/JobRequest"},
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
}


def job_body(*kinds: str) -> dict[str, Any]:
    """`openapi_extra=` of a route that creates a job from a body of one of these media types."""
    return {"requestBody": {"required": True, "content": {kind: _BODIES[kind] for kind in kinds}}}


class JobListView(View):
    """A page of jobs, newest first."""

    jobs: list[JobView] = Field(description="Newest first.")
    next_cursor: str | None = Field(
        description="Pass it as `cursor` to get the next page; null on the last one.",
        examples=["job_01k8rz3v9q5w7x2m4n6p8r0s1t"],
    )


def request_of(fields: list[tuple[str, str]]) -> JobRequest:
    """A job request from form fields, all text. Lists are repeated or comma-separated, `metadata` is JSON; empty fields
    count as missing.

    Raises:
        InvalidOptions: with `errors`, a list of {field, message}.
    """
    values: dict[str, Any] = {}
    wrong: list[dict[str, str]] = []
    for name, text in fields:
        if not text:
            continue
        if name in _LISTS:
            values.setdefault(name, []).extend(item.strip() for item in text.split(",") if item.strip())
        elif name in values:
            wrong.append({"field": name, "message": "Given more than once"})
        elif name == "metadata":
            try:
                values[name] = json.loads(text)
            except (ValueError, RecursionError):
                wrong.append({"field": name, "message": "Must be a JSON object of texts"})
        else:
            values[name] = text
    return _valid(lambda: JobRequest.model_validate(values), wrong)


def body_of(data: bytes) -> JobBody:
    """A job request from JSON.

    Raises:
        MalformedJson: it is not a JSON object.
        InvalidOptions: with `errors`, a list of {field, message}.
    """
    try:
        if not isinstance(from_json(data), dict):  # by the same parser as model_validate_json
            raise MalformedJson("The body is not a JSON object.")
    except ValueError as error:
        raise MalformedJson(f"The body is not well-formed JSON in UTF-8: {error}.") from error
    return _valid(lambda: JobBody.model_validate_json(data, strict=True), [])


Request = TypeVar("Request", bound=JobRequest)


def _valid(make: Callable[[], Request], wrong: list[dict[str, str]]) -> Request:
    try:
        request = make()
    except ValidationError as error:
        for fault in error.errors():
            field = ".".join(str(part) for part in fault["loc"])[:100]
            message = "There is no such option" if fault["type"] == "extra_forbidden" else fault["msg"]
            wrong.append({"field": field or "body", "message": message.removeprefix("Value error, ")})
    if wrong:
        reasons = "; ".join(f"{item['field']}: {item['message']}" for item in wrong)
        raise InvalidOptions(f"Invalid options. {reasons}.", errors=wrong)
    return request


class ModelView(View):
    """A model for jobs, and the permitted use of its results."""

    name: str = Field(description="Name of the model.", examples=["default"])
    version: str = Field(description="Changes with the weights.", examples=["1"])
    description: str = Field(description="Description of the model.")
    licence: str = Field(description="Licence of the weights.", examples=["MIT"])
    commercial_use: bool = Field(description="Whether the weights' licence allows commercial use.")
    credits: list[str] = Field(description="Credits and training data.")
    stems: list[Stem] = Field(
        description="Values of a job's `stems`. Without `instrumental`, the mixture minus the vocals, they sum to "
        "the mixture.",
        examples=[["vocals", "instrumental"]],
    )
    sample_rate: int = Field(
        description="Sample rate of the model in Hz; outputs keep the source's rate.", examples=[24000]
    )
    qualities: dict[Quality, Preset] = Field(description="Denoising steps of each quality; see `quality`.")
    formats: list[str] = Field(description="Values of a job's `format`.", examples=[["auto", "wav16", "flac", "mp3"]])
    renders: list[str] = Field(description="Values of a job's `render`.", examples=[["generative", "masked"]])

    @classmethod
    def of(cls, card: Card) -> Self:
        return cls(
            name=card.name,
            version=card.version,
            description=card.description,
            licence=card.licence,
            commercial_use=card.commercial_use,
            credits=card.credits,
            stems=list(card.offered),
            sample_rate=card.sample_rate,
            qualities=card.quality,
            formats=list(get_args(Format)),
            renders=list(card.renders),
        )


class ModelListView(View):
    """All models of this service."""

    models: list[ModelView] = Field(description="Currently always one.")


class LiveView(View):
    """The process responds."""

    status: str = Field(description="alive", examples=["alive"])


class CheckView(View):
    """One dependency of the service."""

    ok: bool = Field(description="Whether it is available.")
    detail: str = Field(description="Details for the operator.")


class ReadyView(View):
    """`ready`: jobs are accepted and executed. `degraded`: they are accepted but wait for a worker."""

    status: str = Field(description="ready or degraded.", examples=["ready", "degraded"])
    checks: dict[str, CheckView] = Field(description="redis, storage, gpu_worker and cpu_worker.")
