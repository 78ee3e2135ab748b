"""A job's live events, as an alternative to polling: server-sent events."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Header, Query, Response
from redis import exceptions
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.access import BY_KEY, BY_TOKEN
from api.deps import CurrentCaller, CurrentJob, Events, ListenerSlots
from api.listening import Listening
from api.responses import HELD, UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH
from core.errors import StoreUnavailable
from core.jobs.events import BEGINNING, Event
from core.jobs.job import Job, State

router = APIRouter(tags=["jobs"], dependencies=[BY_KEY])

HEARTBEAT_S = 15
SHUTDOWN_CHECK_S = 1.0  # interval in which a listener checks whether this server is stopping
RECONNECT_MS = 2000  # delay until a browser reconnects
_ID = "^[0-9]{1,15}-[0-9]{1,15}$"
_EVENT_STREAM = "text/event-stream"
_EXAMPLE = (
    'event: state\nid: 1700000000000-0\ndata: {"state":"running","revision":2,"at":1700000000.0,"fraction":0}\n\n'
    'event: piece\nid: 1700000004000-0\ndata: {"index":0,"pieces_published":1,"revision":6,"at":1700000004.0,'
    '"fraction":0.4}\n\n'
)
# OpenAPI 3.1 cannot describe a stream of events: a text, with its content (OpenAPI 3.2: itemSchema).
_STREAM = {
    "type": "string",
    "contentMediaType": _EVENT_STREAM,
    "contentSchema": {"type": "array", "items": {"$ref": "#/components/schemas/JobEvent"}},
}


async def _listener(_job: CurrentJob, slots: ListenerSlots, caller: CurrentCaller) -> AsyncIterator[None]:
    """A listener's slot for the duration of the stream. Raises TooManyAtOnce, Busy."""
    with slots.held(caller.bucket):
        yield


@router.get(
    JOBS_PATH + "/{job_id}/events",
    dependencies=[BY_TOKEN],
    response_class=EventSourceResponse,
    summary="Stream a job's events",
    responses={
        200: {
            "description": "Events from the first one on, or from after Last-Event-ID; the stream ends with the job.",
            "content": {_EVENT_STREAM: {"schema": _STREAM, "example": _EXAMPLE}},
        },
        204: {"description": "The job has ended and its last event was sent: do not reconnect."},
        **problems_of(
            not_found=(404, "There is no such job."),
            invalid_request=(422, "The request has invalid fields."),
            **HELD,
            store_unavailable=UNAVAILABLE["store_unavailable"],
        ),
    },
)
async def stream_job_events(
    job: CurrentJob,
    listening: Events,
    _place: Annotated[None, Depends(_listener)],
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            pattern=_ID,
            description="Id of the last received event; EventSource sends it automatically.",
        ),
    ] = None,
    last_event_id_query: Annotated[
        str | None,
        Query(alias="last_event_id", pattern=_ID, description="The same, for clients that cannot set the header."),
    ] = None,
) -> Response:
    """State, stage, progress, playable pieces, outputs. Each event has the `revision` of the job.

    Types: state, stage, source, prepared, chunk_done, piece, output, failure, cancel_requested. Without events, a
    comment (`: ping`) is sent every 15 seconds: use a read timeout of at least 45 s."""
    after_id = last_event_id or last_event_id_query or BEGINNING
    try:
        first = await listening.read(job.id, after_id)
    except exceptions.RedisError as error:
        raise StoreUnavailable("The job's events are temporarily unavailable. Retry in a moment.") from error
    if not first and job.state.terminal:
        if after_id != BEGINNING:
            return Response(status_code=204)
        first = [_end(job)]
    ending = anyio.Event()
    return EventSourceResponse(
        _events(listening, job.id, after_id, first, ending),
        ping=HEARTBEAT_S,
        sep="\n",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        shutdown_event=ending,
        shutdown_grace_period=5 * SHUTDOWN_CHECK_S,
    )


async def _events(
    listening: Listening, job_id: str, after_id: str, ready: list[Event], ending: anyio.Event
) -> AsyncIterator[ServerSentEvent]:
    """`ready`, then the events until the job ends, Redis becomes unavailable or this server stops: the client then
    reconnects."""
    retry: int | None = RECONNECT_MS
    idle_s, step_s = 0.0, min(SHUTDOWN_CHECK_S, HEARTBEAT_S)
    while True:
        for event in ready:
            data = json.dumps(event.data, separators=(",", ":"))
            yield ServerSentEvent(data, event=event.type, id=event.id or None, retry=retry, sep="\n")
            retry, after_id = None, event.id
            if event.type == "state" and State(event.data["state"]).terminal:
                return
        try:
            woken = not ready and await listening.wait(job_id, after_id, step_s)
            if ready or woken:
                ready, idle_s = await listening.read(job_id, after_id), 0.0
                if woken and not ready:  # the stream has just been deleted
                    await anyio.sleep(step_s)
                continue
            idle_s += step_s
            if ending.is_set() or (idle_s % HEARTBEAT_S < step_s and not await listening.exists(job_id)):
                return
        except exceptions.RedisError:
            return


def _end(job: Job) -> Event:
    """The end of a job whose events were deleted with its files."""
    data = {"state": job.state, "revision": job.revision, "at": job.finished_at, "fraction": job.fraction}
    return Event("", "state", data)
