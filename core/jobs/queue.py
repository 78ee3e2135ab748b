"""Celery as the carrier of hints: its configuration for senders and workers.

The settings follow from measurements of Celery over Redis: messages get lost and arrive twice, so the store decides and
Celery's results are ignored. A message is acknowledged late, and its visibility timeout is far longer than any task, so
that it never fires before the store's leases expire.
"""

import logging
from collections.abc import Sequence
from typing import Any

import kombu.exceptions
from celery import Celery
from celery.app.amqp import AMQP
from kombu.connection import Connection

from core.errors import StoreUnavailable
from core.jobs.scripts import reachable
from core.jobs.store import JobStore
from core.jobs.task import Task
from core.settings import Settings

VISIBILITY_TIMEOUT_S = 3600
FIRST, OTHERS = 0, 3  # priorities of Celery over Redis: the lowest goes first
HINT_S = 10.0  # seconds after which an unclaimed task is announced again

logger = logging.getLogger(__name__)


class _Connection(Connection):
    """Polls an unavailable broker every few seconds; the default waits up to half a minute."""

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        return super().ensure_connection(
            *args, **{"interval_start": 1, "interval_step": 1, "interval_max": 4} | options
        )


class Amqp(AMQP):
    """Options for connecting a Celery application: pass its path as `amqp`."""

    Connection = _Connection


AMQP_PATH = f"{__name__}:{Amqp.__name__}"


def task_name(kind: str) -> str:
    return f"voicelift.{kind}"


def celery_config(settings: Settings) -> dict[str, Any]:
    """Celery's settings, equal in every process: on one broker the shortest of their timeouts applies to all."""
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
    """An application that can send; the worker's, with tasks, is in worker/app.py."""
    app = Celery("voicelift", set_as_current=False, amqp=AMQP_PATH)
    app.conf.update(celery_config(settings))
    return app


def gpu_queue(model: str) -> str:
    """The queue of workers that hold a model (`ModelRef.key`)."""
    return f"gpu.{model}"


def send(store: JobStore, celery: Celery, tasks: Sequence[Task]) -> None:
    """Announce released tasks, each on the queue of workers that can execute it. First tasks of new songs overtake
    earlier messages. Raises StoreUnavailable."""
    for task, model in zip(tasks, store.turns.models_of(tasks) if tasks else (), strict=True):
        if model is not None:
            _send(celery, task, gpu_queue(model) if task.queue == "gpu" else task.queue)


def _send(celery: Celery, task: Task, queue: str) -> None:
    try:
        with reachable():  # it reports a full Redis as redis-py does
            celery.send_task(
                task_name(task.kind),
                args=[task.job_id, task.index],
                queue=queue,
                priority=FIRST if task.is_first else OTHERS,
            )
    except (kombu.exceptions.OperationalError, ConnectionError) as error:
        raise StoreUnavailable("The queue (Redis) is temporarily unavailable. Retry in a moment.") from error


def dispatch(store: JobStore, celery: Celery) -> list[Task]:
    """Release tasks and announce them.

    Raises StoreUnavailable; the janitor later announces tasks that were released but not announced."""
    tasks = store.turns.release()
    send(store, celery, tasks)
    return tasks
