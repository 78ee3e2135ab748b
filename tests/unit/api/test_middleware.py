import asyncio
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from api.middleware import RequestId
from core import logs


def test_a_request_does_not_inherit_log_ids() -> None:
    """asyncio continues to read a connection in the context in which reading was resumed, an earlier request's."""
    seen: list[dict[str, Any]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(dict(logs.bound()))

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        pass

    scope = {"type": "http", "headers": [(b"x-request-id", b"mine")]}
    with logs.bind(job_id="job_of_an_earlier_request", request_id="earlier"):
        asyncio.run(RequestId(app)(scope, receive, send))
    assert seen == [{"request_id": "mine"}]
