"""separate: one chunk through the engine. Imports torch, so only gpu-queue workers import this module."""

from core.errors import LeaseLost, ModelChanged
from core.keys import stem_key
from core.separation.request import ChunkRequest
from worker.heartbeats import Hold
from worker.objects import CONTENT_TYPE, pack, unpack
from worker.resident import Resident


def run(resident: Resident, hold: Hold) -> None:
    """Raises StorageUnavailable, StoreUnavailable, Stopped, LeaseLost, ModelChanged."""
    assert resident.engine is not None, "this worker serves the gpu queue, so it has an engine"
    work, store = hold.lease.work, resident.store
    job = store.get(work.job_id)
    options, card = job.options, resident.engine.card
    if (job.model.geometry, job.model.sample_rate) != (card.geometry, card.sample_rate):
        raise ModelChanged(
            "The model was replaced by one of another shape while this song was waiting. Send the song again."
        )
    source = store.mixture_key(job.id, work.index)
    if source is None:
        raise LeaseLost(f"The mixture of {work.member} is gone.")
    arrays, facts = unpack(resident.storage.get_bytes(source))
    hold.check()

    sampling = card.sampling(options.quality, options.steps, options.eta)
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
        job=job.id,
        index=work.index,
    )
    result = resident.engine.separate(request, lambda: hold.should_stop() or resident.must_hand_over())
    resident.metrics.chunk_inference.labels(options.quality).observe(result.seconds)

    stems = {"vocals": result.vocals}
    if options.render == "generative":
        stems["masked"] = result.masked
    key = stem_key(job.id, work.index, hold.lease.token)
    resident.storage.put_bytes(key, pack(stems, facts), CONTENT_TYPE)
    if not store.separated(hold.lease, key, result.seconds):
        resident.storage.delete([key])
