"""Strokes of the hand: which voxels they are, as they come over the wire and stay in the log.

A stroke is a box of voxels (lowest voxel and shape, storage axes) and which of them are meant: base64 of LEB128 run
lengths, row-major over the box, alternately outside and inside, beginning with outside. A flat box is a stroke in a
plane, a deep one that of a ball or of an outline through many slices.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from webapp.annotation import messages
from webapp.annotation.models import Edit
from webapp.errors import DomainError

Inside = npt.NDArray[np.bool_]
MOST_RUN_BYTES = 5
MALFORMED = "The stroke's pixels are not coded as agreed."


def decode(runs: str, shape: Sequence[int]) -> Inside:
    """The voxels of a box (Z, Y, X) that are inside. Raises DomainError unless the runs cover exactly the box."""
    try:
        coded = base64.b64decode(runs, validate=True)
    except (binascii.Error, ValueError):
        raise DomainError(MALFORMED) from None
    lengths = _lengths(coded)
    total = int(np.prod(shape, dtype=np.int64))
    if sum(lengths) != total or 0 in lengths[1:]:
        raise DomainError(MALFORMED)
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(tuple(shape))


def encode(inside: Inside) -> str:
    """The inverse."""
    flat = inside.reshape(-1)
    ends = [*(np.flatnonzero(flat[1:] != flat[:-1]) + 1).tolist(), flat.size]
    first = [0] if flat[0] else []
    starts = [0, *ends[:-1]]
    lengths = [*first, *(end - start for start, end in zip(starts, ends, strict=True))]
    return base64.b64encode(b"".join(map(_leb128, lengths))).decode()


def payload_of(stroke: messages.AddStroke, shape: Sequence[int]) -> dict[str, Any]:
    """What the log keeps of a stroke; `voxels` are the two opposite corners of its box, both within it. Raises
    DomainError for one that is not coded as agreed, lies outside the volume or is empty."""
    if any(first + extent > end for first, extent, end in zip(stroke.low, stroke.shape, shape, strict=True)):
        raise DomainError("The stroke lies outside the volume.")
    if not decode(stroke.runs, stroke.shape).any():
        raise DomainError("The stroke is empty.")
    high = [first + extent - 1 for first, extent in zip(stroke.low, stroke.shape, strict=True)]
    return {
        "positive": stroke.label != 0,
        "voxels": [list(stroke.low), high],
        "runs": stroke.runs,
        "carry": stroke.carry,
    }


def voxels_of(edit: Edit) -> tuple[tuple[int, int, int], Inside]:
    """The lowest voxel of a logged stroke's box, and which voxels of it are meant."""
    low, high = edit.payload["voxels"]
    shape = [last - first + 1 for first, last in zip(low, high, strict=True)]
    return (low[0], low[1], low[2]), decode(edit.payload["runs"], shape)


def slices_of(edit: Edit, axis: int) -> list[int]:
    """The slices across an axis on which a logged stroke has voxels."""
    low, inside = voxels_of(edit)
    others = tuple(other for other in range(3) if other != axis)
    return (np.flatnonzero(inside.any(others)) + low[axis]).tolist()


def _lengths(coded: bytes) -> list[int]:
    lengths, value, digit = [], 0, 0
    for byte in coded:
        value |= (byte & 0x7F) << (7 * digit)
        digit += 1
        if byte < 0x80:  # the continuation bit is off
            lengths.append(value)
            value = digit = 0
        elif digit == MOST_RUN_BYTES:
            raise DomainError(MALFORMED)
    if digit:
        raise DomainError(MALFORMED)
    return lengths


def _leb128(length: int) -> bytes:
    coded = bytearray()
    while length >= 0x80:
        coded.append(length & 0x7F | 0x80)
        length >>= 7
    coded.append(length)
    return bytes(coded)
