"""One training clip: a few slices of a volume (or of an invented scene) on the working grid, with its labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segmentation_engine.training.data import choice, intensity, synthesis, warp
from segmentation_engine.training.data.placement import PLANES, Placement, place
from segmentation_engine.training.data.prepared import Part, PreparedVolume
from segmentation_engine.volume import NORMALISED_LIMIT

Rng = np.random.Generator
NAMED_SHARE = 0.5
# Of what hardly shows in the image few clips are without its name.
NAMELESS_AT_ALL, NAMELESS_BY_VISIBILITY = 0.1, 1.2
ATTEMPTS = 12
SEED_JITTER_SHARE = 0.33
LEAST_VANISHING_EXPONENT = 0.28  # below, the stretched surroundings look like nothing real


@dataclass(frozen=True)
class ClipSpec:
    """What all clips of a batch have in common."""

    length: int  # T slices with labels; one more image slice at each end
    slots: int  # K
    size_px: int = 128
    augment: bool = True


@dataclass(frozen=True)
class Clip:
    image: npt.NDArray[np.float32]  # (T+2, H, W)
    labels: npt.NDArray[np.int64]  # (T, H, W) 0..K
    active: npt.NDArray[np.bool_]  # (K,)
    class_index: npt.NDArray[np.int64]  # (K,), -1 generic
    named: bool
    spacing_mm: tuple[float, float, float]


@dataclass(frozen=True)
class View:
    """The stored slices of a placement, cut out around the crop, and how to sample them."""

    parts: npt.NDArray[np.unsignedinteger[Any]]  # (T+2, h, w)
    image: npt.NDArray[np.float16] | None  # (T+2, h, w)
    grid: Tensor  # (T+2, H, W, 2)
    scale: float


def stored_slices(array: npt.NDArray[Any], placement: Placement, window: tuple[slice, slice]) -> npt.NDArray[Any]:
    """Slices of a placement out of a (Z, Y, X) array, cut to a window of their plane: (T+2, h, w)."""
    moved = np.moveaxis(array, placement.axis, 0)
    return np.stack([moved[index, window[0], window[1]] for index in placement.slices])


def find_seed(rng: Rng, volume: PreparedVolume, placement: Placement) -> tuple[float, float] | None:
    """A voxel (row, column) of the structure on one of the clip's slices; None if it is on none of them."""
    moved = np.moveaxis(volume.parts, placement.axis, 0)
    numbers = [part.part for part in placement.structure.parts]
    rows, columns = PLANES[placement.axis]
    low = [min(p.low[a] for p in placement.structure.parts) for a in (rows, columns)]
    high = [max(p.high[a] for p in placement.structure.parts) for a in (rows, columns)]
    for index in rng.permutation(np.unique(placement.slices[1:-1])):
        found = np.argwhere(np.isin(moved[index, low[0] : high[0], low[1] : high[1]], numbers))
        if len(found):
            row, column = found[int(rng.integers(len(found)))]
            return float(row + low[0]), float(column + low[1])
    return None


def choose_frame(
    rng: Rng, volume: PreparedVolume, placement: Placement, seed: tuple[float, float], spec: ClipSpec, named: bool
) -> warp.Frame:
    """A crop with the seed inside; slices that fit into it whole are mostly shown whole, as they are in use."""
    plane = PLANES[placement.axis]
    extent = [volume.shape[axis] for axis in plane]
    fits = all(size * scale <= 1.1 * spec.size_px for size, scale in zip(extent, placement.scale, strict=True))
    jitter = SEED_JITTER_SHARE * spec.size_px
    if fits and rng.random() < 0.7:
        centre = [(size - 1) / 2 + rng.normal(0.0, 4.0) / s for size, s in zip(extent, placement.scale, strict=True)]
    else:
        centre = [at + rng.uniform(-jitter, jitter) / s for at, s in zip(seed, placement.scale, strict=True)]
    frame = warp.Frame(spec.size_px, (float(centre[0]), float(centre[1])), placement.scale)
    if not spec.augment:
        return frame
    sides = (volume.axis_codes[plane[0]] in "LR", volume.axis_codes[plane[1]] in "LR")
    return warp.random_frame(rng, frame, sides if named else (True, True), oriented=named)


def clip_coordinates(
    rng: Rng, volume: PreparedVolume, placement: Placement, frame: warp.Frame, seed: tuple[float, float], spec: ClipSpec
) -> npt.NDArray[np.float32]:
    """Stored coordinates of every working pixel of every slice, (T+2, 2, H, W)."""
    slices = spec.length + 2
    offsets = warp.pixel_offsets(frame, slices)
    if spec.augment and rng.random() < 0.5:
        warp.elastic(rng, offsets, float(rng.uniform(0.5, 3.5)), drifting=False)
    if volume.flat:
        warp.elastic(rng, offsets, float(rng.uniform(1.0, 4.0)), drifting=True)
        warp.drift(rng, offsets, angle=0.25, scale=0.25, shift_px=6.0)
    elif spec.augment and rng.random() < 0.12:
        steps = rng.normal(0.0, 0.8, (slices, 2, 1, 1)).astype(np.float32)
        offsets += np.cumsum(steps, axis=0) if rng.random() < 0.5 else steps
    coordinates = warp.stored_coordinates(frame, offsets)
    if volume.flat and rng.random() < 0.55:
        warp.vanish(coordinates, vanishing_around(rng, placement, seed, slices))
    return coordinates


def vanishing_around(rng: Rng, placement: Placement, seed: tuple[float, float], slices: int) -> warp.Vanishing:
    """The piece of the structure at the seed dwindles to nothing from some slice on (or grows from nothing)."""

    def remoteness(part: Part) -> float:
        middle = ((part.low[1] + part.high[1]) / 2, (part.low[2] + part.high[2]) / 2)
        size = (part.high[1] - part.low[1], part.high[2] - part.low[2])
        return max(abs(middle[0] - seed[0]) / size[0], abs(middle[1] - seed[1]) / size[1])

    piece = min(placement.structure.parts, key=remoteness)
    centre = ((piece.low[1] + piece.high[1]) / 2, (piece.low[2] + piece.high[2]) / 2)
    extent = max(piece.high[1] - piece.low[1], piece.high[2] - piece.low[2])
    start = rng.uniform(0, slices - 2)
    exponents = np.exp(-rng.uniform(0.5, 1.5) * np.maximum(0, np.arange(slices) - start))
    if rng.random() < 0.3:
        exponents = exponents[::-1]
    return warp.Vanishing(centre, float(extent), np.maximum(exponents, LEAST_VANISHING_EXPONENT).astype(np.float32))


def build_view(rng: Rng, volume: PreparedVolume, placement: Placement, spec: ClipSpec, named: bool) -> View | None:
    seed = find_seed(rng, volume, placement)
    if seed is None:
        return None
    frame = choose_frame(rng, volume, placement, seed, spec, named)
    coordinates = clip_coordinates(rng, volume, placement, frame, seed, spec)
    rows, columns = PLANES[placement.axis]
    window = warp.bounding_window(coordinates, (volume.shape[rows], volume.shape[columns]))
    image = None if volume.image is None else stored_slices(volume.image, placement, window)
    parts = stored_slices(volume.parts, placement, window)
    return View(parts, image, warp.sampling_grid(coordinates, window), min(frame.scale))


def rendered(rng: Rng, volume: PreparedVolume, sampled: npt.NDArray[np.int64], scale: float) -> npt.NDArray[np.float32]:
    """A parts map (S, H, W) as an image of random contrast; sides of a class look alike, the unlabelled is invented."""
    looks = {part.label: volume.classes.get(part.label, str(part.label)) for part in volume.table}
    names = sorted(set(looks.values()))
    region = np.zeros(max(part.part for part in volume.table) + 1, np.int64)
    for part in volume.table:
        region[part.part] = 1 + names.index(looks[part.label])
    field = region[sampled]
    count = len(names) + 1
    if volume.image is not None or rng.random() < 0.2:
        surrounding = synthesis.noise_regions(rng, (field.shape[0], field.shape[1], field.shape[2]))
        field = np.where(field == 0, count + surrounding, field)
        count += int(surrounding.max()) + 1
    image = synthesis.render(rng, field, synthesis.region_means(rng, count, ()))
    return intensity.blur(image, 0.5 * scale) if scale > 1.1 else image  # voxels of the map must not show as steps


def volume_clip(
    rng: Rng, volume: PreparedVolume, spec: ClipSpec, index_of: dict[str, int], synthetic_share: float
) -> Clip | None:
    """A clip of a prepared volume; None if chance laid it where nothing is to be seen."""
    named = bool(volume.classes) and rng.random() < NAMED_SHARE
    placement = place(rng, volume, spec.length, spec.size_px, named)
    named = named and placement.structure.label in volume.classes
    if not named and rng.random() > NAMELESS_AT_ALL + NAMELESS_BY_VISIBILITY * placement.structure.visibility:
        return None
    view = build_view(rng, volume, placement, spec, named)
    if view is None:
        return None
    sampled = warp.sample_nearest(view.parts, view.grid)
    counts = choice.count_in_view(sampled[1:-1], max(part.part for part in volume.table))
    if max(counts[part.part] for part in placement.structure.parts) < choice.LEAST_PIXELS_IN_VIEW:
        return None
    if named:
        slots = choice.choose_named(rng, volume, counts, placement.structure, spec.slots, index_of)
    else:
        slots = choice.choose_generic(rng, volume, counts, placement.structure, spec.slots)
    if view.image is None or rng.random() < synthetic_share:
        image, strength = rendered(rng, volume, sampled, view.scale), 0.6
    else:
        image, strength = warp.sample_image(view.image, view.grid, view.scale).numpy(), 1.0
    if view.scale > warp.ENLARGED:
        stored = choice.apply_lut(slots.lut, view.parts[1:-1])
        labels = warp.sample_slots(stored, view.grid[1:-1], int(slots.active.sum())).numpy()
    else:
        labels = choice.apply_lut(slots.lut, sampled[1:-1]).astype(np.int64)
    rows, columns = PLANES[placement.axis]
    pixel = (volume.spacing_mm[rows] / placement.scale[0], volume.spacing_mm[columns] / placement.scale[1])
    return finished(rng, image, labels, slots, (placement.step_mm, *pixel), strength if spec.augment else 0.0)


def shapes_clip(rng: Rng, spec: ClipSpec, background: npt.NDArray[np.float32] | None) -> Clip:
    """A clip of invented shapes, by themselves or pasted into a real image (T+2, H, W)."""
    step_px = float(np.exp(rng.uniform(0.0, np.log(7.0))))
    scene = synthesis.random_scene(rng, spec.length + 2, spec.size_px, step_px)
    # An object may be hidden wholly by later ones, the last one may lie outside the view.
    regions = 1 + max(int(scene.field.max()), *scene.objects)
    means = synthesis.region_means(rng, regions, scene.objects)
    image = synthesis.render(rng, scene.field, means)
    if background is not None:
        mask = (scene.field >= min(scene.objects)).astype(np.float32)
        alpha = intensity.blur(mask, float(rng.uniform(0.4, 1.0)))
        image = background * (1 - alpha) + image * alpha
    visible = [n for n in scene.objects if (scene.field[1:-1] == n).any(axis=0).sum() >= choice.LEAST_PIXELS_IN_VIEW]
    rng.shuffle(visible)
    chosen = visible[: choice.how_many(rng, spec.slots)]
    lut = np.zeros(int(scene.field.max()) + 1, np.uint8)
    lut[chosen] = np.arange(1, len(chosen) + 1)
    active = np.arange(spec.slots) < len(chosen)
    slots = choice.Slots(lut, active, np.full(spec.slots, choice.GENERIC, np.int64), False)
    labels = lut[scene.field[1:-1]].astype(np.int64)
    return finished(rng, image, labels, slots, (step_px, 1.0, 1.0), 0.6 if spec.augment else 0.0)


def finished(
    rng: Rng,
    image: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    slots: choice.Slots,
    spacing_mm: tuple[float, float, float],
    strength: float,
) -> Clip:
    limited = np.clip(np.asarray(image, np.float32), -NORMALISED_LIMIT, NORMALISED_LIMIT)
    varied = intensity.vary_appearance(rng, limited, strength)
    return Clip(np.asarray(varied, np.float32), labels, slots.active, slots.class_index, slots.named, spacing_mm)


def as_tensors(clips: list[Clip]) -> tuple[Tensor, ...]:
    """Stacks clips: image, labels, active, class_index, named, spacing_mm."""
    return (
        torch.from_numpy(np.stack([clip.image for clip in clips])),
        torch.from_numpy(np.stack([clip.labels for clip in clips])),
        torch.from_numpy(np.stack([clip.active for clip in clips])),
        torch.from_numpy(np.stack([clip.class_index for clip in clips])),
        torch.tensor([clip.named for clip in clips]),
        torch.tensor([clip.spacing_mm for clip in clips], dtype=torch.float32),
    )
