"""Settings of worker processes and the janitor, in addition to those of all processes."""

from pydantic import Field

from core.jobs.turns import MODEL_GRACE_S
from core.settings import Settings


class WorkerSettings(Settings):
    device: str = Field(default="auto", description="cpu, cuda, cuda:1, ... or auto: a GPU if there is one.")
    threads: int | None = Field(
        default=None,
        gt=0,
        description="CPU threads of the model; up to four of them compute one chunk each. Default: all cores.",
    )
    spool_bytes: int = Field(
        default=1_000_000_000,
        ge=0,
        description="Maximum size of stems that wait on the worker's disk for S3.",
    )
    least_free_bytes: int = Field(
        default=1_000_000_000, ge=0, description="Minimum free space in work_dir; below it a worker reports not ready."
    )
    model_grace_s: float = Field(
        default=MODEL_GRACE_S,
        gt=0,
        description="Time after which songs fail with `model_changed` if no worker has their model while workers "
        "with another are alive. Longer than replacing all workers takes.",
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address of /metrics; default: loopback.")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Port of /metrics; 0: any free port.")
