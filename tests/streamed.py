"""The body of an answer that the server would stream asynchronously."""

from typing import Any

from asgiref.sync import async_to_sync


def body_of(answer: Any) -> bytes:
    """All of a streamed answer's parts in one."""

    async def collect() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return async_to_sync(collect)() if answer.is_async else b"".join(answer.streaming_content)
