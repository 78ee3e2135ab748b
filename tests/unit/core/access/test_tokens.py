import base64
from collections.abc import Callable

import pytest

from core.access import tokens

SECRET = bytes(range(32))
JOB, OTHER = "job_01k8rz3v9q5w7x2m4n6p8r0s1t", "job_01k8rz3v9q5w7x2m4n6p8r0s1v"


def test_a_token_is_valid_for_its_job_until_it_expires() -> None:
    token = tokens.sign(SECRET, JOB, 1000)
    assert tokens.is_valid(SECRET, JOB, token, 999.9)
    assert not tokens.is_valid(SECRET, JOB, token, 1000)
    assert not tokens.is_valid(SECRET, OTHER, token, 999)
    assert not tokens.is_valid(bytes(32), JOB, token, 999)


def test_the_series_is_signed() -> None:
    token = tokens.sign(SECRET, JOB, 1000, 7)
    assert (token[:6], tokens.series_of(token)) == ("3e8.7.", 7)
    assert tokens.is_valid(SECRET, JOB, token, 999)
    for other in ("3e8.8.", "3e8.07.", "3e8.0.", "3e8."):
        assert not tokens.is_valid(SECRET, JOB, token.replace("3e8.7.", other), 999)
    assert tokens.series_of(tokens.sign(SECRET, JOB, 1000)) == tokens.series_of("none") == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.replace("3e8.", "3e9."),  # a later expiry
        lambda token: token.replace("3e8.", "03e8."),  # the same, written otherwise
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "\n",
        lambda token: token.partition(".")[2],
        lambda token: "3e8." + base64.urlsafe_b64encode(bytes(32)).rstrip(b"=").decode(),
        lambda token: "",
        lambda token: "é" + token,
    ],
)
def test_a_changed_token_is_invalid(change: Callable[[str], str]) -> None:
    token = tokens.sign(SECRET, JOB, 1000)
    assert token.startswith("3e8.")
    assert not tokens.is_valid(SECRET, JOB, change(token), 10)


def test_no_bit_of_a_token_can_be_changed() -> None:
    token = tokens.sign(SECRET, JOB, 1000)
    for place in range(len(token)):
        other = "B" if token[place] != "B" else "C"
        assert not tokens.is_valid(SECRET, JOB, token[:place] + other + token[place + 1 :], 10)


def test_a_token_needs_no_quoting_in_a_url_or_playlist() -> None:
    for expiry in range(1000, 1100):
        assert set(tokens.sign(SECRET, JOB, expiry)) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
        )
