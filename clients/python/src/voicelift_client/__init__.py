"""Client of a Voicelift service: send a song, get its stems.

    from voicelift_client import Voicelift

    with Voicelift("https://voicelift.example", "vl_...") as voicelift:
        job = voicelift.separate("song.mp3", quality="draft")
        job.save("vocals", "vocals.flac")

`AsyncVoicelift` is the same with `await`. Both share one implementation (`_drive.py` explains it).
"""

from voicelift_client import account, errors, models
from voicelift_client.account import KeyLimits
from voicelift_client.aio import AsyncJob, AsyncVoicelift
from voicelift_client.client import Job, Voicelift
from voicelift_client.errors import ApiError, JobNotSucceeded, VoiceliftError
from voicelift_client.models import Event, JobInfo, JobOptions, Progress, WebhookEvent, WebhookTest
from voicelift_client.webhooks import verify_webhook

__all__ = [
    "ApiError",
    "AsyncJob",
    "AsyncVoicelift",
    "Event",
    "Job",
    "JobInfo",
    "JobNotSucceeded",
    "JobOptions",
    "KeyLimits",
    "Progress",
    "Voicelift",
    "VoiceliftError",
    "WebhookEvent",
    "WebhookTest",
    "account",
    "errors",
    "models",
    "verify_webhook",
]
