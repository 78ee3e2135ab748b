"""Celery as the carrier of hints: how it is set up, for those who send and those who work.

The settings follow from what Celery over Redis was measured to do: messages get lost and come twice, so the
store decides and results are ignored; a message is acknowledged late and its visibility timeout is far longer
than any task, so that it never fires before our own leases do.
"""

import logging
from collections.abc import Sequence
from typing import Any

import kombu.exceptions
from celery import Celery
from celery.app.amqp import AMQP
from kombu.connection import Connection

from core.errors import StoreUnavailable
from core.jobs.job import Task
from core.jobs.scripts import reachable
from core.jobs.store import JobStore
from core.settings import Settings

VISIBILITY_TIMEOUT_S = 3600
FIRST, OTHERS = 0, 3  # priorities as Celery over Redis has them: the lowest goes first
HINT_S = 10.0  # a released work that nobody claims for so long is announced again

logger = logging.getLogger(__name__)


class _Connection(Connection):
    """Looks for a broker that is away every few seconds; by itself it would wait for up to half a minute."""

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        return super().ensure_connection(
            *args, **{"interval_start": 1, "interval_step": 1, "interval_max": 4} | options
        )


class Amqp(AMQP):
    """How an application of Celery connects: give its path as `amqp`."""

    Connection = _Connection


AMQP_PATH = f"{__name__}:{Amqp.__name__}"


def task_name(kind: str) -> str:
    return f"voicelift.{kind}"


def celery_config(settings: Settings) -> dict[str, Any]:
    """Celery's settings, the same in every process: on one broker the shortest of their timeouts holds for
    all."""
    return {
        "broker_url": settings.redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,  # a full Redis: wait, do not exit
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 25,
            "unacked_restore_interval": 5,
        },
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_default_queue": "cpu",
        "task_create_missing_queues": True,
        "task_publish_retry_policy": {"max_retries": 2, "interval_start": 0.1, "interval_step": 0.2},
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    }


def make_celery(settings: Settings) -> Celery:
    """An application that can send; the worker has its own in worker/app.py, with tasks."""
    app = Celery("voicelift", set_as_current=False, amqp=AMQP_PATH)
    app.conf.update(celery_config(settings))
    return app


def gpu_queue(model: str) -> str:
    """The queue of those workers that hold a model (`ModelRef.key`)."""
    return f"gpu.{model}"


def send(store: JobStore, celery: Celery, tasks: Sequence[Task]) -> None:
    """Announce released works, each on the queue of those who can do it; those that a new song begins with are read
    before what was announced earlier. Raises StoreUnavailable."""
    for task, model in zip(tasks, store.turns.models_of(tasks) if tasks else (), strict=True):
        if model is not None:
            _send(celery, task, gpu_queue(model) if task.queue == "gpu" else task.queue)


def _send(celery: Celery, task: Task, queue: str) -> None:
    try:
        with reachable():  # of a full Redis it tells as redis-py does
            celery.send_task(
                task_name(task.kind),
                args=[task.job_id, task.index],
                queue=queue,
                priority=FIRST if task.is_first else OTHERS,
            )
    except (kombu.exceptions.OperationalError, ConnectionError) as error:
        raise StoreUnavailable("The queue (Redis) is temporarily unavailable. Retry in a moment.") from error


def dispatch(store: JobStore, celery: Celery) -> list[Task]:
    """Release what may go next and announce it.

    Raises StoreUnavailable; what was released but not announced is announced later by the janitor."""
    tasks = store.turns.release()
    send(store, celery, tasks)
    return tasks
