"""What prompts say as seed voxels: the common ground of the classical peers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segmentation_engine.prompts import Prompt

Seeds = npt.NDArray[np.int16]
UNKNOWN = -1


def frame_seeds(shape: tuple[int, ...]) -> Seeds:
    """A volume (Z, Y, X) of which nothing is known but that the frame of each slice is background."""
    seeds = np.full(shape, UNKNOWN, np.int16)
    seeds[:, [0, -1]] = 0
    seeds[:, :, [0, -1]] = 0
    return seeds


def plant(seeds: Seeds, prompts: list[Prompt]) -> None:
    """Marks what points and scribbles say: the label, or background where they are negative. What is said later wins,
    and a positive prompt is stronger than a negative one that was said with it."""
    for prompt in sorted(prompts, key=lambda prompt: prompt.positive):
        where = tuple(np.asarray(prompt.voxels).T)
        seeds[where] = prompt.label if prompt.positive else 0
