"""The job store. Redis holds the state of every job, and every change is one Lua script.

A job is a sequence of small *tasks* (`kind:job:index`): prepare, one separate per chunk, publish, finish. A task is in
exactly one of these places:

    lane       runnable, waiting for its turn: round-robin over tenants, then jobs, then by index
    released   its turn has come; a Celery message (a hint that may get lost or arrive twice) names it
    leased     a worker has claimed it and renews its lease; the claim drew a *fencing token*, which only grows
    delayed    given back for a while, for example because S3 is unavailable
    nowhere    done, or not runnable yet

A claim succeeds only on a released task and leases it, so of any number of messages one wins. A lease that is not
renewed in time expires, and its task returns to its lane. A frozen worker that resumes later still has its old token:
its reports are refused, and since object keys contain the token, its writes to S3 never replace the winner's object.
The store names the winner.

Attempts are counted at the claim, so that a task which kills its worker counts too; at `max_attempts` the job fails. A
task that makes progress (prepare, publish) starts counting from zero. A canceled, failed or late job keeps no runnable
task; it becomes `canceled` when its last lease is gone. Terminal states are final.

lua/complete.lua measures the duration of tasks. backlog.py derives from them the remaining time of a job and the
remaining cost of all live jobs.

The parts share one `Scripts`:

    records       create, read, list, cancel, delete jobs                  records.py
    leases        claims and reports of workers                             leases.py
    turns         order of tasks, live workers, timeouts                    turns.py
    sweeps        deletion of objects                                       sweeps.py
    idempotency   requests and the jobs they created                        idempotency.py
    backlog       remaining cost and estimates                              backlog.py

It is one Redis, not a cluster: a script uses keys of several jobs and queues at once, which no hash slot holds
together. docs/architecture.md explains why one is enough.

All times come from Redis' clock, so the clocks of workers need not agree. The client repeats a command whose reply got
lost, so every script may run twice in a row.
"""

import os
import secrets
import socket
from collections.abc import Callable
from typing import Any, Self

from core.jobs.backlog import Backlog
from core.jobs.idempotency import IdempotencyKeys
from core.jobs.leases import Leases
from core.jobs.records import Records
from core.jobs.scripts import Client, Scripts, connect, reachable
from core.jobs.sweeps import Sweeps
from core.jobs.turns import Turns
from core.settings import Settings
from core.watch import Observe, unobserved


class JobStore:
    """The parts of the store, and operations on the whole of Redis. All operations raise StoreUnavailable when Redis
    cannot be used."""

    def __init__(
        self,
        client: Client,
        lease_s: float = 20.0,
        max_attempts: int = 3,
        max_duration_s: float = 7200.0,
        clock: Callable[[], float] | None = None,
        survey_s: float = 0.0,
    ) -> None:
        """`clock` replaces Redis' clock, for tests that move time. Recordings count as at most `max_duration_s` long,
        whatever their header claims. Estimates may be `survey_s` old."""
        self.client = client
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"  # name of the claimer
        self.scripts = Scripts(client, clock, lease_s, max_attempts)
        self.backlog = Backlog(self.scripts, max_duration_s, survey_s)
        self.records = Records(self.scripts, self.backlog)
        self.leases = Leases(self.scripts, self.name)
        self.turns = Turns(self.scripts)
        self.sweeps = Sweeps(self.scripts)
        self.idempotency = IdempotencyKeys(self.scripts)

    @classmethod
    def from_settings(
        cls, settings: Settings, observe: Observe = unobserved, patient: bool = False, survey_s: float = 0.0
    ) -> Self:
        """`patient`: retry an unavailable Redis for a minute or more, instead of seconds."""
        client = connect(settings, observe, patient)
        return cls(client, settings.lease_s, settings.max_attempts, settings.max_duration_s, survey_s=survey_s)

    def ping(self) -> None:
        with reachable():
            self.client.ping()

    def memory_share(self) -> float:
        """Used share of Redis' memory limit, 0 to 1; 0 without a limit."""
        with reachable():
            memory: Any = self.client.info("memory")
        return float(memory["used_memory"] / memory["maxmemory"]) if memory["maxmemory"] else 0.0

    def now(self) -> float:
        """Seconds since the epoch by Redis' clock, the clock of all times in a job."""
        return self.scripts.now()
