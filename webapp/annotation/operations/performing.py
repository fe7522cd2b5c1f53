"""From what was asked to new labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from webapp.annotation.operations import between_slices, distances, islands, smoothing
from webapp.annotation.operations import parameters as asked
from webapp.annotation.operations.regions import Labels, Mask, Spacing, fill, one_of, region_of

VOLUME_ROUNDING = 1e-6


@dataclass(frozen=True)
class Scene:
    """What an operation sees. Arrays are (Z, Y, X), the propagation axis first."""

    labels: Labels
    image: npt.NDArray[Any]  # real values, may be a memory map
    spacing_mm: Spacing
    axis: int = 0  # which of the storage axes the first one is
    said: Mapping[int, Sequence[int]] = field(default_factory=dict)  # slices on which a label was prompted or drawn
    brought: Callable[[int], Labels] | None = None  # numbers of segments of a label map, by its id
    tell: Callable[[], None] = lambda: None  # called between steps; may raise to end the work


def perform(operation: asked.Operation, scene: Scene) -> Labels:
    """New labels of the whole volume, for what was asked; the same for the same input, on every machine."""
    labels = scene.labels.copy()
    first, last = operation.slices or (0, len(labels) - 1)
    slab = labels[first : last + 1]  # a view: what follows changes `labels`
    if slab.size:
        _WAYS[type(operation)](operation, slab, first, scene)
    return labels


def _reshaped(
    operation: asked.Operation, slab: Labels, scene: Scene, change: Callable[[Mask], Mask], reach_mm: float = 0.0
) -> None:
    """Give the label a new shape, made from its own alone, which reaches at most so far beyond it."""
    scene.tell()
    region = region_of(slab, [operation.label], reach_mm, scene.spacing_mm)
    if region is None:
        return
    part = slab[region]
    shape = change(part == operation.label)
    scene.tell()
    _fill(operation, part, shape)


def _fill(operation: asked.Operation, labels: Labels, mask: Mask) -> None:
    fill(labels, operation.label, mask, over_any=operation.over == "any", locked=operation.locked)


def _keep_largest(operation: asked.KeepLargest, slab: Labels, _first: int, scene: Scene) -> None:
    _reshaped(operation, slab, scene, islands.largest)


def _remove_small(operation: asked.RemoveSmall, slab: Labels, _first: int, scene: Scene) -> None:
    voxels = operation.smaller_than_mm3 / float(np.prod(scene.spacing_mm)) * (1 - VOLUME_ROUNDING)
    _reshaped(operation, slab, scene, lambda mask: islands.at_least(mask, voxels))


def _keep_clicked(operation: asked.KeepClicked, slab: Labels, first: int, scene: Scene) -> None:
    rest = [place for axis, place in enumerate(operation.voxel) if axis != scene.axis]
    z, y, x = operation.voxel[scene.axis] - first, *rest
    inside = all(0 <= place < extent for place, extent in zip((z, y, x), slab.shape, strict=True))
    if inside and slab[z, y, x] == operation.label:
        _fill(operation, slab, islands.with_voxel(slab == operation.label, (z, y, x)))


def _split_islands(operation: asked.SplitIslands, slab: Labels, _first: int, scene: Scene) -> None:
    region = region_of(slab, [operation.label], 0.0, scene.spacing_mm)
    if region is None:
        return
    part = slab[region]
    found = islands.by_size(part == operation.label, len(operation.labels))
    for value, island in zip(operation.labels, found, strict=False):
        part[island] = value


def _fill_between(operation: asked.FillBetween, slab: Labels, first: int, scene: Scene) -> None:
    mask = slab == operation.label
    keys = np.flatnonzero(mask.any((1, 2))).tolist()
    if operation.keys == "prompted":
        said = {z - first for z in scene.said.get(operation.label, ())}
        keys = [z for z in keys if z in said]
    _, row_mm, column_mm = scene.spacing_mm
    for z, shape in between_slices.between(mask, keys, (row_mm, column_mm)):
        scene.tell()
        _fill(operation, slab[z], shape)


def _fill_holes(operation: asked.FillHoles, slab: Labels, _first: int, scene: Scene) -> None:
    _reshaped(operation, slab, scene, lambda mask: islands.without_holes(mask, flat=operation.flat))


def _smooth(operation: asked.Smooth, slab: Labels, _first: int, scene: Scene) -> None:
    way = {"median": smoothing.median, "gaussian": smoothing.gaussian}[operation.method]
    reach_mm = operation.mm * (1.0 if operation.method == "median" else smoothing.TRUNCATED_AT)
    _reshaped(operation, slab, scene, lambda mask: way(mask, operation.mm, scene.spacing_mm), reach_mm)


def _smooth_together(operation: asked.SmoothTogether, slab: Labels, _first: int, scene: Scene) -> None:
    region = region_of(slab, operation.labels, operation.mm * smoothing.TRUNCATED_AT, scene.spacing_mm)
    if region is None:
        return
    part = slab[region]
    winner = smoothing.together(part, operation.labels, operation.mm, scene.spacing_mm)
    among = one_of(part, [0, *operation.labels])
    others = ~one_of(part, operation.locked) & (winner > 0) & ~among
    free = among | others if operation.over == "any" else among
    part[free] = winner[free]


def _margin(operation: asked.Margin, slab: Labels, _first: int, scene: Scene) -> None:
    mm, spacing_mm = operation.mm, scene.spacing_mm
    if mm >= 0:
        _reshaped(operation, slab, scene, lambda mask: distances.widened(mask, mm, spacing_mm), mm)
    else:
        _reshaped(operation, slab, scene, lambda mask: distances.narrowed(mask, -mm, spacing_mm))


def _hollow(operation: asked.Hollow, slab: Labels, _first: int, scene: Scene) -> None:
    def wall(mask: Mask) -> Mask:
        return mask & ~distances.narrowed(mask, operation.mm, scene.spacing_mm)

    _reshaped(operation, slab, scene, wall)


def _combine(operation: asked.Combine, slab: Labels, _first: int, scene: Scene) -> None:
    region = region_of(slab, operation.labels, operation.mm, scene.spacing_mm)
    if region is None:
        return
    part = slab[region]
    own, theirs = part == operation.label, one_of(part, operation.others)
    near = distances.widened(theirs, operation.mm, scene.spacing_mm) if operation.mm else theirs
    scene.tell()
    if operation.how in ("add", "copy"):
        # Theirs are given, whatever else may be taken from.
        part[theirs] = operation.label
    shapes = {"add": lambda: own | near, "subtract": lambda: own & ~near, "intersect": lambda: own & near}
    _fill(operation, part, shapes.get(operation.how, lambda: near)())


def _threshold(operation: asked.Threshold, slab: Labels, first: int, scene: Scene) -> None:
    for z, plane in enumerate(slab):
        scene.tell()
        values = scene.image[first + z]
        within = (values >= operation.low) & (values <= operation.high)
        own = plane == operation.label
        _fill(operation, plane, own | within if operation.everywhere else own & within)


def _import_labels(operation: asked.ImportLabels, slab: Labels, first: int, scene: Scene) -> None:
    if scene.brought is None:
        raise ValueError("There is nowhere to take brought labels from.")
    becomes = np.zeros(256, np.uint8)
    for segment, value in operation.segments:
        becomes[segment] = value
    numbers = scene.brought(operation.label_map)
    for z, plane in enumerate(slab):
        scene.tell()
        brought = becomes[numbers[first + z]]
        free = ~one_of(plane, operation.locked) if operation.over == "any" else plane == 0
        taken = free & (brought > 0)
        plane[taken] = brought[taken]


_WAYS: dict[type[asked.Operation], Callable[[Any, Labels, int, Scene], None]] = {
    asked.KeepLargest: _keep_largest,
    asked.RemoveSmall: _remove_small,
    asked.KeepClicked: _keep_clicked,
    asked.SplitIslands: _split_islands,
    asked.FillBetween: _fill_between,
    asked.FillHoles: _fill_holes,
    asked.Smooth: _smooth,
    asked.SmoothTogether: _smooth_together,
    asked.Margin: _margin,
    asked.Hollow: _hollow,
    asked.Combine: _combine,
    asked.Threshold: _threshold,
    asked.ImportLabels: _import_labels,
}
