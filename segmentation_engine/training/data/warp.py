"""In-plane geometry of a clip: where each working pixel of each slice lies in the stored slice, and sampling there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from segmentation_engine.volume import PADDING_VALUE

Rng = np.random.Generator
ELASTIC_CELLS = 5
ENLARGED = 1.2  # from this working-per-stored scale on, label borders are interpolated, else the nearest is taken


@dataclass(frozen=True)
class Frame:
    """An affine view on stored slices: the crop of `size_px` working px looks at `centre` (y, x stored voxels)."""

    size_px: int
    centre: tuple[float, float]
    scale: tuple[float, float]  # working px per stored voxel, (y, x)
    angle: float = 0.0  # radians
    flip: tuple[bool, bool] = (False, False)
    shear: float = 0.0


@dataclass(frozen=True)
class Vanishing:
    """Contraction of what lies around `centre` (stored voxels), slice by slice: exponent 1 leaves it as it is."""

    centre: tuple[float, float]
    radius: float
    exponents: npt.NDArray[np.float32]  # (S,) in (0, 1]


def pixel_offsets(frame: Frame, slices: int) -> npt.NDArray[np.float32]:
    """Working pixel coordinates relative to the crop's centre, (S, 2, H, W) as (y, x)."""
    half = (frame.size_px - 1) / 2
    axis = np.arange(frame.size_px, dtype=np.float32) - half
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"))
    return np.broadcast_to(grid, (slices, *grid.shape)).copy()


def elastic(rng: Rng, offsets: npt.NDArray[np.float32], amplitude_px: float, drifting: bool) -> None:
    """Adds a smooth random displacement in place; drifting: it changes smoothly from the first slice to the last."""
    slices, _, height, width = offsets.shape
    ends = rng.standard_normal((2 if drifting else 1, 2, ELASTIC_CELLS, ELASTIC_CELLS), dtype=np.float32)
    fine = F.interpolate(
        torch.from_numpy(ends * amplitude_px), size=(height, width), mode="bicubic", align_corners=True
    ).numpy()
    if not drifting:
        offsets += fine
        return
    share = np.linspace(0.0, 1.0, slices, dtype=np.float32)[:, None, None, None]
    offsets += fine[:1] * (1 - share) + fine[1:] * share


def drift(rng: Rng, offsets: npt.NDArray[np.float32], angle: float, scale: float, shift_px: float) -> None:
    """Rotates, scales and shifts progressively from slice to slice, in place (pseudo-volumes)."""
    slices = offsets.shape[0]
    share = np.linspace(-0.5, 0.5, slices, dtype=np.float32)
    angles = share * rng.normal(0.0, angle)
    scales = np.exp(share * rng.normal(0.0, scale))
    shifts = share[:, None] * rng.normal(0.0, shift_px, 2).astype(np.float32)
    for index in range(slices):
        cosine, sine = np.cos(angles[index]) * scales[index], np.sin(angles[index]) * scales[index]
        y, x = offsets[index, 0].copy(), offsets[index, 1].copy()
        offsets[index, 0] = cosine * y - sine * x + shifts[index, 0]
        offsets[index, 1] = sine * y + cosine * x + shifts[index, 1]


def vanish(coordinates: npt.NDArray[np.float32], vanishing: Vanishing) -> None:
    """Shrinks what is around a point towards it, in place: the structure there ends within the clip.

    Stored coordinates (S, 2, H, W); a point at radius r looks as if it lay at radius R (r/R)^exponent.
    """
    centre = np.asarray(vanishing.centre, np.float32)[:, None, None]
    for index, exponent in enumerate(vanishing.exponents):
        if exponent >= 1:
            continue
        relative = coordinates[index] - centre
        radius = np.maximum(np.hypot(relative[0], relative[1]), 0.5) / vanishing.radius
        factor = np.where(radius < 1, radius ** (exponent - 1.0), 1.0)
        coordinates[index] = relative * factor + centre


def stored_coordinates(frame: Frame, offsets: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Working offsets (S, 2, H, W) -> coordinates in stored voxels (S, 2, H, W) as (y, x)."""
    y = offsets[:, 0] * (-1.0 if frame.flip[0] else 1.0)
    x = offsets[:, 1] * (-1.0 if frame.flip[1] else 1.0)
    x = x + frame.shear * y
    cosine, sine = np.float32(np.cos(frame.angle)), np.float32(np.sin(frame.angle))
    rotated_y, rotated_x = cosine * y - sine * x, sine * y + cosine * x
    return np.stack(
        [rotated_y / frame.scale[0] + frame.centre[0], rotated_x / frame.scale[1] + frame.centre[1]], axis=1
    ).astype(np.float32)


def bounding_window(coordinates: npt.NDArray[np.float32], shape_yx: tuple[int, int]) -> tuple[slice, slice]:
    """The stored rows and columns that sampling touches, clipped to the slice and never empty."""
    window = []
    for axis, extent in enumerate(shape_yx):
        low = int(np.clip(np.floor(coordinates[:, axis].min()) - 3, 0, extent - 1))
        high = int(np.clip(np.ceil(coordinates[:, axis].max()) + 4, low + 1, extent))
        window.append(slice(low, high))
    return window[0], window[1]


def sampling_grid(coordinates: npt.NDArray[np.float32], window: tuple[slice, slice]) -> Tensor:
    """Stored coordinates -> grid of `grid_sample` over the cut-out window, (S, H, W, 2)."""
    grid = np.empty((coordinates.shape[0], *coordinates.shape[2:], 2), np.float32)
    for axis, cut in enumerate(window):
        extent = cut.stop - cut.start
        grid[..., 1 - axis] = (coordinates[:, axis] - cut.start + 0.5) * (2.0 / extent) - 1.0
    return torch.from_numpy(grid)


def sample_image(slices: npt.NDArray[Any], grid: Tensor, scale: float) -> Tensor:
    """Slices (S, h, w) -> (S, H, W) float32, area-averaged where reduced; outside the slice it is the padding value."""
    image = torch.from_numpy(np.asarray(slices, np.float32))[:, None] - PADDING_VALUE
    window = round(1 / scale)
    if window > 1:
        image = F.avg_pool2d(F.pad(image, (window // 2, (window - 1) // 2) * 2, mode="replicate"), window, stride=1)
    return F.grid_sample(image, grid, align_corners=False)[:, 0] + PADDING_VALUE


def sample_nearest(slices: npt.NDArray[Any], grid: Tensor) -> npt.NDArray[np.int64]:
    """Integer maps (S, h, w) -> (S, H, W); outside 0."""
    values = torch.from_numpy(np.asarray(slices, np.float32))[:, None]
    return F.grid_sample(values, grid, mode="nearest", align_corners=False)[:, 0].long().numpy()


def sample_slots(slots: npt.NDArray[Any], grid: Tensor, count: int) -> Tensor:
    """Slot maps (S, h, w) of 0..count -> (S, H, W) long with interpolated borders; outside 0."""
    field = torch.from_numpy(np.asarray(slots, np.int64))
    planes = F.one_hot(field, count + 1)[..., 1:].permute(0, 3, 1, 2).float()
    sampled = F.grid_sample(planes, grid, align_corners=False)
    background = 1.0 - sampled.sum(dim=1, keepdim=True)
    return torch.cat([background, sampled], dim=1).argmax(dim=1)


def random_frame(rng: Rng, frame: Frame, may_flip: tuple[bool, bool], oriented: bool) -> Frame:
    """Rotation, flips, shear and unequal scales; oriented: only what keeps the body's orientation readable."""
    kind = rng.random()
    angle = 0.0 if kind < 0.15 else rng.normal(0.0, 0.2) if oriented or kind < 0.8 else rng.uniform(-np.pi, np.pi)
    stretch = np.exp(rng.normal(0.0, 0.07))
    return replace(
        frame,
        angle=float(angle),
        flip=(may_flip[0] and rng.random() < 0.5, may_flip[1] and rng.random() < 0.5),
        shear=float(rng.normal(0.0, 0.06)) if rng.random() < 0.3 else 0.0,
        scale=(frame.scale[0] * float(stretch), frame.scale[1] / float(stretch)),
    )
