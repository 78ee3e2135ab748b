"""Settings of the API process: those that every process shares, and where it listens."""

from pydantic import Field

from core.settings import Settings


class ApiSettings(Settings):
    host: str = Field(default="127.0.0.1", description="Address to listen on; loopback unless told otherwise.")
    port: int = Field(default=8000, ge=0, le=65535)
