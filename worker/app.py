"""The Celery application of a worker: `celery -A worker.app worker -Q gpu --pool=threads -c 4`.

Importing this creates no settings, clients or model: Celery requests its configuration when needed, and the resident
parts are created at the start of the worker process. A worker of the gpu queue loads and warms up the model before it
accepts tasks. SIGTERM is Celery's warm shutdown: tasks in flight are finished (prepare hands over instead).
"""

import logging
import os
import sys
import threading
from functools import cache
from typing import Any

from celery import Celery, bootsteps, signals

from core import logs
from core.errors import VoiceliftError
from core.jobs.queue import AMQP_PATH, celery_config, gpu_queue, task_name
from core.jobs.task import Kind, Task
from worker import health
from worker.heartbeats import Queue
from worker.metrics import serve
from worker.resident import Body, Resident
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

EXIT_BROKEN = 70


@cache
def settings() -> WorkerSettings:
    return WorkerSettings()


app = Celery("voicelift", set_as_current=False, amqp=AMQP_PATH)
app.add_defaults(lambda: celery_config(settings()))

_name = "worker"  # process name by queues, in logs
_resident: Resident | None = None
_begun = threading.Event()
_listening = health.Pulse("listening to the queue", 120.0)


@app.task(name=task_name(Kind.prepare))
def prepare(job_id: str, index: int) -> None:
    from worker.tasks.prepare import run

    _perform(Kind.prepare, job_id, index, run)


@app.task(name=task_name(Kind.extend))
def extend(job_id: str, index: int) -> None:
    from worker.tasks.prepare import run

    _perform(Kind.extend, job_id, index, run)


@app.task(name=task_name(Kind.separate))
def separate(job_id: str, index: int) -> None:
    from worker.tasks.separate import run

    _perform(Kind.separate, job_id, index, run)


@app.task(name=task_name(Kind.publish))
def publish(job_id: str, index: int) -> None:
    from worker.tasks.publish import run

    _perform(Kind.publish, job_id, index, run)


@app.task(name=task_name(Kind.finish))
def finish(job_id: str, index: int) -> None:
    from worker.tasks.finish import run

    _perform(Kind.finish, job_id, index, run)


@app.task(name=task_name(Kind.convert))
def convert(job_id: str, index: int) -> None:
    from worker.tasks.convert import run

    _perform(Kind.convert, job_id, index, run)


def _perform(kind: Kind, job_id: str, index: int, body: Body) -> None:
    assert _resident is not None, "tasks run in a worker process"
    _resident.perform(Task(kind=kind, job_id=job_id, index=index), body)


@signals.celeryd_init.connect  # Celery warns before it configures logging
@signals.setup_logging.connect
def _set_up_logging(options: dict[str, Any] | None = None, **_: Any) -> None:
    global _name
    if options and options.get("queues"):  # only the first signal has them
        _name = "-".join(["worker", *sorted(options["queues"])])
    logs.configure(settings(), _name)
    for chatty in ("celery.app.trace", "celery.worker.strategy"):  # tasks log their outcome
        logging.getLogger(chatty).setLevel(logging.WARNING)


@signals.celeryd_after_setup.connect
def _start(instance: Any, **_: Any) -> None:
    """Create the resident parts, before the worker takes its first message."""
    global _resident
    try:
        engine = _load_engine() if "gpu" in _queues(instance) else None
        _resident = Resident(settings(), app, engine)
        if _resident.model is not None:
            _listen_for(_resident.model, instance.app.amqp.queues)
        _resident.storage.try_to_ensure_bucket()
        serve(_resident.metrics.registry, settings().metrics_host, settings().metrics_port, _health(_resident))
    except (VoiceliftError, OSError) as error:
        sys.exit(f"The worker cannot start: {error}")  # Celery would log an exception here and continue
    except Exception:
        logger.exception("the worker cannot start")
        sys.exit(1)


def _health(resident: Resident) -> health.Health:
    heartbeats = resident.heartbeats

    def stuck() -> str | None:
        return heartbeats.tried.check() if _begun.is_set() else None

    def stalled() -> str | None:  # without Redis there are no messages
        return None if not _begun.is_set() or heartbeats.confirmed.check() else _listening.check()

    ready = {"redis": heartbeats.confirmed.check, "storage": health.bucket(resident.storage)}
    ready["disk"] = health.disk(settings().work_dir, settings().least_free_bytes)
    return health.Health({"heartbeats": stuck, "consumer": stalled}, ready)


class _Ticking(bootsteps.StartStopStep):
    """Detects that Celery's loop runs; restarted with every new connection, which drops all timers."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        _listening.beat()
        parent.timer.call_repeatedly(5.0, _listening.beat)


app.steps["consumer"].add(_Ticking)


def _load_engine() -> Any:
    from core.separation.engine import Engine

    # A broken engine (a lost GPU, for example) fails every task: the process ends, its supervisor starts a fresh one,
    # and the leases of its chunks expire.
    engine = Engine.load(
        settings().model_dir, settings().device, settings().threads, on_fault=lambda _: os._exit(EXIT_BROKEN)
    )
    engine.warm_up()
    return engine


def _listen_for(model: str, queues: Any) -> None:
    """Consume the queue of this worker's model instead of the whole gpu queue."""
    queues.select_add(gpu_queue(model))
    queues.deselect("gpu")


def _queues(worker: Any) -> list[Queue]:
    names = worker.app.amqp.queues.consume_from
    gpu = any(name == "gpu" or name.startswith(gpu_queue("")) for name in names)
    served: dict[Queue, bool] = {"gpu": gpu, "cpu": "cpu" in names}
    return [queue for queue, yes in served.items() if yes]


@signals.worker_ready.connect
def _begin(sender: Any, **_: Any) -> None:
    """Report the capacity of this worker. `sender` is Celery's consumer."""
    assert _resident is not None
    worker = sender.controller
    slots: dict[Queue, int] = dict.fromkeys(_queues(worker), worker.concurrency)
    _begun.set()
    _resident.heartbeats.start(slots, after_beat=_resident.dispatch)
    logger.info("ready", extra={"slots": slots})


@signals.worker_shutting_down.connect
def _drain(**_: Any) -> None:
    if _resident is not None:
        _resident.drain()


@signals.worker_shutdown.connect
def _close(**_: Any) -> None:
    if _resident is not None:
        _resident.close()
