"""The read side of a job's event stream.

Types: state, stage, source, prepared, chunk_done, piece, output, failure, cancel_requested. Every event has `revision`,
which grows by one per event of the job, `fraction`, the completed share of the job, and `at`, seconds since the epoch.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.jobs.names import redis_key
from core.jobs.scripts import Client, reachable

BEGINNING = "0-0"
BATCH = 500


@dataclass(frozen=True)
class Event:
    """`id` orders the events and can be passed as `after_id`."""

    id: str
    type: str
    data: dict[str, Any]


def stream(job_id: str) -> str:
    """The key of a job's stream in Redis."""
    return redis_key("job_events", job_id)


def read(client: Client, job_id: str, after_id: str = BEGINNING, block_ms: int | None = None) -> list[Event]:
    """Events after `after_id`, oldest first. Waits up to `block_ms` for one; None does not wait.

    Raises StoreUnavailable."""
    with reachable():
        reply: Any = client.xread({stream(job_id): after_id}, count=BATCH, block=block_ms)
    return [event for _, events in parse(reply) for event in events]


def parse(reply: Any) -> Iterator[tuple[str, list[Event]]]:
    """A reply to XREAD, in either protocol of Redis: names of streams and their events."""
    for name, entries in reply.items() if isinstance(reply, dict) else reply or []:
        # redis-py wraps the entries in a list in the newer protocol
        flat = entries[0] if isinstance(reply, dict) and entries and isinstance(entries[0], list) else entries
        yield name, [Event(event_id, fields["type"], json.loads(fields["data"])) for event_id, fields in flat]
