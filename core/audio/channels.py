"""Which channels of a recording stand opposite each other: a voice between two loudspeakers is heard in both."""

import av

from core.audio.downmix import DEFAULT_LAYOUTS

_OPPOSITE = str.maketrans("LR", "RL")
_EFFECTS = ("LFE", "LFE2")  # rumble: nobody sings there


def opposites(layout: str, channels: int) -> tuple[int | None, ...]:
    """For each channel of `layout` (FFmpeg's name) the one opposite: itself where there is none, None for an LFE.

    A layout that is not known, or has another number of channels, counts as the usual one of that many.
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
