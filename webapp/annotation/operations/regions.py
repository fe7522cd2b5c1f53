"""The part of a volume that an operation has to look at, so that its work grows with the label, not with the volume."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.uint8]
Region = tuple[slice, slice, slice]
Spacing = tuple[float, float, float]
Voxels = TypeVar("Voxels", Mask, Labels)

SLAB_SLICES = 24


def region_of(labels: Labels, values: Sequence[int], reach_mm: float, spacing_mm: Spacing) -> Region | None:
    """The smallest box around these labels, wider by a distance and one voxel more; None if there is none of them."""
    spans = _spans(labels, values)
    if spans is None:
        return None
    margins = [math.ceil(reach_mm / step) + 1 for step in spacing_mm]
    low = [max(0, first - margin) for (first, _), margin in zip(spans, margins, strict=True)]
    high = [
        min(extent, last + margin + 1) for (_, last), margin, extent in zip(spans, margins, labels.shape, strict=True)
    ]
    return slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2])


def _spans(labels: Labels, values: Sequence[int]) -> list[tuple[int, int]] | None:
    """First and last index along each axis, plane by plane: a mask of the whole volume is never held."""
    wanted = np.zeros(256, bool)
    wanted[list(values)] = True
    planes = np.zeros(labels.shape[0], bool)
    rows, columns = np.zeros(labels.shape[1], bool), np.zeros(labels.shape[2], bool)
    for z, plane in enumerate(labels):
        here = wanted[plane]
        planes[z] = here.any()
        if planes[z]:
            rows |= here.any(1)
            columns |= here.any(0)
    if not planes.any():
        return None
    places = (np.flatnonzero(present) for present in (planes, rows, columns))
    return [(int(place[0]), int(place[-1])) for place in places]


def one_of(labels: Labels, values: Sequence[int]) -> Mask:
    """Where the labels are among these; one byte a voxel, whereas NumPy's own way takes eight."""
    wanted = np.zeros(256, bool)
    wanted[list(values)] = True
    found: Mask = wanted[labels]
    return found


def fill(labels: Labels, value: int, mask: Mask, *, over_any: bool, locked: Sequence[int]) -> None:
    """Make the mask's voxels the label, as far as that is allowed, and take it away elsewhere; in place."""
    free = np.zeros(256, bool)
    free[0] = True
    if over_any:
        free[:] = True
        free[list(locked)] = False
    lost = (labels == value) & ~mask
    gained = mask & free[labels]
    labels[lost] = 0
    labels[gained] = value


def by_slabs(volume: Voxels, reach: int, change: Callable[[Voxels], Voxels]) -> Voxels:
    """`change`, which looks at most `reach` slices up and down, on one slab after the other: the same as on all at
    once, but what it needs beside the volume is bounded."""
    changed = np.empty_like(volume)
    for first, last in _slabs(len(volume), max(SLAB_SLICES, 2 * reach)):
        low, high = max(0, first - reach), min(len(volume), last + reach)
        changed[first:last] = change(volume[low:high])[first - low : last - low]
    return changed


def _slabs(length: int, slices: int) -> Iterator[tuple[int, int]]:
    for first in range(0, length, slices):
        yield first, min(length, first + slices)
