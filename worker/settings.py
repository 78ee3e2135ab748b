"""Settings of worker processes and of the janitor: those that every process shares, and their own."""

from pydantic import Field

from core.jobs.turns import MODEL_GRACE_S
from core.settings import Settings


class WorkerSettings(Settings):
    device: str = Field(default="auto", description="cpu, cuda, cuda:1, ... or auto: a GPU when there is one.")
    threads: int | None = Field(
        default=None,
        gt=0,
        description="CPU threads of the model: up to four, chunks are computed side by side by one each. Default: all "
        "cores.",
    )
    spool_bytes: int = Field(
        default=1_000_000_000,
        ge=0,
        description="Stems that wait on the worker's disk for S3 to come back take no more bytes than this.",
    )
    least_free_bytes: int = Field(
        default=1_000_000_000, ge=0, description="A worker with less room in its work_dir says that it is not ready."
    )
    model_grace_s: float = Field(
        default=MODEL_GRACE_S,
        gt=0,
        description="Songs whose model no worker has held for so long, while workers with another are there, fail with "
        "`model_changed`. Longer than replacing all workers takes.",
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address of /metrics; loopback unless told otherwise.")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Port of /metrics; 0 takes a free one.")
