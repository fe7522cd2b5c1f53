"""What prompts say as seed voxels: the common ground of the classical peers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segmentation_engine.evaluation.metrics import Spacing
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


def plant_balls(seeds: Seeds, prompts: list[Prompt], radius_mm: float, spacing_mm: Spacing) -> None:
    """Points as balls, for peers to whom one voxel is next to nothing; only what is unknown still is marked."""
    reach = [int(radius_mm / step) for step in spacing_mm]
    offsets = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), -1).reshape(-1, 3)
    ball = offsets[np.linalg.norm(offsets * spacing_mm, axis=1) <= radius_mm]
    for prompt in prompts:
        if prompt.kind != "point":
            continue
        voxels = np.asarray(prompt.voxels)[0] + ball
        voxels = voxels[((voxels >= 0) & (voxels < seeds.shape)).all(axis=1)]
        where = tuple(voxels[seeds[tuple(voxels.T)] == UNKNOWN].T)
        seeds[where] = prompt.label if prompt.positive else 0
