"""Names of keys in Redis, read from the schema in front of all scripts (lua/keys.lua), which describes each."""

import re
from functools import cache
from importlib import resources

_ENTRY = re.compile(r"^  (\w+) = '([^']+)',", re.MULTILINE)


def schema() -> str:
    """The Lua text of the schema."""
    return (resources.files("core.jobs") / "lua" / "keys.lua").read_text()


@cache
def templates() -> dict[str, str]:
    """Key patterns by name; each %s or %d is a part of the key."""
    return dict(_ENTRY.findall(schema()))


def redis_key(name: str, *parts: str | int) -> str:
    """The key of that `name` in the schema."""
    return templates()[name] % parts
