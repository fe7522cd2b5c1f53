"""Slices out of a NIfTI file, one after the other, plain or gzipped, without ever holding more than one."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from webapp.volumes.importing.nifti_header import Layout
from webapp.volumes.importing.problems import UnreadableError

GZIP_MAGIC = b"\x1f\x8b"
_PIECE = 2**20


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The decompressed bytes of a file; damage of the gzip stream becomes an UnreadableError."""
    with path.open("rb") as plain:
        first = plain.read(2)
        plain.seek(0)
        if not first:
            raise UnreadableError("The file is empty.")
        try:
            if first == GZIP_MAGIC:
                with gzip.open(plain) as inflated:
                    yield cast(IO[bytes], inflated)
            else:
                yield plain
        except EOFError:
            raise UnreadableError("The compressed file breaks off: it was not copied completely.") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableError(f"The compressed file is damaged ({error}).") from None


def skip(file: IO[bytes], count: int) -> None:
    """Read past `count` bytes."""
    while count > 0:
        piece = file.read(min(count, _PIECE))
        if not piece:
            raise UnreadableError("The file ends before its first voxel.")
        count -= len(piece)


def slices(file: IO[bytes], layout: Layout) -> Iterator[NDArray[Any]]:
    """The stored slices (Y, X) along Z, as they are in the file; `file` stands at the first voxel.

    A NIfTI file counts i fastest, so its bytes in order are our (Z, Y, X) array in C order.
    """
    depth, height, width = layout.shape
    size = height * width * layout.stored.itemsize
    for z in range(depth):
        raw = _exactly(file, size)
        if raw is None:
            raise UnreadableError(f"The file breaks off in slice {z + 1} of the {depth} that its header announces.")
        yield np.frombuffer(raw, dtype=layout.stored).reshape(height, width)


def verify_end(file: IO[bytes]) -> None:
    """Read on to the gzip checksum (where there is one), without following an endless tail."""
    for _ in range(4):
        if not file.read(_PIECE):
            return


def _exactly(file: IO[bytes], size: int) -> bytes | None:
    raw = file.read(size)
    if len(raw) == size:
        return raw
    pieces = bytearray(raw)
    while len(pieces) < size:
        more = file.read(size - len(pieces))
        if not more:
            return None
        pieces += more
    return bytes(pieces)
