"""convert: write a finished stem in another format, after the job's end, on request.

The file is stored under the lease's token and counts once the store names it.
"""

from core.audio.convert import convert
from core.audio.decode import Limits
from core.audio.formats import OutputFormat
from core.errors import Stopped
from core.jobs.conversion import Conversion, place_of
from core.keys import conversion_key
from worker.heartbeats import Hold
from worker.objects import until_named
from worker.resident import Resident


def run(resident: Resident, hold: Hold) -> None:
    """Raises StorageUnavailable, StoreUnavailable, Stopped, LeaseLost, InputError, EncodingFailed."""
    store, storage, settings, task = resident.store, resident.storage, resident.settings, hold.lease.task
    job = store.records.get(task.job_id)
    stem, name = place_of(job.options.stems, task.index)
    chosen = OutputFormat(name)
    output = next(output for output in job.outputs if output.stem == stem)
    assert job.audio is not None, "a job that has outputs was prepared"
    limits = Limits(max_duration_s=settings.max_duration_s, max_channels=settings.max_channels)

    def check() -> None:
        hold.check()
        if resident.must_hand_over():
            raise Stopped("The worker is draining; another one takes over the conversion.")

    with resident.scratch.folder() as folder:
        source, target = folder / "source", folder / f"{stem}.{chosen.extension}"
        resident.wait_for_storage(hold, storage.download, output.key, source)
        encoded = convert(source, target, chosen, stem, job.audio.tags, limits, check)
        key = conversion_key(job.id, hold.lease.token, stem, chosen.extension)
        with until_named(storage, [key]):
            check()
            resident.wait_for_storage(hold, storage.put_file, key, target, chosen.content_type)
            conversion = Conversion(index=task.index, key=key, bytes=encoded.bytes, sha256=encoded.sha256)
            if not store.leases.converted(hold.lease, conversion):
                raise Stopped("The job's files are gone, or another made the conversion.")
