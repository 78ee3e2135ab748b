"""Stems sum to the mixture, whatever their number and content."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.audio.pcm import quantise
from core.audio.stems import Parts

SAMPLES = st.lists(st.floats(-4, 4, width=32), min_size=3, max_size=3)


def wav(samples: list[float]) -> np.ndarray:
    return np.array([samples], np.float32)


@given(mixture=SAMPLES, separated=st.lists(SAMPLES, min_size=1, max_size=5), bits=st.sampled_from([16, 24]))
def test_stems_add_up_exactly_and_fit(mixture: list[float], separated: list[list[float]], bits: int) -> None:
    names = ("vocals", "drums", "bass", "guitar", "piano")
    parts = Parts(wav(mixture), {name: wav(stem) for name, stem in zip(names, separated, strict=False)}, "other")
    stems = parts.integers(bits)
    assert np.array_equal(sum(stems[name] for name in parts.names), quantise(wav(mixture), bits))
    assert np.array_equal(stems["vocals"] + stems["instrumental"], quantise(wav(mixture), bits))
    for stem in stems.values():
        assert stem.dtype == np.int32
        assert stem.min() >= -(2 ** (bits - 1))
        assert stem.max() < 2 ** (bits - 1)


def test_the_instrumental_follows_the_masked_voice() -> None:
    mixture, masked, generated = (np.full((1, 4), level, np.float32) for level in (0.5, 0.25, 0.125))
    parts = Parts(mixture, {"vocals": masked}, generated=generated)
    assert parts.integers(16)["vocals"][0, 0] == 4096
    assert parts.integers(16)["instrumental"][0, 0] == 8192
    assert {name: stem[0, 0] for name, stem in parts.floats().items()} == {"vocals": 0.125, "instrumental": 0.25}


def test_the_last_stem_is_the_remainder() -> None:
    levels = {"vocals": 0.25, "drums": 0.125, "bass": -0.5}
    parts = Parts(wav([1.0]), {name: wav([level]) for name, level in levels.items()}, "other")
    expected = levels | {"other": 1.125, "instrumental": 0.75}
    assert {name: float(stem[0, 0]) for name, stem in parts.floats().items()} == expected
    assert parts.names == ("vocals", "drums", "bass", "other")


def test_stored_parts_are_restored() -> None:
    arrays = {name: wav([level]) for name, level in (("mixture", 1), ("vocals", 0.5), ("masked", 0.25))}
    parts = Parts.of(arrays, ("vocals", "instrumental"))
    assert (parts.separated["vocals"], parts.generated) == (wav([0.25]), wav([0.5]))
    drums = Parts.of({"mixture": wav([1]), "vocals": wav([0.5]), "drums": wav([0])}, ("vocals", "drums", "other"))
    assert (*drums.names, drums.generated) == ("vocals", "drums", "other", None)
