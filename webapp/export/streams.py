"""Files on their way out, in pieces: nothing larger than one volume is ever held."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Item:
    """One file of an archive: its path in there, and its bytes in pieces. `packed`: compressing it gains nothing."""

    path: str
    chunks: Iterable[bytes]
    packed: bool = False


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces as a gzip stream."""
    packer = zlib.compressobj(level=6, wbits=31)  # 31: gzip, without a date, so that equal labels are equal files
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def planes(array: NDArray[Any]) -> Iterator[bytes]:
    """The voxels of (Z, Y, X) in C order, which is the order of NIfTI and NRRD (i fastest), a slice at a time."""
    for plane in array:
        yield np.ascontiguousarray(plane).tobytes()


def json_file(path: str, content: object) -> Item:
    """A small JSON file that people can read, too."""
    return Item(path, [(json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()])
