"""Logs: one line per event, JSON for machines or text for people, with the ids of job, task and request.

`bind(job_id=..., chunk=...)` adds ids to every line logged within it, in this thread (or asyncio task) only.
"""

import contextvars
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from core.setting_names import unknown
from core.settings import Settings

_context: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("log_context", default={})  # noqa: B039


@contextmanager
def bind(**ids: Any) -> Iterator[None]:
    """Add `ids` (request_id, job_id, chunk, ...) to every line logged inside; None values are omitted."""
    with bind_alone(**{**_context.get(), **{name: value for name, value in ids.items() if value is not None}}):
        yield


@contextmanager
def bind_alone(**ids: Any) -> Iterator[None]:
    """The same, without the ids bound outside."""
    token = _context.set(ids)
    try:
        yield
    finally:
        _context.reset(token)


def bound() -> Mapping[str, Any]:
    """The ids bound here, to pass to a thread that works for the same job."""
    return _context.get()


class _AddContext(logging.Filter):
    def __init__(self, process_name: str) -> None:
        super().__init__()
        self._process_name = process_name

    def filter(self, record: logging.LogRecord) -> bool:
        record.process_name = self._process_name
        at = datetime.fromtimestamp(record.created, UTC)
        record.time = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")  # RFC 3339
        ids = _context.get()
        record.ids = "".join(f" {name}={value}" for name, value in ids.items())
        for name, value in ids.items():
            setattr(record, name, value)
        return True


class _Json(JsonFormatter):
    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        log_data.pop("ids", None)
        return super().process_log_record(log_data)


def configure(settings: Settings, process_name: str) -> None:
    """Send all logs of this process to stderr, in the format of `settings`. The first lines warn of environment
    variables that no setting reads."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_AddContext(process_name))
    if settings.log_format == "json":
        handler.setFormatter(
            _Json(
                "{time}{levelname}{name}{process_name}{message}",
                style="{",
                rename_fields={
                    "levelname": "level",
                    "name": "logger",
                    "process_name": "process",
                },
            )
        )
    else:
        handler.setFormatter(
            logging.Formatter("{time} {levelname:<7} {process_name} {name}: {message}{ids}", style="{")
        )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    logging.captureWarnings(True)  # Python's warnings become log lines
    for sentence in unknown(os.environ):
        logging.getLogger("settings").warning(sentence)
    for chatty in ("botocore", "boto3", "urllib3", "s3transfer", "kombu", "amqp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
