"""How far an image shows where a structure ends. A point cannot tell what the image does not show: a network that is
asked for it all the same learns to answer every point with a small disc."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from segmentation_engine.training.data.prepared import Part

RIM_VOXELS = 2
Mask = npt.NDArray[np.bool_]


def with_visibility(
    table: Iterable[Part], parts: npt.NDArray[np.integer[Any]], image: npt.NDArray[np.floating[Any]]
) -> tuple[Part, ...]:
    """The parts of a map (Z, Y, X) with what the image (Z, Y, X) shows of their edges."""
    return tuple(replace(part, visibility=_visibility(part, parts, image)) for part in table)


def separability(inside: npt.NDArray[np.floating[Any]], outside: npt.NDArray[np.floating[Any]]) -> float:
    """0..1: how well a threshold tells two sets of values apart, |2 AUC - 1|; 1 where one of them is empty."""
    if not inside.size or not outside.size:
        return 1.0
    ordered = np.sort(inside)
    below = np.searchsorted(ordered, outside, "left") + np.searchsorted(ordered, outside, "right")
    return float(abs(below.mean() / ordered.size - 1))


def _visibility(part: Part, parts: npt.NDArray[np.integer[Any]], image: npt.NDArray[np.floating[Any]]) -> float:
    box = tuple(
        slice(max(0, low - RIM_VOXELS), high + RIM_VOXELS) for low, high in zip(part.low, part.high, strict=True)
    )
    mask: Mask = parts[box] == part.part
    # Slices are often far apart: the rim lies in the plane.
    plane = np.zeros((3, 3, 3), bool)
    plane[1] = ndimage.generate_binary_structure(2, 1)
    inner = mask & ~ndimage.binary_erosion(mask, plane, RIM_VOXELS)
    outer = ndimage.binary_dilation(mask, plane, RIM_VOXELS) & ~mask
    values = np.asarray(image[box], np.float32)
    return round(separability(values[inner], values[outer]), 3)
