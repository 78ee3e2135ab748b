"""publish: join consecutive finished chunks into the next playable pieces.

Piece k needs chunk k and the tail of chunk k - 1. One publish per job runs at a time; a new one continues where the
last one stopped. It ends after a few pieces when other tasks wait for its slot: chunks of a long song may arrive as
fast as it publishes them. Objects that no later piece needs are deleted at once, so that S3 does not hold a long song
several times.
"""

from dataclasses import dataclass
from itertools import zip_longest

from core.audio import chunks, hls
from core.audio.overlap import piece_from
from core.audio.pcm import dequantise
from core.audio.peaks import peak_rows
from core.audio.stems import Parts
from core.audio.types import Wav
from core.card import VOCALS, Stem
from core.errors import LeaseLost
from core.jobs.job import Job
from core.jobs.manifest import Piece, Segment
from core.keys import hls_init_key, hls_segment_key, piece_key, piece_peaks_key
from worker.heartbeats import Hold
from worker.objects import CONTENT_TYPE, pack, unpack, until_named
from worker.resident import Resident

PIECES = 2  # that waiting tasks have to wait for
SEGMENT_TYPE = "video/mp4"  # media type of fragmented MP4, audio only or not


@dataclass(frozen=True)
class Joint:
    """The state for the next piece: the stems' tails [C, fade] of the previous chunk, and the last samples of the
    playable stems before it, for the preview's resampling."""

    tails: dict[str, Wav]
    before: dict[Stem, Wav]


def run(resident: Resident, hold: Hold) -> None:
    """Raises StorageUnavailable, StoreUnavailable, Stopped, LeaseLost."""
    store = resident.store
    job = store.records.get(hold.lease.task.job_id)
    joint: Joint | None = None
    first = index = job.pieces_published
    while (stem_key := store.records.stem_key(job.id, index)) is not None:
        hold.check()
        if index and joint is None:
            joint = _joint_before(resident, job, index)
        joint = _publish(resident, hold, job, index, stem_key, joint)
        index += 1
        if index - first >= PIECES and store.turns.do_messages_wait():
            break
    store.leases.published(hold.lease)


def _publish(resident: Resident, hold: Hold, job: Job, index: int, stem_key: str, joint: Joint | None) -> Joint | None:
    """Publish piece `index`; returns the state for the next one, None after the last."""
    store, storage, token = resident.store, resident.storage, hold.lease.token
    mixture_key = store.records.mixture_key(job.id, index)
    assert mixture_key is not None, "a chunk that is done was ready before"
    stems, facts = unpack(storage.get_bytes(stem_key))
    mixture = unpack(storage.get_bytes(mixture_key))[0]["mixture"]
    rate, final = facts["rate"], facts["final"]

    incoming: dict[str, Wav | None] = dict.fromkeys(("mixture", *stems))
    if joint is not None:
        # Neighbouring chunks share the mixture's samples: it is faded from itself.
        fade = chunks.fade_length(index, rate, job.model.geometry)
        incoming = {**joint.tails, "mixture": mixture[:, :fade]}
    pieces: dict[str, Wav] = {}
    tails: dict[str, Wav] = {}
    for name, wav in {"mixture": mixture, **stems}.items():
        pieces[name], tail = piece_from(incoming[name], wav, index, rate, job.model.geometry, final)
        if tail is not None:
            tails[name] = tail
    key, peaks = piece_key(job.id, index, token), piece_peaks_key(job.id, index, token)
    written = [key, peaks]
    playable = _playable(job, pieces)
    rows = peak_rows([playable[stem] for stem in job.options.stems], rate, final)
    after = _playable(job, tails) if tails else {}
    init: dict[Stem, str] = {}
    segments: dict[Stem, list[Segment]] = {}
    with until_named(storage, written):
        resident.wait_for_storage(hold, storage.put_bytes, key, pack(pieces, facts), CONTENT_TYPE)
        resident.wait_for_storage(hold, storage.put_bytes, peaks, rows, CONTENT_TYPE)
        for stem in job.options.stems:
            if index == 0:
                init[stem] = hls_init_key(job.id, stem, token)
                written.append(init[stem])
                resident.wait_for_storage(hold, storage.put_bytes, written[-1], hls.init_segment(rate), SEGMENT_TYPE)
            encoded = hls.media_segments(
                playable[stem],
                index,
                rate,
                facts["layout"],
                job.model.geometry,
                final,
                before=joint.before[stem] if joint else None,
                after=after.get(stem),
            )
            segments[stem] = []
            confidence = facts.get("confidence", [])[: len(encoded)] if stem == VOCALS else []
            for segment, probability in zip_longest(encoded, confidence):
                written.append(hls_segment_key(job.id, stem, segment.number, token))
                resident.wait_for_storage(hold, storage.put_bytes, written[-1], segment.data, SEGMENT_TYPE)
                entry = Segment(key=written[-1], duration_s=segment.duration_s, confidence=probability)
                segments[stem].append(entry)
        piece = Piece(key=key, peaks=peaks, init=init, segments=segments)
        if not store.leases.publish_piece(hold.lease, index, piece):
            raise LeaseLost(f"Piece {index} was published by another worker.")
    done_with = [mixture_key]
    if index and (previous := store.records.stem_key(job.id, index - 1)):
        done_with.append(previous)
    storage.delete(done_with)
    return None if final else Joint(tails, _ends(playable, rate))


def _joint_before(resident: Resident, job: Job, index: int) -> Joint:
    """Restore from S3 the state of the publish that stopped at piece `index`."""
    store, storage = resident.store, resident.storage
    previous = store.records.stem_key(job.id, index - 1)
    assert previous is not None, "a published piece's chunk was done"
    stems, facts = unpack(storage.get_bytes(previous))
    rate = facts["rate"]
    fade = chunks.fade_length(index, rate, job.model.geometry)
    tails = {name: wav[:, wav.shape[1] - fade :] for name, wav in stems.items()}
    key = store.records.pieces(job.id)[index - 1].key
    assert key is not None, "it is kept until the job ends"
    pieces = unpack(storage.get_bytes(key))[0]
    return Joint(tails, _ends(_playable(job, pieces), rate))


def _playable(job: Job, arrays: dict[str, Wav]) -> dict[Stem, Wav]:
    """The requested stems [C, n]: exactly the samples of a final file with the same bits, clipped where they would not
    fit."""
    stems = Parts.of(arrays, job.model.stems).integers(hls.BITS)
    return {stem: dequantise(stems[stem], hls.BITS) for stem in job.options.stems}


def _ends(playable: dict[Stem, Wav], rate: int) -> dict[Stem, Wav]:
    length = hls.context_length(rate)
    return {stem: wav[:, max(0, wav.shape[1] - length) :] for stem, wav in playable.items()}
