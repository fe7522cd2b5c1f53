"""What waits to be sent over one socket: bounded, so that a client that reads slowly costs no memory.

Whoever has something to say puts it here and goes on; one task sends. Of messages that tell a state, only the
newest of its topic waits. Frames that do not fit are dropped: as soon as the client has read what was waiting,
it gets the current slices that it lacks out of the database.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from webapp.annotation import frames

MAX_FRAME_BYTES = 4 * 1024 * 1024
MAX_TEXTS = 1000
PICTURE_SECONDS = 1 / 60


class ClientTooSlowError(Exception):
    """More answers wait than a client that reads would leave waiting."""


@dataclass(frozen=True)
class _Text:
    topic: str | None
    text: str


@dataclass(frozen=True)
class _Frames:
    message: bytes


@dataclass(frozen=True)
class _CatchUp:
    since: int
    with_state: bool


Send = Callable[[str | bytes], Awaitable[None]]
CatchUp = Callable[[int, bool], AsyncIterator[str | bytes]]


class Outbox:
    """The outgoing side of a socket. `catch_up(since, with_state)` yields what brings a client up to date."""

    def __init__(self, send: Send, catch_up: CatchUp, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._send = send
        self._catch_up = catch_up
        self._max_frame_bytes = max_frame_bytes
        self._waiting: deque[_Text | _Frames | _CatchUp] = deque()
        self._frame_bytes = 0
        self._lagging = False
        self._last_picture = 0.0
        self._sent_up_to = 0  # every sequence number up to here was sent, or is told by a later slice that was
        self._something_waits = asyncio.Event()

    def put_text(self, text: str, topic: str | None = None) -> None:
        """Queue a message; one with a topic replaces what still waits of the same topic."""
        if topic is not None:
            self._waiting = deque(
                item for item in self._waiting if not (isinstance(item, _Text) and item.topic == topic)
            )
        if sum(isinstance(item, _Text) for item in self._waiting) >= MAX_TEXTS:
            raise ClientTooSlowError
        self._put(_Text(topic, text))

    def put_frames(self, message: bytes) -> None:
        """Queue a binary message, or drop all waiting frames if the client is too far behind."""
        if self._lagging:
            return
        if self._frame_bytes + len(message) > self._max_frame_bytes:
            self._waiting = deque(item for item in self._waiting if not isinstance(item, _Frames))
            self._frame_bytes = 0
            self._lagging = True
            self._something_waits.set()
            return
        self._frame_bytes += len(message)
        self._put(_Frames(message))

    def put_catch_up(self, since: int, *, with_state: bool = False) -> None:
        """Queue the current slices with a higher sequence than `since`, after the whole state if that is wanted."""
        waiting = [item for item in self._waiting if isinstance(item, _CatchUp)]
        if any(item.since <= since and item.with_state >= with_state for item in waiting):
            return
        self._put(_CatchUp(since, with_state))

    def _put(self, item: _Text | _Frames | _CatchUp) -> None:
        self._waiting.append(item)
        self._something_waits.set()

    async def run(self) -> None:
        """Send what waits until cancelled."""
        while True:
            await self._something_waits.wait()
            if self._waiting:
                await self._send_item(self._waiting.popleft())
            elif self._lagging:
                self._lagging = False
                await self._send_item(_CatchUp(self._sent_up_to, with_state=False))
            else:
                self._something_waits.clear()

    async def _send_item(self, item: _Text | _Frames | _CatchUp) -> None:
        match item:
            case _Text():
                await self._send(item.text)
            case _Frames():
                await self._next_picture()
                joined = self._joined(item.message)
                self._frame_bytes -= len(joined)
                await self._send(joined)
                self._sent(joined)
            case _CatchUp():
                async for message in self._catch_up(item.since, item.with_state):
                    await self._send(message)

    async def _next_picture(self) -> None:
        """Wait until a screen would show what is sent next: more messages a second would only cost both ends time."""
        wait = self._last_picture + PICTURE_SECONDS - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        self._last_picture = time.monotonic()

    def _joined(self, message: bytes) -> bytes:
        """The message with what follows it directly and fits: one message of many frames instead of many."""
        parts, size = [message], len(message)
        while self._waiting and isinstance(following := self._waiting[0], _Frames):
            size += len(following.message)
            if size > frames.MAX_MESSAGE_BYTES:
                break
            parts.append(following.message)
            self._waiting.popleft()
        return b"".join(parts)

    def _sent(self, message: bytes) -> None:
        for sequence in frames.sequences(message):
            if sequence == self._sent_up_to + 1:
                self._sent_up_to = sequence

    def expect(self, sequence: int) -> None:
        """Catch up if the client was not sent everything up to this sequence and nothing waits that would do so."""
        if sequence > self._sent_up_to and not self._waiting:
            self.put_catch_up(self._sent_up_to)

    def caught_up(self, sequence: int) -> None:
        """Note that a catch-up has told everything up to this sequence."""
        self._sent_up_to = max(self._sent_up_to, sequence)
