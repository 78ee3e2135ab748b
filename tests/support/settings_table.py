"""The table of settings in docs/operations.md; `python tests/support/settings_table.py` writes it anew."""

import re
import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations.md"
BEGIN, END = "<!-- settings: made by tests/support/settings_table.py -->\n", "<!-- /settings -->\n"


def table() -> str:
    from api.settings import ApiSettings
    from core.settings import Settings
    from worker.settings import WorkerSettings

    rows = ["| variable | for | default | what it is |", "| --- | --- | --- | --- |"]
    rows.append(
        "| `VOICELIFT_SECRETS_DIR` | all | none | Folder of files, each named like a variable in lower case, that are "
        "read for what the environment does not say. |"
    )
    for who, kind in (("all", Settings), ("api", ApiSettings), ("workers", WorkerSettings)):
        shared = {} if kind is Settings else Settings.model_fields
        for name, field in kind.model_fields.items():
            if name not in shared:
                rows.append(f"| `{variable(name, field)}` | {who} | {default(field)} | {what(name, field)} |")
    return "\n".join(rows) + "\n"


def variable(name: str, field: FieldInfo) -> str:
    choices = getattr(field.validation_alias, "choices", None)
    return str(choices[0]) if choices else f"VOICELIFT_{name.upper()}"


def default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "the system's"
    value: Any = field.default
    if isinstance(value, Path):
        value = value.relative_to(ROOT)
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "none" if value in (None, "") or isinstance(value, SecretStr) else f"`{value}`"


def what(name: str, field: FieldInfo) -> str:
    return (field.description or PLAIN[name]).replace("|", "\\|")


# Those whose name says enough for the code, but not for a table.
PLAIN = {
    "redis_url": "Redis, with its password. It must keep an append-only file and never evict.",
    "s3_endpoint_url": "S3 server as the service reaches it. Default: Amazon's.",
    "s3_bucket": "The bucket; made when it is not there.",
    "s3_region": "Its region.",
    "aws_access_key_id": "S3 key. Default: what boto3 finds (instance roles, profiles).",
    "aws_secret_access_key": "Its secret.",
    "max_upload_bytes": "Largest recording.",
    "max_duration_s": "Longest recording.",
    "max_channels": "Most channels of a recording.",
    "log_level": "DEBUG, INFO, WARNING or ERROR.",
    "log_format": "json, or text for people.",
    "port": "Port of the API.",
}


def with_table(page: str) -> str:
    """The page, with the table as it should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(with_table(PAGE.read_text()))
    print(len(re.findall(r"^\| `", table(), re.MULTILINE)), "settings")
