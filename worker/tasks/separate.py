"""separate: one chunk through the engine. Imports torch, so only workers of the gpu queue import this module.

A stem that cannot be written because S3 is unavailable waits in the spool (worker/spool.py), and is not computed again.
"""

from core.errors import LeaseLost, ModelChanged, Stopped, StorageUnavailable
from core.jobs.job import Job, model_key
from core.keys import stem_key
from core.separation.request import ChunkRequest
from worker.heartbeats import Hold
from worker.objects import CONTENT_TYPE, pack, unpack
from worker.resident import Resident
from worker.spool import Kept


def run(resident: Resident, hold: Hold) -> None:
    """Raises StorageUnavailable, StoreUnavailable, Stopped, LeaseLost, ModelChanged, SeparationFailed."""
    assert resident.engine is not None, "this worker serves the gpu queue, so it has an engine"
    task, store, card = hold.lease.task, resident.store, resident.engine.card
    job = store.records.get(task.job_id)
    if (job.model.geometry, job.model.sample_rate, job.model.stems) != (card.geometry, card.sample_rate, card.stems):
        raise ModelChanged("The model was replaced while the job was queued. Submit the song again.")
    key = stem_key(job.id, task.index, hold.lease.token)
    kept = resident.spool.find(job.id, task.index)
    if kept is not None:
        seconds, device = kept.seconds, kept.device
        _upload(resident, hold, key, kept)
    else:
        data, seconds = _compute(resident, hold, job)
        device = resident.engine.device.type
        try:
            resident.storage.put_bytes(key, data, CONTENT_TYPE)
        except StorageUnavailable:
            kept = resident.spool.keep(job.id, task.index, data, seconds, device)
            if kept is None:
                raise
            _upload(resident, hold, key, kept)
    if not store.leases.separated(hold.lease, key, seconds, device):
        resident.storage.delete([key])


def _compute(resident: Resident, hold: Hold, job: Job) -> tuple[bytes, float]:
    """The chunk's stems and their confidence as an object, and their compute seconds."""
    assert resident.engine is not None
    index, options, card = hold.lease.task.index, job.options, resident.engine.card
    source = resident.store.records.mixture_key(job.id, index)
    if source is None:
        raise LeaseLost(f"The mixture of {hold.lease.task.member} is gone.")
    arrays, facts = unpack(resident.storage.get_bytes(source))
    hold.check()

    sampling = card.sampling(options.quality, options.steps, options.eta, render=options.render)
    request = ChunkRequest(
        mixture=arrays["mixture"],
        model_input=arrays["model_input"],
        rate=facts["rate"],
        first_frame=facts["first_frame"],
        steps=sampling.steps,
        eta=sampling.eta,
        t_start=sampling.t_start,
        seed=options.seed,
        render=options.render,
        tenant=job.tenant,
        index=index,
        layout=facts["layout"],
    )
    result = resident.engine.separate(request, lambda: hold.should_stop() or resident.must_hand_over())
    device = resident.engine.device.type
    model = model_key(card.name, card.version)
    resident.metrics.chunk_inference.labels(model, options.quality, device).observe(result.seconds)
    return pack(result.arrays, facts | {"confidence": result.confidence}), result.seconds


def _upload(resident: Resident, hold: Hold, key: str, kept: Kept) -> None:
    """Write a spooled stem to S3, waiting for as long as needed. The file stays for the next attempt if only this
    process gives up."""
    try:
        resident.wait_for_storage(hold, resident.storage.put_file, key, kept.path, CONTENT_TYPE)
    except Stopped:
        if hold.should_stop():
            kept.path.unlink(missing_ok=True)
        raise
    kept.path.unlink(missing_ok=True)
