"""Random sequences for many jobs at once: claims, crashes, late reports, cancellations, deletes, expiry, copied
results, sweeps and time in any order.

Invariants: states change only as allowed, the fraction never decreases, the lists match the jobs, the window holds,
reports of a fenced holder are refused; after the failures end every job becomes final, and later nothing of it is
left.
"""

import itertools
import os
import secrets
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.errors import LeaseLost, NoAudio, NotFound, TooManyAtOnce
from core.jobs import events
from core.jobs.conversion import Conversion
from core.jobs.dead import DeadLetters
from core.jobs.idempotency import IdempotencyKey
from core.jobs.job import LEGAL, Job, ModelRef, Source, State
from core.jobs.leases import Lease
from core.jobs.manifest import Piece
from core.jobs.scripts import connect
from core.jobs.store import JobStore
from core.jobs.sweeps import Sweep, SweepStage
from core.jobs.task import Kind, Task
from core.settings import Settings
from tests.support.jobs import AUDIO, MODEL, make_job, make_manifest

LEASE_S, SLOTS, MAX_ATTEMPTS = 20.0, 2, 3
MODELS = (MODEL, MODEL.model_copy(update={"version": "2"}))  # at the same time, as in an upgrade
LIVES = int(os.environ.get("STORE_LIVES", "15"))  # docs/reliability.md has a run of more


class Machine(RuleBasedStateMachine):
    url: str

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.client = connect(Settings(redis_url=self.url))
        self.client.flushall()
        self.store = JobStore(self.client, LEASE_S, MAX_ATTEMPTS, clock=lambda: self.now)
        self.letters = DeadLetters(self.client)
        self.chunks: dict[str, int] = {}
        self.seen: dict[str, State] = {}
        self.messages: list[Task] = []
        self.leases: list[Lease] = []  # all leases ever granted: workers may resume much later
        self.tenants: dict[str, str] = {}
        self.fractions: dict[str, float] = {}
        self.deleted: set[str] = set()
        self.sweeps: list[Sweep] = []  # taken, possibly completed much later
        self.named: dict[tuple[str, str], str] = {}  # tenant and idempotency key -> its job
        self.register()

    def register(self) -> None:
        for model in MODELS:
            self.store.turns.register_worker(f"gpu-{model.key}", "gpu", SLOTS, model.key)
        self.store.turns.register_worker("cpu", "cpu", SLOTS)

    @rule(
        tenant=st.sampled_from("ab"),
        chunks=st.integers(1, 4),
        deadline=st.none() | st.floats(1, 100),
        text=st.sampled_from(["", "", "k"]),
        model=st.sampled_from(MODELS),
    )
    @precondition(lambda self: len(self.chunks) < 6)
    def create(self, tenant: str, chunks: int, deadline: float | None, text: str, model: ModelRef) -> None:
        job = make_job(
            model=model,
            tenant=tenant,
            source=Source(key="k", filename="f", bytes=1, sha256="same"),
            created_at=self.now,
            deadline_at=None if deadline is None else self.now + deadline,
            retention_s=60,
        )
        job_id = job.id
        key = IdempotencyKey(tenant, text, "request", "print") if text else None
        created = self.store.records.create(job, key)
        assert created == (key is None or (tenant, text) not in self.named)
        assert not self.store.records.create(job, key), "reported twice"
        if key is not None:
            assert self.store.idempotency.holder(key).job_id == self.named.setdefault((tenant, text), job_id)
        if created:
            self.chunks[job_id], self.tenants[job_id] = chunks, tenant
            self.seen[job_id] = State.queued

    @rule(data=st.data())
    @precondition(lambda self: self.chunks)
    def delete(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.chunks)))
        if self._get(job_id) is not None:
            self.store.records.delete(job_id)
            self.store.records.delete(job_id)
            self.deleted.add(job_id)

    @rule()
    def take_a_sweep(self) -> None:
        if (sweep := self.store.sweeps.take(retry_s=5)) is not None:
            assert self.seen[sweep.job_id].terminal, "nothing is swept under a running job"
            assert (sweep.stage >= SweepStage.deleted) == (sweep.job_id in self.deleted)
            self.sweeps.append(sweep)

    @rule(data=st.data())
    @precondition(lambda self: self.sweeps)
    def end_a_sweep(self, data: st.DataObject) -> None:
        """A sweep that another janitor may have completed, or that began before the job was deleted."""
        self.store.sweeps.done(data.draw(st.sampled_from(self.sweeps)))

    @rule()
    def release(self) -> None:
        self.messages += self.store.turns.release()

    @rule(data=st.data())
    @precondition(lambda self: self.messages)
    def claim(self, data: st.DataObject) -> None:
        """A message arrives; it may arrive again later."""
        self._claim(data.draw(st.sampled_from(self.messages)))

    @rule(data=st.data())
    @precondition(lambda self: self.messages)
    def lose_a_message(self, data: st.DataObject) -> None:
        self.messages.remove(data.draw(st.sampled_from(self.messages)))

    @rule()
    def send_again(self) -> None:
        self.messages += self.store.turns.due_hints(10)

    @rule(data=st.data(), crash_after=st.integers(0, 5))
    @precondition(lambda self: self.leases)
    def work(self, data: st.DataObject, crash_after: int) -> None:
        """A worker continues under an earlier lease, up to `crash_after` steps. A fenced one changes nothing."""
        lease = data.draw(st.sampled_from(self.leases))
        held = self.store.leases.heartbeat(lease).held
        before = self._get(lease.task.job_id)
        ended = self._work(lease, crash_after)
        if not held:
            assert self._get(lease.task.job_id) == before
            assert not ended or self._done_by(lease)

    @rule(data=st.data(), blame=st.none() | st.just("a fault"), delay=st.sampled_from([0.0, 5.0]))
    @precondition(lambda self: self.leases)
    def give_back(self, data: st.DataObject, blame: str | None, delay: float) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        held = self.store.leases.heartbeat(lease).held
        assert self.store.leases.give_back(lease, delay, blame) == held

    @rule(data=st.data())
    @precondition(lambda self: self.leases)
    def fail(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        held = self.store.leases.heartbeat(lease).held
        assert self.store.leases.fail_job(lease, NoAudio("no sound")) == held

    @rule(data=st.data())
    @precondition(lambda self: len(self.chunks) < 8)
    def try_again(self, data: st.DataObject) -> None:
        """Actions of the API and the operator on an unsuccessful job."""
        over = [job for job in map(self._get, self.chunks) if job and job.state.terminal]
        candidates = [job for job in over if job.state is not State.succeeded and job.id not in self.deleted]
        if not candidates:
            return
        old = data.draw(st.sampled_from(candidates))
        same = old.model_dump(include={"tenant", "options", "source", "model", "metadata", "webhook_url", "cache"})
        deadline_at = None if old.deadline_at is None else self.now + old.deadline_at - old.created_at
        job = make_job(**same, created_at=self.now, deadline_at=deadline_at, retention_s=60.0, retry_of=old.id)
        assert self.store.records.create(job)
        self.letters.drop(old.id)
        self.chunks[job.id], self.tenants[job.id] = self.chunks[old.id], old.tenant
        self.seen[job.id] = State.queued
        assert self.store.records.get(job.id).retry_of == old.id

    @invariant()
    def dead_letters_belong_to_failed_jobs(self) -> None:
        letters = self.letters.newest(100)
        assert self.letters.count() == len(letters)
        for letter in letters:
            job = self._get(letter.job_id)
            assert job is not None
            assert job.state is State.failed
            assert job.error is not None
            assert job.error.code == letter.code == "attempts_exhausted"
            assert letter.job_id not in self.deleted
            assert len(letter.tries) >= MAX_ATTEMPTS
            assert letter.reason

    @rule(data=st.data())
    @precondition(lambda self: self.chunks)
    def cancel(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.chunks)))
        if self._get(job_id) is not None:
            self.store.records.request_cancel(job_id)

    @rule(data=st.data(), index=st.integers(0, 5))
    @precondition(lambda self: self.chunks)
    def request_a_conversion(self, data: st.DataObject, index: int) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.chunks)))
        job = self._get(job_id)
        try:
            self.store.records.convert(job_id, index)
        except NotFound:
            assert job is None or not job.downloadable
        except TooManyAtOnce:
            raise AssertionError("there are not so many jobs") from None
        else:
            assert job is not None and job.downloadable
            before = self.client.zcard("vl:waiting:convert")
            self.store.records.convert(job_id, index)
            assert self.client.zcard("vl:waiting:convert") == before, "reported twice"

    @invariant()
    def each_conversion_has_one_result(self) -> None:
        for job in filter(None, map(self._get, self.chunks)):
            indices = [conversion.index for conversion in job.conversions]
            assert len(indices) == len(set(indices))
            assert all((created.key is None) != (created.fault is None) for created in job.conversions)

    @rule(seconds=st.sampled_from([0.5, 6.0, 21.0]))
    def advance_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def reap(self) -> None:
        self.store.turns.reap()
        self.register()

    @invariant()
    def states_change_only_as_allowed(self) -> None:
        for job_id, old in self.seen.items():
            job = self._get(job_id)
            if job is None:
                assert old.terminal, "deleted before its final state"
                continue
            assert job.fraction >= self.fractions.get(job_id, 0.0)
            self.fractions[job_id] = job.fraction
            assert (job.fraction == 1) == (job.state is State.succeeded)
            assert not old.terminal or job.state is old
            if job.outputs_expired_at is not None:
                continue  # its events are deleted
            path = [State(event.data["state"]) for event in events.read(self.client, job_id) if event.type == "state"]
            assert path[-1] is job.state
            assert all(after in LEGAL[before] for before, after in itertools.pairwise(path))
            self.seen[job_id] = job.state
            if job.state.terminal:
                assert job.finished_at is not None
            if job.state is State.canceled:
                assert self.client.hlen(f"vl:job:{job_id}:leases") == 0, "final before its tasks had stopped"

    @rule()
    def lists_match_the_jobs(self) -> None:
        for tenant in "ab":
            own = [self._get(job_id) for job_id in self.chunks if self.tenants[job_id] == tenant]
            jobs = sorted((job for job in own if job and job.id not in self.deleted), key=lambda job: job.id)[::-1]
            assert self.store.records.list_jobs(tenant, None, 50) == jobs
            for state in State:
                assert self.store.records.list_jobs(tenant, state, 50) == [job for job in jobs if job.state is state]

    @rule()
    def estimates_are_consistent(self) -> None:
        jobs = [job for job in map(self._get, self.chunks) if job]
        for job, outlook in zip(jobs, self.store.backlog.outlooks(jobs), strict=True):
            assert (outlook.position is not None) == (job.state is State.queued)
            assert outlook.eta_s is None or (outlook.eta_s >= 0 and not job.state.terminal)
        self.store.backlog.count()
        assert self.store.backlog.wait_s() >= 0

    @invariant()
    def the_window_holds(self) -> None:
        def out(kind: str) -> int:
            counts: list[Any] = [self.client.zcard(f"vl:{place}:{kind}") for place in ("released", "leases")]
            return sum(counts)

        assert out("separate") <= len(MODELS) * 1.5 * SLOTS
        assert out("publish") <= 1.5 * SLOTS
        assert out("finish") + out("extend") + out("convert") <= 1
        assert out("prepare") <= 1

    @invariant()
    def one_last_attempt_per_queue_at_a_time(self) -> None:
        for kinds in (("separate",), ("publish", "finish", "prepare", "extend", "convert")):
            last = 0
            for place, tries in (("released", MAX_ATTEMPTS - 1), ("leases", MAX_ATTEMPTS)):
                for kind in kinds:
                    out: Any = self.client.zrange(f"vl:{place}:{kind}", 0, -1)
                    for member in out:
                        job_id = Task.parse(member).job_id
                        last += int(self.client.hget(f"vl:job:{job_id}:attempts", member) or 0) == tries
            assert last <= 1

    def teardown(self) -> None:
        """The failures end: workers claim and complete all announced tasks. Nothing may be stuck."""
        for _ in range(300):
            over = all(job is None or job.state.terminal for job in map(self._get, self.chunks))
            if over and not self._conversions_left():
                break
            self.now += 11
            self.store.turns.reap()
            self.register()
            self.messages = [*self.store.turns.release(), *self.store.turns.due_hints(10)]
            for task in self.messages:
                if lease := self._claim(task):
                    self._work(lease, 100)
        for job_id, chunks in self.chunks.items():
            job = self._get(job_id)
            assert job is None or job.state.terminal, f"stuck: {job}"
            if job is not None and job.state is State.succeeded and job.outputs_expired_at is None:
                assert (job.chunks_total, job.chunks_done, job.pieces_published) == (chunks, chunks, chunks)
                keys = [None if job.cached_from else str(index) for index in range(chunks)]
                assert [piece.key for piece in self.store.records.pieces(job_id)] == keys
        leftovers: Any = [*self.client.scan_iter("vl:lane:*"), *self.client.scan_iter("vl:waiting:*")]
        assert leftovers == []
        self.client.delete("vl:counted")
        self.store.backlog.count()
        assert not self.client.exists("vl:live", "vl:backlog")
        for _ in range(5):
            while (sweep := self.store.sweeps.take()) is not None:
                self.store.sweeps.done(sweep)
            self.now += 100
        left = [key for name in ("job*", "sweeps", "dead") for key in self.client.scan_iter(f"vl:{name}")]
        assert left == []
        self.client.close()

    def _conversions_left(self) -> bool:
        places = ("waiting", "released", "leases")
        delayed: Any = self.client.zrange("vl:delayed", 0, -1)
        return any(self.client.zcard(f"vl:{place}:convert") for place in places) or bool(delayed)

    def _get(self, job_id: str) -> Job | None:
        try:
            return self.store.records.get(job_id)
        except NotFound:
            return None

    def _copy_a_result(self, lease: Lease) -> bool | None:
        """The steps of worker/reuse.py without the files; None if there is nothing to copy."""
        store, job = self.store, self.store.records.get(lease.task.job_id)
        manifest = store.records.committed_manifest(job.id)
        if manifest is None:
            origin = store.records.equal_result(job)
            if origin is None:
                return None
            assert origin.id not in self.deleted
            assert origin.tenant == job.tenant
            chunks = self.chunks[origin.id]
            copied = make_manifest(job, lease.token, cached_from=origin.id, chunks_total=chunks)
            manifest = store.leases.commit_manifest(lease, copied)
        if manifest is None or manifest.cached_from is None:
            return manifest is not None and None
        done = store.leases.reused(lease, manifest)
        if done:
            assert store.leases.reused(lease, manifest), "reported twice"
            self.chunks[job.id] = manifest.chunks_total
        return done

    def _claim(self, task: Task) -> Lease | None:
        nonce, lease = secrets.token_hex(4), None
        job = self._get(task.job_id)
        held, other = (model.key for model in (MODELS if job is None or job.model == MODEL else MODELS[::-1]))
        if task.kind is Kind.separate:
            assert not self.store.scripts("claim", task.member, nonce, "worker", other), "of another model"
        if claimed := self.store.scripts("claim", task.member, nonce, "worker", held):
            assert self.store.scripts("claim", task.member, nonce, "worker", held) == claimed, "reported twice"
            lease = Lease(task, int(claimed[0]), int(claimed[1]))
        if lease is not None:
            assert all(lease.token > old.token for old in self.leases)
            assert lease.attempt <= MAX_ATTEMPTS
            self.leases.append(lease)
        return lease

    def _work(self, lease: Lease, steps: int) -> bool:
        """Take up to `steps` steps of the task; whether it was completed."""
        store, job_id, token = self.store, lease.task.job_id, lease.token
        if self.store.leases.heartbeat(lease).stop and self.store.leases.heartbeat(lease).held:
            store.leases.give_back(lease)
            return False
        match lease.task.kind:
            case Kind.prepare | Kind.extend:
                if steps % 2 and self._get(job_id) is not None and (copied := self._copy_a_result(lease)) is not None:
                    return copied
                for index in range(min(steps, self.chunks[job_id])):
                    try:
                        store.leases.describe_source(lease, Source(key="k", filename="f", bytes=2, sha256="same"), 30.0)
                        store.leases.chunk_ready(lease, index, f"mixture.{index}.{token}")
                    except LeaseLost:
                        return False
                if steps == 2 and self.chunks[job_id] > 2:
                    return store.leases.pass_on(lease)
                return steps > self.chunks[job_id] and store.leases.prepared(lease, self.chunks[job_id], AUDIO)
            case Kind.separate:
                assert (
                    not store.leases.heartbeat(lease).held
                    or store.records.mixture_key(job_id, lease.task.index) is not None
                )
                return steps > 1 and store.leases.separated(lease, f"stem.{lease.task.index}.{token}", 1.0)
            case Kind.publish:
                job = self._get(job_id)
                index = 0 if job is None else job.pieces_published
                while steps > 0 and store.records.stem_key(job_id, index) is not None:
                    if not store.leases.publish_piece(lease, index, Piece(key=str(index))):
                        return False
                    index, steps = index + 1, steps - 1
                return steps > 0 and store.leases.published(lease)
            case Kind.finish:
                owner = self._get(job_id)
                if owner is None:
                    return False
                if steps > 0 and store.leases.commit_manifest(lease, make_manifest(owner, token)) is None:
                    return False
                return steps > 1 and store.leases.finished(lease, [], None)
            case Kind.convert:
                return steps > 1 and store.leases.converted(lease, Conversion(index=lease.task.index, key=str(token)))

    def _done_by(self, lease: Lease) -> bool:
        """Whether the stored result is that of this lease, so that repeating the report succeeds."""
        return self.client.hget(f"vl:job:{lease.task.job_id}:done", lease.task.member) == str(lease.token)


@pytest.mark.timeout(max(300, 10 * LIVES))
def test_random_sequences_of_events_keep_the_invariants(redis_url: str) -> None:
    machine = type("Machine", (Machine,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
