"""docs/errors.md: every error code that a client can receive. Written by `python -m lab.docs`.

Status and `retryable` come from the OpenAPI description, the tree of errors and the store's scripts; meaning and remedy
are defined here. A code without a text, or a text without a code, is an error.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.responses import kinds
from core import errors, jobs

# code -> (meaning, what to do)
HTTP = {
    "malformed_form": (
        "The form is malformed, incomplete, or does not contain exactly one file.",
        (
            "Let the HTTP library of the client write the form and its Content-Type; send one file in the field "
            "`file`. If the connection broke, send again."
        ),
    ),
    "malformed_json": ("The body is not a JSON object.", "Fix the client."),
    "invalid_idempotency_key": ("The Idempotency-Key is empty, too long or not printable ASCII.", "Use a UUID."),
    "unauthenticated": ("The service requires an API key.", "Send `Authorization: Bearer vl_...`."),
    "invalid_key": (
        "The key is unknown, revoked or expired; `detail` says which.",
        "Ask the operator for a new key. Do not repeat the request.",
    ),
    "invalid_token": (
        "The job token is for another job or has expired.",
        "`POST /v1/jobs/{id}/token` returns a new one.",
    ),
    "operator_only": (
        "Only an operator key can create, list or revoke keys.",
        "Use an operator key; the operator creates one with `voicelift keys create --operator`.",
    ),
    "not_found": (
        "The job, upload, stem, segment or address does not exist, was deleted, has expired, or is another tenant's.",
        "Check the address. Deleted and expired data does not return: create a new job.",
    ),
    "method_not_allowed": ("The address does not support the method.", "See the `Allow` header."),
    "body_too_slow": (
        "The body arrived at less than 4 kB/s, with more than 30 s of pauses.",
        "Send it again over a better connection, or in parts with `POST /v1/uploads`.",
    ),
    "conflict": (
        "The job's state does not allow it: canceling a finished job, or retrying one that runs or succeeded.",
        "Read the job; `state` in the problem names its state.",
    ),
    "outputs_not_ready": (
        "The job has no audio yet or ended without a result, see `state`; or a conversion is not ready.",
        "While it runs, wait. If it has ended, read its `error`. Request a conversion by POST.",
    ),
    "conversion_failed": (
        "The finished file could not be written in this format.",
        "Download the original format, or another of its `conversions`.",
    ),
    "idempotency_in_progress": (
        "A request with this Idempotency-Key is in progress.",
        "Send it again, with the same key, after Retry-After.",
    ),
    "source_gone": ("The recording of the job is no longer stored.", "Send the recording again as a new job."),
    "upload_incomplete": (
        "The upload lacks bytes (`received` of `bytes`), or its parts were not completed.",
        "PUT the missing parts (`GET /v1/uploads/{id}` has fresh URLs), complete it, then repeat the request.",
    ),
    "upload_too_large": (
        "The body exceeds the limit of this address; for a recording `max_bytes` is the limit.",
        "Send a smaller file, for example FLAC or AAC instead of WAV.",
    ),
    "unsupported_media": ("The file is an image, an archive, a document, a program or text.", "Send a recording."),
    "unsupported_content_type": (
        "The Content-Type cannot create a job.",
        "Send `multipart/form-data` or `application/json`.",
    ),
    "unsupported_content_encoding": (
        "The body is compressed; `detail` names the Content-Encoding.",
        "Send it uncompressed. Audio formats are compressed already.",
    ),
    "invalid_options": (
        "An option is unknown or has an invalid value.",
        "`errors` names each field and the reason.",
    ),
    "invalid_request": (
        "A parameter, a header or a field of the body is invalid.",
        "`errors` names each field and the reason.",
    ),
    "empty_audio": ("The file is empty.", "Send a recording."),
    "idempotency_mismatch": (
        "The Idempotency-Key was used for a different request.",
        "Use a new key for each new job.",
    ),
    "source_url_refused": (
        "The form, port or target of the URL is not allowed.",
        "Use an http:// or https:// address on the public internet.",
    ),
    "webhook_url_refused": (
        "The form, port or target of `webhook_url` is not allowed.",
        "Use an http:// or https:// address on the public internet.",
    ),
    "rate_limited": (
        "The key has exceeded its rate limit.",
        "Continue after Retry-After. The `RateLimit-*` headers of every response show the remaining requests.",
    ),
    "quota_exceeded": (
        "The tenant has reached its quota of jobs in flight or of audio per day; `quota` says which.",
        "Wait for a job to end, cancel one, or continue after Retry-After.",
    ),
    "too_many_at_once": (
        "The key has reached its concurrency limit of uploads, event streams, archive downloads or test events.",
        "Wait until one ends. One event stream per job is enough.",
    ),
    "internal": ("The service has a bug.", "Try again; if it persists, report the `request_id`."),
    "busy": (
        "The process has reached a concurrency limit: uploads, event streams, archive downloads or test events.",
        "Try again after Retry-After. Send large files with `POST /v1/uploads`.",
    ),
    "queue_full": ("The estimated wait of a new job exceeds the limit.", "Try again after Retry-After."),
    "storage_unavailable": ("The object storage does not respond.", "Try again after Retry-After."),
    "store_unavailable": ("Redis does not respond.", "Try again after Retry-After."),
    "courier_unavailable": (
        "No courier sent the test event in time: none runs, or all are busy. The receiver was not contacted.",
        "Try again after Retry-After; if it persists, contact the operator.",
    ),
    "not_ready": (
        "A part that the service needs is unavailable; `checks` names it.",
        "Try again after Retry-After.",
    ),
}
JOB = {
    "unsupported_media": (
        "The file is not a supported audio or video format.",
        "Send another format, for example mp3, m4a, flac or wav.",
    ),
    "no_audio": ("The file is a video or an image without sound.", "Send a recording."),
    "damaged_media": ("The file is recognised, but too damaged to decode.", "Send another copy."),
    "empty_audio": ("The audio track contains no samples.", "Send a recording."),
    "audio_too_long": ("The recording exceeds the maximum duration.", "Cut it."),
    "unsupported_audio": (
        "The number of channels or the sample rate is out of range.",
        "Convert it, for example to stereo at 44.1 kHz.",
    ),
    "invalid_input": ("The file is unusable for another reason, given in the message.", "Send another file."),
    "source_url_refused": (
        "The URL, or a redirect, leads to an address that is not allowed.",
        "Use an address on the public internet.",
    ),
    "source_url_failed": (
        "The server behind `source_url` responded without a file.",
        "Check that the URL opens without signing in.",
    ),
    "source_url_unreachable": (
        "The server behind `source_url` did not respond completely in three attempts.",
        "Try again later: `POST /v1/jobs/{id}/retry`.",
    ),
    "source_too_large": ("The file behind `source_url` exceeds the maximum size.", "Use a smaller file."),
    "model_changed": (
        "The model of the job was replaced, and no worker has it.",
        "`POST /v1/jobs/{id}/retry`.",
    ),
    "separation_failed": (
        "The model returned non-finite values for a part of the recording.",
        "`POST /v1/jobs/{id}/retry` once; if it fails again, send another version of the file and tell the operator.",
    ),
    "encoding_failed": (
        "The encoder of the requested format failed on the stems.",
        "Request another `format`, for example `flac`, and contact the operator.",
    ),
    "deadline_exceeded": (
        "`deadline_s` passed: before the start (the job is `expired`) or later (`canceled`).",
        "`POST /v1/jobs/{id}/retry` if the result is still needed: the deadline starts again.",
    ),
    "attempts_exhausted": (
        "A task of the job killed its worker or failed for an unknown reason in every attempt.",
        "If other songs succeed, send another version of the file; otherwise contact the operator.",
    ),
}

_HEAD = """# Errors

Generated from the code by `python -m lab.docs`. How to use the service: [api.md](api.md).

Every error response is an [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem,
`application/problem+json`:

```json
{"type": "urn:voicelift:problem:not_found", "title": "Not found", "status": 404,
 "detail": "There is no such job.", "instance": "/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t",
 "code": "not_found", "request_id": "req_5f0c1a2b3d4e6f70", "retryable": false}
```

Programs use `code`, which is stable; `detail` is for people and may change. `retryable`: the same request may succeed
later; wait for the seconds in the `Retry-After` header. `request_id` appears in the service's logs. Some codes have
more members (`errors`, `state`, `max_bytes`, ...), named below. For unknown codes use the status. Only the code
distinguishes cases of one status: 409 `outputs_not_ready` is temporary, 409 `source_gone` is final.
"""
_JOB_HEAD = """
## Codes of jobs

A failed or expired job has an `error`: `{"code", "message", "retryable"}`. Here `retryable` means that the same file
and options may succeed in a new job, for example by `POST /v1/jobs/{id}/retry`. A job canceled by its owner has no
error.
"""


def of_requests(description: dict[str, Any]) -> dict[str, tuple[int, bool]]:
    """The codes of problems, with HTTP status and `retryable`, in the order of their statuses."""
    statuses = {"method_not_allowed": (405, False)}  # of all addresses; not in the description
    for operations in description["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                problems = response.get("content", {}).get("application/problem+json", {}).get("examples", {})
                statuses |= {
                    code: (example["value"]["status"], example["value"]["retryable"])
                    for code, example in problems.items()
                }
    return {
        code: statuses[code] for code in sorted(statuses, key=lambda code: (statuses[code][0], list(HTTP).index(code)))
    }


def of_jobs() -> dict[str, bool]:
    """The codes of jobs' errors, with `retryable`."""
    known = {kind.code: kind.retryable for kind in kinds(errors.InputError)}
    (folder,) = jobs.__path__
    script = (Path(folder) / "lua" / "common.lua").read_text()
    ended = {code: flag == "true" for code, flag in re.findall(r"code = '(\w+)', retryable = (true|false)", script)}
    return {code: (known | ended)[code] for code in [*JOB, *(code for code in ended if code not in JOB)]}


def page(description: dict[str, Any]) -> str:
    """The whole page. Raises KeyError or ValueError for a code without a text."""
    requests = [
        (f"`{code}`", str(status), _yes(retryable), *HTTP[code])
        for code, (status, retryable) in of_requests(description).items()
    ]
    ends = [(f"`{code}`", _yes(retryable), *JOB[code]) for code, retryable in of_jobs().items()]
    return (
        f"{_HEAD}\n## Codes of requests\n\n{_table(('code', 'status', 'retryable', 'meaning', 'what to do'), requests)}"
        f"{_JOB_HEAD}\n{_table(('code', 'retryable', 'meaning', 'what to do'), ends)}"
    )


def _yes(retryable: bool) -> str:
    return "yes" if retryable else "no"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ("---",) * len(head), *rows))
