"""A stem in another format: requested, awaited, and then a file like any other."""

from voicelift_client._retry import retry_after_s
from voicelift_client._service import Service, parsed
from voicelift_client.models import ConversionInfo, JobInfo, OutputInfo

POLL_S = 2.0  # when the service does not say


async def file_of(service: Service, job: JobInfo, stem: str, to: str | None) -> OutputInfo | ConversionInfo:
    """The file of a stem in the format `to`; None: as the job has it.

    Raises KeyError (no such stem), ApiError, ConnectionFailed."""
    output = job.output(stem)
    if to in (None, output.format):
        return output
    while True:
        response = await service.call("POST", f"{output.url}/{to}")
        conversion = parsed(ConversionInfo, response)
        if conversion.ready:
            return conversion
        await service.driver.sleep(retry_after_s(response.headers) or POLL_S)
