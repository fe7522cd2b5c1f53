"""A user who clicks where it helps most: one point a label a round, after the truth. Exact, or as a human's hand."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from segmentation_engine.evaluation.metrics import Mask, Spacing
from segmentation_engine.prompts import Prompt

LabelVolume = npt.NDArray[np.uint8]
Voxel = tuple[int, ...]
LEAST_VOXELS = 200
MOST_LABELS = 4
JITTER_MM = 3.0  # standard deviation along each axis
JITTER_ATTEMPTS = 30
DEEP_ENOUGH = 0.5  # of the greatest depth (first point), and of the largest slice's area


def chosen_labels(truth: npt.NDArray[np.integer], seed: int) -> list[int]:
    """At most four labels of at least 200 voxels, by chance but repeatably."""
    values, counts = np.unique(truth, return_counts=True)
    fit = [int(v) for v, count in zip(values, counts, strict=True) if v > 0 and count >= LEAST_VOXELS]
    if len(fit) <= MOST_LABELS:
        return fit
    return sorted(np.random.default_rng(seed).choice(fit, MOST_LABELS, replace=False).tolist())


def depth_of(mask: Mask, spacing: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """How far in mm each voxel of a mask is from its outside; what lies past the array is outside."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=spacing)
    inner: npt.NDArray[np.float64] = depth[tuple(slice(1, -1) for _ in mask.shape)]
    return inner


def deepest(mask: Mask, spacing: tuple[float, ...]) -> Voxel:
    """The voxel of a non-empty mask that is farthest from its outside."""
    return tuple(int(i) for i in np.unravel_index(int(depth_of(mask, spacing).argmax()), mask.shape))


@dataclass(frozen=True)
class Hand:
    """How well the robot hits what it means. The chance of a jittered hand depends on the case, the round and the
    label alone: where the state is the same, every method gets the same click."""

    kind: Literal["exact", "jittered"] = "exact"
    seed: int = 0
    case: str = ""

    def _random(self, number: int, label: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(self.case.encode()), number, label])

    def first_point(self, mask: Mask, label: int, spacing_mm: Spacing) -> Voxel:
        """A point of a non-empty mask (Z, Y, X): the deepest of its largest slice; jittered: anywhere at half of the
        slice's greatest depth or more, on any slice of at least half of the largest area."""
        areas = mask.sum(axis=(1, 2))
        if self.kind == "exact":
            z = int(areas.argmax())
            return (z, *deepest(mask[z], spacing_mm[1:]))
        random = self._random(1, label)
        z = int(random.choice(np.flatnonzero(areas >= DEEP_ENOUGH * areas.max())))
        depth = depth_of(mask[z], spacing_mm[1:])
        y, x = random.choice(np.argwhere(depth >= DEEP_ENOUGH * depth.max())).tolist()
        return z, int(y), int(x)

    def correction_point(self, mask: Mask, number: int, label: int, spacing_mm: Spacing) -> Voxel:
        """A point of a non-empty error component (Z, Y, X) in round ``number``: its deepest (3D, mm); jittered: moved
        from there by a Gaussian, within the component."""
        meant = deepest(mask, spacing_mm)
        if self.kind == "exact":
            return meant
        random = self._random(number, label)
        for _ in range(JITTER_ATTEMPTS):
            moved = np.rint(np.asarray(meant) + random.normal(0, JITTER_MM, 3) / spacing_mm).astype(int)
            inside = bool((moved >= 0).all() and (moved < mask.shape).all()) and bool(mask[tuple(moved)])
            if inside:
                return tuple(int(at) for at in moved)
        return meant


EXACT = Hand()


def first_round(truth: LabelVolume, labels: list[int], spacing_mm: Spacing, hand: Hand = EXACT) -> list[Prompt]:
    """One point a label."""
    return [Prompt.point(label, hand.first_point(truth == label, label, spacing_mm)) for label in labels]


def correction_round(
    truth: LabelVolume,
    found: LabelVolume,
    labels: list[int],
    spacing_mm: Spacing,
    hand: Hand = EXACT,
    number: int = 2,
) -> list[Prompt]:
    """For each label that is wrong one point in its largest error component (26 neighbours): of the label that belongs
    there, or negative on background. Where two labels are wrong at the same voxel, one point says it for both."""
    prompts: list[Prompt] = []
    said: set[Voxel] = set()
    for label in labels:
        wrong = (truth == label) != (found == label)
        components, count = ndimage.label(wrong, np.ones((3, 3, 3)))
        if count == 0:
            continue
        largest = int(np.bincount(components.ravel())[1:].argmax()) + 1
        box = ndimage.find_objects(components)[largest - 1]
        inner = hand.correction_point(components[box] == largest, number, label, spacing_mm)
        voxel = tuple(int(cut.start) + at for cut, at in zip(box, inner, strict=True))
        belongs = int(truth[voxel])
        if voxel in said:
            continue
        said.add(voxel)
        prompts.append(Prompt.point(belongs or label, voxel, positive=belongs != 0))
    return prompts
