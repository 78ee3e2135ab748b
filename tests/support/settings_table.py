"""The table of settings in docs/install.md, and deploy/compose/example.env; `python -m tests.support.settings_table`
writes both."""

import re
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "install.md"
EXAMPLE = ROOT / "deploy" / "compose" / "example.env"
BEGIN, END = "<!-- settings: made by tests/support/settings_table.py -->\n", "<!-- /settings -->\n"


def table() -> str:
    from api.settings import ApiSettings
    from core.settings import Settings
    from worker.settings import WorkerSettings

    rows = ["| variable | for | default | meaning |", "| --- | --- | --- | --- |"]
    rows.append(
        "| `VOICELIFT_SECRETS_DIR` | all | none | Folder of files, each named like a variable in lower case, for "
        "variables missing in the environment. |"
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


# Settings whose name suffices in the code, but not in a table.
PLAIN = {
    "redis_url": "URL of Redis, with its password. It must keep an append-only file and never evict.",
    "s3_endpoint_url": "S3 URL for the service. Default: Amazon's.",
    "s3_bucket": "The bucket; created if missing.",
    "s3_region": "Its region.",
    "aws_access_key_id": "S3 key. Default: boto3's credentials (instance roles, profiles).",
    "aws_secret_access_key": "Its secret.",
    "max_upload_bytes": "Maximum size of a recording.",
    "max_duration_s": "Maximum duration of a recording.",
    "max_channels": "Maximum channels of a recording.",
    "log_level": "DEBUG, INFO, WARNING or ERROR.",
    "log_format": "json, or text for people.",
    "port": "Port of the API.",
}


OF_COMPOSE = """\
# Settings of docker-compose.yml: copy this file to .env next to it, and remove the # where you want another value.
# Secrets are in ./secrets. Made by tests/support/settings_table.py.

# Profile to start, cpu or gpu; replaces --profile.
#COMPOSE_PROFILES=cpu
# Addresses of the service and its S3 server on this machine; 0.0.0.0:8080 opens it to others.
#PROXY_LISTEN=127.0.0.1:8080
#S3_LISTEN=127.0.0.1:9000
# 0: no S3 server here. Set S3_ENDPOINT_URL and S3_PUBLIC_ENDPOINT_URL below to another, with its keys in ./secrets.
#S3_SERVERS=1
# Package index of PyTorch for the image of the cpu worker, for example of CPU-only builds.
#TORCH_INDEX=
# 1: include Mel-Band RoFormer's package in the images of the gpu queue.
#MELBAND=
"""
OF_THE_IMAGES = {
    "REDIS_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "VOICELIFT_METRICS_TOKEN", "VOICELIFT_TOKEN_SECRET",
    "VOICELIFT_WORK_DIR", "VOICELIFT_HOST", "VOICELIFT_PORT", "VOICELIFT_METRICS_HOST", "VOICELIFT_METRICS_PORT",
}  # fmt: skip
"""Secrets, which are files, and settings that the images and the compose file fix."""
IN_COMPOSE = {
    "S3_ENDPOINT_URL": "http://s3:9000",
    "S3_PUBLIC_ENDPOINT_URL": "http://127.0.0.1:9000",
    "VOICELIFT_MODEL_DIR": "/models/default",
    "VOICELIFT_AUTH": "on",
    "VOICELIFT_DEVICE": "cuda",
}
"""Defaults that differ there."""


def example() -> str:
    """Every setting, as a comment with its default."""
    from api.settings import ApiSettings
    from worker.settings import WorkerSettings

    lines = [OF_COMPOSE]
    for name, field in {**ApiSettings.model_fields, **WorkerSettings.model_fields}.items():
        shown = variable(name, field)
        if shown not in OF_THE_IMAGES:
            usual = IN_COMPOSE.get(shown, default(field).strip("`").replace("none", ""))
            lines.append(f"# {field.description or PLAIN[name]}\n#{shown}={usual}\n")
    return "\n".join(lines)


def with_table(page: str) -> str:
    """The page with the current table."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
    EXAMPLE.write_text(example())
    print(len(re.findall(r"^\| `", table(), re.MULTILINE)), "settings")
