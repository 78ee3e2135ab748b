"""Valid files with seeded damage: the same number makes the same file, on every machine."""

import random
from collections.abc import Callable, Iterator, Mapping

from tests.hostile.corpus import Case

Mutator = Callable[[random.Random, bytearray, bytes], None]
_EXTREMES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\0\0\0\x80")
_HEAD = 600  # where most fields used by a demuxer are


def _flip(dice: random.Random, data: bytearray, _: bytes) -> None:
    for _index in range(dice.choice((1, 4, 16, 64, 256))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _flip_head(dice: random.Random, data: bytearray, _: bytes) -> None:
    for _index in range(dice.choice((1, 2, 4, 8, 16))):
        data[dice.randrange(min(_HEAD, len(data)))] = dice.randrange(256)


def _extremes(dice: random.Random, data: bytearray, _: bytes) -> None:
    for _index in range(dice.choice((1, 2, 4))):
        at = dice.randrange(max(1, min(_HEAD, len(data)) - 4))
        data[at : at + 4] = dice.choice(_EXTREMES)


def _cut(dice: random.Random, data: bytearray, _: bytes) -> None:
    at = dice.randrange(len(data))
    del data[at : at + dice.choice((1, 3, 64, 1000, 10_000))]


def _repeat(dice: random.Random, data: bytearray, _: bytes) -> None:
    at = dice.randrange(len(data))
    data[at:at] = data[at : at + dice.choice((1, 16, 500, 5000))] * dice.choice((1, 2, 50))


def _noise(dice: random.Random, data: bytearray, _: bytes) -> None:
    at, size = dice.randrange(len(data)), dice.choice((4, 100, 3000))
    data[at : at + size] = dice.randbytes(size)


def _swap(dice: random.Random, data: bytearray, _: bytes) -> None:
    size = dice.choice((4, 50, 800))
    a, b = (dice.randrange(max(1, len(data) - size)) for _ in range(2))
    data[a : a + size], data[b : b + size] = data[b : b + size], data[a : a + size]


def _splice(dice: random.Random, data: bytearray, other: bytes) -> None:
    data[dice.randrange(len(data)) :] = other[dice.randrange(len(other)) :]


def _truncate(dice: random.Random, data: bytearray, _: bytes) -> None:
    del data[dice.randrange(1, len(data)) :]


MUTATORS: tuple[Mutator, ...] = (
    _flip, _flip, _flip_head, _flip_head, _extremes, _extremes, _cut, _repeat, _noise, _swap, _splice, _truncate,
)  # fmt: skip


def mutants(seeds: Mapping[str, bytes], count: int, seed: int = 7) -> Iterator[Case]:
    names = sorted(seeds)
    for index in range(count):
        dice = random.Random(f"{seed}:{index}")
        name = names[index % len(names)]
        data = bytearray(seeds[name])
        for mutate in dice.sample(MUTATORS, dice.choice((1, 1, 2, 3))):
            if not data:
                break
            mutate(dice, data, seeds[dice.choice(names)])
        yield Case(f"mutant {index} of {name}", f"{index}-{name}", bytes(data[:2_000_000]))
