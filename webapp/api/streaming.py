"""Long answers, piece by piece: the reading happens in threads, so that the server's event loop stays free."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

PIECE = 2**20


async def byte_range(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    """The bytes [start, stop) of a file."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(file.seek, start)
        while start < stop and (piece := await asyncio.to_thread(file.read, min(PIECE, stop - start))):
            start += len(piece)
            yield piece
    finally:
        file.close()


async def in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces of an iterator that computes."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
