"""`voicelift keys`: the API keys of a service, for its operator. Connects to Redis: REDIS_URL, or that of the local
`voicelift serve`. In containers: `docker compose exec api voicelift keys create --name app`."""

import argparse
import re
import time
from datetime import UTC, datetime

from cli.service import add_data_option, use_running_service
from core.access.keys import DEFAULT_TENANT, Key, Keys, Limits
from core.errors import InvalidOptions
from core.jobs.scripts import connect
from core.settings import Settings

_UNITS = {"m": 60, "h": 3600, "d": 86400}
_LIMITS = {
    "requests_per_minute": "requests per minute, except submissions",
    "submissions_per_minute": "new jobs, uploads, retries, and requested webhook deliveries, per minute",
    "jobs_in_flight": "jobs of the tenant in flight",
    "audio_s_per_day": "seconds of audio of the tenant per day (UTC)",
}


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `keys` to the commands of `voicelift`."""
    parser = sub.add_parser("keys", help="create, list and revoke the API keys of a service")
    add_data_option(parser)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="create a key and print it; it cannot be shown again")
    create.add_argument("--name", required=True, help="purpose of the key, for your lists")
    create.add_argument(
        "--tenant", default=DEFAULT_TENANT, help="tenant of the key: keys of one tenant see the same jobs (%(default)s)"
    )
    create.add_argument("--expires", metavar="TIME", help="lifetime of the key: 90d, 12h, 30m (default: unlimited)")
    for name, what in _LIMITS.items():
        option = f"--{name.replace('_', '-')}"
        create.add_argument(option, type=int, metavar="N", help=f"{what}; 0: no limit (default: the service's setting)")
    create.add_argument(
        "--operator", action="store_true", help="allow it to create, list and revoke keys of all tenants (/v1/keys)"
    )
    create.set_defaults(act=_create)
    actions.add_parser("list", help="list all keys, without their secrets").set_defaults(act=_list)
    revoke = actions.add_parser("revoke", help="revoke a key immediately and permanently")
    revoke.add_argument("id", help="id of the key, from `voicelift keys list`")
    revoke.set_defaults(act=_revoke)


def run(args: argparse.Namespace) -> int:
    """Run one action. Returns the exit status; raises InvalidOptions, NotFound, StoreUnavailable."""
    use_running_service(args.data)
    with connect(Settings()) as client:
        args.act(args, Keys(client))
    return 0


def _create(args: argparse.Namespace, keys: Keys) -> None:
    values = {name: getattr(args, name) for name in _LIMITS}
    for name, value in values.items():
        if value is not None and value < 0:
            raise InvalidOptions(f"--{name.replace('_', '-')} must be at least 0.")
    expires_at = None if args.expires is None else time.time() + _seconds(args.expires)
    key, text = keys.create(args.name, args.tenant, expires_at, Limits(**values), args.operator)
    until = f"until {_date(key.expires_at)}" if key.expires_at else "until it is revoked"
    kind = "Operator key" if key.operator else "Key"
    print(f"{kind} {key.id} ({key.name}) of tenant {key.tenant}, valid {until}. It is shown only once:\n\n{text}\n")


def _list(_: argparse.Namespace, keys: Keys) -> None:
    rows: list[tuple[str, ...]] = [("ID", "TENANT", "NAME", "CREATED", "LAST USED", "STATE", "RIGHTS", "LIMITS")]
    rows += [_row(key) for key in keys.list()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _revoke(args: argparse.Namespace, keys: Keys) -> None:
    key = keys.revoke(args.id)
    print(f"Key {key.id} ({key.name}) of tenant {key.tenant} is revoked.")


def _row(key: Key) -> tuple[str, ...]:
    if key.revoked_at is not None:
        state = f"revoked {_date(key.revoked_at)}"
    elif key.expires_at is not None:
        state = f"{'expires' if key.expires_at > time.time() else 'expired'} {_date(key.expires_at)}"
    else:
        state = "in force"
    limits = ", ".join(f"{name}={value}" for name, value in key.limits.model_dump(exclude_none=True).items())
    used = _date(key.last_used_at) if key.last_used_at else "never"
    return key.id, key.tenant, key.name, _date(key.created_at), used, state, "operator" if key.operator else "", limits


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")


def _seconds(text: str) -> int:
    match = re.fullmatch(r"([1-9]\d{0,5})([mhd])", text)
    if match is None:
        raise InvalidOptions(f"--expires takes minutes, hours or days, such as 30m, 12h or 90d, not {text[:20]!r}.")
    return int(match[1]) * _UNITS[match[2]]
