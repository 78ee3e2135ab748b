import numpy as np
import pytest

from core.errors import Stopped
from core.separation.line import APART, HEAD_START, Active, Line
from core.separation.request import ChunkRequest

EMPTY = np.zeros((1, 1), np.float32)


def chunk(tenant: str, index: int) -> Active:
    request = ChunkRequest(EMPTY, EMPTY, 24000, 0, steps=1, tenant=tenant, index=index)
    return Active(request, lambda: False, 1)


def names(chunks: list[Active]) -> list[str]:
    return [f"{c.request.tenant}{c.request.index}" for c in chunks]


def test_tenants_take_turns_regardless_of_their_chunk_count() -> None:
    line = Line()
    for index in range(5, 10):
        line.join([chunk("a", index)])
    for index in range(5, 7):
        line.join([chunk("b", index)])
    assert names(line.take(4)) == ["a5", "b5", "a6", "b6"]
    assert names(line.take(9)) == ["a7", "a8", "a9"]
    assert len(line) == 0


def test_first_chunks_of_a_new_song_precede_later_ones() -> None:
    line = Line()
    for tenant in ("a", "b"):
        line.join([chunk(tenant, 7)])
    for index in range(3):
        line.join([chunk("new", index)])
    assert names(line.take(2)) == ["new0", "new1"]
    assert names(line.take(9)) == ["a7", "b7", "new2"]


def test_no_tenant_starves() -> None:
    line = Line()
    line.join([chunk("patient", 9)])
    served = []
    for number in range(3 * HEAD_START):
        line.join([chunk(f"new{number}-", 0)])
        served += names(line.take(1))
    assert served.index("patient9") <= HEAD_START + 1


def test_a_long_song_progresses_next_to_a_stream_of_short_ones() -> None:
    line = Line()
    for index in range(2, 6):
        line.join([chunk("long", index)])
    served = []
    for number in range(HEAD_START + 4 * APART + 4):
        line.join([chunk(f"new{number}-", 0)])
        served += names(line.take(1))
    assert [name for name in served if name.startswith("long")] == ["long2", "long3", "long4", "long5"]


def test_many_new_songs_of_one_tenant_do_not_delay_the_song_of_another() -> None:
    line = Line()
    for _ in range(8):
        line.join([chunk("many", 0)])
    for index in (2, 3):
        line.join([chunk("one", index)])
    served = []
    for _ in range(16):
        line.join([chunk("many", 0)])
        served += names(line.take(1))
    assert served.index("one2") <= 4
    assert served.index("one3") <= 8


def test_a_new_song_precedes_a_long_one_of_the_same_tenant() -> None:
    line = Line()
    for index in range(20, 24):
        line.join([chunk("a", index)])
    line.join([chunk("a", 0)])
    assert names(line.take(1)) == ["a0"]


def test_a_removed_chunk_is_not_taken() -> None:
    line = Line()
    chunks = [chunk("a", index) for index in range(3)]
    for one in chunks:
        line.join([one])
    line.remove(chunks[1:2])
    assert line.waiting() == [chunks[0], chunks[2]]
    assert line.take(9) == [chunks[0], chunks[2]]


def test_without_room_no_chunk_is_taken() -> None:
    line = Line()
    line.join([chunk("a", 0)])
    assert line.take(0) == []
    assert line.take(-2) == []
    assert len(line) == 1


def test_a_stopped_chunk_raises_in_its_caller() -> None:
    stopped = chunk("a", 0)
    assert not stopped.stopped()
    stopped.should_stop = lambda: True
    assert stopped.stopped()
    with pytest.raises(Stopped):
        stopped.future.result(0)
