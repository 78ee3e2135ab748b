"""The format of server-sent events, for any division into blocks."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicelift_client._events import RECONNECT_S, Decoder
from voicelift_client.errors import UnexpectedResponse
from voicelift_client.models import Event

STREAM = (
    'retry: 1500\nevent: state\nid: 1-0\ndata: {"state":"queued",\ndata: "ü\u2028":1}\n\n'
    ": ping\n\n"
    'id:2-0\nevent:piece\ndata:{"index":0}\n\n'
    "event: lost\n\n"
    'unknown: x\ndata: {}\n\nevent: cut off\ndata: {"never'
)
EVENTS = [
    Event(id="1-0", type="state", data={"state": "queued", "ü\u2028": 1}),
    None,
    Event(id="2-0", type="piece", data={"index": 0}),
    Event(id="2-0", type="lost", data={}),
]


@given(st.lists(st.integers(1, len(STREAM.encode()) - 1)), st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_division_of_the_stream_does_not_matter(cuts: list[int], end: str) -> None:
    data = STREAM.replace("\n", end).encode()
    places = [0, *sorted(set(cuts)), len(data)]
    decoder = Decoder()
    got = [event for start, stop in itertools.pairwise(places) for event in decoder.feed(data[start:stop])]
    assert got == EVENTS
    assert decoder.retry_s == 1.5


def test_another_kind_of_stream_is_an_error() -> None:
    with pytest.raises(UnexpectedResponse):
        list(Decoder().feed(b"data: <html>\n\n"))
    with pytest.raises(UnexpectedResponse):
        list(Decoder().feed(f"data: {json.dumps([1])}\n\n".encode()))
    assert Decoder().retry_s == RECONNECT_S
