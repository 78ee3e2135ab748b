"""The Celery application of a worker: `celery -A worker.app worker -Q gpu --pool=threads -c 4`.

Importing this builds no settings, clients or model: Celery asks for its configuration when it needs it, and
the resident parts are made when the worker process starts. A worker that serves the gpu queue loads the model
and warms it up before it takes work. SIGTERM is Celery's warm shutdown: what runs is finished (prepare hands
over instead).
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
from core.jobs.job import Kind, Task
from core.jobs.queue import AMQP_PATH, celery_config, gpu_queue, task_name
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

_name = "worker"  # with its queues, in logs
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


def _perform(kind: Kind, job_id: str, index: int, body: Body) -> None:
    assert _resident is not None, "tasks run in a worker process"
    _resident.perform(Task(kind=kind, job_id=job_id, index=index), body)


@signals.celeryd_init.connect  # Celery warns before it asks for its logging
@signals.setup_logging.connect
def _set_up_logging(options: dict[str, Any] | None = None, **_: Any) -> None:
    global _name
    if options and options.get("queues"):  # the first signal alone knows them
        _name = "-".join(["worker", *sorted(options["queues"])])
    logs.configure(settings(), _name)
    for chatty in ("celery.app.trace", "celery.worker.strategy"):  # tasks say themselves what they do
        logging.getLogger(chatty).setLevel(logging.WARNING)


@signals.celeryd_after_setup.connect
def _start(instance: Any, **_: Any) -> None:
    """Make the resident parts, before the worker takes its first message."""
    global _resident
    try:
        engine = _load_engine() if "gpu" in _queues(instance) else None
        _resident = Resident(settings(), app, engine)
        if _resident.model is not None:
            _listen_for(_resident.model, instance.app.amqp.queues)
        _resident.storage.try_to_ensure_bucket()
        serve(_resident.metrics.registry, settings().metrics_host, settings().metrics_port, _health(_resident))
    except (VoiceliftError, OSError) as error:
        sys.exit(f"The worker cannot start: {error}")  # Celery would log an exception here and go on
    except Exception:
        logger.exception("the worker cannot start")
        sys.exit(1)


def _health(resident: Resident) -> health.Health:
    heartbeats = resident.heartbeats

    def stuck() -> str | None:
        return heartbeats.tried.check() if _begun.is_set() else None

    def stalled() -> str | None:  # without Redis there is nothing to hear
        return None if not _begun.is_set() or heartbeats.heard.check() else _listening.check()

    ready = {"redis": heartbeats.heard.check, "storage": health.bucket(resident.storage)}
    ready["disk"] = health.disk(settings().work_dir, settings().least_free_bytes)
    return health.Health({"heartbeats": stuck, "consumer": stalled}, ready)


class _Ticking(bootsteps.StartStopStep):
    """Notes that Celery's loop runs; started again with every new connection, which forgets all timers."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        _listening.beat()
        parent.timer.call_repeatedly(5.0, _listening.beat)


app.steps["consumer"].add(_Ticking)


def _load_engine() -> Any:
    from core.separation.engine import Engine

    # A broken engine (a lost GPU, say) fails whatever comes: the process ends, its supervisor starts a fresh one, and
    # the leases of its chunks run out.
    engine = Engine.load(
        settings().model_dir, settings().device, settings().threads, on_fault=lambda _: os._exit(EXIT_BROKEN)
    )
    engine.warm_up()
    return engine


def _listen_for(model: str, queues: Any) -> None:
    """Take chunks for the model that this worker holds instead of everything on the gpu-queue."""
    queues.select_add(gpu_queue(model))
    queues.deselect("gpu")


def _queues(worker: Any) -> list[Queue]:
    names = worker.app.amqp.queues.consume_from
    gpu = any(name == "gpu" or name.startswith(gpu_queue("")) for name in names)
    served: dict[Queue, bool] = {"gpu": gpu, "cpu": "cpu" in names}
    return [queue for queue, yes in served.items() if yes]


@signals.worker_ready.connect
def _begin(sender: Any, **_: Any) -> None:
    """Say how much this worker can do. `sender` is Celery's consumer."""
    assert _resident is not None
    worker = sender.controller
    slots: dict[Queue, int] = dict.fromkeys(_queues(worker), worker.concurrency)
    _begun.set()
    _resident.heartbeats.start(slots, after_beat=_resident.dispatch)
    logger.info("ready", extra={"slots": slots})


@signals.worker_shutting_down.connect
def _leave(**_: Any) -> None:
    if _resident is not None:
        _resident.leave()


@signals.worker_shutdown.connect
def _close(**_: Any) -> None:
    if _resident is not None:
        _resident.close()
