"""Opposite channels of a recording: a voice between two loudspeakers is in both."""

import av

from core.audio.downmix import DEFAULT_LAYOUTS

_OPPOSITE = str.maketrans("LR", "RL")
_EFFECTS = ("LFE", "LFE2")  # rumble without vocals


def opposites(layout: str, channels: int) -> tuple[int | None, ...]:
    """For each channel of `layout` (FFmpeg's name) the opposite one: itself where there is none, None for an LFE.

    A layout that is unknown, or has another number of channels, counts as the default one of that number.
    """
    names = _names(layout)
    if len(names) != channels:
        names = _names(DEFAULT_LAYOUTS.get(channels, ""))
    if len(names) != channels:
        return tuple(range(channels))
    places = {name: place for place, name in enumerate(names)}
    return tuple(
        None if name in _EFFECTS else places.get(name.translate(_OPPOSITE), place) for name, place in places.items()
    )


def _names(layout: str) -> list[str]:
    try:
        return [channel.name for channel in av.AudioLayout(layout).channels]
    except ValueError:
        return []
