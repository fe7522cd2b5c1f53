"""How far two masks' surfaces lie apart. A surface is the voxels of a mask of which a face touches what is no mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

Mask = npt.NDArray[np.bool_]
TOLERANCE_MM = 2.0
FAR = 95.0  # per cent


@dataclass(frozen=True)
class Surfaces:
    """`nsd` is the share of both surfaces' voxels that lie within the tolerance of the other one, `hd95_mm` the larger
    of the two 95th percentiles of their distances; None where only one mask has a surface."""

    nsd: float
    hd95_mm: float | None


def agreement_of_surfaces(
    first: Mask, second: Mask, spacing_mm: Sequence[float], tolerance_mm: float = TOLERANCE_MM
) -> Surfaces:
    """Masks (Z, Y, X), spacing along the same axes. Two empty masks agree."""
    points = [_surface(mask) * np.asarray(spacing_mm, float) for mask in (first, second)]
    if not all(len(found) for found in points):
        both_empty = not any(len(found) for found in points)
        return Surfaces(1.0 if both_empty else 0.0, 0.0 if both_empty else None)
    there, back = (cKDTree(other).query(own)[0] for own, other in (points, points[::-1]))
    near = np.count_nonzero(there <= tolerance_mm) + np.count_nonzero(back <= tolerance_mm)
    far = max(float(np.percentile(distances, FAR)) for distances in (there, back))
    return Surfaces(near / (len(there) + len(back)), far)


def box_of(masks: Sequence[npt.NDArray[np.uint8]], value: int) -> tuple[slice, slice, slice]:
    """The smallest box with all voxels of a label in any of the masks (Z, Y, X); all of them where there is none."""
    low, high = np.full(3, np.iinfo(np.int64).max), np.zeros(3, np.int64)
    for mask in masks:
        for z, plane in enumerate(mask):
            y, x = np.nonzero(plane == value)
            if y.size:
                low = np.minimum(low, (z, y.min(), x.min()))
                high = np.maximum(high, (z + 1, y.max() + 1, x.max() + 1))
    if not high.any():
        return slice(None), slice(None), slice(None)
    depth, rows, columns = (slice(int(start), int(stop)) for start, stop in zip(low, high, strict=True))
    return depth, rows, columns


def _surface(mask: Mask) -> npt.NDArray[np.float64]:
    """Indices (n, 3) of the surface's voxels."""
    return np.argwhere(mask & ~ndimage.binary_erosion(mask)).astype(float)
