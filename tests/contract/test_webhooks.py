"""Webhooks: a final state is delivered at least once, signed, even if couriers die."""

import itertools
import json
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from core.card import Geometry
from core.errors import Conflict, NotFound
from core.jobs import webhooks
from core.jobs.job import Job, ModelRef, Source, new_job_id
from core.jobs.options import JobOptions
from core.jobs.scripts import connect
from core.jobs.store import JobStore
from core.jobs.webhooks import Attempt, Delivery, Trial, Webhooks, delay_after
from core.settings import Settings
from core.transfer.signing import headers, new_secret
from tests.support import web
from tests.support.shop import Clock, Shop
from tests.support.waiting import until
from worker import courier
from worker.courier import Courier
from worker.settings import WorkerSettings

DAY_S = 86400.0


class Post:
    """A store with a clock, its outbox, a receiver and couriers."""

    def __init__(self, settings: Settings, site: web.Site, clock: Clock) -> None:
        self.site, self.clock = site, clock
        self.client = connect(settings)
        self.store = JobStore(self.client, clock=clock)
        self.store.now = clock  # type: ignore[method-assign]
        self.outbox = Webhooks(self.client, clock)
        self.url = f"http://127.0.0.1:{site.port}/hook"
        allowed = {"fetch_ports": (site.port,), "fetch_allow": ("127.0.0.0/8",)}
        worker_settings = WorkerSettings.model_validate({"redis_url": settings.redis_url, **allowed})
        self.courier = Courier(worker_settings, self.store, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self.courier._webhooks = self.outbox

    def job(self, url: str | None = "", tenant: str = "anna", **fields: Any) -> str:
        job_id = new_job_id()
        job = Job(
            id=job_id,
            tenant=tenant,
            options=JobOptions(),
            source=Source(key=f"jobs/{job_id}/source", filename="söng.wav", bytes=10),
            model=ModelRef(name="tiny", version="1", sample_rate=24000, geometry=Geometry()),
            created_at=self.clock.now,
            webhook_url=self.url if url == "" else url,
            **fields,
        )
        assert self.store.records.create(job)
        return job_id

    def canceled(self, url: str | None = "", **fields: Any) -> str:
        job_id = self.job(url, **fields)
        self.store.records.request_cancel(job_id)
        return job_id

    def deliver(self) -> list[str]:
        """Deliver all due events; the outcomes."""
        before = self.client.zcard("vl:webhooks")
        while self.courier.deliver_one():
            assert before, "nothing was due"
        return [received.headers["webhook-id"] for received in self.site.received]

    def outcomes(self, job_id: str) -> list[tuple[str, int | None]]:
        return [(attempt.outcome, attempt.status) for attempt in self.outbox.attempts(job_id)]

    def verify(self, secret: str) -> dict[str, Any]:
        received = self.site.received[-1]
        verified: dict[str, Any] = Webhook(secret).verify(received.body, received.headers)
        return verified


@pytest.fixture
def post(redis_url: str) -> Iterator[Post]:
    with web.serving() as site:
        site.routes["/hook"] = lambda handler: handler.reply(204)
        clock = Clock()
        clock.now = time.time()  # receivers compare it with their clock
        yield Post(Settings(redis_url=redis_url), site, clock)


def test_a_final_state_is_delivered_once_and_verifies(post: Post) -> None:
    job_id = post.job()
    assert post.deliver() == []
    post.store.records.request_cancel(job_id)
    assert post.deliver() == [f"msg_{job_id.removeprefix('job_')}"]
    message = post.verify(post.outbox.secrets("anna").current)
    assert (message["type"], message["data"]["id"]) == ("job.canceled", job_id)
    assert message["timestamp"] == message["data"]["finished_at"].replace("Z", "+00:00")
    assert message["data"]["source"]["filename"] == "söng.wav"
    assert post.site.received[0].headers["content-type"] == "application/json"
    assert post.deliver() == [f"msg_{job_id.removeprefix('job_')}"], "not again"
    assert post.outcomes(job_id) == [("delivered", 204)]
    assert post.outbox.pending() == 0


def test_each_final_state_has_its_event_type(post: Post, shop: Shop) -> None:
    expired = post.job(deadline_at=post.clock.now + 1)
    post.clock.now += 2
    post.store.turns.reap()
    post.deliver()
    assert post.verify(post.outbox.secrets("anna").current)["type"] == "job.expired"
    assert post.outcomes(expired) == [("delivered", 204)]


def test_a_changed_body_or_another_secret_does_not_verify(post: Post) -> None:
    post.canceled()
    post.deliver()
    received, secret = post.site.received[-1], post.outbox.secrets("anna").current
    for body, key in ((received.body + b" ", secret), (received.body, new_secret())):
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(body, received.headers)


def test_jobs_without_a_webhook_send_nothing(post: Post) -> None:
    post.canceled(url=None)
    assert post.outbox.pending() == 0


def test_a_retry_has_the_same_id_and_a_new_signature(post: Post) -> None:
    post.site.routes["/hook"] = lambda handler: handler.reply(500)
    job_id = post.canceled()
    post.deliver()
    first = post.site.received[0]
    post.deliver()
    assert len(post.site.received) == 1, "not before its due time"
    assert 4 <= (post.outbox.attempts(job_id)[0].next_at or 0) - post.clock.now <= 6
    post.clock.now += 6
    post.site.routes["/hook"] = lambda handler: handler.reply(200)
    post.deliver()
    second = post.site.received[1]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 6
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    post.verify(post.outbox.secrets("anna").current)
    assert post.outcomes(job_id) == [("failed", 500), ("delivered", 200)]


def test_attempts_end_after_about_a_day(post: Post) -> None:
    post.site.routes["/hook"] = lambda handler: handler.reply(500)
    job_id = post.canceled()
    started = post.clock.now
    while post.outbox.pending():
        post.deliver()
        assert len(post.site.received) <= webhooks.MAX_ATTEMPTS
        post.clock.now = post.outbox.attempts(job_id)[-1].next_at or post.clock.now
    assert len(post.site.received) == webhooks.MAX_ATTEMPTS
    assert 0.8 * DAY_S < post.clock.now - started < 1.1 * DAY_S
    assert post.outbox.attempts(job_id)[-1].next_at is None
    assert post.courier.metrics.abandoned._value.get() == 1


def test_pauses_grow() -> None:
    pauses = [delay_after(attempt) for attempt in range(1, webhooks.MAX_ATTEMPTS)]
    assert 4.5 <= pauses[0] <= 5.5
    assert all(later > 2 * earlier for earlier, later in itertools.pairwise(pauses[:7]))
    assert max(pauses) <= 1.1 * 6 * 3600


def test_a_410_stops_the_delivery(post: Post) -> None:
    post.site.routes["/hook"] = lambda handler: handler.reply(410)
    job_id = post.canceled()
    post.deliver()
    assert post.outcomes(job_id) == [("gone", 410)]
    assert post.outbox.pending() == 0


def test_redirects_are_not_followed(post: Post) -> None:
    post.site.routes["/hook"] = lambda handler: handler.reply(307, location="/elsewhere")
    job_id = post.canceled()
    post.deliver()
    assert [received.path for received in post.site.received] == ["/hook"]
    (attempt,) = post.outbox.attempts(job_id)
    assert (attempt.outcome, attempt.detail) == ("failed", "redirects are not followed")


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:10.0.0.1]", "10.0.0.1", "0xa000001", "localhost", "[::1]"]
)
def test_internal_addresses_get_no_webhook(host: str, post: Post) -> None:
    job_id = post.canceled(url=f"http://{host}:{post.site.port}/hook")
    post.courier._guard = post.courier._guard.__class__(ports=(post.site.port,))
    post.deliver()
    assert post.site.connections == 0
    assert post.outcomes(job_id) == [("refused", None)]
    assert post.outbox.pending() == 0


def test_a_refused_connection_is_retried(post: Post) -> None:
    job_id = post.canceled(url="http://127.0.0.1:1/hook")
    post.courier._guard = post.courier._guard.__class__(ports=(1,), networks=post.courier._guard.networks)
    post.deliver()
    assert post.outcomes(job_id) == [("failed", None)]
    assert post.outbox.pending() == 1


def test_messages_of_a_dead_courier_are_sent_by_another(post: Post) -> None:
    job_id = post.canceled()
    assert post.outbox.take(60) is not None  # and then it is killed
    assert post.outbox.take(60) is None, "no other courier takes it meanwhile"
    post.clock.now += 61
    post.deliver()
    assert [attempt.attempt for attempt in post.outbox.attempts(job_id)] == [2]


def test_a_late_failure_does_not_change_another_couriers_attempt(post: Post) -> None:
    job_id = post.canceled()
    slow = post.outbox.take(1)
    post.clock.now += 2
    quick = post.outbox.take(1)
    assert slow is not None
    assert quick is not None

    def note(attempt: int, delay_s: float | None) -> None:
        record = Attempt(
            attempt=attempt, message_id="m", at=0, seconds=0, url="u", outcome="failed", status=None, detail=None,
            next_at=None,
        )  # fmt: skip
        post.outbox.settle(record, job_id, delay_s)

    note(quick.attempt, 10)
    note(slow.attempt, 1000)
    post.clock.now += 11
    assert post.outbox.take(1) is not None
    note(slow.attempt, None)  # it was delivered after all
    assert post.outbox.pending() == 0


def test_many_couriers_send_each_message_once(post: Post) -> None:
    jobs = [post.canceled() for _ in range(20)]
    taken = [delivery.job_id for delivery in iter(lambda: post.outbox.take(60), None)]
    assert sorted(taken) == sorted(jobs)


def test_threads_of_a_courier_send_in_parallel_while_one_polls(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "IDLE_S", 0.01)
    release, end, looking = threading.Event(), threading.Event(), []

    def slow(one: web.Handler) -> None:
        release.wait(60)
        one.reply(200)

    post.site.routes["/hook"] = slow
    jobs = [post.canceled() for _ in range(3)]
    take = post.outbox.take

    def watched(lease_s: float) -> Delivery | None:
        looking.append(threading.current_thread().name)
        return take(lease_s)

    monkeypatch.setattr(post.outbox, "take", watched)
    threads = [threading.Thread(target=post.courier.work, args=(end,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(post.site.received) == 3, "receivers do not wait for each other")
        seen = len(looking)
        until(lambda: len(looking) >= seen + 20, "one thread still polls")
        assert len(set(looking[seen + 1 :])) == 1
    finally:
        release.set()
        end.set()
        for thread in threads:
            thread.join()
    assert [post.outcomes(job_id) for job_id in jobs] == [[("delivered", 200)]] * 3


def test_secrets_rotate_with_both_valid_for_a_day(post: Post) -> None:
    post.client.config_set("maxmemory", 1)
    try:
        old = post.outbox.secrets("anna")  # nothing can be sent without one, and a full Redis must not stop that
    finally:
        post.client.config_set("maxmemory", 0)
    assert old.previous is None
    assert post.outbox.secrets("anna") == old
    assert post.outbox.secrets("bert").current != old.current
    new = post.outbox.rotate("anna")
    assert new.previous == old.current
    assert new.previous_until == pytest.approx(post.clock.now + DAY_S)
    post.canceled()
    post.deliver()
    assert post.verify(old.current) == post.verify(new.current)
    post.clock.now += DAY_S + 1
    assert post.outbox.secrets("anna").previous is None
    post.canceled()
    post.deliver()
    keys = post.site.received[-1].headers["webhook-signature"].split(" ")
    assert len(keys) == 1


def test_a_deleted_job_sends_no_webhook(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = post.canceled()
    post.client.delete(f"vl:job:{job_id}")
    assert post.outbox.take(60) is None
    assert post.outbox.pending() == 0


def test_the_delivery_log_keeps_the_last_attempts(post: Post) -> None:
    job_id = post.canceled()
    post.deliver()
    ttl = post.client.ttl(f"vl:job:{job_id}:deliveries")
    assert isinstance(ttl, int)
    assert 29 * DAY_S < ttl <= 30 * DAY_S


def test_signatures_equal_those_of_the_standardwebhooks_package() -> None:
    secret, body = new_secret(), json.dumps({"ä": 1}, ensure_ascii=False).encode()
    signed = headers([secret], "msg_1", int(time.time()), body)
    assert Webhook(secret).verify(body, signed) == {"ä": 1}


def test_an_unexpected_exception_is_retried_like_a_failure_and_then_abandoned(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(post.courier, "_send", fault)
    job_id = post.canceled()
    for _ in range(webhooks.MAX_ATTEMPTS + 3):
        post.deliver()
        post.clock.now += 8 * 3600
    attempts = post.outbox.attempts(job_id)
    assert len(attempts) == webhooks.MAX_ATTEMPTS
    assert attempts[-1].detail == "unexpected: RuntimeError: a bug"
    assert attempts[-1].next_at is None
    assert post.outbox.pending() == 0


# ------------------------------------------------------------- redelivery


def exhausted(post: Post) -> str:
    """A job whose webhook was abandoned."""
    post.site.routes["/hook"] = lambda handler: handler.reply(500)
    job_id = post.canceled()
    for _ in range(webhooks.MAX_ATTEMPTS):
        post.deliver()
        post.clock.now += 8 * 3600
    assert post.outbox.pending() == 0
    return job_id


def test_an_abandoned_event_can_be_redelivered(post: Post) -> None:
    job_id = exhausted(post)
    post.site.routes["/hook"] = lambda handler: handler.reply(200)
    for _ in range(3):
        post.outbox.redeliver(job_id)
    ids = post.deliver()
    assert len(ids) == webhooks.MAX_ATTEMPTS + 1, "requested three times, sent once"
    assert len(set(ids)) == 1, "a repetition has the same id"
    last = post.outbox.attempts(job_id)[-1]
    assert (last.attempt, last.outcome, last.next_at) == (webhooks.MAX_ATTEMPTS + 1, "delivered", None)
    with pytest.raises(Conflict, match="was delivered"):
        post.outbox.redeliver(job_id)
    assert post.outbox.pending() == 0


def test_a_redelivery_restarts_attempts_and_pauses(post: Post) -> None:
    job_id = exhausted(post)
    post.outbox.redeliver(job_id)
    started = post.clock.now
    post.deliver()
    assert 4 <= (post.outbox.attempts(job_id)[-1].next_at or 0) - post.clock.now <= 6
    while post.outbox.pending():
        post.deliver()
        post.clock.now = post.outbox.attempts(job_id)[-1].next_at or post.clock.now
    assert len(post.site.received) == 2 * webhooks.MAX_ATTEMPTS
    assert 0.8 * DAY_S < post.clock.now - started < 1.1 * DAY_S


def test_a_redelivery_does_not_wait_for_the_next_attempt(post: Post) -> None:
    post.site.routes["/hook"] = lambda handler: handler.reply(500)
    job_id = post.canceled()
    post.deliver()
    post.outbox.redeliver(job_id)
    post.deliver()
    assert post.outcomes(job_id) == [("failed", 500), ("failed", 500)]
    assert 4 <= (post.outbox.attempts(job_id)[-1].next_at or 0) - post.clock.now <= 6


def test_a_redelivery_during_an_attempt_sends_again_only_after_a_failure(post: Post) -> None:
    job_id = exhausted(post)
    post.outbox.redeliver(job_id)
    while (delivery := post.outbox.take(60)) is not None and not delivery.last:  # up to the last of this round
        record(post, job_id, delivery.attempt, "failed", 0)
    assert delivery is not None
    post.outbox.redeliver(job_id)
    assert post.outbox.take(60) is None
    record(post, job_id, delivery.attempt, "failed", None)
    again = post.outbox.take(60)
    assert again is not None, "it was requested once more"
    assert again.round_attempt == 1
    post.outbox.redeliver(job_id)
    record(post, job_id, again.attempt, "delivered", None)
    assert post.outbox.pending() == 0


def record(post: Post, job_id: str, attempt: int, outcome: webhooks.Outcome, delay_s: float | None) -> None:
    sent = Attempt(
        attempt=attempt, message_id="m", at=0, seconds=0, url="u", outcome=outcome, status=None, detail=None,
        next_at=None,
    )  # fmt: skip
    post.outbox.settle(sent, job_id, delay_s)


def test_redelivery_without_a_finished_event_is_a_conflict(post: Post) -> None:
    with pytest.raises(Conflict, match="not ended"):
        post.outbox.redeliver(post.job())
    with pytest.raises(Conflict, match="no webhook_url"):
        post.outbox.redeliver(post.canceled(url=None))
    deleted = post.canceled()
    post.store.records.delete(deleted)
    for job_id in (deleted, new_job_id()):
        with pytest.raises(NotFound):
            post.outbox.redeliver(job_id)
    assert post.deliver() == []


# ------------------------------------------------------------- test events


def test_a_test_event_is_signed_and_sent_once(post: Post) -> None:
    trial = Trial("1", "anna", post.url)
    assert post.outbox.trial_result("1") is None
    assert post.outbox.begin_trial(trial)
    assert post.outbox.begin_trial(trial), "repeated because the response was lost"
    assert not post.outbox.begin_trial(Trial("1", "anna", post.url + "/other"))
    assert post.courier.deliver_one()
    assert not post.courier.deliver_one()
    assert post.outbox.begin_trial(trial)
    assert not post.courier.deliver_one(), "its outcome is known"
    message = post.verify(post.outbox.secrets("anna").current)
    assert message["type"] == "webhook.test"
    assert [received.headers["webhook-id"] for received in post.site.received] == ["msg_1"]
    sent = post.outbox.trial_result("1")
    assert sent is not None
    assert (sent.outcome, sent.status, sent.url, sent.message_id) == ("delivered", 204, post.url, "msg_1")
    ttl = post.client.ttl("vl:webhook-trial:1")
    assert isinstance(ttl, int)
    assert 0 < ttl <= webhooks.TRIAL_KEPT_S


@pytest.mark.parametrize(
    ("path", "outcome", "status"), [("/error", "failed", 500), ("/gone", "gone", 410), ("/redirect", "failed", 307)]
)
def test_a_failed_test_event_is_not_retried(post: Post, path: str, outcome: str, status: int) -> None:
    post.site.routes[path] = lambda handler: handler.reply(status, location="/hook")
    post.outbox.begin_trial(Trial("1", "anna", f"http://127.0.0.1:{post.site.port}{path}"))
    assert post.courier.deliver_one()
    assert not post.courier.deliver_one()
    sent = post.outbox.trial_result("1")
    assert sent is not None
    assert (sent.outcome, sent.status) == (outcome, status)
    assert len(post.site.received) == 1


def test_a_test_event_obeys_the_address_rules(post: Post) -> None:
    post.courier._guard = post.courier._guard.__class__(ports=(post.site.port,))
    post.outbox.begin_trial(Trial("1", "anna", post.url))
    assert post.courier.deliver_one()
    sent = post.outbox.trial_result("1")
    assert sent is not None
    assert (sent.outcome, sent.status) == ("refused", None)
    assert post.site.connections == 0


def test_a_test_event_without_a_waiting_request_is_not_sent(post: Post) -> None:
    post.outbox.begin_trial(Trial("1", "anna", post.url))
    post.clock.now += webhooks.TRIAL_WAIT_S + 1
    post.outbox.begin_trial(Trial("2", "anna", post.url))
    assert post.courier.deliver_one()
    assert not post.courier.deliver_one()
    assert [received.headers["webhook-id"] for received in post.site.received] == ["msg_2"]


def test_a_test_event_of_a_dead_courier_is_sent_on_the_next_request(post: Post) -> None:
    trial = Trial("1", "anna", post.url)
    post.outbox.begin_trial(trial)
    assert post.outbox.take_trial() == trial  # and then it is killed
    assert post.outbox.begin_trial(trial)
    assert not post.courier.deliver_one(), "a courier may be sending it"
    post.clock.now += webhooks.TRIAL_WAIT_S
    assert post.outbox.begin_trial(trial)
    assert post.courier.deliver_one()
    assert not post.courier.deliver_one()
    assert len(post.site.received) == 1


def test_a_failing_test_event_is_reported_and_stops_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr(post.courier, "_post", fault)
        post.outbox.begin_trial(Trial("1", "anna", post.url))
        assert post.courier.deliver_one()
    sent = post.outbox.trial_result("1")
    assert sent is not None
    assert (sent.outcome, sent.detail) == ("failed", "unexpected: RuntimeError: a bug")
    post.canceled()
    assert len(post.deliver()) == 1
