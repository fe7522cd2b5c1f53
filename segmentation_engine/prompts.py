"""Prompts: what a user says, as pixel sets. One rasterisation serves training and use."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segmentation_engine.stroke import Stroke

SPLAT_SIGMA_PX = 4.0
SPLAT_RADIUS_CELLS = 2
UNPAINTED = 255
MOST_LABELS = 254
MOST_PIXELS_A_SLICE = 256
BOX_SIDE_PIXELS = 16

Voxels = npt.NDArray[np.int64]
Kind = Literal["point", "box", "scribble", "lasso", "mask", "end", "lock", "redraw", "stroke", "carry", "lock_label"]
# They mark no label of their own: nothing is decoded because of what they say.
UNMARKED = ("end", "lock", "redraw", "stroke", "carry", "lock_label")


@dataclass(frozen=True)
class Prompt:
    """One thing that a user says about one label; voxels are (z, y, x) with the propagation axis first."""

    kind: Kind
    label: int
    positive: bool
    voxels: Voxels = field(repr=False, compare=False)  # (N, 3): what the label is, or is not
    outside: Voxels = field(repr=False, compare=False)  # (N, 3): what the label certainly is not (around a box)
    painted: npt.NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)  # (Y, X), a mask's labels
    towards: int = 0  # of an end: +1 or -1
    drawn: Stroke | None = field(default=None, repr=False, compare=False)  # of a stroke

    @classmethod
    def point(cls, label: int, voxel: Sequence[int], positive: bool = True) -> Prompt:
        """One voxel that belongs to the label, or does not."""
        return cls("point", _label(label), positive, _voxels([voxel]), _voxels([]))

    @classmethod
    def scribble(cls, label: int, voxels: Any, positive: bool = True) -> Prompt:
        """Voxels (N, 3) of a stroke, in any plane."""
        return cls("scribble", _label(label), positive, _voxels(voxels), _voxels([]))

    @classmethod
    def lasso(cls, label: int, voxels: Any, positive: bool = True) -> Prompt:
        """All enclosed voxels (N, 3), in any plane."""
        return cls("lasso", _label(label), positive, _voxels(voxels), _voxels([]))

    @classmethod
    def box(cls, label: int, low: Sequence[int], high: Sequence[int]) -> Prompt:
        """A half-open box around the label, flat in any plane or 3D: its core is meant, its rim's outside is not."""
        lows, highs = np.asarray(low, np.int64), np.asarray(high, np.int64)
        if lows.shape != (3,) or highs.shape != (3,) or (highs <= lows).any():
            raise ValueError("A box needs a low and a high corner (z, y, x), each side at least one voxel long.")
        quarter = (highs - lows) // 4
        quarter[0] = 0
        # No more than are looked at on a slice in the end, or a box around a whole volume holds millions.
        steps = np.maximum(1, (highs - lows - 2 * quarter) // BOX_SIDE_PIXELS)
        steps[0] = 1
        core = np.stack(np.meshgrid(*map(np.arange, lows + quarter, highs - quarter, steps), indexing="ij"), -1)
        return cls("box", _label(label), True, core.reshape(-1, 3), _rim(lows, highs))

    @classmethod
    def mask(cls, z: int, labels: npt.NDArray[np.uint8]) -> Prompt:
        """A painted slice (Y, X): kept exactly where it is not 255, and an anchor of the labels on it."""
        painted = np.asarray(labels)
        if painted.ndim != 2 or painted.dtype != np.uint8:
            raise ValueError("A painted slice is a 2D array of 8 bit labels.")
        return cls("mask", 0, True, _voxels([[z, 0, 0]]), _voxels([]), painted)

    @classmethod
    def stroke(cls, z: int, value: int, corner: tuple[int, int], inside: npt.NDArray[np.bool_]) -> Prompt:
        """Pixels (rows, columns) of slice ``z`` from ``corner`` on that are the label ``value`` from now on, or none
        (0). Nothing else changes."""
        drawn = Stroke(corner, np.asarray(inside, np.bool_), value and _label(value))
        return cls("stroke", 0, True, _voxels([[z, *corner]]), _voxels([]), drawn=drawn)

    @classmethod
    def carry(cls, z: int) -> Prompt:
        """What was drawn on slice ``z`` is right: its neighbours follow."""
        return cls("carry", 0, True, _voxels([[z, 0, 0]]), _voxels([]))

    @classmethod
    def end(cls, label: int, z: int, towards: int) -> Prompt:
        """The label ends on slice ``z`` towards higher (+1) or lower (-1) slices: nothing of it is carried across."""
        if towards not in (1, -1):
            raise ValueError("A label ends towards higher (+1) or lower (-1) slices.")
        return cls("end", _label(label), True, _voxels([[z, 0, 0]]), _voxels([]), towards=towards)

    @classmethod
    def lock(cls, z: int, locked: bool = True) -> Prompt:
        """Slice ``z`` stays as it is, whatever is said, until it is unlocked."""
        return cls("lock", 0, locked, _voxels([[z, 0, 0]]), _voxels([]))

    @classmethod
    def lock_label(cls, label: int, locked: bool = True) -> Prompt:
        """No voxel of the label is lost or gained until it is unlocked. It is an edit by itself."""
        return cls("lock_label", _label(label), locked, _voxels([]), _voxels([]))

    @classmethod
    def redraw(cls) -> Prompt:
        """The labels of the whole volume are made anew from outside, from what they are at this place among the edits:
        by ``Session.redraw``. It is an edit by itself."""
        return cls("redraw", 0, True, _voxels([]), _voxels([]))

    @property
    def labels(self) -> tuple[int, ...]:
        """The labels that it marks on its slices."""
        if self.kind in UNMARKED:
            return ()
        if self.painted is None:
            return (self.label,)
        return tuple(int(value) for value in np.unique(self.painted) if 0 < value < UNPAINTED)

    @property
    def paints(self) -> bool:
        """Whether voxels are exactly what it says."""
        return self.painted is not None or self.drawn is not None

    def painted_on(self, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Labels (Y, X) of its slice with what it paints."""
        if self.drawn is not None:
            return self.drawn.on(labels)
        return labels if self.painted is None else np.where(self.painted == UNPAINTED, labels, self.painted)

    @cached_property
    def slices(self) -> tuple[int, ...]:
        """Where along the propagation axis it anchors its labels."""
        return tuple(int(z) for z in np.unique(self.voxels[:, 0]))

    def check(self, shape: tuple[int, int, int]) -> None:
        """Raises ValueError if it does not lie within a volume (Z, Y, X)."""
        if self.kind in ("redraw", "lock_label"):
            return
        if not len(self.voxels):
            raise ValueError("The prompt is empty.")
        if (self.voxels < 0).any() or (self.voxels >= np.asarray(shape)).any():
            raise ValueError("The prompt lies outside the volume.")
        if self.painted is not None and self.painted.shape != shape[1:]:
            raise ValueError(f"The painted slice is {self.painted.shape}, a slice of the volume is {shape[1:]}.")
        if self.drawn is not None and not self.drawn.fits(shape[1:]):
            raise ValueError("The stroke lies outside the volume.")


Edit = tuple[Prompt, ...]  # prompts that were said in one go


@dataclass(frozen=True)
class SlicePixels:
    """What the prompts of one slice say about one label: pixels (N, 2) as (y, x) of the stored slice."""

    positive: npt.NDArray[np.int64]
    negative: npt.NDArray[np.int64]
    literal: npt.NDArray[np.int64]  # the positive ones that are the label for sure; the core of a box need not be


def pixels_on(prompts: Sequence[Prompt], z: int, label: int) -> SlicePixels:
    """Gathers a label's pixels on slice ``z``; large sets are thinned evenly."""
    positive, negative, literal = [_pixels([])], [_pixels([])], [_pixels([])]
    for prompt in prompts:
        if prompt.kind in UNMARKED:
            continue
        if prompt.painted is not None:
            if z in prompt.slices:
                positive.append(np.argwhere(prompt.painted == label))
        elif prompt.label == label:
            (positive if prompt.positive else negative).append(_on_slice(prompt.voxels, z))
            negative.append(_on_slice(prompt.outside, z))
            if prompt.positive and prompt.kind != "box":
                literal.append(_on_slice(prompt.voxels, z))
    return SlicePixels(*(_thinned(np.concatenate(pixels)) for pixels in (positive, negative, literal)))


def meaningful(prompts: dict[int, SlicePixels], known: Container[int]) -> dict[int, SlicePixels]:
    """Without labels of which it is only said where they are not, and that are not ``known`` to be here."""
    return {label: said for label, said in prompts.items() if label in known or len(said.positive)}


def pixels_of(mask: npt.NDArray[np.bool_]) -> SlicePixels:
    """A mask (Y, X) as pixels of a label; they guide, none of them has to be obeyed."""
    return SlicePixels(_thinned(np.argwhere(mask)), _pixels([]), _pixels([]))


def _on_slice(voxels: Voxels, z: int) -> npt.NDArray[np.int64]:
    return voxels[voxels[:, 0] == z, 1:]


def _thinned(pixels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    if len(pixels) <= MOST_PIXELS_A_SLICE:
        return pixels
    return pixels[np.linspace(0, len(pixels) - 1, MOST_PIXELS_A_SLICE).astype(np.int64)]


def _rim(lows: npt.NDArray[np.int64], highs: npt.NDArray[np.int64]) -> Voxels:
    """Voxels just outside the box, in the slices that it spans."""
    outside = []
    for z in range(lows[0], highs[0]):
        rows, columns = np.arange(lows[1], highs[1]), np.arange(lows[2], highs[2])
        outside += [(z, y, x) for y in rows for x in (lows[2] - 2, highs[2] + 1)]
        outside += [(z, y, x) for x in columns for y in (lows[1] - 2, highs[1] + 1)]
    return _voxels(outside)


def _label(label: int) -> int:
    if not 1 <= label <= MOST_LABELS:
        raise ValueError(f"A label is a number from 1 to {MOST_LABELS}, not {label}.")
    return label


def _voxels(values: Any) -> Voxels:
    voxels = np.asarray(values, dtype=np.int64)
    if voxels.size == 0:
        return voxels.reshape(0, 3)
    if voxels.ndim != 2 or voxels.shape[1] != 3:
        raise ValueError("Voxels of a prompt are triples (z, y, x).")
    return voxels


def _pixels(values: Any) -> npt.NDArray[np.int64]:
    return np.asarray(values, dtype=np.int64).reshape(-1, 2)


def splat(points_px: Tensor, height4: int, width4: int) -> Tensor:
    """Prompt pixels (N, 2) as (y, x) in working px -> map (height4, width4) at stride 4, 0..1, truncated gaussians.

    Cell (r, c) has its centre at working px (4r + 1.5, 4c + 1.5); overlapping points take the maximum.
    """
    out = torch.zeros(height4 * width4)
    if points_px.numel() == 0:
        return out.view(height4, width4)
    points = points_px.to(torch.float32)
    near = torch.arange(-SPLAT_RADIUS_CELLS, SPLAT_RADIUS_CELLS + 1)
    offset_y, offset_x = torch.meshgrid(near, near, indexing="ij")
    rows = torch.div(points[:, 0], 4, rounding_mode="floor").long()[:, None] + offset_y.reshape(1, -1)
    columns = torch.div(points[:, 1], 4, rounding_mode="floor").long()[:, None] + offset_x.reshape(1, -1)
    distance2 = (rows * 4 + 1.5 - points[:, :1]) ** 2 + (columns * 4 + 1.5 - points[:, 1:]) ** 2
    weight = torch.exp(-distance2 / (2 * SPLAT_SIGMA_PX**2))
    inside = (rows >= 0) & (rows < height4) & (columns >= 0) & (columns < width4)
    out.scatter_reduce_(0, (rows * width4 + columns)[inside], weight[inside], reduce="amax")
    return out.view(height4, width4)
