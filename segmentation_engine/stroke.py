"""A stroke: pixels of one slice that are a label, or none, exactly as they were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Stroke:
    """Pixels of one slice, cropped to a rectangle whose first pixel is ``corner`` (row, column)."""

    corner: tuple[int, int]
    inside: npt.NDArray[np.bool_]  # (rows, columns)
    value: int  # the label that they get, 0 for none

    def on(self, labels: Labels, spared: Sequence[int] = ()) -> Labels:
        """Labels (Y, X) with the stroke on them; voxels of the labels to be ``spared`` stay."""
        row, column = self.corner
        rows, columns = self.inside.shape
        drawn = labels.copy()
        part = drawn[row : row + rows, column : column + columns]
        part[self.inside & ~np.isin(part, spared)] = self.value
        return drawn

    def fits(self, shape_yx: tuple[int, int]) -> bool:
        """Whether it lies within a slice."""
        ends = (first + extent for first, extent in zip(self.corner, self.inside.shape, strict=True))
        return min(self.corner) >= 0 and all(end <= most for end, most in zip(ends, shape_yx, strict=True))
