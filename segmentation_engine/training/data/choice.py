"""Which structures in view become the labels of a clip: nameless slots of any make-up, or classes by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentation_engine.training.data.placement import Structure
from segmentation_engine.training.data.prepared import PreparedVolume

Rng = np.random.Generator
LEAST_PIXELS_IN_VIEW = 60
GENERIC = -1
UNION_SHARE = 0.12
ABSENT_CLASS_SHARE = 0.15


@dataclass(frozen=True)
class Slots:
    """`lut` turns a parts map into slots 0..K; `class_index` (K,) with -1 for generic; both padded to K slots."""

    lut: npt.NDArray[np.uint8]
    active: npt.NDArray[np.bool_]
    class_index: npt.NDArray[np.int64]
    named: bool


def count_in_view(parts: npt.NDArray[np.int64], table_size: int) -> npt.NDArray[np.int64]:
    """Largest number of pixels that each part has on one slice of the view (T, H, W) -> (table_size + 1,)."""
    counts = np.stack([np.bincount(plane.ravel(), minlength=table_size + 1) for plane in parts])
    largest: npt.NDArray[np.int64] = counts.max(axis=0)
    return largest


def how_many(rng: Rng, slots: int) -> int:
    if slots > 4 and rng.random() < 0.6:
        return int(rng.integers(3, slots + 1))
    return min(slots, int(rng.choice([1, 2, 3, 4], p=[0.3, 0.27, 0.23, 0.2])))


def choose_generic(rng: Rng, volume: PreparedVolume, view: npt.NDArray[np.int64], main: Structure, slots: int) -> Slots:
    """The structure of the placement, and others that are in view: whole labels, single pieces, unions."""
    in_view = {part.part for part in volume.table if view[part.part] >= LEAST_PIXELS_IN_VIEW}
    groups = [{p.part for p in main.parts}]
    taken = set(groups[0])
    wanted = how_many(rng, slots)
    others = [part for part in volume.table if part.part in in_view and part.part not in taken]
    rng.shuffle(others)
    for part in others:
        if len(groups) >= wanted or part.part in taken:
            continue
        siblings = {p.part for p in volume.table if p.label == part.label}
        group = siblings if rng.random() < 0.65 and not siblings & taken else {part.part}
        taken |= group
        groups.append(group)
    spare = [p.part for p in others if p.part not in taken]
    if spare and rng.random() < UNION_SHARE:
        groups[int(rng.integers(len(groups)))] |= {int(n) for n in spare[: int(rng.integers(1, 3))]}
    rng.shuffle(groups)
    return _slots(volume, groups, [GENERIC] * len(groups), slots, named=False)


def choose_named(
    rng: Rng,
    volume: PreparedVolume,
    view: npt.NDArray[np.int64],
    main: Structure,
    slots: int,
    index_of: dict[str, int],
) -> Slots:
    """Classes of the data set that are in view, the placement's own among them; at times one that cannot be there."""
    by_class: dict[str, set[int]] = {}
    for part in volume.table:
        if part.label in volume.classes:
            by_class.setdefault(volume.classes[part.label], set()).add(part.part)
    own = volume.classes[main.label]
    visible = [
        name for name, parts in by_class.items() if name != own and max(view[p] for p in parts) >= LEAST_PIXELS_IN_VIEW
    ]
    rng.shuffle(visible)
    few = len(by_class) <= slots
    chosen = [own, *visible][: slots if few else max(1, how_many(rng, slots))]
    indices = [index_of[name] for name in chosen]
    groups = [by_class[name] for name in chosen]
    if len(chosen) < slots and rng.random() < ABSENT_CLASS_SHARE:
        region = own.split("/")[0]
        foreign = [index for name, index in index_of.items() if name.split("/")[0] != region]
        indices.append(int(rng.choice(foreign)))
        groups.append(set())
    order = rng.permutation(len(groups))
    return _slots(volume, [groups[i] for i in order], [indices[i] for i in order], slots, named=True)


def _slots(volume: PreparedVolume, groups: list[set[int]], indices: list[int], slots: int, named: bool) -> Slots:
    lut = np.zeros(max(part.part for part in volume.table) + 1, np.uint8)
    for slot, group in enumerate(groups, start=1):
        lut[list(group)] = slot
    active = np.zeros(slots, bool)
    active[: len(groups)] = True
    class_index = np.full(slots, GENERIC, np.int64)
    class_index[: len(indices)] = indices
    return Slots(lut, active, class_index, named)


def apply_lut(lut: npt.NDArray[Any], parts: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    taken: npt.NDArray[np.uint8] = lut[parts]
    return taken
