"""A classical peer without any learning: each voxel goes to the prompt that is nearest along the image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from skimage.graph import MCP_Geometric

from segmentation_engine.evaluation.metrics import Spacing
from segmentation_engine.prompts import Prompt
from segmentation_engine.volume import intensity_range, normalise

CONTRAST_WEIGHT = 30.0
REACH = 90.0  # cost (mm at flat intensity) from which a voxel without a nearer prompt is background


class GeodesicPeer:
    """Minimal path cost over intensity steps from all prompts of a label; the cheapest label wins."""

    def __init__(self, image: npt.NDArray[np.generic], spacing_mm: Spacing) -> None:
        self._image = normalise(image, *intensity_range(image))
        self._spacing = spacing_mm
        self._prompts: list[Prompt] = []

    def add(self, prompts: list[Prompt]) -> npt.NDArray[np.uint8]:
        """All prompts so far -> labels (Z, Y, X)."""
        self._prompts += prompts
        positive: dict[int, list[tuple[int, int, int]]] = {0: []}
        for prompt in self._prompts:
            label = prompt.labels[0] if prompt.positive else 0
            z, y, x = (int(v) for v in np.asarray(prompt.voxels)[0])
            positive.setdefault(label, []).append((z, y, x))
        costs = {label: self._costs(seeds) for label, seeds in positive.items() if seeds}
        best = np.full(self._image.shape, REACH, np.float64)
        labels = np.zeros(self._image.shape, np.uint8)
        for label, cost in costs.items():
            nearer = cost < best
            best[nearer], labels[nearer] = cost[nearer], label
        return labels

    def _costs(self, seeds: list[tuple[int, int, int]]) -> npt.NDArray[np.float64]:
        """Path costs from seeds; a step costs its length and how far the grey value is from the seeds' own."""
        own = np.median([self._neighbourhood(seed) for seed in seeds])
        speed = 1.0 + CONTRAST_WEIGHT * np.abs(self._image - own).astype(np.float64)
        costs, _ = MCP_Geometric(speed, sampling=self._spacing).find_costs(seeds)
        return np.asarray(costs, np.float64)

    def _neighbourhood(self, seed: tuple[int, int, int]) -> float:
        window = tuple(slice(max(0, at - 1), at + 2) for at in seed)
        return float(np.median(self._image[window]))
