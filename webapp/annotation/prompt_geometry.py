"""What the voxels (z, y, x) of a prompt mean, kind by kind.

A point is one voxel. A box is two opposite corners, both inside it; it may be flat. A scribble is the voxels of a
stroke. A lasso is the vertices of a closed outline in one plane, and means all that it encloses.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Voxel = Sequence[int]
FEWEST_LASSO_VERTICES = 3


def fault_of(kind: str, voxels: Sequence[Voxel], positive: bool) -> str | None:
    """The sentence that refuses such a prompt, or None if there is nothing wrong with it."""
    faults = {
        "point": (len(voxels) != 1, "A point is one voxel."),
        "box": (len(voxels) != 2, "A box is two opposite corners."),
        "lasso": (len(voxels) < FEWEST_LASSO_VERTICES, "A lasso needs at least three corners."),
        "scribble": (not voxels, "A scribble needs a voxel."),
    }
    wrong, sentence = faults[kind]
    if wrong:
        return sentence
    if kind == "box" and not positive:
        return "A box can only say where a label is; a scribble or a lasso can say where it is not."
    if kind == "lasso" and plane_of(voxels) is None:
        return "A lasso must lie in one plane."
    return None


def plane_of(vertices: Sequence[Voxel]) -> int | None:
    """The first axis along which all vertices have the same place, or None."""
    return next((axis for axis in range(3) if len({vertex[axis] for vertex in vertices}) == 1), None)


def box_corners(voxels: Sequence[Voxel]) -> tuple[list[int], list[int]]:
    """Two inclusive corners in any order -> lowest voxel, and the one past the highest."""
    corners = np.asarray(voxels, np.int64)
    return corners.min(0).tolist(), (corners.max(0) + 1).tolist()


def enclosed(vertices: Sequence[Voxel]) -> npt.NDArray[np.int64]:
    """Voxels (N, 3) inside a closed outline in one plane, and the outline itself."""
    axis = plane_of(vertices)
    if axis is None:
        raise ValueError("A lasso must lie in one plane.")
    corners = np.asarray(vertices, np.int64)
    flat = np.delete(corners, axis, axis=1)
    low = flat.min(0)
    height, width = (flat.max(0) - low + 1).tolist()
    drawn = Image.new("1", (width, height))
    outline = [(int(column), int(row)) for row, column in flat - low]
    ImageDraw.Draw(drawn).polygon(outline, fill=1, outline=1)
    return np.insert(np.argwhere(np.asarray(drawn)) + low, axis, corners[0, axis], axis=1)
