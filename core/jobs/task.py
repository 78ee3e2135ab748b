"""Tasks of a job and their kinds."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """`prepare` cuts the first slice of a recording, `extend` the rest, slice by slice. `convert` runs after the end of
    the job, on request."""

    prepare = "prepare"
    extend = "extend"
    separate = "separate"
    publish = "publish"
    finish = "finish"
    convert = "convert"


class Task(BaseModel):
    """One task of a job. `index` is the chunk's for `separate`, the conversion's for `convert`, and 0 for kinds with
    one task per job."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    job_id: str
    index: int = 0

    @property
    def member(self) -> str:
        """Name in the store, `kind:job:index`."""
        return f"{self.kind}:{self.job_id}:{self.index}"

    @property
    def queue(self) -> Literal["cpu", "gpu"]:
        return "gpu" if self.kind is Kind.separate else "cpu"

    @property
    def is_first(self) -> bool:
        """Whether a job starts with it: its first slice or its first chunk."""
        return self.kind is Kind.prepare or (self.kind is Kind.separate and self.index == 0)

    @classmethod
    def parse(cls, member: str) -> Self:
        kind, job_id, index = member.split(":")
        return cls(kind=Kind(kind), job_id=job_id, index=int(index))
