"""Smoother masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from webapp.annotation.operations.regions import Labels, Mask, Spacing, by_slabs, one_of

TRUNCATED_AT = 3.0  # standard deviations, beyond which a Gaussian counts as 0


def median(mask: Mask, mm: float, spacing_mm: Spacing) -> Mask:
    """What most voxels are in a box that reaches `mm` to each side, at least to the next voxel across the slice."""
    reach = [int(mm / step + 1e-6) for step in spacing_mm]
    if not any(reach):
        reach = [0, 1, 1]
    size = [2 * steps + 1 for steps in reach]

    def most(part: Mask) -> Mask:
        # Of zeros and ones the median is whether their mean is above a half; sides are odd, so it never is a half.
        mean: Mask = ndimage.uniform_filter(part.astype(np.float32), size, mode="nearest") > 0.5
        return mean

    return by_slabs(mask, reach[0], most)


def gaussian(mask: Mask, mm: float, spacing_mm: Spacing) -> Mask:
    """Where the mask, blurred with a standard deviation of `mm`, is above a half."""

    def above(part: Mask) -> Mask:
        return _blurred(part, mm, spacing_mm) > 0.5

    return by_slabs(mask, _reach(mm, spacing_mm), above)


def together(labels: Labels, values: Sequence[int], mm: float, spacing_mm: Spacing) -> Labels:
    """Each voxel's label after all of `values`, and the rest as one, were blurred: the one that is strongest there.

    The rest counts as 0 in the answer, whatever other labels it holds.
    """

    def strongest(part: Labels) -> Labels:
        best = _blurred(~one_of(part, values), mm, spacing_mm)
        winner = np.zeros(part.shape, np.uint8)
        for value in values:
            strength = _blurred(part == value, mm, spacing_mm)
            stronger = strength > best
            winner[stronger] = value
            best[stronger] = strength[stronger]
        return winner

    return by_slabs(labels, _reach(mm, spacing_mm), strongest)


def _reach(mm: float, spacing_mm: Spacing) -> int:
    """Slices to each side that a blurred one depends on."""
    return int(TRUNCATED_AT * mm / spacing_mm[0] + 0.5)


def _blurred(mask: Mask, mm: float, spacing_mm: Spacing) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    sigma = [mm / step for step in spacing_mm]
    blurred: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = ndimage.gaussian_filter(
        mask.astype(np.float32), sigma, mode="nearest", truncate=TRUNCATED_AT
    )
    return blurred
