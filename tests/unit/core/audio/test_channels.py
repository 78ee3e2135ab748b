import pytest

from core.audio.channels import opposites


@pytest.mark.parametrize(
    ("layout", "channels", "expected"),
    [
        ("mono", 1, (0,)),
        ("stereo", 2, (1, 0)),
        ("2.1", 3, (1, 0, None)),
        ("3.0", 3, (1, 0, 2)),
        ("quad", 4, (1, 0, 3, 2)),
        ("5.1", 6, (1, 0, 2, None, 5, 4)),
        ("5.1(side)", 6, (1, 0, 2, None, 5, 4)),
        ("7.1", 8, (1, 0, 2, None, 5, 4, 7, 6)),
    ],
)
def test_left_is_paired_with_right_and_the_lfe_is_alone(
    layout: str, channels: int, expected: tuple[int | None, ...]
) -> None:
    assert opposites(layout, channels) == expected


@pytest.mark.parametrize(
    ("layout", "channels", "expected"),
    [
        ("", 2, (1, 0)),
        ("5 channels", 6, (1, 0, 2, None, 5, 4)),
        ("stereo", 1, (0,)),
        ("nonsense", 11, tuple(range(11))),
    ],
)
def test_an_unknown_layout_becomes_the_default_of_its_channel_count(
    layout: str, channels: int, expected: tuple[int | None, ...]
) -> None:
    assert opposites(layout, channels) == expected
