"""The job store: Redis holds the truth about every job, and every change of it is one Lua script.

The idea, once. A job is a stream of small *works* (`kind:job:index`): prepare, one separate per chunk,
publish, finish. A work is in exactly one of these places:

    lane       runnable, waiting for its turn: round-robin over tenants, then jobs, then by index
    released   its turn has come; a Celery message (a hint that may get lost or come twice) names it
    leased     a worker has claimed it and renews its lease; the claim drew a *fencing token*, which only grows
    delayed    given back for a while, for example because S3 is away
    nowhere    done, or not runnable yet

A claim succeeds only on released work and moves it to leased, so of any number of messages one wins. A lease
that is not renewed in time is reaped and its work goes back to its lane. A worker that was frozen and wakes
up later still has its old token: whatever it reports is refused, and since object keys carry the token,
whatever it writes to S3 lies beside the winner's object, never over it. The store names the winner.

Attempts are counted at the claim, so that work which kills its worker is counted too; at `max_attempts` the
job fails. Work that gets further than before (prepare, publish) starts counting anew. A job that is canceled,
failed or past its deadline keeps no runnable work; `canceled` is said when its last lease is gone. Terminal
states are final.

What things take is measured as they are done (lua/complete.lua). What follows from it is worked out where it is read
(backlog.py): when a job will be done, and how much all live jobs still cost.

The parts, all over one `Scripts`:

    records       jobs as wholes: made, looked at, listed, canceled, deleted          records.py
    leases        what workers say of the work they do                                leases.py
    turns         who goes next, who is alive, whose time has ended                   turns.py
    sweeps        whose objects are due for removal                                   sweeps.py
    idempotency   which request has made which job                                    idempotency.py
    backlog       how much there is to do, and what is expected of a job              backlog.py

It is one Redis, not a cluster: a script works on keys of several jobs and queues at once, which no hash slot would hold
together. docs/architecture.md says why one is enough.

Redis' own clock is used, so the clocks of workers need not agree. A command whose answer got lost is sent
again by the client, so every script may run twice in a row.
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
    """Its parts, and what concerns the whole of Redis. All operations raise StoreUnavailable when Redis cannot be
    used."""

    def __init__(
        self,
        client: Client,
        lease_s: float = 20.0,
        max_attempts: int = 3,
        max_duration_s: float = 7200.0,
        clock: Callable[[], float] | None = None,
        survey_s: float = 0.0,
    ) -> None:
        """`clock` replaces Redis' clock, for tests that move time. No recording is expected to be longer than
        `max_duration_s`, whatever it claims. Estimates may be `survey_s` old."""
        self.client = client
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"  # who claims
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
        """`patient`: wait for a Redis that is away for a minute or more, instead of seconds."""
        client = connect(settings, observe, patient)
        return cls(client, settings.lease_s, settings.max_attempts, settings.max_duration_s, survey_s=survey_s)

    def ping(self) -> None:
        with reachable():
            self.client.ping()

    def memory_share(self) -> float:
        """How much of the memory that Redis may use is used, 0 to 1; 0 when it has no limit."""
        with reachable():
            memory: Any = self.client.info("memory")
        return float(memory["used_memory"] / memory["maxmemory"]) if memory["maxmemory"] else 0.0

    def now(self) -> float:
        """Seconds since the epoch by Redis' clock, which all times in a job are told by."""
        return self.scripts.now()
