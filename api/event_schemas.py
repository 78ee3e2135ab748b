"""Schemas of the server-sent events of a job and of webhook bodies.

The store's scripts write the events (core/jobs/lua), worker/courier.py the webhooks; tests compare both with these
schemas.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from core.card import Stem
from core.jobs.job import JobError, Stage, State
from core.jobs.view import JobView, View

REF = "#/components/schemas/{model}"


class EventData(View):
    """The data of every event."""

    revision: int = Field(description="Grows by one with each event of the job.", examples=[6])
    fraction: float = Field(ge=0, le=1, description="Completed share of the job.", examples=[0.4])
    at: float = Field(description="Time of the event, in seconds since the epoch.", examples=[1_700_000_004.0])


class StateData(EventData):
    state: State = Field(description="The new state; succeeded, failed, canceled and expired end the stream.")


class StageData(EventData):
    stage: Stage = Field(description="Current stage of the running job.")


class SourceData(EventData):
    bytes: int | None = Field(description="Size of the downloaded recording.", examples=[4_812_345])


class PreparedData(EventData):
    chunks_total: int = Field(description="Chunks of the track.", examples=[12])
    duration_s: float = Field(description="Its length in seconds.", examples=[140.0])


class ChunkDoneData(EventData):
    index: int = Field(description="Index of the chunk, from 0; in any order.", examples=[2])
    chunks_done: int = Field(description="Chunks separated so far.", examples=[3])
    chunks_total: int | None = Field(description="Chunks of the track; null until it has been decoded.", examples=[12])


class PieceData(EventData):
    index: int = Field(description="Index of the published piece, from 0; the playlists play from the first one on.")
    pieces_published: int = Field(description="Pieces published so far.", examples=[1])


class OutputData(EventData):
    stem: Stem = Field(description="Name of the finished stem.")
    bytes: int = Field(description="Size of the file.", examples=[3_145_728])


class FailureData(EventData, JobError):  # noqa: N818  (data, not an exception)
    """The `error` of a job that ends without a result; its `state` follows."""


class CancelRequestedData(EventData):
    cancel_requested_at: float = Field(description="Time, in seconds since the epoch.", examples=[1_700_000_009.0])


EVENTS: dict[str, tuple[type[EventData], str]] = {
    "state": (StateData, "The job has a new state. The last event of every stream."),
    "stage": (StageData, "A running job has entered another stage."),
    "source": (SourceData, "The recording was fetched from its `source_url`."),
    "prepared": (PreparedData, "The whole recording has been decoded."),
    "chunk_done": (ChunkDoneData, "A chunk has been separated."),
    "piece": (PieceData, "More audio can be played."),
    "output": (OutputData, "A file is finished."),
    "failure": (FailureData, "Reason why the job ends without a result."),
    "cancel_requested": (
        CancelRequestedData,
        "Cancellation was requested; the state changes once all tasks have stopped.",
    ),
}
ENDINGS = {state: f"job.{state}" for state in State if state.terminal}


class JobEnded(BaseModel):
    """The body of a webhook: a job has ended."""

    type: Literal["job.succeeded", "job.failed", "job.canceled", "job.expired"] = Field(
        description="The final state.", examples=["job.succeeded"]
    )
    timestamp: datetime = Field(description="Time of the end.")
    data: JobView = Field(description="The job, as returned by GET /v1/jobs/{job_id}.")


class WebhookTestData(View):
    """The data of a test event."""

    message: str = Field(description="Text for people.", examples=["This is a test of your webhook. No job has ended."])


class WebhookTested(BaseModel):
    """The body of a webhook requested by POST /v1/webhooks/test."""

    type: Literal["webhook.test"] = Field(description="Marks a test.")
    timestamp: datetime = Field(description="Time of sending.")
    data: WebhookTestData = Field(description="Data without meaning to programs.")


def event_schemas() -> dict[str, dict[str, Any]]:
    """A component schema for the data of each event type, `JobEvent` for any of them, and `JobEnded`."""
    models: list[type[BaseModel]] = [*(data for data, _ in EVENTS.values()), JobEnded, WebhookTested]
    _, definitions = models_json_schema([(model, "serialization") for model in models], ref_template=REF)
    schemas: dict[str, dict[str, Any]] = definitions["$defs"]
    names = {}
    for kind, (model, meaning) in EVENTS.items():
        schemas[model.__name__].setdefault("description", f"Data of the event `{kind}`.")
        name = model.__name__.removesuffix("Data") + "Event"
        names[kind] = name
        schemas[name] = {
            "type": "object",
            "title": name,
            "description": meaning,
            "required": ["event", "data"],
            "properties": {
                "event": {"type": "string", "const": kind, "description": "The `event:` line."},
                "id": {
                    "type": "string",
                    "description": "The `id:` line: send the last one as Last-Event-ID to resume.",
                    "examples": ["1700000004000-0"],
                },
                "retry": {
                    "type": "string",
                    "description": "The `retry:` line, of the first event of a stream: milliseconds before "
                    "reconnecting after a lost connection.",
                    "examples": ["2000"],
                },
                "data": {
                    "$ref": REF.format(model=model.__name__),
                    "description": "The `data:` line, which is JSON.",
                },
            },
        }
    schemas["JobEvent"] = {
        "title": "JobEvent",
        "description": "One server-sent event of a job.",
        "oneOf": [{"$ref": REF.format(model=name)} for name in names.values()],
        "discriminator": {
            "propertyName": "event",
            "mapping": {kind: REF.format(model=name) for kind, name in names.items()},
        },
    }
    return schemas


def webhooks() -> dict[str, Any]:
    """The `webhooks` of the description: one per final state, and the test event."""
    endings = {
        kind: _webhook(
            f"onJob{state.capitalize()}",
            f"A job has {_WORDS.get(state, state)}",
            "Sent to the job's `webhook_url`, signed by Standard Webhooks with the secret of GET /v1/webhooks/secret. "
            "Respond with 2xx within 15 seconds; anything else is retried, up to twelve times in about a day. The same "
            "message may arrive twice, with the same `webhook-id`.",
            "JobEnded",
        )
        for state, kind in ENDINGS.items()
    }
    test = _webhook(
        "onWebhookTest",
        "Webhook test",
        "Sent once per POST /v1/webhooks/test, signed like the others. No job has ended; respond with 2xx.",
        "WebhookTested",
    )
    return endings | {"webhook.test": test}


def _webhook(operation_id: str, summary: str, description: str, body: str) -> dict[str, Any]:
    return {
        "post": {
            "operationId": operation_id,
            "summary": summary,
            "description": description,
            "tags": ["webhooks"],
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
                for name, text in _SIGNED.items()
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": REF.format(model=body)}}},
            },
            "responses": {
                "2XX": {"description": "Received: no further attempts."},
                "410": {"description": "Not wanted: no further attempts."},
            },
        }
    }


_WORDS = {State.canceled: "been canceled"}
_SIGNED = {
    "webhook-id": "Id of the message, equal in all attempts: use it to detect repetitions.",
    "webhook-timestamp": "Time of this attempt, in seconds since the epoch.",
    "webhook-signature": "`v1,` and the signature in base64; several, separated by spaces, while a secret is replaced.",
}
