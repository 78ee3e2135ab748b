"""Names of keys in Redis: read from the schema at the head of all scripts (lua/keys.lua), which says what each is."""

import re
from functools import cache
from importlib import resources

_ENTRY = re.compile(r"^  (\w+) = '([^']+)',", re.MULTILINE)


def schema() -> str:
    """The text of the schema, which is Lua."""
    return (resources.files("core.jobs") / "lua" / "keys.lua").read_text()


@cache
def templates() -> dict[str, str]:
    """What there is, by its name in the schema; each %s or %d is a part of the key."""
    return dict(_ENTRY.findall(schema()))


def redis_key(name: str, *parts: str | int) -> str:
    """The key of that `name` in the schema."""
    return templates()[name] % parts
