"""`voicelift keys` on a real Redis."""

import re

import pytest

from cli.main import main
from core.access.keys import Keys
from core.jobs.scripts import connect
from core.settings import Settings


@pytest.fixture(autouse=True)
def redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)


def records() -> Keys:
    return Keys(connect(Settings()))


def test_the_secret_of_a_key_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["keys", "create", "--name", "my app", "--tenant", "acme", "--expires", "90d", "--jobs-in-flight", "5"])
        == 0
    )
    printed = capsys.readouterr().out
    [text] = re.findall(r"^vl_[0-9a-z]{12}_[0-9a-f]{64}$", printed, re.MULTILINE)
    assert "only once" in printed
    [key] = records().list()
    assert key.expires_at is not None
    assert key.expires_at - key.created_at == pytest.approx(90 * 86400, abs=5)
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    for shown in (key.id, "acme", "my app", "expires 20", "never", "jobs_in_flight=5"):
        assert shown in listed
    assert text.rpartition("_")[2] not in listed
    assert key.sha256 not in listed


def test_a_revoked_key_is_listed_as_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "--name", "a"]) == 0
    [key] = records().list()
    assert main(["keys", "revoke", key.id]) == 0
    assert "is revoked" in capsys.readouterr().out
    assert main(["keys", "list"]) == 0
    assert re.search(rf"{key.id} .* revoked 20", capsys.readouterr().out)


def test_an_operator_key_is_created_and_listed_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "--name", "backend", "--operator"]) == 0
    assert capsys.readouterr().out.startswith("Operator key ")
    assert main(["keys", "create", "--name", "app"]) == 0
    assert capsys.readouterr().out.startswith("Key ")
    assert [key.operator for key in records().list()] == [True, False]
    assert main(["keys", "list"]) == 0
    head, backend, app = capsys.readouterr().out.splitlines()
    assert "RIGHTS" in head
    assert "operator" in backend
    assert "operator" not in app


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["create", "--name", "a", "--expires", "soon"], "30m, 12h or 90d"),
        (["create", "--name", "a", "--expires", "0d"], "30m, 12h or 90d"),
        (["create", "--name", "a", "--jobs-in-flight", "-1"], "--jobs-in-flight"),
        (["create", "--name", "a", "--tenant", "A B"], "tenant"),
        (["revoke", "nothing"], "There is no key nothing"),
    ],
)
def test_errors_are_one_sentence(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", *arguments]) == 1
    assert message in capsys.readouterr().err
    assert records().list() == []


def test_an_unavailable_redis_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert main(["keys", "list"]) == 1
    assert "Redis" in capsys.readouterr().err
