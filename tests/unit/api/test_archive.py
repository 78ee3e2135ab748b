"""Archives that are written while they are sent."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from functools import partial

import pytest

from api.archive import Entry, archive, size_of

AT = 1_700_000_001.0  # 2023-11-14 22:13:21Z


def entry(name: str, size: int, block: int = 1000) -> Entry:
    def blocks() -> Iterator[bytes]:
        for start in range(0, size, block):
            yield bytes(min(block, size - start))

    return Entry(name, size, blocks)


def test_every_file_is_unpacked_under_its_name() -> None:
    parts = {"Söng (vocals).flac": [b"abc", b"def"], "Söng (instrumental).flac": [b"0123456789"]}
    entries = [Entry(name, sum(map(len, blocks)), partial(iter, blocks)) for name, blocks in parts.items()]
    whole = b"".join(archive(entries, AT))
    assert len(whole) == size_of(entries)
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        assert packed.testzip() is None
        assert {name: packed.read(name) for name in packed.namelist()} == {
            name: b"".join(blocks) for name, blocks in parts.items()
        }
        for info in packed.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (2023, 11, 14, 22, 13, 20), "ZIP counts by two seconds"
            assert info.external_attr >> 16 == 0o100644
    assert whole == b"".join(archive(entries, AT)), "the same each time"


@pytest.mark.parametrize("sizes", [[], [0], [1, 2], [4999, 1], [5000, 1], [5001, 10], [10, 5001], [3000, 3000, 6000]])
def test_the_size_is_known_in_advance_also_for_zip64(sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 5000)
    entries = [entry(f"{index} ä.wav", size) for index, size in enumerate(sizes)]
    whole = b"".join(archive(entries, AT))
    assert len(whole) == size_of(entries)
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        assert packed.testzip() is None
        assert [info.file_size for info in packed.infolist()] == sizes


def test_memory_is_bounded_by_the_block() -> None:
    block = 1_000_000
    entries = [entry("vocals.wav", 100 * block, block), entry("instrumental.wav", 100 * block, block)]
    tracemalloc.start()
    try:
        sent = sum(map(len, archive(entries, AT)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent == size_of(entries) > 200 * block
    assert peak < 5 * block


def test_files_are_read_only_as_the_archive_is_consumed() -> None:
    read = 0

    def blocks() -> Iterator[bytes]:
        nonlocal read
        for _ in range(10):
            read += 1
            yield b"x"

    taken = archive([Entry("a", 10, blocks)], AT)
    for _ in range(3):
        next(taken)
    assert read == 3
    taken.close()  # type: ignore[attr-defined]  # as when the client went away
    assert read == 3
