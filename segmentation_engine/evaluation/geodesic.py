"""A classical peer without any learning: each voxel goes to the prompt that is nearest along the image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from skimage.graph import MCP_Geometric

from segmentation_engine.evaluation.metrics import Spacing
from segmentation_engine.evaluation.seeds import UNKNOWN, frame_seeds, plant
from segmentation_engine.prompts import Prompt
from segmentation_engine.volume import intensity_range, normalise

EDGE_WEIGHT = 30.0  # mm that an edge of the full intensity range (per voxel) adds to a millimetre of path


class GeodesicPeer:
    """Shortest paths that avoid edges, from each label's prompts and from the frame of the slices (background)."""

    def __init__(self, image: npt.NDArray[np.generic], spacing_mm: Spacing) -> None:
        normal = normalise(image, *intensity_range(image)).astype(np.float64)
        steps = [np.abs(np.gradient(normal, axis=axis)) for axis in range(3) if normal.shape[axis] > 1]
        self._speed = 1.0 + EDGE_WEIGHT * np.sum(steps, axis=0)
        self._spacing = spacing_mm
        self._seeds = frame_seeds(image.shape)

    def add(self, prompts: list[Prompt]) -> npt.NDArray[np.uint8]:
        """All prompts so far -> labels (Z, Y, X): what is nearest wins; negative prompts are background."""
        plant(self._seeds, prompts)
        best = np.full(self._speed.shape, np.inf)
        labels = np.zeros(self._speed.shape, np.uint8)
        for label in np.unique(self._seeds[self._seeds != UNKNOWN]):
            starts = [tuple(voxel) for voxel in np.argwhere(self._seeds == label)]
            costs, _ = MCP_Geometric(self._speed, sampling=self._spacing).find_costs(starts)
            nearer = costs < best
            best[nearer], labels[nearer] = costs[nearer], label
        return labels
