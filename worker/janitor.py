"""The janitor: `python -m worker.janitor`. A plain loop; several processes may run at once.

Each round ends expired leases, releases tasks and repeats unclaimed hints; a second loop sweeps the objects of ended
jobs. Every step is one atomic script of the store, or repeatable without harm.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from celery import Celery

from core import logs, storage
from core.access.keys import DEFAULT_TENANT, Keys
from core.card import load_card
from core.errors import VoiceliftError
from core.jobs import intents, queue
from core.jobs.job import State
from core.jobs.scripts import reachable
from core.jobs.store import JobStore
from core.jobs.sweeps import Sweep, SweepStage
from core.keys import conversions_prefix, job_prefix, manifest_key, record_key
from core.storage import Storage
from worker import health
from worker.chores import Chores
from worker.janitor_metrics import JanitorMetrics
from worker.metrics import serve
from worker.settings import WorkerSettings

ROUND_S = 1.0
SWEEPS_PER_ROUND = 20
EXPECT_S = 30.0  # between two looks for new tenants

logger = logging.getLogger(__name__)


class Janitor:
    def __init__(
        self,
        settings: WorkerSettings,
        store: JobStore,
        objects: Storage,
        celery: Celery,
        metrics: JanitorMetrics | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._objects = objects
        self._celery = celery
        self._chores = Chores(store, objects)
        self.metrics = metrics or JanitorMetrics()
        self._model = _model(settings.model_dir)
        self._expected_at = -EXPECT_S

    def round(self) -> None:
        """Both parts. Raises StoreUnavailable or StorageUnavailable; the next round continues."""
        self.mind()
        self.tidy()

    def mind(self) -> None:
        """Keep tasks moving: leases, turns, messages. Needs Redis only. Raises StoreUnavailable."""
        for task in self._store.turns.reap(self._settings.model_grace_s):
            logger.warning("lease expired", extra={"task": task.member, "job_id": task.job_id})
            self.metrics.leases_expired.labels(task.kind).inc()
        self._store.backlog.count()
        queue.dispatch(self._store, self._celery)
        due = self._store.turns.due_hints(queue.HINT_S)
        queue.send(self._store, self._celery, due)
        for task in due:
            self.metrics.hints_resent.labels(task.kind).inc()
        if (now := time.monotonic()) >= self._expected_at + EXPECT_S:
            self._expected_at = now
            with reachable():
                tenants = {key.tenant for key in Keys(self._store.client).list() if key.revoked_at is None}
            self.metrics.ends.expect(self._model, tenants | {DEFAULT_TENANT})

    def tidy(self) -> None:
        """Delete objects. Raises StoreUnavailable, StorageUnavailable."""
        for _ in range(SWEEPS_PER_ROUND):
            sweep = self._store.sweeps.take()
            if sweep is None:
                break
            with logs.bind(job_id=sweep.job_id):
                self._sweep(sweep)
        self.metrics.objects_deleted.inc(self._chores.round())

    def _sweep(self, sweep: Sweep) -> None:
        """Delete objects that an ended job no longer needs: intermediates, and results of lost leases.

        The source stays until the retention ends, so that the job can be retried; of a deleted job nothing stays."""
        prefix = job_prefix(sweep.job_id)
        keys = [item.key for item in self._objects.list(prefix)]
        if sweep.stage.everything:
            stray = keys
        else:  # conversions may be made at any time after the job's end
            keep, converted = self._to_keep(sweep.job_id), conversions_prefix(sweep.job_id)
            stray = [key for key in keys if key not in keep and not key.startswith(converted)]
        self._objects.delete(stray)
        ended = self._store.records.get(sweep.job_id) if sweep.stage is SweepStage.at_end else None
        if ended is not None:
            intents.write(self._objects, ended)
        self._store.sweeps.done(sweep)
        if ended is not None:
            self.metrics.ends.count(ended)
        self.metrics.objects_deleted.inc(len(stray))
        with logs.bind(request_id=ended.request_id if ended else None):
            if ended is not None and ended.error is not None:
                logger.warning("job %s: %s", ended.state, ended.error.code, extra={"code": ended.error.code})
            logger.info("swept", extra={"sweep": sweep.stage.name, "objects": len(stray)})

    def _to_keep(self, job_id: str) -> set[str]:
        job = self._store.records.get(job_id)
        keep = {job.source.key, record_key(job_id)}
        if job.state is State.succeeded:
            keep |= {manifest_key(job_id), *(output.key for output in job.outputs)}
            for piece in self._store.records.pieces(job_id):
                keep |= set(piece.playable_keys)
            if (manifest := self._store.records.committed_manifest(job_id)) is not None:
                keep.add(manifest.peaks)
        return keep


def _model(folder: Path) -> str:
    """name@version of the model that the workers are expected to run."""
    card = load_card(folder)
    return f"{card.name}@{card.version}"


def main() -> None:
    settings = WorkerSettings()
    logs.configure(settings, "janitor")
    metrics = JanitorMetrics()
    store = JobStore.from_settings(settings, metrics.calls)
    objects = storage.from_settings(settings, metrics.calls)
    metrics.watch_redis(store.client)
    objects.try_to_ensure_bucket()
    janitor = Janitor(settings, store, objects, queue.make_celery(settings), metrics)
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    rounds, removals = health.Pulse("rounds", 120.0), health.Pulse("removing objects", 600.0)
    checks = {"redis": lambda: health.ping(store), "storage": health.bucket(objects)}
    alive = {"minding": rounds.check, "tidying": removals.check}
    serve(metrics.registry, settings.metrics_host, settings.metrics_port, health.Health(alive, checks))
    logger.info("ready")
    # Separate, because S3 may take minutes to fail, and tasks must not wait for that.
    removing = threading.Thread(target=_repeat, args=(janitor.tidy, removals, end), name="removing", daemon=True)
    removing.start()
    _repeat(janitor.mind, rounds, end)
    removing.join(20)


def _repeat(part: Callable[[], None], pulse: health.Pulse, end: threading.Event) -> None:
    """Run one part of the rounds until `end`."""
    while not end.wait(ROUND_S):
        try:
            part()
        except VoiceliftError as error:
            logger.warning("round failed: %s", error.message)
        except Exception:
            logger.exception("round failed")
        pulse.beat()


if __name__ == "__main__":
    main()
