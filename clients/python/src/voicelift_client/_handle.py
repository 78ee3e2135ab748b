"""Common part of `Job` and `AsyncJob`: the job as of the last update."""

from voicelift_client._service import Service
from voicelift_client.models import JobError, JobInfo, OutputInfo, State


class Handle:
    """`info` has every field of the job. Methods of the job update it."""

    def __init__(self, service: Service, info: JobInfo) -> None:
        self._service = service
        self.info = info

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def state(self) -> State:
        return self.info.state

    @property
    def outputs(self) -> list[OutputInfo]:
        """The finished files; empty until the job has succeeded."""
        return self.info.outputs

    @property
    def warnings(self) -> list[str]:
        """Remarks about the result, in words."""
        return self.info.warnings

    @property
    def error(self) -> JobError | None:
        return self.info.error

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.info.id!r}, {self.info.state!r})"
