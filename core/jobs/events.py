"""The read side of a job's event stream, for those who follow a job.

Types: state, stage, prepared, chunk_done, piece, output, error, cancel_requested. Every event has `revision`,
which grows by one per event of the job, and `at`, seconds since the epoch.
"""

import json
from dataclasses import dataclass
from typing import Any

from core.jobs.scripts import Client, reachable

BEGINNING = "0-0"


@dataclass(frozen=True)
class Event:
    """`id` orders the events and can be given back as `after_id`."""

    id: str
    type: str
    data: dict[str, Any]


def read(client: Client, job_id: str, after_id: str = BEGINNING, block_ms: int | None = None) -> list[Event]:
    """Events after `after_id`, oldest first; waits up to `block_ms` for one, None does not wait.

    Raises StoreUnavailable."""
    with reachable():
        answer: Any = client.xread({f"vl:job:{job_id}:events": after_id}, count=500, block=block_ms)
    streams = answer.values() if isinstance(answer, dict) else [entries for _, entries in answer or []]
    return [
        Event(event_id, fields["type"], json.loads(fields["data"]))
        for entries in streams
        for event_id, fields in entries
    ]
