"""How much of a body is read before anybody has asked for it: at most 64 KiB, of which PROMISES speak.

asyncio takes 256 KiB from a socket at once, and uvicorn stops it only once it holds more than 64 KiB that nobody has
asked for. Neither has an option for this. With half of 64 KiB for each, a stranger who sends on without a key has that
much taken from it, and no more.
"""

import asyncio.selector_events

from uvicorn.protocols.http import h11_impl

MOST_UNASKED_BYTES = 64 * 1024


def read_little_at_once() -> None:
    """For this process, before it serves."""
    half = MOST_UNASKED_BYTES // 2
    asyncio.selector_events._SelectorSocketTransport.max_size = half  # type: ignore[attr-defined]
    h11_impl.HIGH_WATER_LIMIT = half  # type: ignore[attr-defined]
