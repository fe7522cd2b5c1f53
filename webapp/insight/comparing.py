"""What changed between two revisions of an annotation: slice by slice, so that a large volume costs no more memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from webapp.annotation import frames, slices
from webapp.annotation.models import Annotation, SliceMask
from webapp.annotation.selectors import volume_of

Labels = npt.NDArray[np.uint8]
SLICES_AT_ONCE = 32


@dataclass(frozen=True)
class LabelChange:
    """One label in two versions, in voxels; `dice` is None where neither has it."""

    value: int
    first: int
    second: int
    shared: int

    @property
    def dice(self) -> float | None:
        total = self.first + self.second
        return 2 * self.shared / total if total else None


@dataclass(frozen=True)
class Changes:
    """`slices` counts, for each slice along the propagation axis, the voxels whose label differs; `along` is the Dice
    of all labels together on that slice, None where neither has any."""

    labels: tuple[LabelChange, ...]
    slices: tuple[int, ...]
    along: tuple[float | None, ...]

    @property
    def voxels(self) -> int:
        return sum(self.slices)


@dataclass(frozen=True)
class Pin:
    """An annotation as it was at a revision."""

    annotation: Annotation
    revision: int


def compare(annotation: Annotation, first: int, second: int) -> Changes:
    """The revisions `first` and `second` of an annotation against each other."""
    return compare_pins(Pin(annotation, first), Pin(annotation, second))


def compare_pins(first: Pin, second: Pin) -> Changes:
    """Two masks of a case, both along the same axis, against each other."""
    annotation = first.annotation
    counts = np.zeros((3, 256), np.int64)
    depth = volume_of(annotation).shape[annotation.axis]
    changed = np.zeros(depth, np.int64)
    along: list[float | None] = [None] * depth
    for z, before, after in _pairs(first, second):
        counts[0] += np.bincount(before.ravel(), minlength=256)
        counts[1] += np.bincount(after.ravel(), minlength=256)
        same = before == after
        counts[2] += np.bincount(before[same], minlength=256)
        changed[z] = same.size - np.count_nonzero(same)
        drawn = int(np.count_nonzero(before)) + int(np.count_nonzero(after))
        along[z] = 2 * int(np.count_nonzero(same & (before > 0))) / drawn if drawn else None
    values = np.flatnonzero(counts[0, 1:] + counts[1, 1:]) + 1
    labels = tuple(LabelChange(int(value), *(int(row[value]) for row in counts)) for value in values)
    return Changes(labels, tuple(changed.tolist()), tuple(along))


def labels_of_slice(annotation: Annotation, revision: int, z: int) -> Labels:
    """One slice (rows, columns) across the propagation axis as a revision left it; 0 where nothing is stored."""
    mask = slices.at_revision(annotation.pk, revision).filter(z=z).defer("state").first()
    return _whole(mask, _plane(annotation))


def _pairs(first: Pin, second: Pin) -> Iterator[tuple[int, Labels, Labels]]:
    """Every slice that one of them stores, as both have it."""
    pins = (first, second)
    ids = [dict(slices.at_revision(pin.annotation.pk, pin.revision).values_list("z", "id")) for pin in pins]
    plane = _plane(first.annotation)
    stored = sorted(ids[0].keys() | ids[1].keys())
    for start in range(0, len(stored), SLICES_AT_ONCE):
        places = stored[start : start + SLICES_AT_ONCE]
        wanted = {known[z] for known in ids for z in places if z in known}
        masks = SliceMask.objects.defer("state").in_bulk(wanted)
        for z in places:
            before, after = (_whole(masks.get(known.get(z, 0)), plane) for known in ids)
            yield z, before, after


def _plane(annotation: Annotation) -> tuple[int, int]:
    rows, columns = (extent for axis, extent in enumerate(volume_of(annotation).shape) if axis != annotation.axis)
    return rows, columns


def _whole(mask: SliceMask | None, plane: tuple[int, int]) -> Labels:
    if mask is None:
        return np.zeros(plane, np.uint8)
    return frames.full_slice(frames.Box(mask.row0, mask.col0, mask.rows, mask.cols), bytes(mask.labels), *plane)
