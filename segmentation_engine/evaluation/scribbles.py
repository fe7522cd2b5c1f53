"""What a human scribbled, as prompts: one stroke a slice and label, background strokes as what the labels are not."""

from __future__ import annotations

import numpy as np

from segmentation_engine.evaluation.robot import LabelVolume
from segmentation_engine.prompts import Prompt

BACKGROUND = 0  # in a volume of scribbles; everything that is no label's value was not marked


def scribble_round(scribbles: LabelVolume, values: list[int], middle_only: bool) -> list[Prompt]:
    """Prompts of labels 1.. (the order of ``values``) from scribbles (Z, Y, X) of label values.

    ``middle_only`` takes of each label just the middle one of its slices. On every slice that is taken the background
    scribble is said as well, of each label that was marked there: no slice without a label gets a prompt.
    """
    prompts: list[Prompt] = []
    for label, value in enumerate(values, start=1):
        marked = np.flatnonzero((scribbles == value).any(axis=(1, 2)))
        chosen = marked[len(marked) // 2 : len(marked) // 2 + 1] if middle_only else marked
        for z in chosen.tolist():
            prompts.append(Prompt.scribble(label, _voxels(scribbles, z, value)))
            beside = _voxels(scribbles, z, BACKGROUND)
            if len(beside):
                prompts.append(Prompt.scribble(label, beside, positive=False))
    return prompts


def _voxels(scribbles: LabelVolume, z: int, value: int) -> np.ndarray:
    pixels = np.argwhere(scribbles[z] == value)
    return np.column_stack([np.full(len(pixels), z), pixels])
