"""Overlap and surface measures of 3D masks (Z, Y, X), spacing (z, y, x) in mm."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Mask = npt.NDArray[np.bool_]
Spacing = tuple[float, float, float]
BOOTSTRAP_ROUNDS = 2000


def dice(wanted: Mask, found: Mask) -> float:
    """2 |A and B| / (|A| + |B|); 1 when both are empty."""
    total = int(wanted.sum()) + int(found.sum())
    return 1.0 if total == 0 else 2.0 * int((wanted & found).sum()) / total


def surface_distances(wanted: Mask, found: Mask, spacing_mm: Spacing) -> tuple[npt.NDArray[np.float64], ...]:
    """Distances in mm of each mask's border voxels to the other mask's border; both masks must be non-empty."""
    borders = [mask & ~ndimage.binary_erosion(np.pad(mask, 1))[1:-1, 1:-1, 1:-1] for mask in (wanted, found)]
    away = [ndimage.distance_transform_edt(~border, sampling=spacing_mm) for border in borders]
    return away[1][borders[0]], away[0][borders[1]]


def surface_dice(wanted: Mask, found: Mask, spacing_mm: Spacing, tolerance_mm: float) -> float:
    """Share of both borders that lies within the tolerance of the other one (NSD); 0 if just one mask is empty."""
    if not wanted.any() or not found.any():
        return float(wanted.any() == found.any())
    first, second = surface_distances(*_cropped(wanted, found), spacing_mm)
    near = int((first <= tolerance_mm).sum()) + int((second <= tolerance_mm).sum())
    return near / (first.size + second.size)


def hausdorff95(wanted: Mask, found: Mask, spacing_mm: Spacing) -> float:
    """The larger of the two 95th percentiles of border distances in mm; nan if a mask is empty."""
    if not wanted.any() or not found.any():
        return float("nan")
    return float(max(np.percentile(d, 95) for d in surface_distances(*_cropped(wanted, found), spacing_mm)))


def tolerance(spacing_mm: Spacing) -> float:
    """2 mm, or one voxel of the plane where that is coarser."""
    return max(2.0, *spacing_mm[1:])


def bootstrap_interval(values: npt.ArrayLike, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the mean by resampling; values must not be empty."""
    array = np.asarray(values, np.float64)
    rng = np.random.default_rng(seed)
    means = array[rng.integers(0, array.size, (BOOTSTRAP_ROUNDS, array.size))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _cropped(wanted: Mask, found: Mask) -> tuple[Mask, Mask]:
    box = ndimage.find_objects((wanted | found).astype(np.uint8))[0]
    return wanted[box], found[box]
