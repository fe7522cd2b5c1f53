"""A user who always clicks where it helps most: one point a label a round, after the truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from segmentation_engine.evaluation.metrics import Mask, Spacing
from segmentation_engine.prompts import Prompt

LabelVolume = npt.NDArray[np.uint8]
LEAST_VOXELS = 200
MOST_LABELS = 4


def chosen_labels(truth: npt.NDArray[np.integer], seed: int) -> list[int]:
    """At most four labels of at least 200 voxels, by chance but repeatably."""
    values, counts = np.unique(truth, return_counts=True)
    fit = [int(v) for v, count in zip(values, counts, strict=True) if v > 0 and count >= LEAST_VOXELS]
    if len(fit) <= MOST_LABELS:
        return fit
    return sorted(np.random.default_rng(seed).choice(fit, MOST_LABELS, replace=False).tolist())


def deepest(mask: Mask, spacing: tuple[float, ...]) -> tuple[int, ...]:
    """The voxel of a non-empty mask that is farthest from its outside (what lies past the array is outside)."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=spacing)
    inner = depth[tuple(slice(1, -1) for _ in mask.shape)]
    return tuple(int(i) for i in np.unravel_index(int(inner.argmax()), mask.shape))


def first_round(truth: LabelVolume, labels: list[int], spacing_mm: Spacing) -> list[Prompt]:
    """One point a label, deepest on the slice (of axis 0) where the label is largest."""
    prompts = []
    for label in labels:
        z = int((truth == label).sum(axis=(1, 2)).argmax())
        y, x = deepest(truth[z] == label, spacing_mm[1:])
        prompts.append(Prompt.point(label, (z, y, x)))
    return prompts


def correction_round(truth: LabelVolume, found: LabelVolume, labels: list[int], spacing_mm: Spacing) -> list[Prompt]:
    """For each label that is wrong one point, deepest (3D, mm) in its largest error component."""
    prompts: list[Prompt] = []
    said: set[tuple[int, ...]] = set()
    for label in labels:
        wrong = (truth == label) != (found == label)
        components, count = ndimage.label(wrong, np.ones((3, 3, 3)))
        if count == 0:
            continue
        number = int(np.bincount(components.ravel())[1:].argmax()) + 1
        box = ndimage.find_objects(components)[number - 1]
        inner = deepest(components[box] == number, spacing_mm)
        voxel = tuple(int(cut.start) + at for cut, at in zip(box, inner, strict=True))
        if voxel in said:
            continue
        said.add(voxel)
        belongs = int(truth[voxel])
        prompts.append(Prompt.point(belongs or label, voxel, positive=belongs != 0))
    return prompts
