"""docs/errors.md: every code that a client can meet, from the code itself. `python -m api.errors_page > docs/errors.md`

Status and `retryable` come from the OpenAPI description, from the tree of errors and from the store's scripts; what a
code means and what to do about it is said here, once. A code without a text, or a text without a code, is an error.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.openapi import kinds
from core import errors, jobs

# code -> (what it means, what to do)
HTTP = {
    "malformed_form": (
        "The body is not the form that it claims to be, has no file or two, or broke off.",
        (
            "Mend the client: let its HTTP library write the form and its Content-Type; send one file, in the field "
            "`file`. If the connection broke, send again."
        ),
    ),
    "malformed_json": ("The body is not a JSON object.", "Mend the client."),
    "invalid_idempotency_key": ("The Idempotency-Key is empty, too long or not printable ASCII.", "Use a UUID."),
    "unauthenticated": (
        "No API key came with the request, and this service needs one.",
        "Send `Authorization: Bearer vl_...`.",
    ),
    "invalid_key": (
        "The key is unknown, revoked or expired; `detail` says which.",
        "Ask the operator for a new key. Do not repeat the request.",
    ),
    "invalid_token": (
        "The job token does not open this job, or has expired.",
        "`POST /v1/jobs/{id}/token` for a new one.",
    ),
    "not_found": (
        "There is no such job, upload, stem, segment or address; or it is not yours, was deleted, or has expired.",
        "Check the address. What was deleted or has expired does not come back: make a new job.",
    ),
    "method_not_allowed": ("The address does not take that method.", "See the `Allow` header."),
    "body_too_slow": (
        "The body came at less than 4 kB/s, pauses of half a minute in all excepted.",
        "Send it again over a better connection, or in parts by `POST /v1/uploads`.",
    ),
    "conflict": (
        "The job's present state does not allow it: canceling what is over, trying again what runs or has succeeded.",
        "Look at the job; `state` in the problem names its state.",
    ),
    "outputs_not_ready": (
        "The job has nothing to play or to download yet, or ended without a result; `state` says which.",
        "While it runs: wait for it. If it is over: look at its `error`.",
    ),
    "idempotency_in_progress": (
        "A request with this Idempotency-Key is being answered at this moment.",
        "Send it again, with the same key, after Retry-After.",
    ),
    "source_gone": ("The recording of the job is no longer kept.", "Send the recording again as a new job."),
    "upload_incomplete": (
        "Not all bytes of the upload have arrived; `received` and `bytes` say how many.",
        "PUT what is missing (`GET /v1/uploads/{id}` says what, with fresh addresses), complete it, and ask again.",
    ),
    "upload_too_large": (
        "The body is larger than this address takes; for a recording `max_bytes` says the limit.",
        "Send a smaller file, for example as FLAC or AAC instead of WAV.",
    ),
    "unsupported_media": ("The file is an image, an archive, a document, a program or text.", "Send a recording."),
    "unsupported_content_type": (
        "The request has neither of the two forms that make a job.",
        "Send `multipart/form-data` or `application/json`.",
    ),
    "invalid_options": (
        "An option is unknown or has a value that it cannot have.",
        "`errors` names each field and what is wrong with it.",
    ),
    "invalid_request": (
        "A parameter, a header or a field of the body cannot be used.",
        "`errors` names each field and what is wrong with it.",
    ),
    "empty_audio": ("The file is empty.", "Send a recording."),
    "idempotency_mismatch": (
        "The Idempotency-Key was used before, for another request.",
        "Use a new key for each new job.",
    ),
    "source_url_refused": (
        "The service does not connect to that address: its form, its port, or where it leads.",
        "Give an http:// or https:// address on the public internet.",
    ),
    "webhook_url_refused": (
        "The same, of `webhook_url`.",
        "Give an http:// or https:// address on the public internet.",
    ),
    "rate_limited": (
        "More requests in a minute than the key may make.",
        "Go on after Retry-After. The `RateLimit-*` headers of every answer tell how much is left.",
    ),
    "quota_exceeded": (
        (
            "The tenant has as many jobs waiting and running, or has used as many minutes of audio today, as it may; "
            "`quota` says which."
        ),
        "Wait for a job to end, cancel one, or go on after Retry-After.",
    ),
    "too_many_at_once": (
        "As many recordings are being received, or events listened to, with this key as may be at a time.",
        "Wait for one to end. One stream of events per job is enough.",
    ),
    "internal": ("A fault of ours.", "Try again; if it persists, report the `request_id`."),
    "busy": (
        "This process receives, or is listened to by, as many as it can bear.",
        "Try again after Retry-After. Large files had better be sent by `POST /v1/uploads`.",
    ),
    "queue_full": ("A new job would have to wait for too long.", "Try again after Retry-After."),
    "storage_unavailable": ("The object storage cannot be reached.", "Try again after Retry-After."),
    "store_unavailable": ("Redis cannot be reached.", "Try again after Retry-After."),
    "not_ready": (
        "The service lacks a part without which it cannot serve; `checks` says which.",
        "Try again after Retry-After.",
    ),
}
JOB = {
    "unsupported_media": (
        "The file is no audio or video that can be opened.",
        "Send another format, for example mp3, m4a, flac or wav.",
    ),
    "no_audio": ("The file is a video or an image without sound.", "Send a recording."),
    "damaged_media": ("The file is recognised, but too damaged to be decoded.", "Send another copy of it."),
    "empty_audio": ("The file has an audio track without any sound in it.", "Send a recording."),
    "audio_too_long": ("The recording is longer than the service takes.", "Cut it."),
    "unsupported_audio": (
        "The recording has more channels, or a stranger sample rate, than the service takes.",
        "Convert it, for example to stereo at 44.1 kHz.",
    ),
    "invalid_input": ("The file cannot be used for another reason, which the message says.", "Send another file."),
    "source_url_refused": (
        "The address, or one that it redirects to, leads where the service does not connect to.",
        "Give an address on the public internet.",
    ),
    "source_url_failed": (
        "The server behind `source_url` answered, but not with a file.",
        "Check that it can be opened without signing in.",
    ),
    "source_url_unreachable": (
        "The server behind `source_url` did not answer, or not to the end, three times.",
        "Try again later: `POST /v1/jobs/{id}/retry`.",
    ),
    "source_too_large": ("The file behind `source_url` is larger than the service takes.", "Give a smaller file."),
    "model_changed": ("The model was replaced while the job ran.", "`POST /v1/jobs/{id}/retry`."),
    "deadline_exceeded": (
        "`deadline_s` passed: before the start (the job is `expired`) or while it ran (`canceled`).",
        "`POST /v1/jobs/{id}/retry` if the result is still wanted: the deadline is counted anew.",
    ),
    "attempts_exhausted": (
        "The song stopped its worker, or failed without a known reason, several times.",
        "If other songs work, send another version of the file; else tell the operator.",
    ),
}

_HEAD = """# Errors

Made from the code by `python -m api.errors_page`; a test keeps it so. How to use the service: [api.md](api.md).

Every answer that is not a success is an [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem,
`application/problem+json`:

```json
{"type": "urn:voicelift:problem:not_found", "title": "Not found", "status": 404,
 "detail": "There is no such job.", "instance": "/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t",
 "code": "not_found", "request_id": "req_5f0c1a2b3d4e6f70", "retryable": false}
```

Programs go by `code`, which stays; `detail` is for people and may change. `retryable`: the same request may succeed
later; wait for as many seconds as the `Retry-After` header says. `request_id` is in the logs of the service. Some codes
bring more members (`errors`, `state`, `max_bytes`, ...), named below. Be ready for codes that are not listed: go by the
status then.

Only the code tells two cases of one status apart: 409 `outputs_not_ready` passes, 409 `source_gone` does not.
"""
_JOB_HEAD = """
## Codes of jobs

A job that was accepted and did not succeed says why in its `error`: `{"code", "message", "retryable"}`. Here
`retryable` means that the same file and options may succeed in a new job, such as `POST /v1/jobs/{id}/retry` makes. A
job that was canceled by its owner has no error.
"""


def of_requests(description: dict[str, Any]) -> dict[str, tuple[int, bool]]:
    """The codes of problems, with HTTP status and `retryable`, in the order of their statuses."""
    found = {"method_not_allowed": (405, False)}  # of every address, and so described at none
    for operations in description["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                problems = answer.get("content", {}).get("application/problem+json", {}).get("examples", {})
                found |= {
                    code: (said["value"]["status"], said["value"]["retryable"]) for code, said in problems.items()
                }
    return {code: found[code] for code in sorted(found, key=lambda code: (found[code][0], list(HTTP).index(code)))}


def of_jobs() -> dict[str, bool]:
    """The codes of jobs' errors, with `retryable`."""
    known = {kind.code: kind.retryable for kind in kinds(errors.InputError)}
    (folder,) = jobs.__path__
    script = (Path(folder) / "lua" / "common.lua").read_text()
    ended = {code: said == "true" for code, said in re.findall(r"code = '(\w+)', retryable = (true|false)", script)}
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


def main() -> None:
    """Print the page."""
    from api.app import create_app
    from api.settings import ApiSettings

    sys.stdout.write(page(create_app(ApiSettings()).openapi()))


if __name__ == "__main__":
    main()
