"""Labels from the grid of their file onto that of the image: exactly where the voxels coincide, else the nearest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.volumes.importing.problems import UnreadableError

SAME_VOXEL = 1e-3  # of a voxel
WORTH_SAYING = 0.01

Numbers = NDArray[np.uint8]
Affine = NDArray[np.float64]  # voxel (i, j, k) to RAS mm


@dataclass(frozen=True)
class Placed:
    """Numbers (Z, Y, X) on the image's grid, and what should be said of how they came there."""

    numbers: Numbers
    notes: tuple[str, ...]


def place(numbers: Numbers, affine: Affine, shape: tuple[int, int, int], onto: Affine) -> Placed:
    """Put labels (Z, Y, X; 0 = none) that lie on `affine` onto a grid of this shape (Z, Y, X) that lies on `onto`."""
    if not numbers.any():
        raise UnreadableError("The file holds no label: all of its voxels are 0.")
    to_target: Affine = np.linalg.inv(onto) @ affine
    whole = np.rint(to_target)
    exact = _coincide(to_target, whole, numbers.shape)
    back: Affine = np.linalg.inv(affine) @ onto
    placed = _moved(numbers, whole, shape) if exact else _nearest(numbers, back, shape)
    if not placed.any():
        raise UnreadableError("None of its labels lies within the image; it belongs to another one.")
    # Voxels of the image in one of the file.
    ratio = 1.0 if exact else abs(float(np.linalg.det(to_target[:3, :3])))
    outside = 1 - np.count_nonzero(placed) / (np.count_nonzero(numbers) * ratio)
    return Placed(placed, _notes(exact, whole, affine, outside))


def _coincide(to_target: Affine, whole: Affine, shape: tuple[int, ...]) -> bool:
    """Whether each voxel of the file is one of the image, be it in another order of axes or direction."""
    turns = np.abs(whole[:3, :3])
    if (turns.sum(0) != 1).any() or (turns.sum(1) != 1).any():
        return False
    ends = [(0, size - 1) for size in reversed(shape)]
    corners = np.array(np.meshgrid(*ends)).reshape(3, -1)
    homogeneous = np.vstack([corners, np.ones(corners.shape[1])])
    return bool(np.abs((to_target - whole) @ homogeneous).max() <= SAME_VOXEL)


def _moved(numbers: Numbers, whole: Affine, shape: tuple[int, int, int]) -> Numbers:
    target = np.zeros(shape, np.uint8)
    ijk = numbers.transpose(2, 1, 0)  # (i, j, k), a view
    taken_from = [int(np.argmax(np.abs(whole[axis, :3]))) for axis in range(3)]
    turned = ijk.transpose(taken_from)
    into, out_of = [], []
    for axis, source in enumerate(taken_from):
        first, extent = int(whole[axis, 3]), turned.shape[axis]
        if whole[axis, source] < 0:
            turned = np.flip(turned, axis)
            first -= extent - 1
        low, high = max(first, 0), min(first + extent, shape[2 - axis])
        into.append(slice(low, max(low, high)))
        out_of.append(slice(low - first, max(low, high) - first))
    target.transpose(2, 1, 0)[tuple(into)] = turned[tuple(out_of)]
    return target


def _nearest(numbers: Numbers, to_source: Affine, shape: tuple[int, int, int]) -> Numbers:
    """Of each voxel of the image what the file has nearest to its centre, slice by slice."""
    target = np.zeros(shape, np.uint8)
    depth, height, width = shape
    j, i = np.mgrid[:height, :width]
    in_slice = [to_source[axis, 0] * i + to_source[axis, 1] * j + to_source[axis, 3] for axis in range(3)]
    for k in range(depth):
        x, y, z = (np.rint(in_slice[axis] + to_source[axis, 2] * k).astype(np.int64) for axis in range(3))
        inside = (x >= 0) & (y >= 0) & (z >= 0)
        inside &= (x < numbers.shape[2]) & (y < numbers.shape[1]) & (z < numbers.shape[0])
        target[k][inside] = numbers[z[inside], y[inside], x[inside]]
    return target


def _notes(exact: bool, whole: Affine, affine: Affine, outside: float) -> tuple[str, ...]:
    notes = []
    if not exact:
        x, y, z = np.linalg.norm(affine[:3, :3], axis=0)
        notes.append(
            f"The file lies on another grid than the image (voxels of {x:.2f} × {y:.2f} × {z:.2f} mm): "
            "each voxel was given the label nearest to it."
        )
    elif not np.array_equal(whole[:3, :3], np.eye(3)):
        notes.append("The file's axes run another way than the image's; its labels were turned, voxel by voxel.")
    if outside > (0 if exact else WORTH_SAYING):
        notes.append(f"{max(outside, 0.001):.1%} of what is labelled lies outside of the image and was left out.")
    return tuple(notes)
