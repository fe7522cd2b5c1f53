"""The slices between others: shape-based interpolation (Raya and Udupa 1990) by signed distances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from webapp.annotation.operations.distances import distance_to
from webapp.annotation.operations.regions import Mask

Depth = npt.NDArray[np.float32]


def between(mask: Mask, keys: Sequence[int], spacing_yx_mm: tuple[float, float]) -> Iterator[tuple[int, Mask]]:
    """Slices (z, (Y, X)) between each two neighbouring `keys`, as they follow from the mask on those.

    The signed distance to the border is interpolated from one key to the next: what both keys have stays, and nothing
    appears where neither has it. Where they overlap by less than half of the smaller one, they are shifted onto each
    other by their centres first, if that helps, so that what moves does not fade away.
    """
    for low, high in pairwise(sorted(keys)):
        if high - low > 1 and mask[low].any() and mask[high].any():
            yield from _filled(mask[low], mask[high], low, high, spacing_yx_mm)


def _filled(
    one: Mask, other: Mask, low: int, high: int, spacing_yx_mm: tuple[float, float]
) -> Iterator[tuple[int, Mask]]:
    way = _way(one, other)
    margin = np.abs(way)
    first, last = (_depth(np.pad(key, [(m, m) for m in margin]), spacing_yx_mm) for key in (one, other))
    for z in range(low + 1, high):
        share = (z - low) / (high - low)
        there = np.rint(way * share).astype(int)
        depth = (1 - share) * _shifted(first, there) + share * _shifted(last, there - way)
        yield z, _inner(depth, margin) > 0


def _depth(mask: Mask, spacing_yx_mm: tuple[float, float]) -> Depth:
    """(Y, X): mm to the nearest voxel on the other side of the border, positive inside."""
    plane = mask[None]
    spacing_mm = (1.0, *spacing_yx_mm)
    longest = float(np.hypot(*np.multiply(mask.shape, spacing_yx_mm)))  # where there is no other side
    inside, outside = (np.minimum(distance_to(where, spacing_mm)[0], longest) for where in (~plane, plane))
    depth: Depth = inside - outside
    return depth


def _way(one: Mask, other: Mask) -> npt.NDArray[np.int64]:
    """By how many rows and columns the first shape has to move to lie on the other; 0 if they lie well as they are."""
    way = np.rint(_centre(other) - _centre(one)).astype(np.int64)
    as_they_are = np.count_nonzero(one & other)
    if 2 * as_they_are >= min(np.count_nonzero(one), np.count_nonzero(other)):
        return np.zeros(2, np.int64)
    centred = np.count_nonzero(_moved(one, way) & other)
    return way if centred > as_they_are else np.zeros(2, np.int64)


def _centre(mask: Mask) -> npt.NDArray[np.float64]:
    return np.array([places.mean() for places in np.nonzero(mask)])


def _moved(mask: Mask, way: npt.NDArray[np.int64]) -> Mask:
    """The mask moved within its slice; what leaves it is gone."""
    places = np.argwhere(mask) + way
    places = places[((places >= 0) & (places < mask.shape)).all(1)]
    moved = np.zeros_like(mask)
    moved[tuple(places.T)] = True
    return moved


def _shifted(depth: Depth, way: npt.NDArray[np.int64]) -> Depth:
    """The plane moved by at most its margin; only the inner part is looked at, so what comes round does no harm."""
    return np.roll(depth, tuple(way.tolist()), (0, 1))


def _inner(depth: Depth, margin: npt.NDArray[np.int64]) -> Depth:
    rows, columns = margin
    return depth[rows : depth.shape[0] - rows, columns : depth.shape[1] - columns]
