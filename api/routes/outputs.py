"""What a job produced."""

from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse

from api.deps import CurrentJob, Serving
from api.openapi import UNAVAILABLE, problems_of
from api.routes.jobs import JOBS_PATH
from core.errors import NotFound, OutputsNotReady
from core.jobs.job import State

router = APIRouter(tags=["outputs"])


@router.get(
    JOBS_PATH + "/{job_id}/outputs/{stem}",
    status_code=307,
    response_class=RedirectResponse,
    summary="Download a stem",
    responses={
        307: {
            "description": "To an address that is good for some minutes, takes ranges and names the file.",
            "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
        },
        **problems_of(
            not_found=(404, "There is no such job."),
            outputs_not_ready=(409, "The job is still running. Its outputs come when it has succeeded."),
            store_unavailable=UNAVAILABLE["store_unavailable"],
        ),
    },
)
def get_output(
    job: CurrentJob,
    stem: Annotated[str, Path(description="vocals or instrumental", examples=["vocals"])],
    serving: Serving,
) -> RedirectResponse:
    """Redirect to the finished file. This address stays; the one it leads to is made anew each time."""
    if not job.state.terminal:
        raise OutputsNotReady(f"The job is still {job.state}. Its outputs come when it has succeeded.", state=job.state)
    if job.state is not State.succeeded:
        raise OutputsNotReady(f"The job has {job.state}, so it has no outputs. Make a new job.", state=job.state)
    output = next((output for output in job.outputs if output.stem == stem), None)
    if output is None:
        made = ", ".join(output.stem for output in job.outputs)
        raise NotFound(f"The job has no such stem. It has: {made}.")
    if job.outputs_expired_at is not None:
        raise NotFound("The outputs of this job have expired and were removed. Make a new job.")
    title = PurePosixPath(job.source.filename).stem
    name = f"{title} ({output.stem}){PurePosixPath(output.key).suffix}"
    return RedirectResponse(serving.storage.presign_get(output.key, serving.settings.presign_ttl_s, name))
