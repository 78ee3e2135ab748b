"""How arrays travel between tasks: one safetensors object with a few words of metadata."""

import json
from typing import Any

import numpy as np
from safetensors.numpy import load, save

CONTENT_TYPE = "application/octet-stream"


def pack(arrays: dict[str, np.ndarray[Any, Any]], facts: dict[str, Any]) -> bytes:
    """Arrays and JSON-able `facts` as one object."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return save(contiguous, metadata={"facts": json.dumps(facts)})


def unpack(data: bytes) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
    """What `pack` was given."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return load(data), json.loads(header["__metadata__"]["facts"])
