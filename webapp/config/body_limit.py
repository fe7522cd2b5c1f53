"""Stops a request whose body is too large before Django has written all of it to disk."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

UPLOADS = re.compile(r"^/(api/projects/\d+/uploads|annotations/\d+/labels/)$")
FORM_BYTES = 2 * 2**20  # everything but an upload is a small form or a JSON object
MULTIPART_BYTES = 2**21  # the envelopes around uploaded files, one a slice

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class BodyLimit:
    """ASGI application around another one: 413 with a sentence where the announced body is too large, and an
    early end of the connection where more arrives than was announced."""

    def __init__(self, application: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        most = most_bytes(scope["path"])
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > most:
            await _refuse(send, most)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            return {"type": "http.disconnect"} if arrived > most else message

        await self.application(scope, counted, send)


def most_bytes(path: str) -> int:
    """The largest body that this path takes."""
    return int(settings.MAX_UPLOAD_BYTES) + MULTIPART_BYTES if UPLOADS.match(path) else FORM_BYTES


async def _refuse(send: Send, most: int) -> None:
    sentence = f"That is larger than the {most // 2**20:,} MB that can be sent here."
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"sentence": sentence}).encode()})
