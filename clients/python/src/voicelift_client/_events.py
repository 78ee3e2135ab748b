"""Server-sent events: the format (HTML Standard, 9.2.6), and a job's stream of them."""

import codecs
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import httpx

from voicelift_client._service import Service
from voicelift_client.errors import ApiError, ConnectionFailed, UnexpectedResponse
from voicelift_client.models import Event, JobInfo

PING_S = 15.0  # interval of the service's comments without events
SILENCE_S = 3 * PING_S  # seconds without data after which the connection counts as dead
RECONNECT_S = 2.0  # until the service sets the field `retry`


class Decoder:
    """Bytes to events. A comment, the service's keep-alive, is None."""

    def __init__(self) -> None:
        self.retry_s = RECONNECT_S
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._type, self._id, self._data = "message", "", list[str]()

    def feed(self, block: bytes) -> Iterator[Event | None]:
        text = self._rest + self._text.decode(block)
        # A \r at the end may be half of a \r\n.
        whole, self._rest = (text[:-1], "\r") if text.endswith("\r") else (text, "")
        *lines, last = whole.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = last + self._rest
        for line in lines:
            if line.startswith(":"):
                yield None
            elif line:
                name, _, value = line.partition(":")
                self._field(name, value.removeprefix(" "))
            elif self._data:
                yield self._event()

    def _field(self, name: str, value: str) -> None:
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id":
            self._id = value
        elif name == "retry" and value.isdigit():
            self.retry_s = int(value) / 1000

    def _event(self) -> Event:
        text = "\n".join(self._data)
        event_type, self._type, self._data = self._type, "message", []
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise UnexpectedResponse("The stream of events contains other data than JSON objects.")
        return Event(id=self._id, type=event_type, data=data)


class Listener:
    """A job's events over several connections. `ended`: the last event has arrived; `after`: its id; `retry_s`: delay
    before a reconnect."""

    def __init__(self, service: Service, job: JobInfo, after: str | None = None) -> None:
        self._service, self._url = service, job.events_url
        self.after, self.ended, self.retry_s = after, False, RECONNECT_S

    async def connection(self, silence_s: float = SILENCE_S) -> AsyncGenerator[Event | None, None]:
        """The content of one connection: events, and None for keep-alives.

        Raises ApiError, ConnectionFailed: also when the stream ends before the job."""
        headers = {"Accept": "text/event-stream"}
        if self.after:
            headers["Last-Event-ID"] = self.after
        timeout = httpx.Timeout(SILENCE_S, connect=10.0, read=silence_s)
        async with self._service.stream(self._url, headers=headers, timeout=timeout) as stream:
            if stream.response.status_code == 204:
                self.ended = True
                return
            decoder = Decoder()
            async for block in stream.blocks:
                for event in decoder.feed(block):
                    self.retry_s = decoder.retry_s
                    if event is not None:
                        self.after = event.id or self.after
                        self.ended = event.type == "state" and event.data.get("state") not in ("queued", "running")
                    yield event
                    if self.ended:
                        return
        raise ConnectionFailed("The stream of events ended before the job.")


async def events(service: Service, job: JobInfo, after: str | None) -> AsyncGenerator[Event, None]:
    """Every event of a job after `after`, until it ends; reconnects after a broken connection.

    Raises ApiError, ConnectionFailed."""
    listener, patience = Listener(service, job, after), service.patience()
    while not listener.ended:
        try:
            async with aclosing(listener.connection()) as connection:
                async for event in connection:
                    patience.renew()
                    if event is not None:
                        yield event
        except (ApiError, ConnectionFailed) as error:
            await service.rest(patience, error)
