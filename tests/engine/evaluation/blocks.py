"""A case worked by hand: two bright blocks in thick slices."""

from __future__ import annotations

import numpy as np

from segmentation_engine.evaluation.cases import Case

SPACING = (2.0, 1.0, 1.0)


def two_blocks() -> np.ndarray:
    truth = np.zeros((8, 24, 24), np.uint8)
    truth[1:5, 3:10, 3:10] = 1
    truth[3, 2:11, 2:11] = 1
    truth[2:7, 14:21, 13:20] = 2
    return truth


def bright_blocks() -> Case:
    truth = two_blocks()
    return Case("made", "blocks", (truth > 0) * 100.0, truth, SPACING)
