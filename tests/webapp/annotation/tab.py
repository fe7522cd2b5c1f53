"""A browser's tab as far as the socket is concerned: sends what people do and keeps what it is told."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from webapp.accounts.models import User
from webapp.annotation import frames

PATIENCE_SECONDS = 20.0


class ClosedError(Exception):
    """The server closed the socket with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Wire(Protocol):
    async def send(self, text: str) -> None: ...
    async def receive(self, seconds: float) -> str | bytes: ...
    async def close(self) -> None: ...


_communicator: Any = ApplicationCommunicator  # it has no types


class InProcess:
    """A socket to an ASGI application in the test's own process."""

    def __init__(self, application: Any, path: str, headers: dict[str, str]) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": raw, "subprotocols": []}
        self._communicator: Any = _communicator(application, scope)

    async def open(self) -> None:
        """Connect; raises `ClosedError` where the application does not accept."""
        await self._communicator.send_input({"type": "websocket.connect"})
        answer = await self._communicator.receive_output(PATIENCE_SECONDS)
        if answer["type"] == "websocket.close":
            raise ClosedError(answer.get("code", 1000))

    async def send(self, text: str) -> None:
        await self._communicator.send_input({"type": "websocket.receive", "text": text})

    async def receive(self, seconds: float) -> str | bytes:
        # Not the communicator's own method: that one ends the application when it waits in vain.
        output = await asyncio.wait_for(self._communicator.output_queue.get(), seconds)
        if output["type"] == "websocket.close":
            raise ClosedError(output["code"])
        message: str | bytes = output.get("text") or output["bytes"]
        return message

    async def close(self) -> None:
        await self._communicator.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._communicator.wait(PATIENCE_SECONDS)


class OverTheNetwork:
    """A socket to a real server."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        await self._connection.send(text)

    async def receive(self, seconds: float) -> str | bytes:
        try:
            return await asyncio.wait_for(self._connection.recv(), seconds)
        except ConnectionClosed as closed:
            raise ClosedError(closed.rcvd.code if closed.rcvd else 1006) from None

    async def close(self) -> None:
        await self._connection.close()


def session_cookie(user: User) -> str:
    """The cookie of a person who has logged in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


class Tab:
    """What the tab knows: messages by type (the newest), the current frame of each slice, the sequence."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.newest: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.frames: dict[int, frames.Frame] = {}
        self.sequence = 0
        self.arrivals: list[tuple[float, frames.Frame]] = []

    @classmethod
    async def over_the_network(cls, address: str, annotation_id: int, cookie: str, origin: str) -> Tab:
        url = f"{address}/ws/annotations/{annotation_id}/"
        headers = {"Cookie": cookie, "Origin": origin}
        return cls(OverTheNetwork(await connect(url, additional_headers=headers, compression=None, max_size=None)))

    async def say(self, message_type: str, /, **fields: Any) -> str:
        """Send a message, with a new request id if it is one that takes one; gives that id."""
        request = fields.pop("request", None) or str(uuid.uuid4())
        takes_request = message_type in {"prompt.add", "operation.add", "undo", "redo"}
        await self.wire.send(
            json.dumps({"type": message_type, **({"request": request} if takes_request else {}), **fields})
        )
        return request

    async def click(self, *voxel: int, label: int = 1, positive: bool = True, request: str | None = None) -> str:
        return await self.say(
            "prompt.add", request=request, label=label, kind="point", positive=positive, voxels=[list(voxel)]
        )

    async def answer_to(self, request: str) -> dict[str, Any]:
        await self.until(lambda: request in self.answers)
        return self.answers[request]

    async def until(self, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
        """Take messages until the condition holds; fails after a while."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"Still not so after {seconds} s; last: {self.newest}")
            await self.take_one(left)

    async def until_synced(self) -> None:
        """Wait for the first complete picture."""
        await self.until(lambda: "synced" in self.newest)

    async def until_sequence(self, sequence: int) -> None:
        """Wait until everything up to this number has come, without a gap."""
        await self.until(lambda: self.sequence >= sequence)

    async def until_prompts(self, count: int) -> None:
        """Wait until this many prompts were announced as active."""
        await self.until(lambda: len(self.newest.get("prompts", {}).get("prompts", [])) == count)

    async def until_run(
        self, state: str, revision: int | None = None, seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Wait until the run (of a revision at least this high) has this state."""
        await self.until(
            lambda: (run := self.newest.get("run")) and run["state"] == state and run["revision"] >= (revision or 0),
            seconds,
        )
        return self.newest["run"]

    async def take_one(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Take one message in."""
        message = await self.wire.receive(seconds)
        if isinstance(message, bytes):
            for frame in frames.decode_frames(message):
                self._take_frame(frame)
            return
        content = json.loads(message)
        self.newest[content["type"]] = content
        if content["type"] in {"ack", "refused"} and content["request"]:
            self.answers[content["request"]] = content
        if content["type"] == "state" and content["run"]:
            self.newest["run"] = content["run"]
        if content["type"] == "synced":
            self.sequence = max(self.sequence, content["sequence"])

    def _take_frame(self, frame: frames.Frame) -> None:
        self.arrivals.append((time.perf_counter(), frame))
        if frame.sequence == self.sequence + 1:
            self.sequence = frame.sequence
        if frame.z not in self.frames or self.frames[frame.z].sequence < frame.sequence:
            self.frames[frame.z] = frame

    def labels(self, shape: tuple[int, int, int], axis: int = 0) -> npt.NDArray[np.uint8]:
        """What the tab shows: labels (Z, Y, X) on the storage axes."""
        labels = np.zeros(shape, dtype=np.uint8)
        across = np.moveaxis(labels, axis, 0)
        for z, frame in self.frames.items():
            across[z] = frames.full_slice(frame.box, frame.payload, *across.shape[1:])
        return labels

    async def close(self) -> None:
        await self.wire.close()
