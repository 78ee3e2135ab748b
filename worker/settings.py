"""Settings of worker processes and of the janitor: those that every process shares, and their own."""

from pydantic import Field

from core.settings import Settings


class WorkerSettings(Settings):
    device: str = Field(default="auto", description="cpu, cuda, cuda:1, ... or auto: a GPU when there is one.")
    threads: int | None = Field(default=None, gt=0, description="CPU threads of the model. Default: all cores.")
    metrics_host: str = Field(default="127.0.0.1", description="Address of /metrics; loopback unless told otherwise.")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Port of /metrics; 0 takes a free one.")
