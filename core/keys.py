"""Keys of all objects in S3. No part of a key comes from a client.

    uploads/{upload}                                 sent to a presigned URL, until a job takes it
    jobs/{job}/job.json                              the accepted request     written before 202, again at the end
    jobs/{job}/source                                the uploaded recording
    jobs/{job}/cover.{token}                         picture in the source    written by prepare
    jobs/{job}/mixture/{chunk}.{token}.safetensors   decoded chunk            written by prepare
    jobs/{job}/stems/{chunk}.{token}.safetensors     separated chunk          written by separate
    jobs/{job}/pieces/{chunk}.{token}.safetensors    cross-faded piece        written by publish
    jobs/{job}/hls/{stem}/...                        playable segments        written by publish
    jobs/{job}/peaks/{chunk}.{token}                 waveform of the piece    written by publish
    jobs/{job}/peaks/all.{token}                     waveform of the song     written by finish
    jobs/{job}/outputs/{token}/{stem}.{ext}          final files              written by finish
    jobs/{job}/converted/{token}/{stem}.{ext}        conversions              written by convert
    jobs/{job}/manifest.json                         the results of the job   written last but for conversions

`token` is the fencing token of the lease under which an object was written: two workers that both believe they hold a
task never write the same key, and the store names the winner.
"""

import re

_UPLOAD_ID = re.compile(r"upl_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}")
JOB_ID_PATTERN = "job_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}"
_JOB_ID = re.compile(JOB_ID_PATTERN)


def is_job_id(text: str) -> bool:
    """Whether `text` has the form of `core.jobs.job.new_job_id` (the job need not exist)."""
    return _JOB_ID.fullmatch(text) is not None


UPLOADS, JOBS = "uploads/", "jobs/"  # the two folders


def is_upload_id(text: str) -> bool:
    """Whether `text` has the form of `core.jobs.uploads.new_upload_id` (the upload need not exist)."""
    return _UPLOAD_ID.fullmatch(text) is not None


def upload_key(upload_id: str) -> str:
    return f"{UPLOADS}{upload_id}"


def job_prefix(job_id: str) -> str:
    return f"jobs/{job_id}/"


def record_key(job_id: str) -> str:
    return f"jobs/{job_id}/job.json"


def source_key(job_id: str) -> str:
    return f"jobs/{job_id}/source"


def cover_key(job_id: str, token: int) -> str:
    return f"jobs/{job_id}/cover.{token}"


def mixture_key(job_id: str, chunk: int, token: int) -> str:
    return f"jobs/{job_id}/mixture/{chunk:05d}.{token}.safetensors"


def stem_key(job_id: str, chunk: int, token: int) -> str:
    return f"jobs/{job_id}/stems/{chunk:05d}.{token}.safetensors"


def piece_key(job_id: str, chunk: int, token: int) -> str:
    return f"jobs/{job_id}/pieces/{chunk:05d}.{token}.safetensors"


def hls_init_key(job_id: str, stem: str, token: int) -> str:
    return f"jobs/{job_id}/hls/{stem}/init.{token}.mp4"


def hls_segment_key(job_id: str, stem: str, segment: int, token: int) -> str:
    return f"jobs/{job_id}/hls/{stem}/{segment:06d}.{token}.m4s"


def piece_peaks_key(job_id: str, chunk: int, token: int) -> str:
    return f"jobs/{job_id}/peaks/{chunk:05d}.{token}"


def peaks_key(job_id: str, token: int) -> str:
    return f"jobs/{job_id}/peaks/all.{token}"


def output_key(job_id: str, token: int, stem: str, extension: str) -> str:
    return f"jobs/{job_id}/outputs/{token}/{stem}.{extension}"


def conversions_prefix(job_id: str) -> str:
    return f"jobs/{job_id}/converted/"


def conversion_key(job_id: str, token: int, stem: str, extension: str) -> str:
    return f"{conversions_prefix(job_id)}{token}/{stem}.{extension}"


def manifest_key(job_id: str) -> str:
    return f"jobs/{job_id}/manifest.json"
