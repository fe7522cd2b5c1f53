"""What leaves the engine: numpy outside, torch inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

LabelMap = npt.NDArray[np.uint8]
Trust = Literal["model", "prompted", "painted", "interpolated"]


@dataclass(frozen=True)
class SliceResult:
    """One slice as it stands after the edits that have reached it."""

    z: int  # along the propagation axis
    labels: LabelMap  # (Y, X), 0 is background
    confidence: dict[int, float]  # a label's 0..1
    centroids: npt.NDArray[np.float16]  # (K, M, D)
    state: bytes  # opaque: what a session needs to go on from this slice
    changed: bool  # whether any voxel differs from before
    trust: Trust
