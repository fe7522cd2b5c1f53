"""A coarser grid for peers whose cost grows fast with the number of voxels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segmentation_engine.evaluation.metrics import Spacing
from segmentation_engine.evaluation.seeds import UNKNOWN, Seeds

Strides = tuple[int, int, int]
Floats = npt.NDArray[np.float32]


def strides_for(shape: tuple[int, ...], spacing_mm: Spacing, most_voxels: int) -> Strides:
    """Whole strides (z, y, x) with which at most that many voxels are left; the finest axes give way first."""
    strides = [1, 1, 1]

    def left() -> int:
        return int(np.prod([-(-extent // stride) for extent, stride in zip(shape, strides, strict=True)]))

    while left() > most_voxels:
        lengths = [s * mm if extent > s else np.inf for s, mm, extent in zip(strides, spacing_mm, shape, strict=True)]
        strides[int(np.argmin(lengths))] += 1
    return strides[0], strides[1], strides[2]


def coarse_image(image: Floats, strides: Strides) -> Floats:
    """Means of blocks of a volume (Z, Y, X); blocks at the end repeat the last voxel."""
    padding = [(0, -extent % stride) for extent, stride in zip(image.shape, strides, strict=True)]
    padded = np.pad(image, padding, mode="edge")
    blocks = [n for extent, stride in zip(padded.shape, strides, strict=True) for n in (extent // stride, stride)]
    means: Floats = padded.reshape(blocks).mean(axis=(1, 3, 5), dtype=np.float32)
    return means


def coarse_seeds(seeds: Seeds, strides: Strides) -> Seeds:
    """A block is seeded by any of its voxels; labels are stronger than background, the highest label wins."""
    padding = [(0, -extent % stride) for extent, stride in zip(seeds.shape, strides, strict=True)]
    padded = np.pad(seeds, padding, constant_values=UNKNOWN)
    blocks = [n for extent, stride in zip(padded.shape, strides, strict=True) for n in (extent // stride, stride)]
    strongest: Seeds = padded.reshape(blocks).max(axis=(1, 3, 5))
    return strongest


def fine_values(values: Floats, shape: tuple[int, ...], strides: Strides) -> Floats:
    """Values of blocks -> values of voxels (Z, Y, X), linear between the blocks' centres."""
    axes = [
        ((np.arange(extent) + 0.5) / stride - 0.5).astype(np.float32)
        for extent, stride in zip(shape, strides, strict=True)
    ]
    fine: Floats = np.asarray(values, np.float32)
    for axis, at in enumerate(axes):
        fine = _along(fine, axis, at)
    return fine


def _along(values: Floats, axis: int, at: Floats) -> Floats:
    low = np.clip(np.floor(at).astype(int), 0, values.shape[axis] - 1)
    high = np.minimum(low + 1, values.shape[axis] - 1)
    share = np.clip(at - low, 0, 1).reshape([-1 if a == axis else 1 for a in range(values.ndim)])
    mixed: Floats = np.take(values, low, axis) * (1 - share) + np.take(values, high, axis) * share
    return mixed
