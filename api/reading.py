"""How much of a body is read before anybody has asked for it: less than 64 KiB, of which PROMISES speak.

asyncio takes 256 KiB from a socket at once, and uvicorn stops it only once it holds more than 64 KiB that nobody has
asked for. Neither has an option for this. As set here, a stranger who sends on without a key has at most 48 KiB taken
from it after the head.
"""

import asyncio.selector_events

from uvicorn.protocols.http import h11_impl

READ_BYTES, UNASKED_BYTES = 32 * 1024, 16 * 1024


def read_little_at_once() -> None:
    """For this process, before it serves."""
    asyncio.selector_events._SelectorSocketTransport.max_size = READ_BYTES  # type: ignore[attr-defined]
    h11_impl.HIGH_WATER_LIMIT = UNASKED_BYTES  # type: ignore[attr-defined]
