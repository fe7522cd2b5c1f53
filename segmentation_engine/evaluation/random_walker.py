"""A classical peer: a random walker leaves a voxel; whose seed does it reach first (Grady 2006)?"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from skimage.segmentation import random_walker

from segmentation_engine.evaluation.coarse import coarse_image, coarse_seeds, fine_values, strides_for
from segmentation_engine.evaluation.metrics import Spacing
from segmentation_engine.evaluation.seeds import UNKNOWN, frame_seeds, plant, plant_balls
from segmentation_engine.prompts import Prompt
from segmentation_engine.volume import intensity_range, normalise

MOST_VOXELS = 60_000  # what keeps a round within seconds
EDGE_WEIGHT = 1000.0  # of 130 (the usual choice), 1000, 5000 and 20000 the best on one case of four sets
POINT_RADIUS_MM = 4.0  # in space a walk hardly ever meets a single voxel: a point alone would mark next to nothing
SOLVER_TOLERANCE = 1e-2


class RandomWalkerPeer:
    """Probabilities on a grid made coarse where the volume is large, brought back to its voxels linearly."""

    def __init__(self, image: npt.NDArray[np.generic], spacing_mm: Spacing) -> None:
        self._strides = strides_for(image.shape, spacing_mm, MOST_VOXELS)
        self._spacing = spacing_mm
        self._image = coarse_image(normalise(image, *intensity_range(image)), self._strides)
        self._seeds = frame_seeds(image.shape)

    def add(self, prompts: list[Prompt]) -> npt.NDArray[np.uint8]:
        """All prompts so far -> labels (Z, Y, X); negative prompts are background."""
        plant(self._seeds, prompts)
        plant_balls(self._seeds, prompts, POINT_RADIUS_MM, self._spacing)
        steps = np.multiply(self._strides, self._spacing)
        seeds = coarse_seeds(self._seeds, self._strides)
        values = np.unique(seeds[seeds != UNKNOWN])
        markers = np.zeros(seeds.shape, np.int32)  # here 0 is what is to be found, and seeds count from 1
        for marker, value in enumerate(values, start=1):
            markers[seeds == value] = marker
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about solvers that are not installed
            reached = random_walker(
                self._image, markers, EDGE_WEIGHT, "cg_j", SOLVER_TOLERANCE, return_full_prob=True,
                spacing=steps / steps.min(),
            )  # fmt: skip
        fine = [fine_values(probability, self._seeds.shape, self._strides) for probability in reached]
        labels: npt.NDArray[np.uint8] = values[np.argmax(fine, axis=0)].astype(np.uint8)
        said = self._seeds != UNKNOWN
        labels[said] = self._seeds[said]
        return labels
