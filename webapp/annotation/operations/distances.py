"""Distances in millimetres."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from webapp.annotation.operations.regions import Mask, Spacing, by_slabs

# What arithmetic in 32 bits may add to a distance that is meant to be equal to a limit.
ROUNDING_MM = 1e-4


def distance_to(mask: Mask, spacing_mm: Spacing) -> npt.NDArray[np.float32]:
    """From each voxel's centre to that of the nearest voxel of the mask; 0 on it, infinite if there is none.

    An exact Euclidean distance (Maurer, Qi and Raghavan 2003) that respects anisotropic voxels.
    """
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing(tuple(reversed(spacing_mm)))
    signed = sitk.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True)
    distance: npt.NDArray[np.float32] = np.maximum(sitk.GetArrayFromImage(signed), 0)
    return distance


def widened(mask: Mask, mm: float, spacing_mm: Spacing) -> Mask:
    """All voxels at most so far from the mask."""

    def near(part: Mask) -> Mask:
        within: Mask = distance_to(part, spacing_mm) <= mm + ROUNDING_MM
        return within

    return by_slabs(mask, math.ceil(mm / spacing_mm[0]) + 1, near)


def narrowed(mask: Mask, mm: float, spacing_mm: Spacing) -> Mask:
    """The mask's voxels that are further than that from whatever is not the mask. The volume's border is not outside:
    what it cuts through goes on there."""
    return ~widened(~mask, mm, spacing_mm)
