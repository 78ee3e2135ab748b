"""Arrays in object storage: one safetensors object with metadata. And the clean-up of objects without a name in the
store."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from core.errors import LeaseLost, Stopped
from core.storage import Storage

CONTENT_TYPE = "application/octet-stream"


def pack(arrays: dict[str, np.ndarray[Any, Any]], facts: dict[str, Any]) -> bytes:
    """Arrays and JSON-able `facts` as one object."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return save(contiguous, metadata={"facts": json.dumps(facts)})


def unpack(data: bytes) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
    """The arguments of `pack`."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return load(data), json.loads(header["__metadata__"]["facts"])


@contextmanager
def until_named(storage: Storage, keys: Collection[str]) -> Iterator[None]:
    """The `keys` that the block writes are deleted if it stops before the store names them. The janitor's sweeps may
    all be over by then: a frozen worker may resume at any time."""
    try:
        yield
    except (Stopped, LeaseLost):
        storage.delete(keys)
        raise
