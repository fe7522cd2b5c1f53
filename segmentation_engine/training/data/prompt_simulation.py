"""What a user would prompt on a slice: pixel sets from the wanted labels and from what the network made of them.

Pixel sets are integer arrays (N, 2) of (y, x) in working px; label maps are (H, W) with 0 as background.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Rng = np.random.Generator
Mask = npt.NDArray[np.bool_]
LabelMap = npt.NDArray[np.integer[Any]]
Pixels = npt.NDArray[np.int64]

NO_PIXELS: Pixels = np.zeros((0, 2), np.int64)
LEAST_ERROR_PIXELS = 6
EVERY_DIRECTION = np.ones((3, 3), bool)
FIRST_KINDS = ("centre", "inside", "edge")
FIRST_KIND_CHANCES = (0.45, 0.4, 0.15)


@dataclass(frozen=True)
class SimulatedPrompt:
    """Pixels that a user marks for (positive) or against a label; label 0: background, so against whatever is there."""

    label: int
    positive: bool
    pixels: Pixels


def largest_component(mask: Mask) -> Mask:
    """The largest 8-connected piece of a mask; the mask itself when it is empty."""
    components, count = ndimage.label(mask, EVERY_DIRECTION)
    if count <= 1:
        return mask
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    largest: Mask = components == sizes.argmax()
    return largest


def depth_inside(mask: Mask) -> npt.NDArray[np.float32]:
    """Distance of each pixel of a mask to the nearest pixel outside it; the image's rim counts as outside."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    return np.asarray(depth, np.float32)


def point_in(rng: Rng, mask: Mask, kind: str) -> Pixels:
    """One pixel (1, 2) of a non-empty mask: its `centre` (deepest), anywhere `inside`, or towards its `edge`."""
    rows, columns = np.nonzero(mask)
    top, left = rows.min(), columns.min()
    depth = depth_inside(mask[top : rows.max() + 1, left : columns.max() + 1])
    deepest = float(depth.max())
    if kind == "centre":
        candidates = depth >= 0.9 * deepest
    elif kind == "edge":
        candidates = (depth > 0) & (depth <= max(1.0, 0.3 * deepest))
    else:
        candidates = depth > min(1.0, 0.3 * deepest)
    found = np.argwhere(candidates)
    return np.asarray(found[int(rng.integers(len(found)))][None] + (top, left), np.int64)


def jittered(rng: Rng, pixels: Pixels, mask: Mask, sigma_px: float = 1.5) -> Pixels:
    """Pixels moved by a shaky hand, each only where it stays in the mask."""
    moved = np.rint(pixels + rng.normal(0.0, sigma_px, pixels.shape)).astype(np.int64)
    moved = np.clip(moved, 0, np.asarray(mask.shape) - 1)
    stays = mask[moved[:, 0], moved[:, 1]]
    return np.where(stays[:, None], moved, pixels)


def first_points(rng: Rng, labels: LabelMap, wanted: list[int]) -> list[SimulatedPrompt]:
    """A positive point for each wanted label that the slice shows, on its largest piece."""
    prompts = []
    for label in wanted:
        mask = labels == label
        if mask.any():
            piece = largest_component(mask)
            kind = str(rng.choice(FIRST_KINDS, p=FIRST_KIND_CHANCES))
            prompts.append(SimulatedPrompt(label, True, jittered(rng, point_in(rng, piece, kind), piece)))
    return prompts


def correction_points(
    rng: Rng,
    labels: LabelMap,
    predicted: LabelMap,
    wanted: list[int],
    chance: float = 1.0,
    scribbled: float = 0.0,
) -> list[SimulatedPrompt]:
    """For each wanted label its largest error: missed pixels get a positive point, too many the point of what belongs.

    Where background belongs the prompt is negative for the label. Errors of a few pixels are left alone. With the
    chance ``scribbled`` a line through the error takes the place of the point, as far as one label belongs there.
    """
    prompts: list[SimulatedPrompt] = []
    for label in wanted:
        wrong = (labels == label) != (predicted == label)
        if rng.random() >= chance or not wrong.any():
            continue
        piece = largest_component(wrong)
        if piece.sum() < LEAST_ERROR_PIXELS:
            continue
        kind = str(rng.choice(FIRST_KINDS, p=FIRST_KIND_CHANCES))
        point = jittered(rng, point_in(rng, piece, kind), piece)
        belongs = int(labels[point[0, 0], point[0, 1]])
        if scribbled and rng.random() < scribbled:
            point = scribble(rng, piece & (labels == belongs))
        if belongs == label:
            prompts.append(SimulatedPrompt(label, True, point))
        elif belongs == 0:
            prompts.append(SimulatedPrompt(label, False, point))
        elif not any(p.label == belongs and p.positive and np.array_equal(p.pixels, point) for p in prompts):
            prompts.append(SimulatedPrompt(belongs, True, point))
    return prompts


def scribble(rng: Rng, mask: Mask, longest_px: float = 40.0) -> Pixels:
    """A freehand line within a non-empty mask: a smooth walk from an inner point, cut where it leaves the mask."""
    at = point_in(rng, mask, "inside")[0].astype(np.float64)
    heading, line = rng.uniform(0, 2 * np.pi), [at.copy()]
    for _ in range(int(rng.uniform(0.3, 1.0) * longest_px)):
        heading += rng.normal(0.0, 0.25)
        for turn in (0.0, 0.7, -0.7, 1.6, -1.6):
            step = at + np.array([np.sin(heading + turn), np.cos(heading + turn)])
            row, column = np.rint(step).astype(int)
            if 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1] and mask[row, column]:
                at, heading = step, heading + turn
                line.append(at.copy())
                break
        else:
            break
    return np.unique(np.rint(np.array(line)).astype(np.int64), axis=0)


def box(rng: Rng, mask: Mask, slack_share: float = 0.1) -> tuple[tuple[int, int], tuple[int, int]]:
    """A hand-drawn box around a non-empty mask, half-open ((y0, x0), (y1, x1)), each side off by up to the slack."""
    rows, columns = np.nonzero(mask)
    sides = []
    for values, extent in ((rows, mask.shape[0]), (columns, mask.shape[1])):
        low, high = int(values.min()), int(values.max()) + 1
        slack = slack_share * (high - low)
        low = int(np.clip(np.rint(low + rng.uniform(-slack, slack / 2)), 0, extent - 1))
        high = int(np.clip(np.rint(high + rng.uniform(-slack / 2, slack)), low + 1, extent))
        sides.append((low, high))
    return (sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])


def lasso(rng: Rng, mask: Mask) -> Pixels:
    """The pixels that a loose outline around a non-empty mask encloses."""
    loose = ndimage.gaussian_filter(mask.astype(np.float32), float(rng.uniform(0.5, 2.5)))
    enclosed = ndimage.binary_fill_holes(loose > rng.uniform(0.25, 0.55))
    return np.argwhere(enclosed if enclosed.any() else mask).astype(np.int64)
