"""Where a clip lies in its volume: axis, stride, direction, which slices, at which scale, around which structure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentation_engine.training.data.prepared import Part, PreparedVolume
from segmentation_engine.volume import WORKING_LONGEST_MAX_PX, working_scale

Rng = np.random.Generator
PLANES = ((1, 2), (0, 2), (0, 1))  # the in-plane axes (rows, columns) of each propagation axis
LARGEST_STEP_MM = 12.0
PIECE_OF_STRUCTURE_SHARE = 0.25  # a single component of the label instead of all of it
ENDS_SHARE, BEGINS_SHARE = 0.22, 0.08
RESIZED_SHARE = 0.7  # clips whose scale makes their structure as large as chance wants
SMALLEST_BOX_SHARE, LARGEST_BOX_SHARE = 0.2, 0.9  # of the clip's side, evenly in logarithm
RESIZING_LIMITS = (0.4, 4.0)


@dataclass(frozen=True)
class Structure:
    """What a clip is laid around: one or all parts of a label."""

    label: int
    parts: tuple[Part, ...]

    @property
    def visibility(self) -> float:
        """How far the image shows where it ends, 0..1: the mean over its parts by their size."""
        return sum(p.visibility * p.voxels for p in self.parts) / sum(p.voxels for p in self.parts)

    def extent(self, axis: int) -> tuple[int, int]:
        """First slice and the one past the last along an axis."""
        return min(p.low[axis] for p in self.parts), max(p.high[axis] for p in self.parts)


@dataclass(frozen=True)
class Placement:
    axis: int
    slices: npt.NDArray[np.int64]  # (T+2,) stored indices along the axis, from before the first slice to past the last
    step_mm: float
    scale: tuple[float, float]  # working px per stored voxel in the plane
    structure: Structure


def choose_structure(rng: Rng, volume: PreparedVolume, named: bool) -> Structure:
    """A label by chance (large ones not more often than small ones), whole or one of its pieces."""
    labels = sorted({part.label for part in volume.table})
    if named:
        labels = [label for label in labels if label in volume.classes] or labels
    label = int(rng.choice(labels))
    parts = tuple(part for part in volume.table if part.label == label)
    if not named and len(parts) > 1 and rng.random() < PIECE_OF_STRUCTURE_SHARE:
        parts = (parts[int(rng.integers(len(parts)))],)
    return Structure(label, parts)


def choose_axis(rng: Rng, volume: PreparedVolume, named: bool) -> int:
    """Mostly the coarsest axis (storage Z where voxels are isotropic), others for variety."""
    if volume.flat:
        return 0
    spacing = np.asarray(volume.spacing_mm)
    coarsest = int(np.argmax(spacing)) if spacing.max() > 1.3 * spacing.min() else 0
    usual = 0.7 if named or coarsest else 0.45
    return coarsest if rng.random() < usual else int(rng.integers(3))


def choose_stride(rng: Rng, volume: PreparedVolume, axis: int, length: int) -> int:
    """Mostly every slice, as in use; else 2 or 3, as far as volume and millimetres allow."""
    by_depth = (volume.shape[axis] - 1) // max(1, length - 1)
    longest = max(1, min(by_depth, int(LARGEST_STEP_MM / volume.spacing_mm[axis])))
    return min(longest, int(rng.choice([1, 2, 3], p=[0.75, 0.17, 0.08])))


def choose_slices(rng: Rng, extent: tuple[int, int], depth: int, length: int, stride: int) -> npt.NDArray[np.int64]:
    """Indices of T+2 slices; in some clips the structure ends or begins within, in most it passes through: there it
    is as large as where a user would point first."""
    step = stride if rng.random() < 0.5 else -stride
    low, high = extent
    kind = rng.random()
    inside = int(rng.integers(low, high))
    if kind < ENDS_SHARE:  # ends: the first slice without it is number `at`
        past = high if step > 0 else low - 1
        start = past - step * int(rng.integers(1, length))
    elif kind < ENDS_SHARE + BEGINS_SHARE:  # begins: the first slice with it is number `at`
        first = low if step > 0 else high - 1
        start = first - step * int(rng.integers(1, length))
    else:
        start = inside - step * int(rng.integers(0, max(1, length // 2)))
    reach = (length - 1) * step
    start = int(np.clip(start, max(0, -reach), depth - 1 - max(0, reach))) if abs(reach) < depth else start
    return np.clip(start + step * np.arange(-1, length + 1), 0, depth - 1)


def choose_scale(
    rng: Rng, volume: PreparedVolume, axis: int, structure: Structure, size_px: int
) -> tuple[float, float]:
    """The working scale of the whole slice with some spread; or one at which the structure's box has any size."""
    rows, columns = PLANES[axis]
    shape = (volume.shape[rows], volume.shape[columns])
    spacing = (volume.spacing_mm[rows], volume.spacing_mm[columns])
    scale_y, scale_x = working_scale(shape, spacing)
    factor = float(np.exp(rng.uniform(np.log(0.75), np.log(1.35))))
    box_px = max(
        (max(p.high[a] for p in structure.parts) - min(p.low[a] for p in structure.parts)) * s
        for a, s in ((rows, scale_y), (columns, scale_x))
    )
    if rng.random() < RESIZED_SHARE:
        # Label maps hold many more small structures than large ones; a network that sees mostly those draws discs.
        wanted_px = float(np.exp(rng.uniform(np.log(SMALLEST_BOX_SHARE), np.log(LARGEST_BOX_SHARE)))) * size_px
        factor = float(np.clip(wanted_px / box_px, *RESIZING_LIMITS))
    elif box_px > 1.5 * size_px and max(shape[0] * scale_y, shape[1] * scale_x) > WORKING_LONGEST_MAX_PX / 2:
        factor *= float(rng.uniform(0.6, 1.0))
    return scale_y * factor, scale_x * factor


def place(rng: Rng, volume: PreparedVolume, length: int, size_px: int, named: bool) -> Placement:
    structure = choose_structure(rng, volume, named)
    axis = choose_axis(rng, volume, named)
    stride = choose_stride(rng, volume, axis, length)
    if volume.flat:
        slices = np.zeros(length + 2, np.int64)
    else:
        slices = choose_slices(rng, structure.extent(axis), volume.shape[axis], length, stride)
    scale = choose_scale(rng, volume, axis, structure, size_px)
    return Placement(axis, slices, stride * volume.spacing_mm[axis], scale, structure)
