"""Small volumes written as text: a block a slice, a line a row, a sign a voxel; dots are background."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def volume(*slices: str) -> npt.NDArray[np.uint8]:
    """Labels (Z, Y, X) from drawings, one a slice."""
    return np.stack([_plane(drawing) for drawing in slices])


def _plane(drawing: str) -> npt.NDArray[np.uint8]:
    rows = drawing.split()
    return np.array([[0 if sign == "." else int(sign) for sign in row] for row in rows], np.uint8)


def drawing(plane: npt.NDArray[np.uint8]) -> str:
    """A slice (Y, X) as `volume` reads it, rows set apart by a space."""
    return " ".join("".join("." if value == 0 else str(value) for value in row) for row in plane)
