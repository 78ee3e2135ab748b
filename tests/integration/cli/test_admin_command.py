"""`voicelift admin` on a real Redis and a real S3 server."""

import re
from typing import Any

import pytest

from cli.main import main
from core import storage
from core.access.keys import Keys
from core.jobs import intents
from core.jobs.dead import DeadLetters
from core.jobs.job import Job, State
from core.jobs.store import JobStore
from core.jobs.task import Task
from core.keys import source_key
from core.settings import Settings
from tests.support.jobs import make_job


class Service:
    """A store with workers that fail."""

    def __init__(self) -> None:
        settings = Settings()
        self.store, self.storage = JobStore.from_settings(settings), storage.from_settings(settings)
        self.letters = DeadLetters(self.store.client)
        self.store.turns.register_worker("w", "cpu", 9)

    def job(self, tenant: str = "t") -> Job:
        job = make_job(tenant=tenant)
        self.storage.put_bytes(job.source.key, b"song", "audio/wav")
        intents.write(self.storage, job)
        assert self.store.records.create(job)
        return job

    def given_up(self, tenant: str = "t") -> Job:
        job = self.job(tenant)
        for number in range(3):
            self.store.turns.release()
            lease = self.store.leases.claim(Task.model_validate({"kind": "prepare", "job_id": job.id}))
            assert lease is not None
            assert self.store.leases.give_back(lease, blame=f"ValueError: a bug, number {number}")
        return self.store.records.get(job.id)


@pytest.fixture
def service(settings: Any) -> Any:
    service = Service()
    service.storage.delete_prefix("jobs/")
    yield service
    service.store.client.close()


def output(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(["admin", *arguments]) == status
    out, err = capsys.readouterr()
    return out + err


def test_a_dead_letter_is_shown_with_all_attempts(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no dead letters" in output(capsys, "dead")
    job = service.given_up("anna")
    assert job.state is State.failed
    assert job.error is not None
    assert job.error.code == "attempts_exhausted"
    letter = service.letters.get(job.id)
    assert letter is not None
    assert (letter.kind, letter.index, letter.code, letter.tenant) == ("prepare", 0, "attempts_exhausted", "anna")
    assert [one.reason for one in letter.tries] == [f"ValueError: a bug, number {number}" for number in range(3)]
    assert all(one.worker == service.store.name and one.began_at for one in letter.tries)
    listed = output(capsys, "dead")
    for shown in (job.id, "anna", "prepare", "ValueError: a bug, number 2"):
        assert shown in listed
    shown = output(capsys, "show", job.id)
    assert len(re.findall(rf"on {service.store.name}: ValueError", shown)) == 3
    assert "attempts_exhausted" in shown


def test_a_retry_creates_a_new_job_and_drops_the_dead_letter(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    old, other = service.given_up(), service.job()
    text = output(capsys, "retry", old.id, other.id, status=1)
    match = re.search(rf"{old.id}: retried as (job_\w+)", text)
    assert match is not None
    new = service.store.records.get(match[1])
    assert (new.state, new.retry_of, new.tenant, new.options) == (State.queued, old.id, old.tenant, old.options)
    assert service.storage.get_bytes(source_key(new.id)) == b"song"
    assert service.letters.count() == 0
    assert f"{other.id}: The job is still queued" in text
    service.storage.delete([old.source.key])
    assert "has been deleted" in output(capsys, "retry", old.id, status=1)
    assert "There is no job job_nobody" in output(capsys, "retry", "job_nobody", status=1)


def test_dead_letters_are_dropped_singly_or_all(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    jobs = [service.given_up() for _ in range(3)]
    assert "1 older" not in output(capsys, "dead", "--limit", "3")
    assert "and 1 older" in output(capsys, "dead", "--limit", "2")
    assert f"{jobs[0].id}: dropped" in output(capsys, "drop", jobs[0].id)
    assert "has no dead letter" in output(capsys, "drop", jobs[0].id)
    assert "--all" in output(capsys, "drop", status=1)
    assert "2 dropped" in output(capsys, "drop", "--all")
    assert service.letters.count() == 0
    assert service.store.records.get(jobs[1].id).state is State.failed


def test_a_dead_letter_is_deleted_with_its_job(service: Service) -> None:
    job = service.given_up()
    service.store.records.delete(job.id)
    assert service.letters.count() == 0
    while (sweep := service.store.sweeps.take()) is not None:
        service.store.sweeps.done(sweep)
    assert service.letters.newest(10) == []


def test_jobs_of_all_tenants_are_listed(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = service.job("anna"), service.given_up("bert")
    listed = output(capsys, "jobs")
    assert listed.index(two.id) < listed.index(one.id), "the newest first"
    assert one.id not in output(capsys, "jobs", "--state", "failed")
    assert two.id not in output(capsys, "jobs", "--tenant", "anna")
    assert one.id not in output(capsys, "jobs", "--limit", "1")
    assert "--limit" in output(capsys, "jobs", "--limit", "0", status=1)
    service.store.turns.release()
    service.store.leases.claim(Task.model_validate({"kind": "prepare", "job_id": one.id}))
    assert f"prepare 0 by {service.store.name}" in output(capsys, "show", one.id)
    assert "There is no job x" in output(capsys, "show", "x", status=1)


def test_records_lost_by_redis_are_rebuilt(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    waiting, stays, unsure = service.job("anna"), service.job(), make_job()
    failed = service.given_up()
    intents.write(service.storage, failed)  # like the janitor at the job's end
    service.storage.put_bytes(unsure.source.key, b"song", "audio/wav")  # no client got a 202
    service.store.client.flushall()
    assert service.store.records.create(stays)
    assert f"{waiting.id} would be queued again" in output(capsys, "rebuild", "--dry-run")
    assert service.store.records.tenants() == ["t"]
    printed = output(capsys, "rebuild")
    assert "1 known, 1 restored, 1 queued again, " in printed
    assert "3 known, 0 restored, 0 queued again, " in output(capsys, "rebuild")
    again = service.store.records.get(failed.id)
    assert (again.state, again.error, again.finished_at) == (failed.state, failed.error, failed.finished_at)
    assert service.store.records.get(waiting.id).created_at == waiting.created_at
    service.store.turns.register_worker("w", "cpu", 9)
    service.store.turns.release()
    lease = service.store.leases.claim(Task.model_validate({"kind": "prepare", "job_id": waiting.id}))
    assert lease is not None
    assert lease.token > 10**12, "tokens are parts of keys and never repeat"
    assert [job.id for job in service.store.records.list_jobs("anna", None, 9)] == [waiting.id]


def test_jobs_in_an_older_copy_of_redis_are_replaced(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    """In the copy the job runs and has chunks; in S3 it is final and its chunks are deleted."""
    store, job = service.store, service.job("anna")
    key, _ = Keys(store.client).create("app", "anna")
    store.turns.release()
    assert store.leases.claim(Task.model_validate({"kind": "prepare", "job_id": job.id}))
    over = store.records.get(job.id).model_copy(update={"state": State.canceled, "finished_at": store.now()})
    intents.write(service.storage, over)
    assert "Workers are running" in output(capsys, "rebuild", "--restored", status=1)
    assert store.records.get(job.id).state is State.running
    store.turns.register_worker("w", "cpu", 0)
    assert "1 known, 0 restored" in output(capsys, "rebuild")
    assert "0 known, 1 restored" in output(capsys, "rebuild", "--restored")
    assert store.records.get(job.id).state is State.canceled
    assert store.records.held(job.id) == []
    assert [listed.id for listed in Keys(store.client).list()] == [key.id]
