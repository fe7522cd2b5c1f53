"""Islands: the parts of a mask whose voxels hang together by their faces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from webapp.annotation.operations.regions import Mask

Islands = npt.NDArray[np.int32]


def islands_of(mask: Mask) -> tuple[Islands, npt.NDArray[np.int64]]:
    """Each voxel's island (0 where there is none), numbered by their first voxels; and how many voxels each has."""
    islands, count = ndimage.label(mask)
    sizes = np.zeros(count + 1, np.int64)
    for plane in islands:  # counted plane by plane: the whole would be copied into 64 bits
        sizes += np.bincount(plane.ravel(), minlength=count + 1)
    sizes[0] = 0
    return islands, sizes


def largest(mask: Mask) -> Mask:
    """The island with most voxels; of equal ones the first."""
    islands, sizes = islands_of(mask)
    return _chosen(islands, sizes, [int(sizes.argmax())])


def at_least(mask: Mask, voxels: float) -> Mask:
    """The islands with so many voxels or more."""
    islands, sizes = islands_of(mask)
    return _chosen(islands, sizes, np.flatnonzero(sizes >= voxels).tolist())


def with_voxel(mask: Mask, voxel: tuple[int, int, int]) -> Mask:
    """The island that a voxel lies on. Raises ValueError if it lies on none."""
    islands, sizes = islands_of(mask)
    if not islands[voxel]:
        raise ValueError("The voxel lies on no island.")
    return _chosen(islands, sizes, [int(islands[voxel])])


def by_size(mask: Mask, count: int) -> list[Mask]:
    """At most `count` islands, the one with most voxels first; of equal ones the first."""
    islands, sizes = islands_of(mask)
    order = np.argsort(-sizes[1:], kind="stable")[:count] + 1
    return [islands == number for number in order.tolist()]


def _chosen(islands: Islands, sizes: npt.NDArray[np.int64], numbers: list[int]) -> Mask:
    keep = np.zeros(len(sizes), bool)
    keep[numbers] = True
    keep[0] = False
    chosen: Mask = keep[islands]
    return chosen


def without_holes(mask: Mask, *, flat: bool) -> Mask:
    """The mask with what it encloses: all that is not joined to the volume's border, or (flat) to the slice's."""
    cross = ndimage.generate_binary_structure(3, 1)
    if flat:
        cross[0] = cross[2] = False
    outside, count = ndimage.label(~mask, cross)
    open_ones = np.zeros(count + 1, bool)
    for axis in (1, 2) if flat else (0, 1, 2):
        for end in (0, -1):
            open_ones[np.unique(outside.take(end, axis))] = True
    open_ones[0] = False
    filled: Mask = ~open_ones[outside]
    return filled
