"""The bundled S3 server: SeaweedFS, all of its parts in one process (docs/decisions/0014).

Its keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of its environment; it creates no bucket.
"""

from collections.abc import Sequence
from pathlib import Path

PORTS = (
    "s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
    "filer.port.grpc", "admin.port",
)  # fmt: skip
"""Its ports. Clients use the first; the others connect its parts."""
ABOVE_ADMIN = 10_000  # one part expects another's port this far above admin.port, whatever the options

QUIET = ("-logtostderr=true", "-v=-1")
OPTIONS = (
    "-master.telemetry=false", "-admin.ui=false", "-webdav=false", "-s3.iam=false", "-s3.port.iceberg=0",
    "-s3.port.lance=0", "-s3.autoCreateBucket=false",
)  # fmt: skip
"""Disabled: telemetry, other ways to the data, and a bucket for each misspelt name."""


def arguments(host: str, ports: Sequence[int]) -> list[str]:
    """Arguments of `weed`, except the folder; one port for each of PORTS."""
    listen = [f"-{name}={port}" for name, port in zip(PORTS, ports, strict=True)]
    return [*QUIET, "mini", f"-ip={host}", f"-ip.bind={host}", *listen, *OPTIONS]


def command(weed: str, folder: Path, host: str, ports: Sequence[int]) -> list[str]:
    """The command that starts the server over `folder`, which exists."""
    return [weed, *arguments(host, ports), f"-dir={folder}"]
